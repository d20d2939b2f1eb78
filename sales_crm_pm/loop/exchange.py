"""Exchange rates: which one a deal takes, where it comes from, and bringing open deals up to date.

Rates are SPM Exchange Rate records; on a site with ERPNext its Currency Exchange is asked next. All rates of a
pair are read with one statement and remembered for the request, so an import of thousands of foreign deals
asks once per pair.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, flt, format_date, getdate

from sales_crm_pm.exceptions import ExchangeRateError

PRECISION = 6


def find_rate(
	from_currency: str, to_currency: str, day: date | str | None = None
) -> tuple[float, date] | None:
	"""The newest rate of a pair that is valid on a day, and the day it is of; None when there is none.

	A pair that is only there the other way round is turned about.

	:param day: today when not given
	"""
	day = getdate(day)
	if from_currency == to_currency:
		return 1.0, day
	for pair, turned in (((from_currency, to_currency), False), ((to_currency, from_currency), True)):
		table = _rates_of(*pair)
		at = bisect_right(table, (day, float("inf")))
		if at:
			valid_from, rate = table[at - 1]
			return (round(1 / rate, PRECISION) if turned else rate), valid_from
	return None


def rate_or_throw(from_currency: str, to_currency: str, day: date | str | None = None) -> tuple[float, date]:
	"""As `find_rate`.

	:raises ExchangeRateError: naming the pair, the day and the remedy
	"""
	found = find_rate(from_currency, to_currency, day)
	if found is None:
		frappe.throw(
			_(
				"There is no exchange rate from {0} to {1} for {2}. Add one in the list of exchange rates, or enter the rate of this deal by hand."
			).format(frappe.bold(from_currency), frappe.bold(to_currency), format_date(getdate(day))),
			title=_("Exchange Rate Missing"),
			exc=ExchangeRateError,
		)
	return found


def forget_rates() -> None:
	"""Drop the remembered rates, now and when the transaction ends either way."""

	def drop():
		frappe.local.spm_rates = {}

	drop()
	frappe.db.after_commit.add(drop)
	frappe.db.after_rollback.add(drop)


def _rates_of(from_currency: str, to_currency: str) -> list[tuple[date, float]]:
	known = getattr(frappe.local, "spm_rates", None)
	if known is None:
		known = frappe.local.spm_rates = {}
	pair = (from_currency, to_currency)
	if pair not in known:
		known[pair] = _read("SPM Exchange Rate", "valid_from", "rate", pair) or (
			_read("Currency Exchange", "date", "exchange_rate", pair)
			if frappe.db.table_exists("Currency Exchange")
			else []
		)
	return known[pair]


def _read(doctype: str, day: str, rate: str, pair: tuple[str, str]) -> list[tuple[date, float]]:
	table = DocType(doctype)
	rows = (
		frappe.qb.from_(table)
		.select(table[day], table[rate])
		.where((table.from_currency == pair[0]) & (table.to_currency == pair[1]) & (table[rate] > 0))
		.orderby(table[day])
		.run()
	)
	return [(getdate(row[0]), flt(row[1])) for row in rows]


def set_rate(doc: Any) -> None:
	"""Give a deal its rate: 1 in base currency, what a person typed (and then marked so), else the day's.

	The day is the one the deal was closed, opened, or changed its currency on. A rate once stored stays, until
	somebody changes it, the currency, or takes the mark of the hand away.

	:raises ExchangeRateError: when a rate is needed and none is known
	"""
	if doc.currency == doc.base_currency:
		doc.exchange_rate, doc.rate_by_hand, doc.rate_date = 1, 0, None
		return
	before = doc.get_doc_before_save()
	typed = flt(doc.exchange_rate, PRECISION)
	if before is None:
		if typed:
			doc.rate_by_hand = 1
	elif typed and typed != flt(before.exchange_rate, PRECISION):
		doc.rate_by_hand = 1
	elif doc.currency != before.currency or (cint(before.rate_by_hand) and not cint(doc.rate_by_hand)):
		typed = 0
	if typed:
		if cint(doc.rate_by_hand):
			doc.rate_date = None
		return
	day = doc.get("closed_on") or doc.get("won_on") or (doc.opened_on if before is None else None)
	doc.rate_by_hand = 0
	doc.exchange_rate, doc.rate_date = rate_or_throw(doc.currency, doc.base_currency, day)

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
from frappe.query_builder.functions import Coalesce, Round
from frappe.utils import cint, flt, format_date, getdate
from pypika import Case

from sales_crm_pm.exceptions import ExchangeRateError
from sales_crm_pm.loop import customer_figures
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import writable_rows
from sales_crm_pm.rules.money import UNWEIGHTED, to_base

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


# Open deals at today's rate
# ------------------


def outdated(names: list[str] | None = None, day: date | str | None = None) -> dict[str, Any]:
	"""Open deals in foreign currency that the user may write, with the rate they have and the day's rate.

	Deals whose rate a person set by hand are left alone.

	:param names: only these deals; all when not given
	:param day: day of the new rates, today when not given
	:return: `rows` that would change (at most 500 shown), `count`, `before` and `after` in base currency, and
		`missing`: currencies without a rate
	"""
	day, base = getdate(day), base_currency()
	deals = _open_foreign_deals(base, names)
	rows, missing = [], set()
	for deal in deals:
		found = find_rate(deal.currency, base, day)
		if found is None:
			missing.add(deal.currency)
		elif round(flt(deal.exchange_rate), PRECISION) != round(found[0], PRECISION):
			after = to_base(flt(deal.amount), found[0])
			rows.append(frappe._dict(deal, new_rate=found[0], rate_date=found[1], new_base=after))
	return {
		"day": day,
		"currency": base,
		"rows": rows[:500],
		"names": [row.name for row in rows],
		"count": len(rows),
		"before": flt(sum(flt(row.amount_base) for row in rows), 2),
		"after": flt(sum(row.new_base for row in rows), 2),
		"missing": sorted(missing),
	}


def recompute(names: list[str] | None = None, day: date | str | None = None) -> dict[str, Any]:
	"""Give open foreign deals the day's rate: one statement per currency, however many deals there are.

	:param names: only these deals; all that the user may write when not given
	:return: as `outdated`, of what was changed
	"""
	preview = outdated(names, day)
	if not preview["names"]:
		return preview
	base = preview["currency"]
	deal = DocType("SPM Opportunity")
	by_currency: dict[str, list[str]] = {}
	for name, currency in _currencies(preview["names"]):
		by_currency.setdefault(currency, []).append(name)
	for currency, of_it in by_currency.items():
		rate, valid_from = rate_or_throw(currency, base, preview["day"])
		amount = Round(Coalesce(deal.amount, 0) * rate, 2)
		weighted = (
			Case()
			.when(deal.status.isin(sorted(UNWEIGHTED)), 0)
			.else_(Round(amount * deal.probability / 100, 2))
		)
		cost = Coalesce(deal.estimated_cost, 0)
		(
			frappe.qb.update(deal)
			.set(deal.exchange_rate, rate)
			.set(deal.rate_date, valid_from)
			.set(deal.base_currency, base)
			.set(deal.amount_base, amount)
			.set(deal.weighted_amount, weighted)
			.set(deal.expected_margin, Case().when(cost == 0, 0).else_(amount - cost))
			.where(deal.name.isin(of_it))
			.run()
		)
	_share_anew(preview["names"])
	customers = set(
		frappe.qb.from_(deal)
		.select(deal.customer)
		.distinct()
		.where(deal.name.isin(preview["names"]))
		.run(pluck=True)
	)
	customer_figures.refresh_deals(sorted(c for c in customers if c))
	return preview


def _open_foreign_deals(base: str, names: list[str] | None) -> list[frappe._dict]:
	deal = DocType("SPM Opportunity")
	query = (
		frappe.qb.from_(deal)
		.select(
			deal.name,
			deal.title,
			deal.customer_name,
			deal.amount,
			deal.currency,
			deal.exchange_rate,
			deal.amount_base,
			deal.rate_date,
		)
		.where(deal.status.isin(["Open", "On Hold"]))
		.where((deal.currency != base) & (Coalesce(deal.rate_by_hand, 0) == 0))
		.orderby(deal.currency)
		.orderby(deal.name)
	)
	if names is not None:
		query = query.where(deal.name.isin(names or [""]))
	writable = writable_rows("SPM Opportunity")
	if writable is not None:
		query = query.where(writable)
	return query.run(as_dict=True)


def _currencies(names: list[str]) -> list[tuple[str, str]]:
	deal = DocType("SPM Opportunity")
	return frappe.qb.from_(deal).select(deal.name, deal.currency).where(deal.name.isin(names)).run()


def _share_anew(names: list[str]) -> None:
	"""The team's parts of the amounts; whole cents may differ by one until the deal is saved next."""
	deal, member = DocType("SPM Opportunity"), DocType("SPM Opportunity Member")
	(
		frappe.qb.update(member)
		.join(deal)
		.on((deal.name == member.parent) & (member.parenttype == "SPM Opportunity"))
		.set(member.split_amount, Round(deal.amount_base * Coalesce(member.split_percent, 0) / 100, 2))
		.where(deal.name.isin(names))
		.run()
	)

"""The team of a deal: who shares the credit, and how much of the amount each one gets."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt, fmt_money

from sales_crm_pm.exceptions import SplitError, SPMError
from sales_crm_pm.rules import split


def set_shares(doc: Any) -> None:
	"""Fill the owner's share when it was left open, check that all add up, and write each one's amount.

	A team without any share is allowed: then the owner gets the credit, as in a deal without a team.

	:raises SPMError: when a person is in the team twice
	:raises SplitError: when the shares do not add up to 100 %
	"""
	rows = doc.get("team") or []
	if not rows:
		return
	if _has_changed(doc):
		_check_persons(rows)
		if any(flt(row.split_percent) for row in rows):
			_give_owner_the_rest(doc)
			_check_whole(doc.team)
	shares = split.amounts(flt(doc.amount_base), [flt(row.split_percent) for row in doc.team])
	for row, amount in zip(doc.team, shares, strict=True):
		row.split_amount, row.base_currency = amount, doc.base_currency


def _has_changed(doc: Any) -> bool:
	before = doc.get_doc_before_save()
	if before is None:
		return True
	return _facts(before) != _facts(doc)


def _facts(doc: Any) -> list[tuple]:
	return [(row.user, flt(row.split_percent, 1)) for row in doc.get("team") or []]


def _check_persons(rows: list) -> None:
	seen: dict[str, int] = {}
	for number, row in enumerate(rows, 1):
		if row.user in seen:
			frappe.throw(
				_(
					"Team, row {0}: {1} is in row {2} already. Put the shares of one person into one row."
				).format(number, frappe.bold(row.user), seen[row.user]),
				exc=SPMError,
			)
		seen[row.user] = number


def _give_owner_the_rest(doc: Any) -> None:
	rest = split.remainder([flt(row.split_percent) for row in doc.team])
	if rest <= split.TOLERANCE * len(doc.team):
		return
	own = next((row for row in doc.team if row.user == doc.opportunity_owner), None)
	if own is None:
		doc.append("team", {"user": doc.opportunity_owner, "split_percent": rest})
	elif not flt(own.split_percent):
		own.split_percent = rest


def _check_whole(rows: list) -> None:
	percents = [flt(row.split_percent) for row in rows]
	if split.is_whole(percents):
		return
	rest = split.remainder(percents)
	number = max(n for n, percent in enumerate(percents, 1) if percent)
	total = fmt_money(sum(percents), precision=1)
	sentence = (
		_("Team, row {0}: the shares add up to {1} %, but they must be 100 %. Take {2} % away.")
		if rest < 0
		else _("Team, row {0}: the shares add up to {1} %, but they must be 100 %. Give {2} % more.")
	)
	frappe.throw(
		sentence.format(number, total, fmt_money(abs(rest), precision=1)),
		title=_("Shares of the Team"),
		exc=SplitError,
	)

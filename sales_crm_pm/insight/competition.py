"""Wins and losses against competitors, and why deals were lost, over the deals the user may see."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Sum
from pypika import Case
from pypika.terms import ValueWrapper

from sales_crm_pm.permissions.query import readable_rows

OPPORTUNITY = "SPM Opportunity"


def against(
	competitor: str | None = None,
	first: date | str | None = None,
	last: date | str | None = None,
	owner: str | None = None,
	pipeline: str | None = None,
) -> list[frappe._dict]:
	"""One row per competitor: deals open, won and lost with it, lost TO it, and amounts; one statement.

	:param competitor: only this one
	:param first: closed deals from this day on
	:param last: closed deals up to this day
	"""
	deal, row = DocType(OPPORTUNITY), DocType("SPM Opportunity Competitor")
	in_time = _in_time(deal, first, last)
	won, lost = (deal.status == "Won") & in_time, (deal.status == "Lost") & in_time
	to_it = lost & (deal.lost_to_competitor == row.competitor)
	is_open = deal.status.isin(["Open", "On Hold"])

	def number(condition: Any, value: Any = 1):
		return Sum(Case().when(condition, value).else_(0))

	query = (
		frappe.qb.from_(row)
		.inner_join(deal)
		.on((deal.name == row.parent) & (row.parenttype == OPPORTUNITY))
		.select(
			row.competitor,
			number(is_open).as_("open"),
			number(won).as_("won"),
			number(lost).as_("lost"),
			number(to_it).as_("lost_to"),
			number(is_open, deal.amount_base).as_("open_amount"),
			number(won, deal.amount_base).as_("won_amount"),
			number(lost, deal.amount_base).as_("lost_amount"),
		)
		.groupby(row.competitor)
		.orderby(number(won | lost), order=frappe.qb.desc)
		.orderby(row.competitor)
	)
	if competitor:
		query = query.where(row.competitor == competitor)
	rows = _narrow(query, deal, owner, pipeline).run(as_dict=True)
	for found in rows:
		closed = found.won + found.lost
		found.win_rate = round(100 * float(found.won) / float(closed), 1) if closed else None
	return rows


def loss_reasons(
	first: date | str | None = None,
	last: date | str | None = None,
	owner: str | None = None,
	pipeline: str | None = None,
) -> list[frappe._dict]:
	"""Lost deals by reason, the most frequent first: main reasons and further ones; two statements.

	`deals` counts a deal once per reason it names; `amount` is that of the deals whose main reason it is, so that
	the amounts add up to what was lost.
	"""
	deal, more = DocType(OPPORTUNITY), DocType("SPM Opportunity Loss Reason")
	lost = (deal.status == "Lost") & _in_time(deal, first, last)
	main = _narrow(
		frappe.qb.from_(deal)
		.select(deal.loss_reason, Count("*").as_("main"), Sum(deal.amount_base).as_("amount"))
		.where(lost)
		.groupby(deal.loss_reason),
		deal,
		owner,
		pipeline,
	).run(as_dict=True)
	further = _narrow(
		frappe.qb.from_(more)
		.inner_join(deal)
		.on((deal.name == more.parent) & (more.parenttype == OPPORTUNITY))
		.select(more.loss_reason, Count("*").as_("further"))
		.where(lost)
		.groupby(more.loss_reason),
		deal,
		owner,
		pipeline,
	).run(as_dict=True)
	found: dict[str, frappe._dict] = {}
	for row in [*main, *further]:
		reason = found.setdefault(
			row.loss_reason or "", frappe._dict(loss_reason=row.loss_reason, main=0, further=0, amount=0.0)
		)
		reason.main += row.get("main") or 0
		reason.further += row.get("further") or 0
		reason.amount += float(row.get("amount") or 0)
	rows = sorted(found.values(), key=lambda r: (-(r.main + r.further), -r.amount, r.loss_reason or ""))
	total = sum(row.main + row.further for row in rows)
	running = 0
	for row in rows:
		row.deals = row.main + row.further
		running += row.deals
		row.share = round(100 * row.deals / total, 1) if total else 0
		row.cumulative = round(100 * running / total, 1) if total else 0
	return rows


def _in_time(deal: Any, first: date | str | None, last: date | str | None) -> Any:
	condition = ValueWrapper(1) == 1
	if first:
		condition &= deal.closed_on >= first
	if last:
		condition &= deal.closed_on <= last
	return condition


def _narrow(query: Any, deal: Any, owner: str | None, pipeline: str | None) -> Any:
	if owner:
		query = query.where(deal.opportunity_owner == owner)
	if pipeline:
		query = query.where(deal.pipeline == pipeline)
	visible = readable_rows(OPPORTUNITY)
	return query if visible is None else query.where(visible)

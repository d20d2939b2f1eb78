"""Who gets how much credit: the amounts of deals by the shares of their teams, in base currency."""

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import flt
from pypika import Case

from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_rows

OPPORTUNITY = "SPM Opportunity"


def execute(filters: dict | None = None) -> tuple:
	"""Build the report over the deals the current user may see.

	A deal whose team has no shares counts for its owner. The amounts of all rows add up to those of the deals.

	Args:
		filters: `from_date`, `to_date` (of winning), `pipeline`, `user`, all optional.

	Returns:
		columns, one row per person, message, chart.
	"""
	filters = frappe._dict(filters or {})
	rows = get_data(filters)
	return get_columns(), rows, None, get_chart(rows)


def get_columns() -> list[dict]:
	money = {"fieldtype": "Currency", "options": "currency", "width": 160}
	return [
		{"fieldname": "user", "label": _("Person"), "fieldtype": "Link", "options": "User", "width": 220},
		{"fieldname": "full_name", "label": _("Name"), "fieldtype": "Data", "width": 150},
		{"fieldname": "won_deals", "label": _("Deals Won"), "fieldtype": "Int", "width": 110},
		{"fieldname": "won", "label": _("Credit Won"), **money},
		{"fieldname": "open_deals", "label": _("Open Deals"), "fieldtype": "Int", "width": 110},
		{"fieldname": "open", "label": _("Credit Open"), **money},
		{"fieldname": "weighted", "label": _("Credit Weighted"), **money},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
	]


def get_data(filters: frappe._dict) -> list[dict]:
	found: dict[str, frappe._dict] = {}
	for row in [*_shared(filters), *_unshared(filters)]:
		if filters.user and row.user != filters.user:
			continue
		person = found.setdefault(
			row.user, frappe._dict(user=row.user, won_deals=0, won=0.0, open_deals=0, open=0.0, weighted=0.0)
		)
		for key in ("won_deals", "open_deals"):
			person[key] += int(row[key] or 0)
		for key in ("won", "open", "weighted"):
			person[key] = flt(person[key] + flt(row[key]), 2)
	names = dict(
		frappe.get_all(
			"User", filters={"name": ["in", list(found) or [""]]}, fields=["name", "full_name"], as_list=True
		)
	)
	currency = base_currency()
	rows = sorted(found.values(), key=lambda r: (-r.won, -r.open, r.user or ""))
	return [frappe._dict(row, full_name=names.get(row.user, row.user), currency=currency) for row in rows]


def _shared(filters: frappe._dict) -> list[frappe._dict]:
	"""Credit by the shares of the teams; one statement."""
	deal, member = DocType(OPPORTUNITY), DocType("SPM Opportunity Member")
	query = (
		frappe.qb.from_(member)
		.inner_join(deal)
		.on((deal.name == member.parent) & (member.parenttype == OPPORTUNITY))
		.where(Coalesce(member.split_percent, 0) > 0)
		.groupby(member.user)
	)
	weighted = deal.weighted_amount * member.split_percent / 100
	return _credit(query, deal, member.user, Coalesce(member.split_amount, 0), weighted, filters)


def _unshared(filters: frappe._dict) -> list[frappe._dict]:
	"""Deals without shares: the whole amount is the owner's; one statement."""
	deal, member = DocType(OPPORTUNITY), DocType("SPM Opportunity Member")
	shared = (
		frappe.qb.from_(member)
		.select(member.parent)
		.where((member.parenttype == OPPORTUNITY) & (Coalesce(member.split_percent, 0) > 0))
	)
	query = frappe.qb.from_(deal).where(deal.name.notin(shared)).groupby(deal.opportunity_owner)
	return _credit(query, deal, deal.opportunity_owner, deal.amount_base, deal.weighted_amount, filters)


def _credit(query, deal, user, amount, weighted, filters: frappe._dict) -> list[frappe._dict]:
	won = deal.status == "Won"
	if filters.from_date:
		won &= deal.won_on >= filters.from_date
	if filters.to_date:
		won &= deal.won_on <= filters.to_date
	is_open = deal.status == "Open"
	if filters.pipeline:
		query = query.where(deal.pipeline == filters.pipeline)
	visible = readable_rows(OPPORTUNITY)
	if visible is not None:
		query = query.where(visible)
	return query.select(
		user.as_("user"),
		Count(Case().when(won, deal.name)).as_("won_deals"),
		Sum(Case().when(won, amount).else_(0)).as_("won"),
		Count(Case().when(is_open, deal.name)).as_("open_deals"),
		Sum(Case().when(is_open, amount).else_(0)).as_("open"),
		Sum(Case().when(is_open, weighted).else_(0)).as_("weighted"),
	).run(as_dict=True)


def get_chart(rows: list[dict]) -> dict | None:
	if not rows:
		return None
	shown = rows[:12]
	return {
		"data": {
			"labels": [row.full_name for row in shown],
			"datasets": [
				{"name": _("Credit Won"), "values": [row.won for row in shown]},
				{"name": _("Credit Weighted"), "values": [row.weighted for row in shown]},
			],
		},
		"type": "bar",
		"fieldtype": "Currency",
	}

"""Whom a salesperson has just spoken or will speak to: the choices of the quick log."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from pypika import Order

from sales_crm_pm.permissions.query import readable_rows

RECENT, MINE, FOUND = 6, 20, 20
LOOK_BACK = 200
"""Talks of one's own that are looked through for recent customers."""
CUSTOMER, LEAD = "SPM Customer", "SPM Lead"


def offered(search: str = "") -> dict[str, list[dict[str, Any]]]:
	"""Customers and leads that the session's user may see.

	:param search: part of a name; without it those of late and one's own are given
	:return: recent, mine, found: lists of doctype, name, title, hint; at most four statements
	"""
	if search:
		return {"recent": [], "mine": [], "found": [*_customers(search), *_leads(search)][:FOUND]}
	recent = _recent()
	known = {(row["doctype"], row["name"]) for row in recent}
	mine = [row for row in [*_customers(), *_leads()] if (row["doctype"], row["name"]) not in known]
	return {"recent": recent, "mine": mine[:MINE], "found": []}


def _recent() -> list[dict[str, Any]]:
	"""Whom the user's last talks were with, the last one first."""
	talks, customers, leads = DocType("SPM Interaction"), DocType(CUSTOMER), DocType(LEAD)
	query = (
		frappe.qb.from_(talks)
		.left_join(customers)
		.on(customers.name == talks.customer)
		.left_join(leads)
		.on(leads.name == talks.lead)
		.select(
			talks.customer,
			customers.customer_name,
			customers.tier,
			talks.lead,
			leads.lead_name,
			leads.organisation,
		)
		.where(talks.owner == frappe.session.user)
		.orderby(talks.happened_on, order=Order.desc)
		.limit(LOOK_BACK)
	)
	found: dict[tuple[str, str], dict[str, Any]] = {}
	for row in query.run(as_dict=True):
		if row.customer_name:
			found.setdefault(
				(CUSTOMER, row.customer), _entry(CUSTOMER, row.customer, row.customer_name, row.tier)
			)
		elif row.lead_name:
			found.setdefault((LEAD, row.lead), _entry(LEAD, row.lead, row.lead_name, row.organisation))
	# A customer that has gone to a colleague since is not offered any more.
	seen = _still_visible([name for doctype, name in found if doctype == CUSTOMER])
	return [row for (doctype, name), row in found.items() if doctype != CUSTOMER or name in seen][:RECENT]


def _still_visible(names: list[str]) -> set[str]:
	if not names:
		return set()
	table = DocType(CUSTOMER)
	query = frappe.qb.from_(table).select(table.name).where(table.name.isin(names))
	visible = readable_rows(CUSTOMER)
	return set((query if visible is None else query.where(visible)).run(pluck=True))


def _customers(search: str = "") -> list[dict[str, Any]]:
	if not frappe.has_permission(CUSTOMER, "read"):
		return []
	narrowed: dict[str, Any] = {"filters": {"disabled": 0}}
	if search:
		like = ["like", f"%{search}%"]
		narrowed["or_filters"] = {"customer_name": like, "customer_code": like, "phone": like}
	else:
		narrowed["filters"]["account_manager"] = frappe.session.user
	rows = frappe.get_list(
		CUSTOMER,
		fields=["name", "customer_name", "tier"],
		order_by="last_interaction_on desc, name desc",
		limit_page_length=FOUND,
		**narrowed,
	)
	return [_entry(CUSTOMER, row.name, row.customer_name, row.tier) for row in rows]


def _leads(search: str = "") -> list[dict[str, Any]]:
	if not frappe.has_permission(LEAD, "read"):
		return []
	narrowed: dict[str, Any] = {"filters": {"status": ["not in", ["Converted", "Junk", "Unqualified"]]}}
	if search:
		like = ["like", f"%{search}%"]
		narrowed["or_filters"] = {"lead_name": like, "organisation": like, "mobile": like}
	else:
		narrowed["filters"]["lead_owner"] = frappe.session.user
	rows = frappe.get_list(
		LEAD,
		fields=["name", "lead_name", "organisation"],
		order_by="modified desc",
		limit_page_length=FOUND,
		**narrowed,
	)
	return [_entry(LEAD, row.name, row.lead_name, row.organisation) for row in rows]


def _entry(doctype: str, name: str, title: str, hint: str | None) -> dict[str, Any]:
	return {"doctype": doctype, "name": name, "title": title, "hint": hint or ""}

"""All change requests: what was asked, by whom, how long the decision took, and what it has done to dates and price."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import flt, getdate

from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules.change import median_cycle

EXACT = ("project", "customer", "status", "change_type", "requested_side", "project_manager")
OPEN = ("Submitted", "Assessed", "Approved")


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the change requests the current user may see.

	Args:
		filters: `from_date` and `to_date` of the request, and `project`, `customer`, `status`, `change_type`,
			`requested_side`, `project_manager`.

	Returns:
		columns, rows with the newest first, no message, a chart by type, and the summary with the median cycle.
	"""
	rows = get_data(frappe._dict(filters or {}))
	return get_columns(), rows, None, get_chart(rows), get_summary(rows)


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	c, project = DocType("SPM Change Request"), DocType("SPM Project")
	query = (
		frappe.qb.from_(c)
		.left_join(project)
		.on(project.name == c.project)
		.select(
			c.name.as_("change_request"),
			c.title,
			c.project,
			project.project_name,
			c.customer,
			c.customer_name,
			c.status,
			c.change_type,
			c.priority,
			c.requested_side,
			c.requested_on,
			c.waiting_for,
			c.cycle_days,
			c.decided_on,
			c.schedule_impact_days,
			c.price_impact_base.as_("price"),
			c.hours_impact,
			c.implemented_on,
			c.project_manager,
			c.base_currency.as_("currency"),
		)
		.where(c.status != "Draft")
		.orderby(c.requested_on, order=frappe.qb.desc)
		.orderby(c.name, order=frappe.qb.desc)
	)
	if filters.from_date:
		query = query.where(c.requested_on >= getdate(filters.from_date))
	if filters.to_date:
		query = query.where(c.requested_on <= getdate(filters.to_date))
	for fieldname in EXACT:
		if filters.get(fieldname):
			query = query.where(c[fieldname] == filters[fieldname])
	if (seen := readable_rows("SPM Change Request")) is not None:
		query = query.where(seen)
	rows = query.run(as_dict=True)
	for row in rows:
		row.status_label = _(row.status, context="SPM Change Request")
		row.type_label = _(row.change_type, context="SPM Change Request")
		row.side_label = _(row.requested_side, context="SPM Change Request")
		row.waiting_label = ", ".join(
			_(side, context="SPM Change Approval") for side in (row.waiting_for or "").split(", ") if side
		)
		row.cycle_days = row.cycle_days if row.decided_on else None
	return rows


def get_chart(rows: list[frappe._dict]) -> dict[str, Any] | None:
	"""How many of each type were carried out, refused, or are open."""
	if not rows:
		return None
	types = list(dict.fromkeys(row.change_type for row in rows))
	parts = (
		(_("Open"), OPEN),
		(_("Implemented", context="SPM Change Request"), ("Implemented",)),
		(_("Rejected or deferred"), ("Rejected", "Deferred")),
	)
	return {
		"data": {
			"labels": [_(kind, context="SPM Change Request") for kind in types],
			"datasets": [
				{
					"name": name,
					"values": [
						sum(r.change_type == kind and r.status in states for r in rows) for kind in types
					],
				}
				for name, states in parts
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["#f0ad4e", "#28a745", "#adb5bd"],
	}


def get_summary(rows: list[frappe._dict]) -> list[dict[str, Any]]:
	done = [row for row in rows if row.status == "Implemented"]
	cycle = median_cycle(row.cycle_days for row in rows)
	return [
		{"label": _("Open"), "value": sum(r.status in OPEN for r in rows), "datatype": "Int"},
		{
			"label": _("Median Days to Decision"),
			"value": "–" if cycle is None else cycle,
			"datatype": "Data" if cycle is None else "Float",
		},
		{"label": _("Carried Out"), "value": len(done), "datatype": "Int"},
		{
			"label": _("Price of What Was Carried Out"),
			"value": flt(sum(flt(row.price) for row in done), 2),
			"datatype": "Currency",
			"currency": base_currency(),
		},
		{
			"label": _("Days Later in All"),
			"value": sum(row.schedule_impact_days or 0 for row in done),
			"datatype": "Int",
		},
	]


def get_columns() -> list[dict[str, Any]]:
	def column(
		fieldname: str, label: str, fieldtype: str = "Data", width: int = 120, **more
	) -> dict[str, Any]:
		return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}

	return [
		column("change_request", _("SPM Change Request"), "Link", 130, options="SPM Change Request"),
		column("title", _("Title"), width=220),
		column("project_name", _("Sales Project"), width=180),
		column("customer_name", _("Customer"), width=160),
		column("type_label", _("Type"), width=90),
		column("status_label", _("Status"), width=100),
		column("waiting_label", _("Waiting For"), width=130),
		column("side_label", _("Requested By"), width=100),
		column("requested_on", _("Requested On"), "Date", 115),
		column("cycle_days", _("Days to Decision"), "Float", 120, precision=1, disable_total=1),
		column("schedule_impact_days", _("Days Later"), "Int", 100, disable_total=1),
		column("price", _("Price"), "Currency", 130, options="currency"),
		column("hours_impact", _("Hours More"), "Float", 100, precision=1),
		column("implemented_on", _("Implemented On"), "Date", 115),
		column("project_manager", _("Project Manager"), "Link", 150, options="User"),
		column("currency", _("Currency"), "Link", options="Currency", hidden=1),
	]

"""How punctual milestones are: on-time rate against the baseline, slip, and why they were late.

The definition: accepted with an actual date not after the baseline date, of all milestones that were due in the
period by their baseline date. One that is due and still open is late.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, cint, getdate

from sales_crm_pm.insight.names import people
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules.punctuality import Due, measure


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: from_date, to_date, project, project_manager, late_only
	"""
	filters = frappe._dict(filters or {})
	filters.to_date = getdate(filters.to_date)
	filters.from_date = getdate(filters.from_date or add_months(filters.to_date, -12))
	rows = get_rows(filters)
	figures = measure([Due(row["baseline_date"], row["actual_date"]) for row in rows], getdate())
	chart = get_chart(rows)
	shown = [row for row in rows if row["days_late"] > 0] if cint(filters.late_only) else rows
	return get_columns(), shown, None, chart, get_summary(figures)


def get_rows(filters: Any) -> list[dict[str, Any]]:
	"""Milestones due in the period that the user may see, one statement and one for names."""
	m, p = frappe.qb.DocType("SPM Milestone"), frappe.qb.DocType("SPM Project")
	query = (
		frappe.qb.from_(m)
		.inner_join(p)
		.on(p.name == m.project)
		.select(
			m.name.as_("milestone"),
			m.title,
			m.project,
			p.project_name,
			p.customer_name,
			p.project_manager,
			m.status,
			m.baseline_date,
			m.planned_date,
			m.forecast_date,
			m.actual_date,
			m.delay_reason,
			m.delay_note,
		)
		.where((m.status != "Cancelled") & (p.status != "Cancelled"))
		.where(m.baseline_date.between(filters.from_date, min(filters.to_date, getdate())))
		.orderby(m.baseline_date)
		.orderby(m.name)
	)
	if filters.project:
		query = query.where(m.project == filters.project)
	if filters.project_manager:
		query = query.where(p.project_manager == filters.project_manager)
	visible = readable_rows("SPM Milestone")
	if visible is not None:
		query = query.where(m.name.isin(_names(visible)))
	rows = query.run(as_dict=True)
	names = people(row.project_manager for row in rows)
	for row in rows:
		row.actual_date = row.actual_date if row.status == "Accepted" else None
		row.days_late = max(0, ((row.actual_date or getdate()) - row.baseline_date).days)
		row.manager_name = names.get(row.project_manager)
		row.reason = _(row.delay_reason, context="SPM Milestone") if row.delay_reason else None
		row.status_name = _(row.status, context="SPM Milestone")
	return rows


def _names(visible: Any) -> Any:
	table = frappe.qb.DocType("SPM Milestone")
	return frappe.qb.from_(table).select(table.name).where(visible)


def get_columns() -> list[dict[str, Any]]:
	return [
		{"fieldname": "title", "label": _("Milestone"), "fieldtype": "Data", "width": 220},
		{"fieldname": "project", "label": _("Sales Project"), "fieldtype": "Link", "options": "SPM Project", "width": 200},
		{"fieldname": "customer_name", "label": _("Customer"), "fieldtype": "Data", "width": 150},
		{"fieldname": "manager_name", "label": _("Project Manager"), "fieldtype": "Data", "width": 120},
		{"fieldname": "status_name", "label": _("Status"), "fieldtype": "Data", "width": 100},
		{"fieldname": "baseline_date", "label": _("Baseline Date"), "fieldtype": "Date", "width": 110},
		{"fieldname": "actual_date", "label": _("Actual Date"), "fieldtype": "Date", "width": 110},
		{"fieldname": "days_late", "label": _("Days Late"), "fieldtype": "Int", "width": 90},
		{"fieldname": "reason", "label": _("Delay Reason"), "fieldtype": "Data", "width": 120},
		{"fieldname": "delay_note", "label": _("Delay Explained"), "fieldtype": "Data", "width": 240},
	]


def get_chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
	"""Delay reasons of late milestones, the most frequent first."""
	late = Counter(row["reason"] or _("No reason given") for row in rows if row["days_late"] > 0)
	if not late:
		return None
	found = late.most_common()
	return {
		"data": {
			"labels": [reason for reason, _count in found],
			"datasets": [{"name": _("Late Milestones"), "values": [count for _reason, count in found]}],
		},
		"type": "bar",
		"colors": ["#e03636"],
	}


def get_summary(figures: Any) -> list[dict[str, Any]]:
	rate = figures.on_time_rate
	return [
		{"label": _("Due in the Period"), "value": figures.due, "datatype": "Int"},
		{"label": _("On Time"), "value": figures.on_time, "datatype": "Int", "indicator": "Green"},
		{
			"label": _("On-time Rate"),
			"value": rate,
			"datatype": "Percent",
			"indicator": "Green" if (rate or 0) >= 90 else "Orange" if (rate or 0) >= 75 else "Red",
		},
		{"label": _("Average Delay (Days)"), "value": figures.average_delay, "datatype": "Float"},
	]

"""Quality at acceptance: how often milestones are rejected, and how long an acceptance takes (SP-09)."""

from __future__ import annotations

from statistics import median
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_months, cint, getdate

from sales_crm_pm.insight.names import people
from sales_crm_pm.permissions.query import readable_rows


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: from_date, to_date (day of handing in), project, rejected_only
	"""
	filters = frappe._dict(filters or {})
	filters.to_date = getdate(filters.to_date)
	filters.from_date = getdate(filters.from_date or add_months(filters.to_date, -12))
	rows = get_rows(filters)
	shown = [row for row in rows if row.rejection_count] if cint(filters.rejected_only) else rows
	return get_columns(), shown, None, None, get_summary(rows)


def get_rows(filters: Any) -> list[frappe._dict]:
	"""Milestones handed in during the period that the user may see."""
	m, p = frappe.qb.DocType("SPM Milestone"), frappe.qb.DocType("SPM Project")
	query = (
		frappe.qb.from_(m)
		.inner_join(p)
		.on(p.name == m.project)
		.select(
			m.name.as_("milestone"),
			m.title,
			m.project,
			p.customer_name,
			m.milestone_owner,
			m.status,
			m.submitted_on,
			m.accepted_on,
			m.rejection_count,
			m.rejection_reason,
			m.acceptance_source,
		)
		.where((m.status != "Cancelled") & (m.acceptance_required == 1))
		.where(m.submitted_on >= filters.from_date)
		.where(m.submitted_on < frappe.utils.add_days(filters.to_date, 1))
		.orderby(m.submitted_on)
		.orderby(m.name)
	)
	if filters.project:
		query = query.where(m.project == filters.project)
	visible = readable_rows("SPM Milestone")
	if visible is not None:
		query = query.where(m.name.isin(frappe.qb.from_(m).select(m.name).where(visible)))
	rows = query.run(as_dict=True)
	names = people(row.milestone_owner for row in rows)
	for row in rows:
		accepted = row.accepted_on if row.status == "Accepted" else None
		row.days = max(0, (accepted - row.submitted_on).days) if accepted else None
		row.owner_name = names.get(row.milestone_owner)
		row.status_name = _(row.status, context="SPM Milestone")
		row.source_name = _(row.acceptance_source, context="SPM Milestone") if row.acceptance_source else None
	return rows


def get_columns() -> list[dict[str, Any]]:
	return [
		{"fieldname": "title", "label": _("Milestone"), "fieldtype": "Data", "width": 220},
		{"fieldname": "project", "label": _("Sales Project"), "fieldtype": "Link", "options": "SPM Project", "width": 200},
		{"fieldname": "customer_name", "label": _("Customer"), "fieldtype": "Data", "width": 150},
		{"fieldname": "owner_name", "label": _("Owner"), "fieldtype": "Data", "width": 120},
		{"fieldname": "status_name", "label": _("Status"), "fieldtype": "Data", "width": 100},
		{"fieldname": "submitted_on", "label": _("Submitted On"), "fieldtype": "Datetime", "width": 150},
		{"fieldname": "accepted_on", "label": _("Accepted On"), "fieldtype": "Datetime", "width": 150},
		{"fieldname": "days", "label": _("Days to Accept"), "fieldtype": "Int", "width": 110},
		{"fieldname": "rejection_count", "label": _("Times Rejected"), "fieldtype": "Int", "width": 110},
		{"fieldname": "rejection_reason", "label": _("Rejection Reason"), "fieldtype": "Data", "width": 240},
		{"fieldname": "source_name", "label": _("Answered Through"), "fieldtype": "Data", "width": 110},
	]


def get_summary(rows: list[frappe._dict]) -> list[dict[str, Any]]:
	"""How many, the share accepted without any rejection, rejections in all, and the median days."""
	accepted = [row for row in rows if row.status == "Accepted"]
	first_time = sum(1 for row in accepted if not row.rejection_count)
	days = [row.days for row in accepted if row.days is not None]
	return [
		{"label": _("Handed In"), "value": len(rows), "datatype": "Int"},
		{"label": _("Accepted"), "value": len(accepted), "datatype": "Int"},
		{
			"label": _("Accepted at the First Time"),
			"value": round(100 * first_time / len(accepted), 1) if accepted else None,
			"datatype": "Percent",
		},
		{"label": _("Rejections"), "value": sum(cint(row.rejection_count) for row in rows), "datatype": "Int"},
		{"label": _("Median Days to Accept"), "value": median(days) if days else None, "datatype": "Float"},
	]

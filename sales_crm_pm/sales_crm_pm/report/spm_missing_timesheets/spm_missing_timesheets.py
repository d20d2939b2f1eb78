"""Who has not handed in the hours of a week: people on running projects, less those who were away."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, flt, getdate

from sales_crm_pm.loop import timesheet_reminder
from sales_crm_pm.permissions.rules import PROJECT
from sales_crm_pm.permissions.timesheets import sees_all


def execute(filters: dict | None = None) -> tuple:
	"""Build the list for one week, last week when none is named; managers see the people of their projects.

	Args:
		filters: `week`: any day of the week.

	Returns:
		columns, rows with the most missing hours first.
	"""
	filters = frappe._dict(filters or {})
	rows = timesheet_reminder.missing(
		filters.week or add_days(getdate(), -7), None if sees_all() else _my_people()
	)
	for row in rows:
		row["status_label"] = _(row["status"], context="SPM Timesheet") if row["status"] else _("Not begun")
		row["open"] = flt(row["expected"] - row["entered"], 2)
	return get_columns(), rows


def _my_people() -> list[str]:
	"""The people on the teams of the projects that the user manages."""
	project, member = DocType(PROJECT), DocType("SPM Project Member")
	return (
		frappe.qb.from_(member)
		.inner_join(project)
		.on((project.name == member.parent) & (member.parenttype == PROJECT))
		.select(member.user)
		.distinct()
		.where((project.project_manager == frappe.session.user) & member.user.isnotnull())
		.run(pluck=True)
	)


def get_columns() -> list[dict[str, Any]]:
	def hours(fieldname: str, label: str) -> dict[str, Any]:
		return {"fieldname": fieldname, "label": label, "fieldtype": "Float", "precision": 1, "width": 120}

	return [
		{"fieldname": "full_name", "label": _("Person"), "fieldtype": "Data", "width": 200},
		{"fieldname": "user", "label": _("User"), "fieldtype": "Link", "options": "User", "width": 220},
		{"fieldname": "status_label", "label": _("Status"), "fieldtype": "Data", "width": 120},
		hours("entered", _("Entered")),
		hours("expected", _("Expected")),
		hours("open", _("Missing")),
		{
			"fieldname": "timesheet",
			"label": _("SPM Timesheet"),
			"fieldtype": "Link",
			"options": "SPM Timesheet",
			"width": 140,
		},
	]

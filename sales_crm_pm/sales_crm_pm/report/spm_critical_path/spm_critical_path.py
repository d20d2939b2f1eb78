"""What cannot slip: the tasks of a project by their float, the critical ones first in the order of their dates."""

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint

from sales_crm_pm.permissions.query import readable_rows

OVER = ("Completed", "Cancelled")


def execute(filters: dict | None = None) -> tuple:
	"""Build the report over the tasks the current user may see.

	Args:
		filters: `project` (all projects when not given), `float_days` (0: only the critical path),
			`assigned_to`.

	Returns:
		columns and one row per open task whose total float is not more than `float_days`.
	"""
	filters = frappe._dict(filters or {})
	return get_columns(), get_data(filters)


def get_columns() -> list[dict]:
	return [
		{"fieldname": "name", "label": _("Task"), "fieldtype": "Link", "options": "SPM Task", "width": 120},
		{"fieldname": "wbs", "label": _("WBS"), "fieldtype": "Data", "width": 70},
		{"fieldname": "subject", "label": _("Subject"), "fieldtype": "Data", "width": 260},
		{
			"fieldname": "project",
			"label": _("Sales Project"),
			"fieldtype": "Link",
			"options": "SPM Project",
			"width": 160,
		},
		{
			"fieldname": "assigned_to",
			"label": _("Assigned To"),
			"fieldtype": "Link",
			"options": "User",
			"width": 170,
		},
		{"fieldname": "planned_start_date", "label": _("Planned Start"), "fieldtype": "Date", "width": 110},
		{"fieldname": "planned_end_date", "label": _("Planned End"), "fieldtype": "Date", "width": 110},
		{
			"fieldname": "duration_days",
			"label": _("Duration (Working Days)"),
			"fieldtype": "Int",
			"width": 120,
		},
		{"fieldname": "progress", "label": _("Progress"), "fieldtype": "Percent", "width": 90},
		{"fieldname": "total_float_days", "label": _("Total Float (Days)"), "fieldtype": "Int", "width": 120},
		{"fieldname": "free_float_days", "label": _("Free Float (Days)"), "fieldtype": "Int", "width": 120},
		{"fieldname": "late_finish", "label": _("Latest Finish"), "fieldtype": "Date", "width": 110},
		{"fieldname": "constraint_label", "label": _("Constraint"), "fieldtype": "Data", "width": 170},
	]


def get_data(filters: frappe._dict) -> list[dict]:
	task = DocType("SPM Task")
	query = (
		frappe.qb.from_(task)
		.select(
			task.name,
			task.wbs,
			task.subject,
			task.project,
			task.assigned_to,
			task.planned_start_date,
			task.planned_end_date,
			task.duration_days,
			task.progress,
			task.total_float_days,
			task.free_float_days,
			task.late_finish,
			task.constraint_type,
			task.constraint_date,
		)
		.where(task.project.isnotnull() & (task.project != "") & task.status.notin(OVER))
		.where(task.early_start.isnotnull() & (task.is_summary == 0))
		.where(task.total_float_days <= cint(filters.float_days))
		.orderby(task.project)
		.orderby(task.planned_start_date)
		.orderby(task.planned_end_date)
		.orderby(task.name)
	)
	for fieldname in ("project", "assigned_to"):
		if filters.get(fieldname):
			query = query.where(task[fieldname] == filters[fieldname])
	visible = readable_rows("SPM Task")
	rows = (query if visible is None else query.where(visible)).run(as_dict=True)
	for row in rows:
		constraint = row.pop("constraint_type")
		day = row.pop("constraint_date")
		if constraint and constraint != "As Soon As Possible":
			row.constraint_label = (
				f"{_(constraint)} {frappe.format(day, {'fieldtype': 'Date'}) if day else ''}".strip()
			)
	return rows

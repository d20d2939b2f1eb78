"""Two baselines of a project side by side, or one and the plan of today: what moved, by how many working days."""

import frappe
from frappe import _

from sales_crm_pm.api.v1.baseline import may_see_cost
from sales_crm_pm.loop import baselines


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for one project the current user may read.

	Args:
		filters: `project`, `baseline` (by default the first one: how far the plan has come from what was agreed), `other` (another baseline, by default the
			plan of today), `only_changes`.

	Returns:
		columns, one row per task and milestone, message, chart, summary.
	"""
	filters = frappe._dict(filters or {})
	with_cost = may_see_cost()
	columns = get_columns(with_cost)
	baseline = filters.project and (filters.baseline or baselines.first(filters.project))
	if not filters.project:
		return columns, []
	frappe.has_permission("SPM Project", "read", doc=filters.project, throw=True)
	if not baseline:
		return columns, [], _("This project has no baseline yet. Take one on the project.")
	rows = baselines.compare(filters.project, baseline, filters.other, with_cost)
	summary = get_summary(rows)
	if filters.only_changes:
		rows = [row for row in rows if row["change"] != "Same"]
	for row in rows:
		row["indent"] = (row["wbs"] or "").count(".")
		row["reference_doctype"] = f"SPM {row['row_type']}"
		row["change_label"] = _(row["change"])
		row["type_label"] = _(row["row_type"])
	return columns, rows, None, None, summary


def get_columns(with_cost: bool) -> list[dict]:
	columns = [
		{
			"fieldname": "reference_name",
			"label": _("Record"),
			"fieldtype": "Dynamic Link",
			"options": "reference_doctype",
			"width": 130,
		},
		{"fieldname": "wbs", "label": _("WBS"), "fieldtype": "Data", "width": 70},
		{"fieldname": "subject", "label": _("Subject"), "fieldtype": "Data", "width": 260},
		{"fieldname": "type_label", "label": _("Type"), "fieldtype": "Data", "width": 90},
		{"fieldname": "change_label", "label": _("Change"), "fieldtype": "Data", "width": 90},
		{"fieldname": "start_date_a", "label": _("Start Before"), "fieldtype": "Date", "width": 110},
		{"fieldname": "start_date_b", "label": _("Start After"), "fieldtype": "Date", "width": 110},
		{"fieldname": "start_shift", "label": _("Start Moved (Days)"), "fieldtype": "Int", "width": 130},
		{"fieldname": "end_date_a", "label": _("End Before"), "fieldtype": "Date", "width": 110},
		{"fieldname": "end_date_b", "label": _("End After"), "fieldtype": "Date", "width": 110},
		{"fieldname": "end_shift", "label": _("End Moved (Days)"), "fieldtype": "Int", "width": 130},
		{
			"fieldname": "hours_a",
			"label": _("Hours Before"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 110,
		},
		{
			"fieldname": "hours_b",
			"label": _("Hours After"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 110,
		},
	]
	if with_cost:
		columns += [
			{
				"fieldname": "planned_cost_a",
				"label": _("Planned Cost Before"),
				"fieldtype": "Currency",
				"width": 150,
			},
			{
				"fieldname": "planned_cost_b",
				"label": _("Planned Cost After"),
				"fieldtype": "Currency",
				"width": 150,
			},
		]
	return columns


def get_summary(rows: list[dict]) -> list[dict]:
	"""How many moved, and by how much the end did."""
	ends_a = [r["end_date_a"] for r in rows if r["end_date_a"]]
	ends_b = [r["end_date_b"] for r in rows if r["end_date_b"]]
	moved = (max(ends_b) - max(ends_a)).days if ends_a and ends_b else 0
	count = {kind: sum(r["change"] == kind for r in rows) for kind in ("Added", "Removed", "Changed")}
	return [
		{"label": _("Added"), "value": count["Added"], "datatype": "Int", "indicator": "Blue"},
		{"label": _("Removed"), "value": count["Removed"], "datatype": "Int", "indicator": "Orange"},
		{"label": _("Changed"), "value": count["Changed"], "datatype": "Int", "indicator": "Orange"},
		{
			"label": _("End Moved (Calendar Days)"),
			"value": moved,
			"datatype": "Int",
			"indicator": "Red" if moved > 0 else "Green",
		},
	]

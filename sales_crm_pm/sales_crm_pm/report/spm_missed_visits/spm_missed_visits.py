"""Customers whose next touch by their visit plan is over: who, how long, and whose visit it was.

Computed at the moment of looking, by the same statement as the nightly job, so it is right even on a site whose
jobs are late.
"""

from __future__ import annotations

from collections import Counter

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sales_crm_pm.insight.names import people
from sales_crm_pm.loop import visits
from sales_crm_pm.loop.calendar import working_days
from sales_crm_pm.permissions.query import readable_rows


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: tier, visit_plan, account_manager, due_within (also show what falls due in so many days)
	"""
	filters = frappe._dict(filters or {})
	rows = get_rows(filters)
	return get_columns(), rows, None, get_chart(rows), get_summary(rows)


def get_rows(filters) -> list[dict]:
	"""Missed visits of the customers the user may see, the longest missed first."""
	plans = visits.active_plans()
	if not plans:
		return []
	calendar, today = working_days(), getdate()
	by_name = {plan.name: plan for plan in plans}
	rows = []
	for row in visits.standing(plans, seen_by=readable_rows("SPM Customer")):
		if not row.plan or not _is_wanted(row, filters):
			continue
		plan = by_name[row.plan]
		due, last = visits.due_of(row, plan, calendar)
		late = (today - due).days
		if late <= 0 and (not cint(filters.due_within) or -late > cint(filters.due_within)):
			continue
		rows.append(
			{
				"customer": row.name,
				"customer_name": row.customer_name,
				"tier": row.tier,
				"person": visits.assignee(row, plan),
				"last_touch": last,
				"days_since": (today - last).days if last else None,
				"visit_plan": row.plan,
				"every_days": plan.every_days,
				"due": due,
				"days_late": max(0, late),
				"task": row.task,
			}
		)
	names = people(row["person"] for row in rows)
	for row in rows:
		row["person_name"] = names.get(row["person"]) or _("Nobody")
		row["plan_name"] = _(row["visit_plan"])
	return sorted(rows, key=lambda row: (row["due"], row["tier"] or "Z", row["customer_name"]))


def _is_wanted(row, filters) -> bool:
	return (
		(not filters.tier or row.tier == filters.tier)
		and (not filters.visit_plan or row.plan == filters.visit_plan)
		and (not filters.account_manager or row.account_manager == filters.account_manager)
	)


def get_columns() -> list[dict]:
	"""Columns of the report."""
	return [
		{
			"fieldname": "customer_name",
			"label": _("Customer"),
			"fieldtype": "Data",
			"width": 200,
		},
		{"fieldname": "tier", "label": _("Tier"), "fieldtype": "Data", "width": 70},
		{
			"fieldname": "person_name",
			"label": _("Whose Visit"),
			"fieldtype": "Data",
			"width": 140,
		},
		{"fieldname": "last_touch", "label": _("Last Touch"), "fieldtype": "Date", "width": 110},
		{"fieldname": "days_since", "label": _("Days Since"), "fieldtype": "Int", "width": 100},
		{"fieldname": "due", "label": _("Was Due"), "fieldtype": "Date", "width": 110},
		{"fieldname": "days_late", "label": _("Days Late"), "fieldtype": "Int", "width": 100},
		{
			"fieldname": "plan_name",
			"label": _("Visit Plan"),
			"fieldtype": "Data",
			"width": 140,
		},
		{"fieldname": "every_days", "label": _("Every (Days)"), "fieldtype": "Int", "width": 110},
		{"fieldname": "task", "label": _("Task"), "fieldtype": "Link", "options": "SPM Task", "width": 130},
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""Missed visits per person; nothing for an empty report."""
	counts = Counter(row["person_name"] for row in rows)
	if not counts:
		return None
	shown = counts.most_common(15)
	return {
		"data": {
			"labels": [name for name, _number in shown],
			"datasets": [{"name": _("Missed Visits"), "values": [number for _name, number in shown]}],
		},
		"type": "bar",
		"colors": ["orange"],
	}


def get_summary(rows: list[dict]) -> list[dict]:
	"""How many, and the longest."""
	if not rows:
		return []
	return [
		{"label": _("Missed Visits"), "value": len(rows), "datatype": "Int", "indicator": "Red"},
		{
			"label": _("Never Touched"),
			"value": sum(row["last_touch"] is None for row in rows),
			"datatype": "Int",
		},
		{
			"label": _("Longest (Days Late)"),
			"value": max(row["days_late"] for row in rows),
			"datatype": "Int",
		},
	]

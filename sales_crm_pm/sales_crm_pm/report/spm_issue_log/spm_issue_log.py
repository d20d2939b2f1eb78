"""The issue log: what is open and how long, what was solved and how quickly, by severity."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from sales_crm_pm.insight import columns, names, risks
from sales_crm_pm.loop import risk
from sales_crm_pm.loop.money import base_currency

SEVERITIES = ("Critical", "High", "Medium", "Low")


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the issues the current user may see.

	Args:
		filters: project, customer, category, issue_owner, severity, status ("Open" by default, "All", or one).

	Returns:
		columns, rows, message, chart, summary. Cost only for those who may see cost.
	"""
	rows = risks.issues(frappe._dict(filters or {}))
	owners = names.names_of("User", "full_name", (row.issue_owner for row in rows))
	currency = base_currency()
	for row in rows:
		row.update(
			owner_name=owners.get(row.issue_owner),
			severity_word=_(row.severity, context="SPM Issue"),
			status_word=_(row.status, context="SPM Issue"),
			category_word=_(row.category) if row.category else "",
			late_word=_("Overdue") if row.late else "",
			currency=currency,
		)
	return get_columns(), rows, None, get_chart(rows), get_summary(rows)


def mean_days_to_resolve(rows: list[Any]) -> float | None:
	"""Mean days from raised to solved; None while nothing is solved."""
	solved = [row.age_days for row in rows if row.status not in risk.ISSUE_OPEN]
	return round(sum(solved) / len(solved), 1) if solved else None


def get_columns() -> list[dict[str, Any]]:
	costs = [columns.money("cost_impact", _("Cost"), 130)] if risks.sees_cost("SPM Issue") else []
	return [
		columns.text("severity_word", _("Severity"), 100),
		columns.text("title", _("Issue"), 300),
		columns.text("project_name", _("Sales Project"), 180),
		columns.text("category_word", _("Category"), 120),
		columns.text("status_word", _("Status"), 100),
		columns.text("owner_name", _("Owner", context="SPM Issue"), 130),
		columns.day("raised_on", _("Raised On")),
		columns.day("due_date", _("Due Date")),
		columns.text("late_word", _("Overdue"), 90),
		columns.count("age_days", _("Days Open"), 100),
		columns.day("resolved_on", _("Resolved On")),
		columns.count("schedule_impact_days", _("Delay (Days)"), 110),
		*costs,
		*columns.hidden("name", "project", "from_risk", "currency"),
	]


def get_chart(rows: list[Any]) -> dict[str, Any] | None:
	"""Open issues by severity."""
	open_rows = [row for row in rows if row.status in risk.ISSUE_OPEN]
	if not open_rows:
		return None
	return {
		"data": {
			"labels": [_(severity, context="SPM Issue") for severity in SEVERITIES],
			"datasets": [
				{
					"name": _("Open Issues"),
					"values": [sum(row.severity == severity for row in open_rows) for severity in SEVERITIES],
				}
			],
		},
		"type": "bar",
		"colors": ["red"],
		"fieldtype": "Int",
	}


def get_summary(rows: list[Any]) -> list[dict[str, Any]]:
	open_rows = [row for row in rows if row.status in risk.ISSUE_OPEN]
	late = sum(row.late for row in open_rows)
	summary = [
		{"value": len(open_rows), "label": _("Open Issues"), "datatype": "Int"},
		{
			"value": late,
			"label": _("Overdue"),
			"datatype": "Int",
			"indicator": "Red" if late else "Green",
		},
	]
	if open_rows:
		oldest = max(row.age_days for row in open_rows)
		summary.append({"value": oldest, "label": _("Oldest Open (Days)"), "datatype": "Int"})
	if (mean := mean_days_to_resolve(rows)) is not None:
		summary.append({"value": mean, "label": _("Mean Days to Resolve"), "datatype": "Float"})
	return summary

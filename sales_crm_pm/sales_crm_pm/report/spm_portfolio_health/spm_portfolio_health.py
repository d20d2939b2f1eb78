"""All projects at a glance: colour and reasons, progress against plan, what comes next; cost for who may see it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import date_diff, flt

from sales_crm_pm.insight import columns as col
from sales_crm_pm.insight import names
from sales_crm_pm.insight import project_reports as projects
from sales_crm_pm.loop import value

FIELDS = (
	"project_manager",
	"health",
	"health_reasons",
	"percent_complete",
	"percent_planned",
	"spi",
	"next_milestone",
	"next_milestone_date",
	"planned_end_date",
	"baseline_end_date",
	"forecast_end_date",
	"open_risks",
	"worst_risk_band",
)
COST = ("cpi", "budget_used_percent", "forecast_margin")
ORDER = {"Red": 0, "Amber": 1, "Green": 2}
LABELS = {"Red": "Off track", "Amber": "At risk", "Green": "On track"}
COLORS = {"Red": "#e24c4c", "Amber": "#e9a23b", "Green": "#48bb74"}


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the projects the current user may see, those in trouble first.

	:param filters: see `insight.project_reports.read`
	:return: columns, rows, message, chart, summary
	"""
	with_cost = value.may_see_cost()
	rows = projects.read(frappe._dict(filters or {}), FIELDS + (COST if with_cost else ()))
	people = names.people(row.project_manager for row in rows)
	milestones = names.names_of("SPM Milestone", "title", (row.next_milestone for row in rows))
	for row in rows:
		row.manager_name = people.get(row.project_manager)
		row.milestone_title = milestones.get(row.next_milestone)
		row.health_label = _(LABELS[row.health]) if row.health in LABELS else None
		row.reasons = " ".join((row.health_reasons or "").split("\n"))
		row.spi = projects.number_or_none(row.spi)
		promised = row.baseline_end_date or row.planned_end_date
		row.days_late = (
			max(0, date_diff(row.forecast_end_date, promised)) if row.forecast_end_date and promised else 0
		)
		if with_cost:
			row.cpi = projects.number_or_none(row.cpi)
	rows.sort(key=lambda row: (ORDER.get(row.health, 3), -row.days_late))
	return get_columns(with_cost), rows, None, get_chart(rows), get_summary(rows)


def get_columns(with_cost: bool) -> list[dict[str, Any]]:
	cost = [
		col.number("cpi", _("CPI"), 2, 80),
		col.percent("budget_used_percent", _("Budget Used"), 110),
		col.money("forecast_margin", _("Forecast Margin"), 130),
	]
	return [
		col.link("project", _("Sales Project"), "SPM Project", 220),
		col.text("customer_name", _("Customer"), 160),
		col.text("manager_name", _("Project Manager"), 130),
		col.text("status_label", _("Status"), 100),
		col.text("health_label", _("Health"), 100),
		col.text("reasons", _("Health Reasons"), 300),
		col.percent("percent_complete", _("Progress"), 90),
		col.percent("percent_planned", _("Planned Progress"), 110),
		col.number("spi", _("SPI"), 2, 80),
		*(cost if with_cost else []),
		col.text("milestone_title", _("Next Milestone"), 160),
		col.day("next_milestone_date", _("Next Milestone Date"), 120),
		col.day("forecast_end_date", _("Forecast End"), 110),
		col.count("days_late", _("Days Late"), 90),
		col.count("open_risks", _("Open Risks"), 90),
		*col.hidden("project_name", "customer", "health", "next_milestone", "currency"),
	]


def get_chart(rows: list[frappe._dict]) -> dict[str, Any] | None:
	counted = [(health, sum(row.health == health for row in rows)) for health in ORDER]
	counted = [(health, number) for health, number in counted if number]
	if not counted:
		return None
	return {
		"data": {
			"labels": [_(LABELS[health]) for health, _number in counted],
			"datasets": [{"name": _("Sales Projects"), "values": [number for _health, number in counted]}],
		},
		"type": "donut",
		"colors": [COLORS[health] for health, _number in counted],
	}


def get_summary(rows: list[frappe._dict]) -> list[dict[str, Any]]:
	late = [row for row in rows if row.days_late > 0]
	mean = flt(sum(flt(row.percent_complete) for row in rows) / len(rows), 1) if rows else 0
	return [
		{"value": len(rows), "label": _("Sales Projects"), "datatype": "Int"},
		{
			"value": sum(row.health == "Red" for row in rows),
			"label": _("Off track"),
			"datatype": "Int",
			"indicator": "Red",
		},
		{"value": len(late), "label": _("Expected to End Late"), "datatype": "Int", "indicator": "Orange"},
		{"value": f"{mean:.0f} %", "label": _("Mean Progress"), "datatype": "Data"},
	]

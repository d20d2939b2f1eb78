"""What each project was sold for, what it costs, what came in, and what is left of it. For who may see cost."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import flt

from sales_crm_pm.insight import columns as col
from sales_crm_pm.insight import project_reports as projects
from sales_crm_pm.loop import value
from sales_crm_pm.loop.money import base_currency

FIELDS = (
	"price_base",
	"approved_changes_base",
	"budget_cost",
	"actual_cost",
	"committed_cost",
	"estimate_at_completion",
	"invoiced_base",
	"received_base",
	"planned_margin",
	"forecast_margin",
	"actual_margin",
)


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the projects the current user may see.

	:param filters: see `insight.project_reports.read`
	:raises frappe.PermissionError: the user may not see cost
	:return: columns, rows, message, chart, summary; money in the base currency
	"""
	value.check_may_see_cost()
	rows = projects.read(frappe._dict(filters or {}), FIELDS)
	for row in rows:
		row.income = flt(flt(row.price_base) + flt(row.approved_changes_base), 2)
		row.forecast_percent = projects.share(row.forecast_margin, row.income)
		row.planned_percent = projects.share(row.planned_margin, row.income)
		row.outstanding = flt(flt(row.invoiced_base) - flt(row.received_base), 2)
	return get_columns(), rows, None, get_chart(rows), get_summary(rows)


def get_columns() -> list[dict[str, Any]]:
	return [
		col.link("project", _("Sales Project"), "SPM Project", 220),
		col.text("customer_name", _("Customer"), 170),
		col.text("status_label", _("Status"), 100),
		col.money("price_base", _("Contract Price"), 130),
		col.money("approved_changes_base", _("Approved Changes"), 130),
		col.money("income", _("Income"), 130),
		col.money("budget_cost", _("Budgeted Cost"), 130),
		col.money("actual_cost", _("Cost to Date"), 130),
		col.money("committed_cost", _("Committed Cost"), 130),
		col.money("estimate_at_completion", _("Forecast Cost (EAC)"), 150),
		col.money("planned_margin", _("Planned Margin"), 130),
		col.percent("planned_percent", _("Planned Margin (%)"), 110),
		col.money("forecast_margin", _("Forecast Margin"), 130),
		col.percent("forecast_percent", _("Forecast Margin (%)"), 110),
		col.money("actual_margin", _("Actual Margin"), 130),
		col.money("invoiced_base", _("Invoiced"), 130),
		col.money("received_base", _("Money Received"), 130),
		col.money("outstanding", _("Outstanding"), 130),
		*col.hidden("project_name", "customer", "currency"),
	]


def get_chart(rows: list[frappe._dict]) -> dict[str, Any] | None:
	shown = sorted(rows, key=lambda row: -row.income)[:10]
	if not shown:
		return None
	return {
		"data": {
			"labels": [row.project_name for row in shown],
			"datasets": [
				{"name": _("Income"), "values": [row.income for row in shown]},
				{
					"name": _("Forecast Cost (EAC)"),
					"values": [flt(row.estimate_at_completion) for row in shown],
				},
				{"name": _("Cost to Date"), "values": [flt(row.actual_cost) for row in shown]},
			],
		},
		"type": "bar",
		"colors": ["#318ad8", "#e9a23b", "#e24c4c"],
		"fieldtype": "Currency",
	}


def get_summary(rows: list[frappe._dict]) -> list[dict[str, Any]]:
	currency = base_currency()

	def figure(label: str, amount: float, bad: bool = False) -> dict[str, Any]:
		found = {"value": amount, "label": label, "datatype": "Currency", "currency": currency}
		return {**found, "indicator": "Red" if bad else "Blue"}

	margin = projects.total(rows, "forecast_margin")
	return [
		figure(_("Income"), projects.total(rows, "income")),
		figure(_("Cost to Date"), projects.total(rows, "actual_cost")),
		figure(_("Forecast Cost (EAC)"), projects.total(rows, "estimate_at_completion")),
		figure(_("Forecast Margin"), margin, margin < 0),
	]

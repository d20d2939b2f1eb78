"""Earned value of projects as they stand, or of each month as it was remembered then. For who may see cost."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cstr, flt

from sales_crm_pm.insight import columns as col
from sales_crm_pm.insight import project_reports as projects
from sales_crm_pm.loop import value
from sales_crm_pm.loop.snapshots import SNAPSHOT
from sales_crm_pm.rules.earned_value import ratio

FIELDS = (
	"percent_complete",
	"percent_planned",
	"budget_cost",
	"planned_value",
	"earned_value",
	"actual_cost",
	"schedule_variance",
	"cost_variance",
	"spi",
	"cpi",
	"spi_t",
	"eac_method",
	"estimate_at_completion",
	"estimate_to_complete",
	"variance_at_completion",
	"tcpi",
	"tcpi_eac",
)
RATIOS = ("spi", "cpi", "spi_t", "tcpi", "tcpi_eac")
REMEMBERED = (
	"percent_complete",
	"percent_planned",
	"budget_cost",
	"planned_value",
	"earned_value",
	"actual_cost",
	"estimate_at_completion",
)


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the projects the current user may see.

	:param filters: see `insight.project_reports.read`, and `by` ("Project" or "Month")
	:raises frappe.PermissionError: the user may not see cost
	:return: columns, rows, message, chart; money in the base currency
	"""
	value.check_may_see_cost()
	filters = frappe._dict(filters or {})
	by_month = filters.by == "Month"
	rows = projects.read(filters, FIELDS)
	if by_month:
		rows = months_of(rows)
	for row in rows:
		row.eac_method = _(row.eac_method, context="SPM Project") if row.eac_method else None
		for name in RATIOS:
			row[name] = projects.number_or_none(row.get(name))
	return get_columns(by_month), rows, None, get_chart(rows, by_month)


def months_of(rows: list[frappe._dict]) -> list[frappe._dict]:
	"""Put the last snapshot of each month in the place of each project; one statement."""
	if not rows:
		return []
	by_name = {row.project: row for row in rows}
	table = DocType(SNAPSHOT)
	found = (
		frappe.qb.from_(table)
		.select(table.project, table.taken_on, *(table[field] for field in REMEMBERED))
		.where(table.project.isin(list(by_name)))
		.orderby(table.taken_on)
		.run(as_dict=True)
	)
	last = {(by_name[s.project].project, cstr(s.taken_on)[:7]): s for s in found}
	months = []
	for (name, month), s in sorted(last.items(), key=lambda item: (item[0][0], item[0][1])):
		own = by_name[name]
		months.append(
			frappe._dict(
				s,
				month=month,
				project_name=own.project_name,
				customer=own.customer,
				customer_name=own.customer_name,
				status_label=own.status_label,
				currency=own.currency,
				schedule_variance=flt(flt(s.earned_value) - flt(s.planned_value), 2),
				cost_variance=flt(flt(s.earned_value) - flt(s.actual_cost), 2),
				spi=ratio(flt(s.earned_value), flt(s.planned_value)),
				cpi=ratio(flt(s.earned_value), flt(s.actual_cost)),
				estimate_to_complete=flt(flt(s.estimate_at_completion) - flt(s.actual_cost), 2),
				variance_at_completion=flt(flt(s.budget_cost) - flt(s.estimate_at_completion), 2),
			)
		)
	return months


def get_columns(by_month: bool) -> list[dict[str, Any]]:
	time = [col.text("month", _("Month"), 90), col.day("taken_on", _("Taken On"), 110)] if by_month else []
	# Not remembered by the month, since they follow from days and choices of today.
	now = (
		[]
		if by_month
		else [
			col.number("spi_t", _("SPI(t)"), 2, 80),
			col.number("tcpi", _("TCPI to Stay in Budget"), 2, 110),
			col.number("tcpi_eac", _("TCPI to Meet the Forecast"), 2, 110),
			col.text("eac_method", _("Forecast Cost By"), 170),
		]
	)
	return [
		col.link("project", _("Sales Project"), "SPM Project", 220),
		col.text("customer_name", _("Customer"), 160),
		*time,
		col.percent("percent_complete", _("Progress"), 90),
		col.percent("percent_planned", _("Planned Progress"), 110),
		col.money("budget_cost", _("Budgeted Cost"), 130),
		col.money("planned_value", _("Planned Value (PV)"), 140),
		col.money("earned_value", _("Earned Value (EV)"), 140),
		col.money("actual_cost", _("Actual Cost (AC)"), 140),
		col.money("schedule_variance", _("Schedule Variance (SV)"), 140),
		col.money("cost_variance", _("Cost Variance (CV)"), 140),
		col.number("spi", _("SPI"), 2, 80),
		col.number("cpi", _("CPI"), 2, 80),
		col.money("estimate_at_completion", _("Forecast Cost (EAC)"), 150),
		col.money("estimate_to_complete", _("Still to Spend (ETC)"), 140),
		col.money("variance_at_completion", _("Forecast Under Budget (VAC)"), 150),
		*now,
		*col.hidden("project_name", "customer", "currency"),
	]


def get_chart(rows: list[frappe._dict], by_month: bool) -> dict[str, Any] | None:
	if not rows:
		return None
	names = (
		("planned_value", _("Planned Value (PV)")),
		("earned_value", _("Earned Value (EV)")),
		("actual_cost", _("Actual Cost (AC)")),
	)
	if by_month:
		labels = sorted({row.month for row in rows})
		values = {
			field: [flt(sum(flt(r[field]) for r in rows if r.month == month), 2) for month in labels]
			for field, _label in names
		}
	else:
		shown = rows[:12]
		labels = [row.project_name for row in shown]
		values = {field: [flt(row[field]) for row in shown] for field, _label in names}
	return {
		"data": {
			"labels": labels,
			"datasets": [{"name": label, "values": values[field]} for field, label in names],
		},
		"type": "line" if by_month else "bar",
		# As on the Money tab: planned blue, earned green, spent red.
		"colors": ["#318ad8", "#48bb74", "#e24c4c"],
		"fieldtype": "Currency",
	}

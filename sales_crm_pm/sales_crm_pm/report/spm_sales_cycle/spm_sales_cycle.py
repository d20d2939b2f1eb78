"""How long won deals took from opening to winning: mean and median, the middle half, and the slowest (domain 5.14)."""

from statistics import mean, median, quantiles

import frappe
from frappe import _

from sales_crm_pm.insight import columns as c
from sales_crm_pm.insight import deal_groups
from sales_crm_pm.insight.closed_deals import closed_deals

GROUPS = ("Quarter", "Month", "Salesperson", "Team", "Team Manager", "Pipeline", "Customer", "Source")


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: group_by, from_date, to_date (winning date), pipeline, customer, opportunity_owner, team, import_run
	"""
	filters = frappe._dict(filters or {})
	filters.group_by = filters.group_by or "Quarter"
	deal_groups.check_group(filters.group_by, GROUPS)
	deal_groups.check_period(filters)
	deals = closed_deals(filters, ("Won",))
	rows = get_rows(deals, filters.group_by)
	return get_columns(filters.group_by), rows, None, get_chart(rows), get_summary(deals)


def get_rows(deals: list, group_by: str) -> list[dict]:
	"""One row per group: periods in their order, others with the longest median first."""
	key_of = deal_groups.key_function(group_by)
	groups: dict[str, tuple[str, list[int]]] = {}
	for deal in deals:
		key, label = key_of(deal)
		groups.setdefault(key, (label, []))[1].append(deal.sales_cycle_days or 0)
	rows = [{"key": key, "label": label, **figures(days)} for key, (label, days) in groups.items()]
	if group_by in ("Month", "Quarter"):
		return sorted(rows, key=lambda row: row["key"])
	return sorted(rows, key=lambda row: (-row["median"], row["label"]))


def figures(days: list[int]) -> dict:
	"""Count, mean, median, quartiles and maximum of a list of days that is not empty."""
	low, _middle, high = quantiles(days, n=4, method="inclusive") if len(days) > 1 else (days[0],) * 3
	return {
		"won": len(days),
		"mean": round(mean(days), 2),
		"median": median(days),
		"low": round(low, 1),
		"high": round(high, 1),
		"longest": max(days),
	}


def get_columns(group_by: str) -> list[dict]:
	"""Columns, the first one named after the grouping."""
	return [
		c.text("label", _(group_by), 200),
		c.count("won", _("Won Deals")),
		c.number("mean", _("Mean Cycle (Days)"), width=150),
		c.number("median", _("Median Cycle (Days)"), width=160),
		c.number("low", _("A Quarter Within")),
		c.number("high", _("Three Quarters Within"), width=160),
		c.count("longest", _("Longest")),
		*c.hidden("key"),
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""Mean and median per group; nothing for an empty report."""
	if not rows:
		return None
	shown = rows[:16]
	return {
		"data": {
			"labels": [row["label"] for row in shown],
			"datasets": [
				{"name": _("Mean Cycle (Days)"), "values": [row["mean"] for row in shown]},
				{"name": _("Median Cycle (Days)"), "values": [row["median"] for row in shown]},
			],
		},
		"type": "bar",
		"colors": ["light-blue", "blue"],
	}


def get_summary(deals: list) -> list[dict]:
	"""Mean and median over all won deals."""
	if not deals:
		return []
	whole = figures([deal.sales_cycle_days or 0 for deal in deals])
	return [
		{"label": _("Won Deals"), "value": whole["won"], "datatype": "Int"},
		{"label": _("Mean Cycle (Days)"), "value": whole["mean"], "datatype": "Float"},
		{
			"label": _("Median Cycle (Days)"),
			"value": whole["median"],
			"datatype": "Float",
			"indicator": "Blue",
		},
	]

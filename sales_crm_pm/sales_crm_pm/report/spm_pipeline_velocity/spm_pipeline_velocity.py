"""Money a day that a pipeline yields: open deals × average won deal × win rate ÷ cycle (domain 5.14)."""

from statistics import mean, median

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Sum
from frappe.utils import add_months, flt, getdate

from sales_crm_pm.insight import columns as c
from sales_crm_pm.insight import deal_groups
from sales_crm_pm.insight.closed_deals import closed_deals
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_set
from sales_crm_pm.rules.forecast import velocity
from sales_crm_pm.rules.rates import win_rate

GROUPS = ("Salesperson", "Team", "Team Manager", "Pipeline", "Source")


def execute(filters: dict | None = None):
	"""The report's columns, rows, message and chart.

	:param filters: group_by, from_date and to_date (closing date, the last twelve months by default), pipeline, team,
		opportunity_owner
	"""
	filters = frappe._dict(filters or {})
	filters.group_by = filters.group_by or "Salesperson"
	filters.to_date = getdate(filters.to_date or getdate())
	filters.from_date = getdate(filters.from_date or add_months(filters.to_date, -12))
	deal_groups.check_group(filters.group_by, GROUPS)
	deal_groups.check_period(filters)
	rows = get_rows(filters)
	return get_columns(filters.group_by), rows, None, get_chart(rows)


def get_rows(filters) -> list[dict]:
	"""One row per group that has open or closed deals, the fastest first."""
	key_of, currency = deal_groups.key_function(filters.group_by), base_currency()
	groups: dict[str, dict] = {}

	def group(deal):
		key, label = key_of(deal)
		return groups.setdefault(
			key,
			{"key": key, "label": label, "open": 0, "open_amount": 0.0, "won": [], "lost": 0, "cycles": []},
		)

	for row in get_open(filters):
		one = group(row)
		one["open"] += row.deals
		one["open_amount"] += flt(row.amount)
	for deal in closed_deals(filters):
		one = group(deal)
		if deal.status == "Won":
			one["won"].append(flt(deal.amount_base))
			one["cycles"].append(deal.sales_cycle_days or 0)
		else:
			one["lost"] += 1
	rows = [get_row(one, currency) for one in groups.values()]
	return sorted(rows, key=lambda row: (-(row["velocity"] or 0), row["label"]))


def get_row(one: dict, currency: str) -> dict:
	"""The row of a group with its velocity."""
	rate = win_rate(len(one["won"]), one["lost"])
	average = mean(one["won"]) if one["won"] else 0.0
	cycle = median(one["cycles"]) if one["cycles"] else None
	return {
		"key": one["key"],
		"label": one["label"],
		"open": one["open"],
		"open_amount": flt(one["open_amount"], 2),
		"won": len(one["won"]),
		"average": flt(average, 2),
		"rate": rate,
		"cycle": cycle,
		"velocity": velocity(one["open"], average, rate, cycle),
		"currency": currency,
	}


def get_open(filters) -> list:
	"""Open deals of the user by everything a grouping may ask for, summed by the database."""
	t = DocType("SPM Opportunity")
	groups = (t.opportunity_owner, t.source_owner, t.pipeline, t.source)
	query = (
		frappe.qb.from_(t)
		.select(*groups, Count("*").as_("deals"), Sum(t.amount_base).as_("amount"))
		.where(t.status == "Open")
	)
	for one in groups:
		query = query.groupby(one)
	for fieldname in ("pipeline", "opportunity_owner"):
		if filters.get(fieldname):
			query = query.where(t[fieldname] == filters[fieldname])
	if filters.team:
		query = query.where(deal_groups.team_condition(t, filters.team))
	seen = readable_set("SPM Opportunity")
	return (query if seen is None else query.where(seen)).run(as_dict=True)


def get_columns(group_by: str) -> list[dict]:
	"""Columns, the first one named after the grouping."""
	return [
		c.text("label", _(group_by), 200),
		c.count("open", _("Open Deals")),
		c.money("open_amount", _("Open Amount")),
		c.count("won", _("Won Deals")),
		c.money("average", _("Average Won Deal")),
		c.percent("rate", _("Win Rate by Count")),
		c.number("cycle", _("Median Cycle (Days)"), width=160),
		c.money("velocity", _("Velocity per Day")),
		*c.hidden("currency", "key"),
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""Velocity of the first groups; nothing when there is none."""
	shown = [row for row in rows if row["velocity"]][:15]
	if not shown:
		return None
	return {
		"data": {
			"labels": [row["label"] for row in shown],
			"datasets": [{"name": _("Velocity per Day"), "values": [row["velocity"] for row in shown]}],
		},
		"type": "bar",
		"colors": ["blue"],
		"fieldtype": "Currency",
	}

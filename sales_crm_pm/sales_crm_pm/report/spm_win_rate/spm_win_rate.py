"""Win rate by count and by value: won ÷ (won + lost) of the deals closed in a period; open deals do not count."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

import frappe
from frappe import _
from frappe.utils import flt

from sales_crm_pm.insight.deal_groups import check_group, check_period, in_team, key_function
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules.rates import win_rate

GROUPS = (
	"Salesperson",
	"Team",
	"Team Manager",
	"Product",
	"Pipeline",
	"Customer",
	"Source",
	"Loss Reason",
	"Month",
	"Quarter",
)
CHART_BARS = 15
BATCH = 2000


@dataclass
class Line:
	"""One group of closed deals."""

	key: str
	label: str
	won: int = 0
	lost: int = 0
	won_value: float = 0.0
	lost_value: float = 0.0
	cycles: list[int] = field(default_factory=list)

	def add(self, deal, value: float):
		"""Count a closed deal into this group, with the part of its value that belongs here."""
		if deal.status == "Won":
			self.won += 1
			self.won_value += value
			self.cycles.append(deal.sales_cycle_days or 0)
		else:
			self.lost += 1
			self.lost_value += value

	def as_row(self, currency: str) -> dict:
		"""The row of the report."""
		return {
			"key": self.key,
			"label": self.label,
			"won": self.won,
			"lost": self.lost,
			"rate": win_rate(self.won, self.lost),
			"won_value": flt(self.won_value, 2),
			"lost_value": flt(self.lost_value, 2),
			"rate_by_value": win_rate(self.won_value, self.lost_value),
			"average_won": flt(self.won_value / self.won, 2) if self.won else None,
			"cycle": median(self.cycles) if self.cycles else None,
			"currency": currency,
		}


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: group_by, from_date, to_date (closing date), pipeline, customer, opportunity_owner, import_run
	"""
	filters = frappe._dict(filters or {})
	validate_filters(filters)
	currency = base_currency()
	deals = get_deals(filters)
	lines = get_lines(deals, filters.group_by)
	rows = [line.as_row(currency) for line in lines]
	return get_columns(filters.group_by), rows, None, get_chart(rows), get_summary(deals, currency)


def validate_filters(filters):
	"""Set the default grouping and refuse periods that end before they begin."""
	filters.group_by = filters.group_by or "Salesperson"
	check_group(filters.group_by, GROUPS)
	check_period(filters)


def get_deals(filters) -> list:
	"""Closed deals of the period that the user may see: get_list applies all permission rules."""
	conditions = [["status", "in", ["Won", "Lost"]]]
	if filters.from_date:
		conditions.append(["closed_on", ">=", filters.from_date])
	if filters.to_date:
		conditions.append(["closed_on", "<=", filters.to_date])
	for fieldname in ("pipeline", "customer", "opportunity_owner", "source_owner", "import_run"):
		if filters.get(fieldname):
			conditions.append([fieldname, "=", filters[fieldname]])
	deals = frappe.get_list(
		"SPM Opportunity",
		filters=conditions,
		fields=[
			"name",
			"status",
			"amount_base",
			"exchange_rate",
			"opportunity_owner",
			"source_owner",
			"pipeline",
			"customer",
			"customer_name",
			"source",
			"loss_reason",
			"closed_on",
			"sales_cycle_days",
		],
		order_by="name",
		limit_page_length=0,
	)
	return in_team(deals, filters.team) if filters.team else deals


def get_lines(deals: list, group_by: str) -> list[Line]:
	"""Closed deals put into groups, the largest won value first; quarters in the order of time."""
	lines: dict[str, Line] = {}
	if group_by == "Product":
		_count_products(deals, lines)
	else:
		key_of = key_function(group_by)
		for deal in deals:
			key, label = key_of(deal)
			lines.setdefault(key, Line(key, label)).add(deal, flt(deal.amount_base))
	if group_by in ("Month", "Quarter"):
		return [lines[key] for key in sorted(lines)]
	return sorted(lines.values(), key=lambda line: (-line.won_value, -line.won, line.label))


def _count_products(deals: list, lines: dict[str, Line]):
	"""Each product of a deal counts the deal once, with the value of its own lines."""
	by_name = {deal.name: deal for deal in deals}
	names, seen = list(by_name), set()
	for start in range(0, len(names), BATCH):
		# The parents were filtered by the user's permissions above; child rows have none of their own.
		rows = frappe.get_all(
			"SPM Opportunity Product",
			filters={"parent": ["in", names[start : start + BATCH]], "parenttype": "SPM Opportunity"},
			fields=["parent", "product", "amount"],
			limit_page_length=0,
		)
		values: dict[tuple[str, str], float] = defaultdict(float)
		for row in rows:
			values[row.parent, row.product] += flt(row.amount) * flt(by_name[row.parent].exchange_rate or 1)
		for (parent, product), value in values.items():
			seen.add(parent)
			lines.setdefault(product, Line(product, product)).add(by_name[parent], value)
	for deal in deals:
		if deal.name not in seen:
			lines.setdefault("", Line("", _("No product"))).add(deal, flt(deal.amount_base))


def get_columns(group_by: str) -> list[dict]:
	"""Columns, the first one named after the grouping."""
	money = {"fieldtype": "Currency", "options": "currency", "width": 150}
	return [
		{"fieldname": "label", "label": _(group_by), "fieldtype": "Data", "width": 220},
		{"fieldname": "won", "label": _("Won"), "fieldtype": "Int", "width": 90},
		{"fieldname": "lost", "label": _("Lost"), "fieldtype": "Int", "width": 90},
		{
			"fieldname": "rate",
			"label": _("Win Rate by Count"),
			"fieldtype": "Percent",
			"precision": 2,
			"width": 140,
		},
		{"fieldname": "won_value", "label": _("Won Value"), **money},
		{"fieldname": "lost_value", "label": _("Lost Value"), **money},
		{
			"fieldname": "rate_by_value",
			"label": _("Win Rate by Value"),
			"fieldtype": "Percent",
			"precision": 2,
			"width": 140,
		},
		{"fieldname": "average_won", "label": _("Average Won Deal"), **money},
		{
			"fieldname": "cycle",
			"label": _("Median Cycle (Days)"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 140,
		},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
		{"fieldname": "key", "label": _("Key"), "fieldtype": "Data", "hidden": 1},
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""Win rate by count of the first groups; nothing for an empty report."""
	if not rows:
		return None
	shown = rows[:CHART_BARS]
	return {
		"data": {
			"labels": [row["label"] for row in shown],
			"datasets": [{"name": _("Win Rate by Count"), "values": [row["rate"] or 0 for row in shown]}],
		},
		"type": "bar",
		"colors": ["green"],
		"fieldtype": "Percent",
	}


def get_summary(deals: list, currency: str) -> list[dict]:
	"""Totals over all deals; groups are not added up because a deal may stand in several products."""
	total = Line("", "")
	for deal in deals:
		total.add(deal, flt(deal.amount_base))
	if not deals:
		return []
	row = total.as_row(currency)
	return [
		{"label": _("Win Rate by Count"), "value": row["rate"], "datatype": "Percent", "indicator": "Green"},
		{
			"label": _("Won Value"),
			"value": row["won_value"],
			"datatype": "Currency",
			"currency": currency,
			"indicator": "Green",
		},
		{"label": _("Won"), "value": row["won"], "datatype": "Int"},
		{"label": _("Lost"), "value": row["lost"], "datatype": "Int", "indicator": "Red"},
		{"label": _("Win Rate by Value"), "value": row["rate_by_value"], "datatype": "Percent"},
		{"label": _("Median Cycle (Days)"), "value": row["cycle"], "datatype": "Float"},
	]

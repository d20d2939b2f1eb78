"""Won value from new and from existing customers; the two add up to the total (KPI-14).

A deal is new business when its customer's first deal was won on the same day, else it is business with an existing
customer.
"""

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_months, flt, get_first_day, getdate

from sales_crm_pm.insight import columns as c
from sales_crm_pm.insight import deal_groups
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_set

GROUPS = ("Month", "Quarter", "Salesperson", "Team", "Team Manager", "Source")


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: group_by, from_date and to_date (winning date, twelve months by default), pipeline,
		opportunity_owner, team
	"""
	filters = frappe._dict(filters or {})
	filters.group_by = filters.group_by or "Month"
	filters.to_date = getdate(filters.to_date or getdate())
	filters.from_date = getdate(filters.from_date or get_first_day(add_months(filters.to_date, -11)))
	deal_groups.check_group(filters.group_by, GROUPS)
	deal_groups.check_period(filters)
	rows = get_rows(filters)
	return get_columns(filters.group_by), rows, None, get_chart(rows), get_summary(rows)


def get_deals(filters) -> list:
	"""Won deals of the period that the user may see, with the day of their customer's first win."""
	t, customer = DocType("SPM Opportunity"), DocType("SPM Customer")
	fields = (name for name in deal_groups.FIELDS if name != "status")
	query = (
		frappe.qb.from_(t)
		.left_join(customer)
		.on(customer.name == t.customer)
		.select(*(t[name] for name in fields), t.won_on, t.amount_base, customer.first_won_on)
		.where((t.status == "Won") & t.won_on[filters.from_date : filters.to_date])
	)
	for fieldname in ("pipeline", "opportunity_owner"):
		if filters.get(fieldname):
			query = query.where(t[fieldname] == filters[fieldname])
	if filters.team:
		query = query.where(deal_groups.team_condition(t, filters.team))
	seen = readable_set("SPM Opportunity")
	return (query if seen is None else query.where(seen)).run(as_dict=True)


def get_rows(filters) -> list[dict]:
	"""One row per group; periods in their order, others by value."""
	key_of, currency = deal_groups.key_function(filters.group_by, "won_on"), base_currency()
	groups: dict[str, dict] = {}
	for deal in get_deals(filters):
		key, label = key_of(deal)
		row = groups.setdefault(
			key,
			{
				"key": key,
				"label": label,
				"new_deals": 0,
				"new_value": 0.0,
				"existing_deals": 0,
				"existing_value": 0.0,
				"currency": currency,
			},
		)
		kind = "existing" if deal.first_won_on and deal.first_won_on < deal.won_on else "new"
		row[f"{kind}_deals"] += 1
		row[f"{kind}_value"] += flt(deal.amount_base)
	for row in groups.values():
		row["total"] = flt(row["new_value"] + row["existing_value"], 2)
		row["share"] = round(100 * row["existing_value"] / row["total"], 2) if row["total"] else None
	if filters.group_by in ("Month", "Quarter"):
		return [groups[key] for key in sorted(groups)]
	return sorted(groups.values(), key=lambda row: (-row["total"], row["label"]))


def get_columns(group_by: str) -> list[dict]:
	"""Columns, the first one named after the grouping."""
	return [
		c.text("label", _(group_by), 180),
		c.count("new_deals", _("Deals of New Customers"), 170),
		c.money("new_value", _("New Customers")),
		c.count("existing_deals", _("Deals of Existing Customers"), 190),
		c.money("existing_value", _("Existing Customers")),
		c.money("total", _("Total")),
		c.percent("share", _("Share of Existing Customers"), 190),
		*c.hidden("currency", "key"),
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""Both kinds of revenue on each other; nothing for an empty report."""
	if not rows:
		return None
	shown = rows[:24]
	return {
		"data": {
			"labels": [row["label"] for row in shown],
			"datasets": [
				{"name": _("New Customers"), "values": [row["new_value"] for row in shown]},
				{"name": _("Existing Customers"), "values": [row["existing_value"] for row in shown]},
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["blue", "green"],
		"fieldtype": "Currency",
	}


def get_summary(rows: list[dict]) -> list[dict]:
	"""Totals over all groups."""
	if not rows:
		return []
	currency = rows[0]["currency"]

	def total(name, label, indicator):
		value = sum(row[name] for row in rows)
		return {
			"label": label,
			"value": value,
			"datatype": "Currency",
			"currency": currency,
			"indicator": indicator,
		}

	return [
		total("new_value", _("New Customers"), "Blue"),
		total("existing_value", _("Existing Customers"), "Green"),
		total("total", _("Total"), "Grey"),
	]

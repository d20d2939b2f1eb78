"""How often the team wins and loses when a competitor is in the deal."""

import frappe
from frappe import _

from sales_crm_pm.insight import competition
from sales_crm_pm.loop.money import base_currency


def execute(filters: dict | None = None) -> tuple:
	"""Build the report over the deals the current user may see.

	Args:
		filters: `from_date`, `to_date` (of closing), `pipeline`, `opportunity_owner`, all optional.

	Returns:
		columns, one row per competitor, message, chart. Amounts are in the base currency.
	"""
	filters = frappe._dict(filters or {})
	rows = competition.against(
		None, filters.from_date, filters.to_date, filters.opportunity_owner, filters.pipeline
	)
	currency = base_currency()
	for row in rows:
		row.currency = currency
	return get_columns(), rows, None, get_chart(rows)


def get_columns() -> list[dict]:
	money = {"fieldtype": "Currency", "options": "currency", "width": 140}
	return [
		{
			"fieldname": "competitor",
			"label": _("Competitor"),
			"fieldtype": "Link",
			"options": "SPM Competitor",
			"width": 190,
		},
		{"fieldname": "won", "label": _("Won"), "fieldtype": "Int", "width": 80},
		{"fieldname": "lost", "label": _("Lost"), "fieldtype": "Int", "width": 80},
		{"fieldname": "lost_to", "label": _("Lost to Them"), "fieldtype": "Int", "width": 110},
		{"fieldname": "win_rate", "label": _("Win Rate"), "fieldtype": "Percent", "width": 100},
		{"fieldname": "open", "label": _("Open"), "fieldtype": "Int", "width": 80},
		{"fieldname": "won_amount", "label": _("Amount Won"), **money},
		{"fieldname": "lost_amount", "label": _("Amount Lost"), **money},
		{"fieldname": "open_amount", "label": _("Amount Open"), **money},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
	]


def get_chart(rows: list[dict]) -> dict | None:
	closed = [row for row in rows if row.won or row.lost][:10]
	if not closed:
		return None
	return {
		"data": {
			"labels": [row.competitor for row in closed],
			"datasets": [
				{"name": _("Won"), "values": [int(row.won) for row in closed]},
				{"name": _("Lost"), "values": [int(row.lost) for row in closed]},
			],
		},
		"type": "bar",
		"colors": ["#30a66d", "#e03636"],
		"barOptions": {"stacked": 1},
	}

"""Why deals are lost: the few reasons behind most losses come first (Pareto)."""

import frappe
from frappe import _

from sales_crm_pm.insight import competition
from sales_crm_pm.loop.money import base_currency


def execute(filters: dict | None = None) -> tuple:
	"""Build the report over the lost deals the current user may see.

	Args:
		filters: `from_date`, `to_date` (of closing), `pipeline`, `opportunity_owner`, all optional.

	Returns:
		columns, one row per reason, message, chart. Amounts are in the base currency.
	"""
	filters = frappe._dict(filters or {})
	rows = competition.loss_reasons(
		filters.from_date, filters.to_date, filters.opportunity_owner, filters.pipeline
	)
	currency = base_currency()
	categories = dict(frappe.get_all("SPM Loss Reason", fields=["name", "category"], as_list=True))
	for row in rows:
		row.currency = currency
		row.category = _(categories.get(row.loss_reason) or "")
	return get_columns(), rows, None, get_chart(rows)


def get_columns() -> list[dict]:
	return [
		{
			"fieldname": "loss_reason",
			"label": _("Loss Reason"),
			"fieldtype": "Link",
			"options": "SPM Loss Reason",
			"width": 220,
		},
		{"fieldname": "category", "label": _("Category"), "fieldtype": "Data", "width": 120},
		{"fieldname": "deals", "label": _("Deals"), "fieldtype": "Int", "width": 90},
		{"fieldname": "main", "label": _("As Main Reason"), "fieldtype": "Int", "width": 130},
		{"fieldname": "further", "label": _("As Further Reason"), "fieldtype": "Int", "width": 140},
		{"fieldname": "share", "label": _("Share"), "fieldtype": "Percent", "width": 100},
		{"fieldname": "cumulative", "label": _("Added Up"), "fieldtype": "Percent", "width": 110},
		{
			"fieldname": "amount",
			"label": _("Amount Lost"),
			"fieldtype": "Currency",
			"options": "currency",
			"width": 150,
		},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
	]


def get_chart(rows: list[dict]) -> dict | None:
	if not rows:
		return None
	shown = rows[:12]
	return {
		"data": {
			"labels": [_(row.loss_reason or "") or "–" for row in shown],
			"datasets": [
				{"name": _("Deals"), "values": [row.deals for row in shown], "chartType": "bar"},
				{"name": _("Added Up (%)"), "values": [row.cumulative for row in shown], "chartType": "line"},
			],
		},
		"type": "axis-mixed",
	}

"""Open deals by stage: how many, how much, and how much weighted by probability."""

import frappe
from frappe import _
from frappe.utils import flt


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the deals the current user may see.

	Args:
		filters: `pipeline` (SPM Pipeline) and `opportunity_owner` (User), both optional.

	Returns:
		columns, rows (one per stage in pipeline order), message, chart. Sums are in the base currency.
	"""
	filters = frappe._dict(filters or {})
	rows = get_data(filters)
	return get_columns(), rows, None, get_chart(rows)


def get_columns() -> list[dict]:
	return [
		{"fieldname": "pipeline", "label": _("Pipeline"), "fieldtype": "Link", "options": "SPM Pipeline", "width": 160},
		{"fieldname": "stage", "label": _("Stage"), "fieldtype": "Link", "options": "SPM Stage", "width": 220},
		{"fieldname": "deals", "label": _("Opportunities"), "fieldtype": "Int", "width": 120},
		{"fieldname": "amount", "label": _("Amount"), "fieldtype": "Currency", "options": "currency", "width": 160},
		{"fieldname": "weighted", "label": _("Weighted Amount"), "fieldtype": "Currency", "options": "currency", "width": 160},
		{"fieldname": "currency", "label": _("Currency"), "fieldtype": "Link", "options": "Currency", "hidden": 1},
	]


def get_data(filters: frappe._dict) -> list[dict]:
	conditions = {"status": "Open"}
	for field in ("pipeline", "opportunity_owner"):
		if filters.get(field):
			conditions[field] = filters[field]
	# get_list, not get_all: a salesperson's report sums the salesperson's deals.
	deals = frappe.get_list(
		"SPM Opportunity",
		filters=conditions,
		fields=["stage", "amount_base", "weighted_amount", "base_currency"],
		limit=0,
	)
	stages = frappe.get_all(
		"SPM Stage",
		filters={"stage_type": ["in", ["Open", "Ongoing"]]},
		fields=["name", "stage_name", "pipeline"],
		order_by="pipeline asc, position asc",
	)
	sums: dict[str, dict] = {}
	for deal in deals:
		row = sums.setdefault(deal.stage, {"deals": 0, "amount": 0.0, "weighted": 0.0, "currency": deal.base_currency})
		row["deals"] += 1
		row["amount"] += flt(deal.amount_base)
		row["weighted"] += flt(deal.weighted_amount)
	return [
		{"pipeline": stage.pipeline, "stage": stage.name, "stage_title": stage.stage_name, **sums[stage.name]}
		for stage in stages
		if stage.name in sums
	]


def get_chart(rows: list[dict]) -> dict | None:
	if not rows:
		return None
	return {
		"data": {
			"labels": [_(row["stage_title"]) for row in rows],
			"datasets": [
				{"name": _("Amount"), "values": [row["amount"] for row in rows]},
				{"name": _("Weighted Amount"), "values": [row["weighted"] for row in rows]},
			],
		},
		"type": "bar",
		"fieldtype": "Currency",
	}

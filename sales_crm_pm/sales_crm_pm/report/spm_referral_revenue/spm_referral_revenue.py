"""What referrals brought, per customer that gave them; only referrals the user may see."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import flt, getdate

from sales_crm_pm.insight.names import names_of
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.referrals import REACHED
from sales_crm_pm.rules.retention import share


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: from_date, to_date (day of the referral), referring_customer
	"""
	filters = frappe._dict(filters or {})
	if filters.from_date and filters.to_date and getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("The first day of the period lies after its last day."))
	rows = get_rows(filters)
	return get_columns(), rows, None, get_chart(rows), get_summary(rows)


def get_rows(filters) -> list[dict]:
	"""One row per referring customer, the most valuable first: get_list applies all permission rules."""
	conditions = []
	if filters.from_date:
		conditions.append(["referred_on", ">=", filters.from_date])
	if filters.to_date:
		conditions.append(["referred_on", "<=", filters.to_date])
	if filters.referring_customer:
		conditions.append(["referring_customer", "=", filters.referring_customer])
	found = frappe.get_list(
		"SPM Referral",
		filters=conditions,
		fields=["referring_customer", "status", "won_amount_base", "reward_amount", "referred_on"],
		limit_page_length=0,
	)
	lines: dict[str, dict] = {}
	currency = base_currency()
	for row in found:
		line = lines.setdefault(
			row.referring_customer,
			{
				"customer": row.referring_customer,
				"referrals": 0,
				"open": 0,
				"won": 0,
				"lost": 0,
				"revenue": 0.0,
				"rewards": 0.0,
				"last_on": None,
				"currency": currency,
			},
		)
		line["referrals"] += 1
		line["open"] += row.status in ("New", "Contacted")
		line["lost"] += row.status == "Lost"
		line["last_on"] = max(filter(None, (line["last_on"], getdate(row.referred_on))))
		if row.status in REACHED:
			line["won"] += 1
			line["revenue"] = flt(line["revenue"] + flt(row.won_amount_base), 2)
		if row.status == "Rewarded":
			line["rewards"] = flt(line["rewards"] + flt(row.reward_amount), 2)
	names = names_of("SPM Customer", "customer_name", lines)
	for line in lines.values():
		line["customer_name"] = names.get(line["customer"], line["customer"])
		line["rate"] = share(line["won"], line["won"] + line["lost"])
	return sorted(
		lines.values(), key=lambda line: (-line["revenue"], -line["referrals"], line["customer_name"])
	)


def get_columns() -> list[dict]:
	"""Columns of the report."""
	money = {"fieldtype": "Currency", "options": "currency", "width": 140}
	count = {"fieldtype": "Int", "width": 90}
	return [
		{
			"fieldname": "customer_name",
			"label": _("Referred By"),
			"fieldtype": "Data",
			"width": 220,
		},
		{"fieldname": "referrals", "label": _("Referrals"), **count},
		{"fieldname": "open", "label": _("Open"), **count},
		{"fieldname": "won", "label": _("Won"), **count},
		{"fieldname": "lost", "label": _("Lost"), **count},
		{
			"fieldname": "rate",
			"label": _("Success Rate"),
			"fieldtype": "Percent",
			"precision": 1,
			"width": 110,
		},
		{"fieldname": "revenue", "label": _("Referral Revenue"), **money},
		{"fieldname": "rewards", "label": _("Rewards Given"), **money},
		{"fieldname": "last_on", "label": _("Last Referral"), "fieldtype": "Date", "width": 120},
	]


def get_chart(rows: list[dict]) -> dict | None:
	"""Revenue of the best referrers; nothing while nothing was won."""
	best = [row for row in rows if row["revenue"]][:10]
	if not best:
		return None
	return {
		"data": {
			"labels": [row["customer_name"] for row in best],
			"datasets": [{"name": _("Referral Revenue"), "values": [row["revenue"] for row in best]}],
		},
		"type": "bar",
		"colors": ["green"],
		"fieldtype": "Currency",
	}


def get_summary(rows: list[dict]) -> list[dict]:
	"""Totals."""
	if not rows:
		return []
	return [
		{
			"label": _("Referral Revenue"),
			"value": flt(sum(row["revenue"] for row in rows), 2),
			"datatype": "Currency",
			"currency": rows[0]["currency"],
			"indicator": "Green",
		},
		{"label": _("Referrals"), "value": sum(row["referrals"] for row in rows), "datatype": "Int"},
		{"label": _("Won"), "value": sum(row["won"] for row in rows), "datatype": "Int"},
	]

"""What is expected month by month, and what has come: the payment plans of all contracts as one calendar."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_months, flt, formatdate, get_first_day, get_last_day, getdate

from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_rows

MAX_MONTHS = 60


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the payments the current user may see.

	Args:
		filters: `from_date`, `to_date` (whole months; six back and six ahead by default), `customer`,
			`account_manager` and `project`.

	Returns:
		columns, one row per month, message, chart. Sums are in the base currency: expected by due date, received
		by the day the money came, outstanding of what was expected in the month.
	"""
	filters = frappe._dict(filters or {})
	start = get_first_day(filters.from_date or add_months(getdate(), -5))
	end = get_last_day(filters.to_date or add_months(getdate(), 6))
	if start > end:
		frappe.throw(_("The first month is after the last one."))
	rows = empty_months(start, end)
	for month, sums in expected(filters, start, end).items():
		rows[month].update(sums)
	for month, value in received(filters, start, end).items():
		rows[month]["received"] = value
	data = list(rows.values())
	return get_columns(), data, None, get_chart(data)


def empty_months(start: date, end: date) -> dict[str, dict[str, Any]]:
	currency = base_currency()
	rows: dict[str, dict[str, Any]] = {}
	month = getdate(start)
	while month <= end and len(rows) < MAX_MONTHS:
		rows[month.strftime("%Y-%m")] = {
			"month": formatdate(month, "yyyy-MM"),
			"payments": 0,
			"expected": 0.0,
			"outstanding": 0.0,
			"overdue": 0.0,
			"received": 0.0,
			"currency": currency,
		}
		month = getdate(add_months(month, 1))
	return rows


def _narrowed(query: Any, p: Any, filters: frappe._dict) -> Any:
	for field in ("customer", "account_manager", "project"):
		if filters.get(field):
			query = query.where(p[field] == filters[field])
	seen = readable_rows("SPM Payment")
	return query if seen is None else query.where(seen)


def expected(filters: frappe._dict, start: date, end: date) -> dict[str, dict[str, Any]]:
	p, c = DocType("SPM Payment"), DocType("SPM Contract")
	query = (
		frappe.qb.from_(p)
		.inner_join(c)
		.on((c.name == p.contract) & (c.docstatus == 1))
		.select(p.due_date, p.amount_base, p.outstanding_base, p.status)
		.where(p.due_date[start:end] & (p.status != "On Hold"))
	)
	found: dict[str, dict[str, Any]] = {}
	for row in _narrowed(query, p, filters).run(as_dict=True):
		sums = found.setdefault(
			row.due_date.strftime("%Y-%m"),
			{"payments": 0, "expected": 0.0, "outstanding": 0.0, "overdue": 0.0},
		)
		sums["payments"] += 1
		sums["expected"] = flt(sums["expected"] + row.amount_base, 2)
		sums["outstanding"] = flt(sums["outstanding"] + row.outstanding_base, 2)
		if row.status == "Overdue":
			sums["overdue"] = flt(sums["overdue"] + row.outstanding_base, 2)
	return found


def received(filters: frappe._dict, start: date, end: date) -> dict[str, float]:
	p, r = DocType("SPM Payment"), DocType("SPM Payment Receipt")
	query = (
		frappe.qb.from_(r)
		.inner_join(p)
		.on((p.name == r.parent) & (r.parenttype == "SPM Payment"))
		.select(r.received_date, r.amount, p.exchange_rate)
		.where(r.received_date[start:end] & (p.status != "Cancelled"))
	)
	found: dict[str, float] = {}
	for row in _narrowed(query, p, filters).run(as_dict=True):
		month = row.received_date.strftime("%Y-%m")
		found[month] = flt(found.get(month, 0) + row.amount * (row.exchange_rate or 1), 2)
	return found


def get_columns() -> list[dict[str, Any]]:
	def amount(fieldname: str, label: str) -> dict[str, Any]:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": "Currency",
			"options": "currency",
			"width": 160,
		}

	return [
		{"fieldname": "month", "label": _("Month"), "fieldtype": "Data", "width": 110},
		{"fieldname": "payments", "label": _("Payments"), "fieldtype": "Int", "width": 100},
		amount("expected", _("Expected")),
		amount("received", _("Money Received")),
		amount("outstanding", _("Still Outstanding")),
		amount("overdue", _("Overdue")),
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
	]


def get_chart(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
	if not any(row["expected"] or row["received"] for row in rows):
		return None
	return {
		"data": {
			"labels": [row["month"] for row in rows],
			"datasets": [
				{"name": _("Expected"), "values": [row["expected"] for row in rows]},
				{"name": _("Money Received"), "values": [row["received"] for row in rows]},
			],
		},
		"type": "bar",
		"fieldtype": "Currency",
	}

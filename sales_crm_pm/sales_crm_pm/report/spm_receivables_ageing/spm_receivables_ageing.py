"""Who owes what since when: money that is due, by days overdue, one row per customer or per payment."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import flt, getdate

from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.payments import ASKED_FOR
from sales_crm_pm.permissions.query import readable_rows

BUCKETS = ((1, 30), (31, 60), (61, 90), (91, None))
"""Days overdue; what is due but not overdue yet comes before."""


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the payments the current user may see.

	Args:
		filters: `customer`, `account_manager`, `project`, `as_of` (today by default; a later day shows what
			will be overdue then) and `by` ("Customer" or "Payment").

	Returns:
		columns, rows, message, chart, summary. Sums are in the base currency.
	"""
	filters = frappe._dict(filters or {})
	by_payment = filters.by == "Payment"
	open_payments = get_payments(filters)
	rows = list_payments(open_payments) if by_payment else sum_customers(open_payments)
	return get_columns(by_payment), rows, None, get_chart(open_payments), get_summary(open_payments)


def get_payments(filters: frappe._dict) -> list[frappe._dict]:
	"""Read the payments that are owed, each with its days overdue and its bucket."""
	p, c = DocType("SPM Payment"), DocType("SPM Contract")
	query = (
		frappe.qb.from_(p)
		.left_join(c)
		.on(c.name == p.contract)
		.select(
			p.name,
			p.title,
			p.customer,
			p.customer_name,
			p.contract,
			c.title.as_("contract_title"),
			p.project,
			p.account_manager,
			p.due_date,
			p.invoice_no,
			p.outstanding_base,
			p.status,
		)
		.where(p.status.isin(ASKED_FOR) & (p.outstanding_base > 0))
		.orderby(p.due_date)
		.orderby(p.name)
	)
	for field in ("customer", "account_manager", "project"):
		if filters.get(field):
			query = query.where(p[field] == filters[field])
	if (seen := readable_rows("SPM Payment")) is not None:
		query = query.where(seen)
	as_of = getdate(filters.as_of)
	currency = base_currency()
	rows = query.run(as_dict=True)
	for row in rows:
		row.days = days_overdue(row.due_date, as_of)
		row.bucket = bucket_of(row.days)
		row.currency = currency
	return rows


def days_overdue(due: date | None, as_of: date) -> int:
	"""Days since a payment should have been there; 0 when it still has time."""
	return max(0, (as_of - getdate(due)).days) if due else 0


def bucket_of(days: int) -> str:
	"""Name the column of a number of days overdue."""
	if not days:
		return "not_overdue"
	return next(f"over_{low}" for low, high in BUCKETS if high is None or days <= high)


def sum_customers(payments: list[frappe._dict]) -> list[dict[str, Any]]:
	"""Sum per customer, the one that owes most overdue money first."""
	sums: dict[str, dict[str, Any]] = {}
	for row in payments:
		line = sums.setdefault(
			row.customer,
			{
				"customer": row.customer,
				"customer_name": row.customer_name,
				"account_manager": row.account_manager,
				"currency": row.currency,
				"total": 0.0,
				"days": 0,
				**dict.fromkeys(bucket_names(), 0.0),
			},
		)
		line["total"] = flt(line["total"] + row.outstanding_base, 2)
		line[row.bucket] = flt(line[row.bucket] + row.outstanding_base, 2)
		line["days"] = max(line["days"], row.days)
	return sorted(sums.values(), key=lambda r: (-(r["total"] - r["not_overdue"]), -r["total"], r["customer"]))


def list_payments(payments: list[frappe._dict]) -> list[dict[str, Any]]:
	"""One row per payment with its amount in the column of its age."""
	return [
		{**row, "payment": row.name, "total": row.outstanding_base, row.bucket: row.outstanding_base}
		for row in payments
	]


def bucket_names() -> list[str]:
	return ["not_overdue", *(f"over_{low}" for low, _high in BUCKETS)]


def bucket_label(low: int, high: int | None) -> str:
	return _("{0} to {1} Days").format(low, high) if high else _("Over {0} Days").format(low - 1)


def get_columns(by_payment: bool) -> list[dict[str, Any]]:
	def amount(fieldname: str, label: str) -> dict[str, Any]:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": "Currency",
			"options": "currency",
			"width": 130,
		}

	def hidden(fieldname: str, doctype: str) -> dict[str, Any]:
		return {
			"fieldname": fieldname,
			"label": _(doctype),
			"fieldtype": "Link",
			"options": doctype,
			"hidden": 1,
		}

	# Names for people, also in a file; the script of the report makes links of them.
	first = [
		{"fieldname": "customer_name", "label": _("Customer"), "fieldtype": "Data", "width": 200},
		hidden("customer", "SPM Customer"),
	]
	if by_payment:
		first += [
			{"fieldname": "title", "label": _("SPM Payment"), "fieldtype": "Data", "width": 150},
			hidden("payment", "SPM Payment"),
			{"fieldname": "contract_title", "label": _("SPM Contract"), "fieldtype": "Data", "width": 190},
			hidden("contract", "SPM Contract"),
			{"fieldname": "invoice_no", "label": _("Invoice No."), "fieldtype": "Data", "width": 110},
			{"fieldname": "due_date", "label": _("Due Date"), "fieldtype": "Date", "width": 110},
		]
	return [
		*first,
		{
			"fieldname": "account_manager",
			"label": _("Account Manager"),
			"fieldtype": "Link",
			"options": "User",
			"width": 150,
		},
		amount("total", _("Due in Total")),
		amount("not_overdue", _("Not Overdue")),
		*(amount(f"over_{low}", bucket_label(low, high)) for low, high in BUCKETS),
		{
			"fieldname": "days",
			"label": _("Days Overdue"),
			"fieldtype": "Int",
			"width": 110,
			"disable_total": 1,
		},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
	]


def get_chart(payments: list[frappe._dict]) -> dict[str, Any] | None:
	if not payments:
		return None
	sums = {name: 0.0 for name in bucket_names()}
	for row in payments:
		sums[row.bucket] = flt(sums[row.bucket] + row.outstanding_base, 2)
	labels = [_("Not Overdue"), *(bucket_label(low, high) for low, high in BUCKETS)]
	return {
		"data": {"labels": labels, "datasets": [{"name": _("Outstanding"), "values": list(sums.values())}]},
		"type": "bar",
		"fieldtype": "Currency",
	}


def get_summary(payments: list[frappe._dict]) -> list[dict[str, Any]]:
	total = flt(sum(row.outstanding_base for row in payments), 2)
	late = flt(sum(row.outstanding_base for row in payments if row.days), 2)
	currency = base_currency()
	return [
		{"value": total, "label": _("Due in Total"), "datatype": "Currency", "currency": currency},
		{
			"value": late,
			"label": _("Overdue"),
			"datatype": "Currency",
			"currency": currency,
			"indicator": "Red" if late else "Green",
		},
	]

"""All contracts with their money, their open duties and when they end; also as a list of what ends soon."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, cint, getdate

from sales_crm_pm.permissions.query import readable_rows


def execute(filters: dict | None = None) -> tuple:
	"""Build the report for the contracts the current user may see.

	Args:
		filters: `status`, `customer`, `contract_type`, `contract_owner`, and `ends_within`: only running
			contracts that end within so many days.

	Returns:
		columns, rows with the earliest end first. Amounts are in base currency.
	"""
	filters = frappe._dict(filters or {})
	return get_columns(), get_data(filters)


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	c, customer = DocType("SPM Contract"), DocType("SPM Customer")
	rate = Coalesce(c.exchange_rate, 1)
	query = (
		frappe.qb.from_(c)
		.left_join(customer)
		.on(customer.name == c.customer)
		.select(
			c.name.as_("contract"),
			c.title.as_("contract_title"),
			c.contract_no,
			c.customer,
			customer.customer_name,
			c.contract_type,
			c.status,
			c.contract_owner,
			c.signed_date,
			c.start_date,
			c.end_date,
			c.notice_date,
			c.auto_renew,
			c.renewal_opportunity,
			c.amount_base,
			(c.invoiced * rate).as_("invoiced"),
			(c.received * rate).as_("received"),
			(c.outstanding * rate).as_("outstanding"),
			(c.overdue * rate).as_("overdue"),
			c.open_obligations,
			c.base_currency.as_("currency"),
		)
		.orderby(Coalesce(c.end_date, "9999-12-31"))
		.orderby(c.name)
	)
	if filters.status:
		query = query.where(c.status == filters.status)
	else:
		query = query.where(c.docstatus < 2)
	for field in ("customer", "contract_type", "contract_owner"):
		if filters.get(field):
			query = query.where(c[field] == filters[field])
	today = getdate()
	if days := cint(filters.ends_within):
		query = query.where((c.status == "Active") & c.end_date[today : getdate(add_days(today, days))])
	if (seen := readable_rows("SPM Contract")) is not None:
		query = query.where(seen)
	rows = query.run(as_dict=True)
	for row in rows:
		row.days_left = (row.end_date - today).days if row.end_date and row.status == "Active" else None
		row.status_label = _(row.status, context="SPM Contract")
	return rows


def get_columns() -> list[dict[str, Any]]:
	def amount(fieldname: str, label: str) -> dict[str, Any]:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": "Currency",
			"options": "currency",
			"width": 130,
		}

	def link(fieldname: str, label: str, doctype: str, width: int = 150) -> dict[str, Any]:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": "Link",
			"options": doctype,
			"width": width,
		}

	return [
		{"fieldname": "contract_title", "label": _("SPM Contract"), "fieldtype": "Data", "width": 200},
		link("contract", _("SPM Contract"), "SPM Contract") | {"hidden": 1},
		{"fieldname": "contract_no", "label": _("Contract No."), "fieldtype": "Data", "width": 120},
		{"fieldname": "customer_name", "label": _("Customer"), "fieldtype": "Data", "width": 180},
		link("customer", _("Customer"), "SPM Customer") | {"hidden": 1},
		{"fieldname": "status_label", "label": _("Status"), "fieldtype": "Data", "width": 90},
		link("contract_type", _("Contract Type"), "SPM Contract Type", 130),
		{"fieldname": "signed_date", "label": _("Signed On"), "fieldtype": "Date", "width": 115},
		{"fieldname": "end_date", "label": _("Ends On"), "fieldtype": "Date", "width": 115},
		{
			"fieldname": "days_left",
			"label": _("Days Left"),
			"fieldtype": "Data",
			"width": 90,
			"disable_total": 1,
		},
		amount("amount_base", _("Amount")),
		amount("invoiced", _("Invoiced")),
		amount("received", _("Money Received")),
		amount("outstanding", _("Outstanding")),
		amount("overdue", _("Overdue")),
		{"fieldname": "open_obligations", "label": _("Open Obligations"), "fieldtype": "Int", "width": 120},
		{"fieldname": "notice_date", "label": _("Notice Date"), "fieldtype": "Date", "width": 115},
		link("renewal_opportunity", _("Renewal Opportunity"), "SPM Opportunity", 160),
		link("contract_owner", _("Responsible"), "User", 150),
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
	]

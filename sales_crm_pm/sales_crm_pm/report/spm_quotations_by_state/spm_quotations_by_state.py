"""Quotations counted and summed by state, salesperson, customer or month; the newest version of each only."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

import frappe
from frappe import _
from frappe.utils import date_diff, flt, getdate

from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules.rates import win_rate

STATES = ("Draft", "Pending Approval", "Approved", "Sent", "Accepted", "Rejected", "Expired")
GROUPS = ("State", "Salesperson", "Customer", "Month")


@dataclass
class Line:
	"""One group of quotations."""

	key: str
	label: str
	number: int = 0
	value: float = 0.0
	accepted: int = 0
	accepted_value: float = 0.0
	refused: int = 0
	days: list[int] = field(default_factory=list)

	def add(self, row):
		"""Count a quotation into this group."""
		self.number += 1
		self.value += flt(row.base_net_total)
		if row.status == "Accepted":
			self.accepted += 1
			self.accepted_value += flt(row.base_net_total)
			if row.sent_on and row.accepted_on:
				self.days.append(max(0, date_diff(row.accepted_on, row.sent_on)))
		elif row.status in ("Rejected", "Expired"):
			self.refused += 1

	def as_row(self, currency: str) -> dict:
		"""The row of the report."""
		return {
			"key": self.key,
			"label": self.label,
			"number": self.number,
			"value": flt(self.value, 2),
			"accepted": self.accepted,
			"accepted_value": flt(self.accepted_value, 2),
			"rate": win_rate(self.accepted, self.refused),
			"days": median(self.days) if self.days else None,
			"currency": currency,
		}


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: group_by, from_date, to_date (day of the quotation), salesperson, customer, status
	"""
	filters = frappe._dict(filters or {})
	filters.group_by = filters.group_by or "State"
	if filters.group_by not in GROUPS:
		frappe.throw(_("Quotations cannot be grouped by {0}.").format(filters.group_by))
	if filters.from_date and filters.to_date and getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("The first day of the period lies after its last day."))
	currency = base_currency()
	quotations = get_quotations(filters)
	rows = [line.as_row(currency) for line in get_lines(quotations, filters.group_by)]
	return get_columns(filters.group_by), rows, None, get_chart(rows), get_summary(quotations, currency)


def get_quotations(filters) -> list:
	"""Quotations the user may see (get_list applies all permission rules), without replaced versions."""
	conditions = [["status", "!=", "Superseded"]]
	if filters.from_date:
		conditions.append(["quotation_date", ">=", filters.from_date])
	if filters.to_date:
		conditions.append(["quotation_date", "<=", filters.to_date])
	for fieldname in ("salesperson", "customer", "status"):
		if filters.get(fieldname):
			conditions.append([fieldname, "=", filters[fieldname]])
	rows = frappe.get_list(
		"SPM Quotation",
		filters=conditions,
		fields=[
			"name",
			"status",
			"salesperson",
			"customer",
			"customer_name",
			"quotation_date",
			"base_net_total",
			"sent_on",
			"accepted_on",
			"quotation_group",
			"version",
		],
		order_by="version desc, name",
		limit_page_length=0,
	)
	newest: dict[str, str] = {}
	for row in rows:
		newest.setdefault(row.quotation_group or row.name, row.name)
	return [row for row in rows if newest[row.quotation_group or row.name] == row.name]


def get_lines(quotations: list, group_by: str) -> list[Line]:
	"""Quotations put into groups: states in the order of the flow, months in that of time, else by value."""
	people = dict(frappe.get_all("User", fields=["name", "full_name"], as_list=True, limit_page_length=0))
	key_of = {
		"State": lambda q: (q.status, _(q.status, context="SPM Quotation")),
		"Salesperson": lambda q: (q.salesperson or "", people.get(q.salesperson) or _("Not stated")),
		"Customer": lambda q: (q.customer or "", q.customer_name or _("Not stated")),
		"Month": lambda q: (f"{getdate(q.quotation_date):%Y-%m}",) * 2,
	}[group_by]
	lines: dict[str, Line] = {}
	for row in quotations:
		key, label = key_of(row)
		lines.setdefault(key, Line(key, label)).add(row)
	if group_by == "State":
		return [lines[state] for state in STATES if state in lines]
	if group_by == "Month":
		return [lines[key] for key in sorted(lines)]
	return sorted(lines.values(), key=lambda line: (-line.value, line.label))


def get_columns(group_by: str) -> list[dict]:
	"""Columns, the first one named after the grouping."""
	money = {"fieldtype": "Currency", "options": "currency", "width": 160}
	return [
		{"fieldname": "label", "label": _(group_by), "fieldtype": "Data", "width": 220},
		{"fieldname": "number", "label": _("Quotations"), "fieldtype": "Int", "width": 110},
		{"fieldname": "value", "label": _("Net Value"), **money},
		{"fieldname": "accepted", "label": _("Accepted Quotations"), "fieldtype": "Int", "width": 170},
		{"fieldname": "accepted_value", "label": _("Accepted Value"), **money},
		{
			"fieldname": "rate",
			"label": _("Acceptance Rate"),
			"fieldtype": "Percent",
			"precision": 2,
			"width": 150,
		},
		{
			"fieldname": "days",
			"label": _("Median Days to Acceptance"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 210,
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
	"""Value of the first groups; nothing for an empty report."""
	if not rows:
		return None
	return {
		"data": {
			"labels": [row["label"] for row in rows[:15]],
			"datasets": [{"name": _("Net Value"), "values": [row["value"] for row in rows[:15]]}],
		},
		"type": "bar",
		"colors": ["blue"],
		"fieldtype": "Currency",
	}


def get_summary(quotations: list, currency: str) -> list[dict]:
	"""Totals over all quotations."""
	if not quotations:
		return []
	total = Line("", "")
	for row in quotations:
		total.add(row)
	row = total.as_row(currency)
	money = {"datatype": "Currency", "currency": currency}
	return [
		{"label": _("Quotations"), "value": row["number"], "datatype": "Int"},
		{"label": _("Net Value"), "value": row["value"], **money},
		{"label": _("Accepted Value"), "value": row["accepted_value"], "indicator": "Green", **money},
		{"label": _("Acceptance Rate"), "value": row["rate"], "datatype": "Percent", "indicator": "Green"},
	]

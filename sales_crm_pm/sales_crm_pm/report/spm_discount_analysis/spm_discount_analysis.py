"""What is given away: list price against what was offered, by salesperson, product, customer or tier.

Margin columns are there for those only whose roles open the level of the margin.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import cint, flt, getdate

from sales_crm_pm.loop.money import base_currency

GROUPS = ("Salesperson", "Product", "Customer", "Customer Tier")
BATCH = 2000
OFFERED = ("Approved", "Sent", "Accepted", "Rejected", "Expired")


@dataclass
class Line:
	"""One group of offers, in base currency."""

	key: str
	label: str
	number: int = 0
	listed: float = 0.0
	net: float = 0.0
	approvals: int = 0
	margin: float = 0.0
	margin_net: float = 0.0

	def as_row(self, currency: str) -> dict:
		"""The row of the report."""
		return {
			"key": self.key,
			"label": self.label,
			"number": self.number,
			"listed": flt(self.listed, 2),
			"net": flt(self.net, 2),
			"given": flt(self.listed - self.net, 2),
			"percent": flt(100 * (self.listed - self.net) / self.listed, 2) if self.listed else None,
			"approvals": self.approvals,
			"margin": flt(self.margin, 2) if self.margin_net else None,
			"margin_percent": flt(100 * self.margin / self.margin_net, 2) if self.margin_net else None,
			"currency": currency,
		}


def execute(filters: dict | None = None):
	"""The report's columns, rows, message, chart and summary.

	:param filters: group_by, from_date, to_date (day of the quotation), salesperson, customer, accepted_only
	"""
	filters = frappe._dict(filters or {})
	filters.group_by = filters.group_by or "Salesperson"
	if filters.group_by not in GROUPS:
		frappe.throw(_("Quotations cannot be grouped by {0}.").format(filters.group_by))
	if filters.from_date and filters.to_date and getdate(filters.from_date) > getdate(filters.to_date):
		frappe.throw(_("The first day of the period lies after its last day."))
	currency = base_currency()
	sees_margin = may_see_margin() and filters.group_by != "Product"
	lines = get_lines(get_quotations(filters, sees_margin), filters.group_by, sees_margin)
	rows = [line.as_row(currency) for line in lines]
	return get_columns(filters.group_by, sees_margin), rows, None, get_chart(rows)


def may_see_margin() -> bool:
	"""Whether the roles of the session's user open the level of cost and margin."""
	meta = frappe.get_meta("SPM Quotation")
	return meta.get_field("margin_base").permlevel in meta.get_permlevel_access("read")


def get_quotations(filters, sees_margin: bool) -> list:
	"""What was offered and the user may see (get_list applies all permission rules and levels)."""
	conditions = [["status", "in", ["Accepted"] if cint(filters.accepted_only) else list(OFFERED)]]
	if filters.from_date:
		conditions.append(["quotation_date", ">=", filters.from_date])
	if filters.to_date:
		conditions.append(["quotation_date", "<=", filters.to_date])
	for fieldname in ("salesperson", "customer"):
		if filters.get(fieldname):
			conditions.append([fieldname, "=", filters[fieldname]])
	fields = [
		"name",
		"salesperson",
		"customer",
		"customer_name",
		"exchange_rate",
		"list_total",
		"subtotal",
		"discount_amount",
		"base_net_total",
		"submitted_by",
	]
	if sees_margin:
		fields += ["cost_base", "margin_base"]
	return frappe.get_list(
		"SPM Quotation", filters=conditions, fields=fields, order_by="name", limit_page_length=0
	)


def get_lines(quotations: list, group_by: str, sees_margin: bool) -> list[Line]:
	"""Offers put into groups, the one that gives most away first."""
	lines: dict[str, Line] = {}
	if group_by == "Product":
		_count_products(quotations, lines)
	else:
		key_of = _key_functions(quotations, group_by)
		for row in quotations:
			key, label = key_of(row)
			line = lines.setdefault(key, Line(key, label))
			rate = flt(row.exchange_rate) or 1
			line.number += 1
			line.listed += flt(row.list_total) * rate
			line.net += (flt(row.subtotal) - flt(row.discount_amount)) * rate
			line.approvals += int(bool(row.submitted_by))
			if sees_margin and flt(row.cost_base):
				line.margin += flt(row.margin_base)
				line.margin_net += flt(row.base_net_total)
	return sorted(lines.values(), key=lambda line: (line.net - line.listed, line.label))


def _key_functions(quotations: list, group_by: str):
	none = _("Not stated")
	if group_by == "Salesperson":
		people = dict(frappe.get_all("User", fields=["name", "full_name"], as_list=True, limit_page_length=0))
		return lambda q: (q.salesperson or "", people.get(q.salesperson) or none)
	if group_by == "Customer":
		return lambda q: (q.customer or "", q.customer_name or none)
	# Trusted: the tier of customers whose quotations the user sees anyway.
	tiers = dict(
		frappe.get_all(
			"SPM Customer",
			filters={"name": ["in", sorted({q.customer for q in quotations if q.customer}) or [""]]},
			fields=["name", "tier"],
			as_list=True,
			limit_page_length=0,
		)
	)
	return lambda q: (tiers.get(q.customer) or "", tiers.get(q.customer) or none)


def _count_products(quotations: list, lines: dict[str, Line]):
	"""Lines of the quotations; the discount on the whole is spread as the quotation spread it."""
	by_name = {row.name: row for row in quotations}
	names = list(by_name)
	seen: dict[str, set[str]] = defaultdict(set)
	for start in range(0, len(names), BATCH):
		# The parents were filtered by the user's permissions above; child rows have none of their own.
		rows = frappe.get_all(
			"SPM Quotation Item",
			filters={
				"parent": ["in", names[start : start + BATCH]],
				"parenttype": "SPM Quotation",
				"is_optional": 0,
			},
			fields=["parent", "product", "qty", "periods", "rate", "list_rate", "amount"],
			limit_page_length=0,
		)
		for row in rows:
			parent = by_name[row.parent]
			rate = flt(parent.exchange_rate) or 1
			left = 1 - flt(parent.discount_amount) / flt(parent.subtotal) if flt(parent.subtotal) else 1
			line = lines.setdefault(row.product, Line(row.product, _(row.product)))
			line.listed += (
				flt(row.qty) * (cint(row.periods) or 1) * max(flt(row.rate), flt(row.list_rate)) * rate
			)
			line.net += flt(row.amount) * left * rate
			if row.parent not in seen[row.product]:
				seen[row.product].add(row.parent)
				line.number += 1
				line.approvals += int(bool(parent.submitted_by))


def get_columns(group_by: str, sees_margin: bool) -> list[dict]:
	"""Columns, the first one named after the grouping; margin only for those who may see it."""
	money = {"fieldtype": "Currency", "options": "currency", "width": 150}
	percent = {"fieldtype": "Percent", "precision": 2, "width": 120}
	columns = [
		{"fieldname": "label", "label": _(group_by), "fieldtype": "Data", "width": 220},
		{"fieldname": "number", "label": _("Quotations"), "fieldtype": "Int", "width": 110},
		{"fieldname": "listed", "label": _("At List Price"), **money},
		{"fieldname": "net", "label": _("Offered"), **money},
		{"fieldname": "given", "label": _("Given Away"), **money},
		{"fieldname": "percent", "label": _("Discount"), **percent},
		{"fieldname": "approvals", "label": _("With Approval"), "fieldtype": "Int", "width": 120},
	]
	if sees_margin:
		columns += [
			{"fieldname": "margin", "label": _("Margin"), **money},
			{"fieldname": "margin_percent", "label": _("Margin (%)"), **percent},
		]
	return [
		*columns,
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
	"""Discount of the first groups; nothing for an empty report."""
	if not rows:
		return None
	return {
		"data": {
			"labels": [row["label"] for row in rows[:15]],
			"datasets": [{"name": _("Discount"), "values": [row["percent"] or 0 for row in rows[:15]]}],
		},
		"type": "bar",
		"colors": ["orange"],
		"fieldtype": "Percent",
	}

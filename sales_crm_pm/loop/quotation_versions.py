"""Versions of a quotation: the next one, what it replaces, and what changed from one to another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, cstr, flt, strip_html
from pypika import Order

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import transitions
from sales_crm_pm.loop.quotation import DATES, HEAD_FIELDS, ITEM_FIELDS, LIVE
from sales_crm_pm.rules import quotation as sums

REPLACED = ("Draft", "Pending Approval", *LIVE)
"""Statuses a version leaves when a newer one takes its place; answers and expiry stay on record."""


def new_version(quotation: Any) -> Any:
	"""Copy a quotation into its next version, an open draft; versions that were still open are superseded.

	:param quotation: any version of it
	:return: the new draft
	:raises SPMError: a version of it was accepted
	"""
	frappe.db.get_value("SPM Opportunity", quotation.opportunity, "name", for_update=True)
	table = DocType("SPM Quotation")
	# Read with a lock: what is there now, so that two people do not make the same version.
	versions = (
		frappe.qb.from_(table)
		.select(table.name, table.version, table.status)
		.where(table.quotation_group == quotation.quotation_group)
		.orderby(table.version, order=Order.desc)
		.for_update()
		.run(as_dict=True)
	)
	if accepted := next((row for row in versions if row.status == "Accepted"), None):
		frappe.throw(
			_("{0} was accepted. What is wanted beyond it is a change of the contract.").format(
				frappe.bold(accepted.name)
			),
			title=_("Quotation Is Accepted"),
			exc=SPMError,
		)
	doc = frappe.new_doc("SPM Quotation")
	for fieldname in ("opportunity", "salesperson", "internal_note", *HEAD_FIELDS):
		doc.set(fieldname, quotation.get(fieldname))
	for row in quotation.items:
		doc.append("items", {fieldname: row.get(fieldname) for fieldname in ITEM_FIELDS})
	doc.flags.derived = True
	doc.quotation_group, doc.previous_version = quotation.quotation_group, quotation.name
	doc.version = max(row.version for row in versions) + 1
	doc.insert()
	supersede(row.name for row in versions if row.status in REPLACED)
	return doc


def supersede(names: Iterable[str]) -> None:
	"""Mark quotations as replaced; the links that customers have stop working with that."""
	for name in names:
		transitions.move_by_rule(frappe.get_doc("SPM Quotation", name, for_update=True), "Superseded")


def compare(old: Any, new: Any) -> dict[str, Any]:
	"""What changed from one version to another, for a table with three columns.

	:return: `old` and `new` (name, version, status), `heads` (label, old, new of what differs) and `lines`
		(state, product, and old and new quantity, rate, discount and amount)
	"""
	heads = []
	for fieldname in (
		"currency",
		"valid_until",
		"contact_name",
		"payment_terms",
		"terms",
		"introduction",
		"discount_type",
		"discount_value",
		"subtotal",
		"discount_amount",
		"net_total",
		"tax_total",
		"grand_total",
	):
		pair = [_shown(doc, fieldname) for doc in (old, new)]
		if pair[0] != pair[1]:
			heads.append(
				{
					"fieldname": fieldname,
					"label": _(old.meta.get_label(fieldname)),
					"old": pair[0],
					"new": pair[1],
				}
			)
	return {
		"old": _identity(old),
		"new": _identity(new),
		"heads": heads,
		"lines": sums.difference(_compared_rows(old), _compared_rows(new)),
	}


def _identity(doc: Any) -> dict[str, Any]:
	return {
		"name": doc.name,
		"version": doc.version,
		"status": doc.status,
		"currency": doc.currency,
		"grand_total": doc.grand_total,
	}


def _shown(doc: Any, fieldname: str) -> Any:
	value = doc.get(fieldname)
	if doc.meta.get_field(fieldname).fieldtype == "Text Editor":
		return " ".join(strip_html((value or "").replace("<", " <")).split())
	return cstr(value) if fieldname in DATES else value or ""


def _compared_rows(doc: Any) -> list[dict[str, Any]]:
	return [
		{
			"key": f"{row.section or ''}|{row.product}",
			"product": row.product,
			"section": row.section or "",
			"description": row.description or "",
			"qty": flt(row.qty),
			"periods": cint(row.periods),
			"rate": flt(row.rate),
			"discount_percent": flt(row.discount_percent),
			"amount": flt(row.amount),
			"is_optional": cint(row.is_optional),
		}
		for row in doc.items
	]

"""Offers that wait for the answer of a customer who is logged in to the portal."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import cint, getdate

from sales_crm_pm.loop import quotation_customer
from sales_crm_pm.loop.quotation_sheet import quotation_sheet
from sales_crm_pm.portal import access

MOST = 20


def waiting() -> list[dict[str, Any]]:
	"""Return open offers to the session's portal user, the one that ends first on top.

	An offer is for the person it names. The others of the company see it only when the portal shows prices.

	Returns dicts with title, number, total, valid_until and link.
	"""
	customers = access.customers_of()
	if not customers:
		return []
	filters = {"customer": ["in", customers], "status": "Sent", "valid_until": [">=", getdate()]}
	if not cint(frappe.get_cached_doc("SPM Settings").portal_show_price):
		filters["contact"] = ["in", _own_contacts(frappe.session.user, customers) or [""]]
	# The portal role has no rights on records; what it sees is decided above.
	names = frappe.get_all(
		"SPM Quotation", filters=filters, order_by="valid_until asc, name asc", pluck="name", limit=MOST
	)
	found = []
	for name in names:
		doc = frappe.get_doc("SPM Quotation", name)
		sheet = quotation_sheet(doc)
		found.append(
			{
				"title": sheet["title"],
				"number": sheet["number"],
				"total": sheet["total"],
				"valid_until": sheet["valid_until"],
				"link": quotation_customer.link(doc),
			}
		)
	return found


def _own_contacts(user: str, customers: list[str]) -> list[str]:
	"""Contacts that stand for the user: those with the login, and those its customers list for it."""
	listed = frappe.get_all(
		"SPM Customer Portal User",
		filters={"parent": ["in", customers], "user": user, "contact": ["is", "set"]},
		pluck="contact",
	)
	return sorted({*listed, *frappe.get_all("Contact", filters={"user": user}, pluck="name")})

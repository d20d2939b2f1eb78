"""The people of a customer who decide, and how they stand to each other."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType

from sales_crm_pm.exceptions import SPMError


def forget_reporting_lines(customer: str) -> None:
	"""Let nobody report to the contacts of a customer that is being deleted; else they could not be deleted."""
	contact, link = DocType("Contact"), DocType("Dynamic Link")
	of_customer = (
		frappe.qb.from_(link)
		.select(link.parent)
		.where(
			(link.parenttype == "Contact")
			& (link.link_doctype == "SPM Customer")
			& (link.link_name == customer)
		)
	)
	frappe.qb.update(contact).set(contact.reports_to, None).where(contact.reports_to.isin(of_customer)).run()


def check_reporting_line(doc: Any, method: str | None = None) -> None:
	"""Refuse a contact that would report to itself, at any distance (hook on Contact.validate).

	:raises SPMError: naming the person
	"""
	boss = doc.get("reports_to")
	if not boss or not doc.has_value_changed("reports_to"):
		return
	seen = {doc.name} if doc.name else set()
	while boss:
		if boss in seen:
			frappe.throw(
				_(
					"{0} would report to themselves in the end. Choose another person under Reports To."
				).format(frappe.bold(doc.full_name or doc.name)),
				exc=SPMError,
			)
		seen.add(boss)
		boss = frappe.db.get_value("Contact", boss, "reports_to")

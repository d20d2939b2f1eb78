"""The people of a customer who decide, and how they stand to each other."""

from __future__ import annotations

import frappe
from frappe.query_builder import DocType


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

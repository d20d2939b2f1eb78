"""REST: everything about one customer on one page."""

from typing import Any

import frappe

from sales_crm_pm.insight import customer as insight


@frappe.whitelist(methods=["GET"])
def overview(customer: str, timeline_start: int = 0, timeline_length: int = 50) -> dict[str, Any]:
	"""What the caller may know about a customer: profile, people, deals, projects, service and history.

	:param customer: name of the SPM Customer
	:param timeline_start: how many events of the history to skip
	:param timeline_length: how many events to return, at most 200
	:return: profile, contacts, tier, health, opportunities, projects, milestones_next, payments, tickets,
	    surveys, promises, timeline {total, rows}, metrics
	:raises frappe.PermissionError: no right to read the customer
	"""
	doc = frappe.get_doc("SPM Customer", customer)
	doc.check_permission("read")
	return insight.overview(doc, timeline_start, timeline_length)

"""REST: everything about one customer on one page."""

from typing import Any

import frappe
from frappe import _

from sales_crm_pm.insight import customer as insight
from sales_crm_pm.insight import timeline as history


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


@frappe.whitelist(methods=["GET"])
def timeline(
	name: str,
	doctype: str = "SPM Customer",
	start: int = 0,
	length: int = 20,
	kinds: str | list[str] | None = None,
	search: str | None = None,
) -> dict[str, Any]:
	"""What happened with a customer, or with one deal, project, lead or contact, newest first.

	:param name: name of the record whose history it is
	:param doctype: its record type; SPM Customer, SPM Opportunity, SPM Project, SPM Lead or Contact
	:param start: how many events to skip
	:param length: how many to return, at most 200
	:param kinds: only these kinds (a list, or words with commas between them)
	:param search: only events whose title or text holds these words
	:return: total, rows (kind, on, title, text, doctype, name, user, about, entry), counts (per kind),
	    kinds (kind, label, icon, color of all that can happen)
	:raises frappe.PermissionError: no right to read the record
	"""
	if doctype not in history.SUBJECTS:
		frappe.throw(
			_("There is no timeline of {0}. Choose one of: {1}").format(doctype, ", ".join(history.SUBJECTS))
		)
	frappe.get_doc(doctype, name).check_permission("read")
	if isinstance(kinds, str):
		kinds = frappe.parse_json(kinds) if kinds.startswith("[") else kinds.split(",")
	page = history.page(
		name,
		start=max(0, start),
		length=min(max(1, length), insight.MAX_TIMELINE),
		doctype=doctype,
		kinds=[kind.strip() for kind in kinds or () if kind.strip()],
		search=search,
	)
	return {**page, "kinds": history.kinds_of(doctype)}

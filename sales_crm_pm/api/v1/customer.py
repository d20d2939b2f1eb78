"""REST: everything about one customer on one page."""

from typing import Any

import frappe
from frappe import _

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.insight import customer as insight
from sales_crm_pm.insight import relationship
from sales_crm_pm.insight import standing as standing_insight
from sales_crm_pm.insight import timeline as history
from sales_crm_pm.loop import lifecycle


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
	:return: total, rows (kind, on, title, text, doctype, name, user, user_name, about, entry),
	    counts (per kind),
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


@frappe.whitelist(methods=["GET"])
def standing(customer: str) -> dict[str, Any]:
	"""Where a customer stands, with reasons and history, and the companies of its group.

	:param customer: name of the SPM Customer
	:return: lifecycle, tier, strength, level, factors, churn_risk, churn_factors, group
	:raises frappe.PermissionError: no right to read the customer
	"""
	doc = frappe.get_doc("SPM Customer", customer)
	doc.check_permission("read")
	return standing_insight.of(doc)


@frappe.whitelist(methods=["GET"])
def relationship_map(customer: str, opportunity: str | None = None) -> dict[str, Any]:
	"""The people of a customer: reporting lines, roles, stance, influence, and who of us knows them how well.

	:param customer: name of the SPM Customer
	:param opportunity: one of its deals, whose contacts give roles and stance
	:return: customer, people, users
	:raises frappe.PermissionError: no right to read the customer, or the deal
	"""
	frappe.get_doc("SPM Customer", customer).check_permission("read")
	deal = None
	if opportunity:
		deal = frappe.get_doc("SPM Opportunity", opportunity)
		deal.check_permission("read")
		if deal.customer != customer:
			frappe.throw(_("{0} is a deal of another customer.").format(frappe.bold(deal.title)), SPMError)
	return relationship.people_map(customer, deal)


@frappe.whitelist(methods=["POST"])
def move(customer: str, stage: str, reason: str | None = None) -> dict[str, Any]:
	"""Move a customer to another lifecycle stage by hand; it stays there until something really happens.

	:param customer: name of the SPM Customer
	:param stage: Prospect, Following, Converted, Maintained, Dormant or Lost
	:param reason: why, kept in the history
	:return: customer, lifecycle_stage
	:raises SPMError: status 417, there is no such stage
	:raises frappe.PermissionError: no right to write the customer
	"""
	doc = frappe.get_doc("SPM Customer", customer)
	doc.check_permission("write")
	doc = lifecycle.move_by_hand(doc, stage, reason)
	return {"customer": doc.name, "lifecycle_stage": doc.lifecycle_stage}

"""REST: the work before winning."""

from typing import Any

import frappe

from sales_crm_pm.loop import bid


@frappe.whitelist(methods=["GET"])
def plan(opportunity: str) -> dict[str, Any]:
	"""Give the tasks and milestones of an opportunity's bid.

	:param opportunity: name of the SPM Opportunity
	:return: opportunity, writable, rows in the order of the calendar, people: {user: name, image}
	:raises frappe.PermissionError: no right to read the opportunity
	"""
	doc = frappe.get_doc("SPM Opportunity", opportunity)
	doc.check_permission("read")
	rows = bid.plan(doc.name)
	users = {row.assigned_to for row in rows if row.assigned_to}
	people = frappe.get_all(
		"User", filters={"name": ["in", list(users) or [""]]}, fields=["name", "full_name", "user_image"]
	)
	return {
		"opportunity": doc.name,
		"writable": bool(doc.has_permission("write")),
		"rows": rows,
		"people": {person.name: person for person in people},
	}


@frappe.whitelist(methods=["POST"])
def apply_template(opportunity: str, template: str, start_date: str | None = None) -> dict[str, Any]:
	"""Make the tasks and milestones of a bid template for an opportunity.

	:param opportunity: name of the SPM Opportunity
	:param template: name of the SPM Bid Template
	:param start_date: day on which the plan begins, today when not given
	:return: opportunity, tasks: names of what was made
	:raises frappe.PermissionError: no right to write the opportunity
	"""
	doc = frappe.get_doc("SPM Opportunity", opportunity)
	doc.check_permission("write")
	return {"opportunity": doc.name, "tasks": bid.apply_template(doc, template, start_date)}

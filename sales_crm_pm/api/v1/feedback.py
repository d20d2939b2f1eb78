"""REST: from what customers say to new business."""

from typing import Any

import frappe

from sales_crm_pm.loop import feedback


@frappe.whitelist(methods=["POST"])
def to_opportunity(
	source_doctype: str, source_name: str, title: str | None = None, amount: float | int | None = None
) -> dict[str, Any]:
	"""Open an opportunity of the next generation for demand heard in a survey, project, milestone or talk.

	:param source_doctype: SPM Survey, SPM Project, SPM Milestone or SPM Interaction
	:param source_name: name of that record
	:param title: title of the opportunity
	:param amount: amount in the currency of the deal before, or of the customer
	:return: opportunity and created (false when the source had one already)
	:raises frappe.PermissionError: no right to read the source or to open an opportunity for it
	"""
	frappe.has_permission(source_doctype, "read", doc=source_name, throw=True)
	name, created = feedback.to_opportunity(source_doctype, source_name, title, amount)
	return {"opportunity": name, "created": created}

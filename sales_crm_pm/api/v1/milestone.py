"""Milestones: handing in, accepting, rejecting. Each answer carries how the project stands now."""

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import progress, transitions


@frappe.whitelist(methods=["POST"])
def submit(milestone: str) -> dict[str, Any]:
	"""Hand a milestone in for acceptance."""
	return _moved(transitions.move(_writable(milestone), "Submitted"))


@frappe.whitelist(methods=["POST"])
def accept(milestone: str, accepted_by: str | None = None, on: date | None = None) -> dict[str, Any]:
	"""Record that a milestone was accepted; progress of project, opportunity and customer move with it.

	Args:
	        milestone: name of the milestone.
	        accepted_by: the Contact who accepted it.
	        on: the day of acceptance, today by default; it cannot lie in the future.
	"""
	doc = _writable(milestone)
	day = getdate(on)
	if day > getdate():
		frappe.throw(_("A milestone cannot be accepted on a day that is still to come."), exc=SPMError)
	if accepted_by:
		frappe.has_permission("Contact", "read", doc=accepted_by, throw=True)
	return _moved(
		transitions.move(doc, "Accepted", {"accepted_by": accepted_by or doc.accepted_by, "actual_date": day})
	)


@frappe.whitelist(methods=["POST"])
def reject(milestone: str, reason: str) -> dict[str, Any]:
	"""Send a handed-in milestone back with the reason."""
	return _moved(transitions.move(_writable(milestone), "Rejected", {"rejection_reason": reason.strip()}))


def _writable(milestone: str):
	doc = frappe.get_doc("SPM Milestone", milestone)
	doc.check_permission("write")
	return doc


def _moved(doc) -> dict[str, Any]:
	return {
		"milestone": doc.name,
		"status": doc.status,
		"project": doc.flags.project_status or progress.status(doc.project),
	}

"""Milestones: handing in, accepting, rejecting. Each answer carries how the project stands now."""

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import milestone as loop_milestone
from sales_crm_pm.loop import plan_edit, progress, transitions


@frappe.whitelist(methods=["POST"])
def submit(milestone: str) -> dict[str, Any]:
	"""Hand a milestone in for acceptance."""
	return _moved(transitions.move(_writable(milestone), "Submitted"))


@frappe.whitelist(methods=["POST"])
def accept(
	milestone: str,
	accepted_by: str | None = None,
	on: date | None = None,
	delay_reason: str | None = None,
	delay_note: str | None = None,
) -> dict[str, Any]:
	"""Record that a milestone was accepted; progress of project, opportunity and customer move with it.

	Args:
	        milestone: name of the milestone.
	        accepted_by: the Contact who accepted it.
	        on: the day of acceptance, today by default; it cannot lie in the future.
	        delay_reason: why it is late, where it is; one of the reasons of the milestone.
	        delay_note: the same in own words.
	"""
	doc = _writable(milestone)
	day = getdate(on)
	if day > getdate():
		frappe.throw(_("A milestone cannot be accepted on a day that is still to come."), exc=SPMError)
	if accepted_by:
		frappe.has_permission("Contact", "read", doc=accepted_by, throw=True)
	values = {
		"accepted_by": accepted_by or doc.accepted_by,
		"actual_date": day,
		"acceptance_source": loop_milestone.STAFF,
	}
	if delay_reason:
		values |= {"delay_reason": delay_reason, "delay_note": delay_note}
	return _moved(transitions.move(doc, "Accepted", values))


@frappe.whitelist(methods=["POST"])
def reject(milestone: str, reason: str) -> dict[str, Any]:
	"""Send a handed-in milestone back with the reason."""
	return _moved(transitions.move(_writable(milestone), "Rejected", {"rejection_reason": reason.strip()}))


@frappe.whitelist(methods=["POST"])
def edit(milestone: str, values: dict | str) -> dict[str, Any]:
	"""Change title, owner or planned date of a milestone from the plan.

	:param values: title, milestone_owner, planned_date
	:raises frappe.PermissionError: not the user's to change
	"""
	return _moved(plan_edit.edit("SPM Milestone", milestone, frappe.parse_json(values)))


@frappe.whitelist(methods=["POST"])
def add(project: str, title: str, planned_date: date | None = None) -> dict[str, Any]:
	"""Add a milestone to the plan of a project, two weeks from now when no date is given.

	:return: name
	:raises frappe.PermissionError: the user does not run the project
	"""
	values = {"title": title, **({"planned_date": planned_date} if planned_date else {})}
	return {"name": plan_edit.add_milestone(project, values).name}


@frappe.whitelist(methods=["POST"])
def remove(milestone: str) -> dict[str, Any]:
	"""Delete a milestone that nothing depends on."""
	frappe.delete_doc("SPM Milestone", milestone)
	return {"milestone": milestone}


@frappe.whitelist(methods=["POST"])
def reopen(milestone: str, reason: str) -> dict[str, Any]:
	"""Take an acceptance back, as long as no payment was settled because of it."""
	doc = _writable(milestone)
	frappe.has_permission("SPM Project", "write", doc=doc.project, throw=True)
	return _moved(loop_milestone.reopen(doc, reason))


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

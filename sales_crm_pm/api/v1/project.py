"""Projects: initiation, how they stand, delivery and closing."""

from datetime import date
from typing import Any

import frappe

from sales_crm_pm.loop import delivery, initiation, progress, survey


@frappe.whitelist(methods=["POST"])
def initiate(
	opportunity: str,
	template: str | None = None,
	project_manager: str | None = None,
	start_date: date | None = None,
) -> dict[str, Any]:
	"""Make the project of a won opportunity, or return the one it has.

	Args:
	        opportunity: name of the won opportunity.
	        template: name of the project template.
	        project_manager: user who runs the project.
	        start_date: first day of the plan.

	Returns project and created (false when it was there already).
	"""
	frappe.has_permission("SPM Opportunity", "read", doc=opportunity, throw=True)
	project, created = initiation.initiate(opportunity, template, project_manager, start_date)
	return {"project": project, "created": created}


@frappe.whitelist(methods=["GET"])
def status(project: str) -> dict[str, Any]:
	"""Tell how a project stands today: progress, health with reasons, what comes next, when it ends."""
	frappe.has_permission("SPM Project", "read", doc=project, throw=True)
	return progress.status(project)


@frappe.whitelist(methods=["POST"])
def deliver(project: str) -> dict[str, Any]:
	"""Deliver a project; its contacts are asked once how it went.

	Answers 417 with `missing` while deliveries are not accepted.
	"""
	doc = _writable(project)
	doc = delivery.deliver(doc)
	return _moved(doc)


@frappe.whitelist(methods=["POST"])
def close(project: str) -> dict[str, Any]:
	"""Close an accepted project that service has taken over.

	Answers 417 with `missing` while the hand-over wants something.
	"""
	doc = _writable(project)
	doc = delivery.close(doc)
	return _moved(doc)


def _writable(project: str):
	doc = frappe.get_doc("SPM Project", project)
	doc.check_permission("write")
	return doc


def _moved(doc) -> dict[str, Any]:
	return {
		"project": doc.name,
		"status": doc.status,
		"surveys": survey.surveys_of(doc.name),
		"missing": [],
	}

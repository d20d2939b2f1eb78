"""Projects: initiation, how they stand, delivery and closing."""

from datetime import date
from typing import Any

import frappe
from frappe import _

from sales_crm_pm.loop import (
	charter,
	delivery,
	estimate,
	initiation,
	progress,
	project_approval,
	survey,
	template_plan,
	template_save,
)


@frappe.whitelist(methods=["POST"])
def initiate(
	opportunity: str,
	template: str | None = None,
	project_manager: str | None = None,
	start_date: date | None = None,
	project_type: str | None = None,
	people: dict[str, str] | str | None = None,
) -> dict[str, Any]:
	"""Make the project of a won opportunity, or return the one it has.

	Args:
	        opportunity: name of the won opportunity.
	        template: name of the project template.
	        project_manager: user who runs the project.
	        start_date: first day of the plan.
	        project_type: type of the project, which chooses the template when none is named.
	        people: user per role of the template.

	Returns project and created (false when it was there already).
	"""
	frappe.has_permission("SPM Opportunity", "read", doc=opportunity, throw=True)
	project, created = initiation.initiate(
		opportunity, template, project_manager, start_date, project_type, frappe.parse_json(people)
	)
	return {"project": project, "created": created}


@frappe.whitelist(methods=["GET"])
def preview(
	opportunity: str,
	template: str | None = None,
	project_manager: str | None = None,
	start_date: date | None = None,
	project_type: str | None = None,
) -> dict[str, Any]:
	"""Tell what a project started this way would look like; nothing is stored.

	Returns template, start, end, hours, roles and rows (tasks and milestones with their dates).
	"""
	doc = frappe.get_doc("SPM Opportunity", opportunity)
	doc.check_permission("read")
	plan = initiation.plan_of(
		doc, template, project_manager, start_date, project_type, manager_is_open=True
	)
	return {"template": plan.template.name if plan.template else None, **template_plan.preview(plan)}


@frappe.whitelist(methods=["GET"])
def charter_checklist(project: str) -> dict[str, Any]:
	"""Tell what the charter of a project consists of and what of it is missing, hand-off from sales included."""
	doc = frappe.get_doc("SPM Project", project)
	doc.check_permission("read")
	return {"project": doc.name, "status": doc.status, "items": charter.checklist(doc)}


@frappe.whitelist(methods=["POST"])
def submit(project: str) -> dict[str, Any]:
	"""Submit a draft project for approval. Answers 417 with `missing` while its charter is not complete."""
	return _decided(project_approval.submit(_writable(project)))


@frappe.whitelist(methods=["POST"])
def approve(project: str) -> dict[str, Any]:
	"""Approve a project that waits; never by who submitted or manages it."""
	return _decided(project_approval.approve(_writable(project)))


@frappe.whitelist(methods=["POST"])
def send_back(project: str, reason: str) -> dict[str, Any]:
	"""Give a project that waits for approval back to its manager, with the reason."""
	return _decided(project_approval.send_back(_writable(project), reason))


@frappe.whitelist(methods=["POST"])
def estimate_from_tasks(project: str) -> dict[str, Any]:
	"""Make the labour lines of the estimate from the hours of the tasks, by the role of who does them."""
	doc = _writable(project)
	_check_cost_access(doc, "write")
	doc = estimate.from_tasks(doc)
	return {"project": doc.name, "budget_cost": doc.budget_cost, "lines": len(doc.estimate)}


@frappe.whitelist(methods=["POST"])
def save_as_template(project: str, template_name: str) -> dict[str, Any]:
	"""Make a project template of a project: phases, tasks with links, milestones, roles and relative dates.

	The estimate comes along for who may see cost.
	"""
	doc = frappe.get_doc("SPM Project", project)
	doc.check_permission("read")
	frappe.has_permission("SPM Project Template", "create", throw=True)
	with_estimate = 1 in doc.get_permlevel_access("read")
	made = template_save.from_project(doc, template_name, with_estimate)
	return {"template": made.name, "tasks": len(made.tasks), "milestones": len(made.milestones)}


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


def _check_cost_access(doc, permission: str) -> None:
	if 1 not in doc.get_permlevel_access(permission):
		raise frappe.PermissionError(_("You may not see or change the cost of this project."))


def _decided(doc) -> dict[str, Any]:
	return {"project": doc.name, "status": doc.status, "approver_role": doc.approver_role}


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

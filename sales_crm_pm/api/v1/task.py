"""Tasks: the one tap that everybody needs, and the small changes that the plan is edited with."""

from datetime import date
from typing import Any

import frappe
from frappe import _

from sales_crm_pm.exceptions import TransitionError
from sales_crm_pm.loop import plan_edit, progress


@frappe.whitelist(methods=["POST"])
def complete(task: str) -> dict[str, Any]:
	"""Mark a task as completed and move the figures of its project; doing it twice does it once.

	Returns task and project (how the project stands now; null for a pre-sales task). A task whose
	predecessors are still open is completed all the same, with a hint.
	"""
	doc = frappe.get_doc("SPM Task", task)
	doc.check_permission("write")
	if doc.status == "Cancelled":
		frappe.throw(
			_("{0} was cancelled. Reopen it before you complete it.").format(doc.subject), exc=TransitionError
		)
	if doc.status != "Completed":
		doc.status = "Completed"
		# No link changes here: checking each of them again would only cost statements.
		doc.flags.ignore_links = True
		doc.save()
	return {
		"task": doc.name,
		"project": doc.flags.project_status or (progress.status(doc.project) if doc.project else None),
	}


@frappe.whitelist(methods=["POST"])
def edit(task: str, values: dict | str) -> dict[str, Any]:
	"""Change name, people, status, progress, priority, milestone or phase of a task.

	:param values: subject, assigned_to, accountable, status, progress, priority, milestone, phase
	:return: task, status, progress, project (how the project stands now; null for a pre-sales task)
	:raises frappe.PermissionError: not the user's to change
	"""
	doc = plan_edit.edit("SPM Task", task, frappe.parse_json(values))
	return {
		"task": doc.name,
		"status": doc.status,
		"progress": doc.progress,
		"project": doc.flags.project_status or (progress.status(doc.project) if doc.project else None),
	}


@frappe.whitelist(methods=["POST"])
def add(
	project: str,
	subject: str,
	parent_task: str | None = None,
	after: str | None = None,
	milestone: str | None = None,
	assigned_to: str | None = None,
	planned_start_date: date | None = None,
	duration_days: int = 1,
) -> dict[str, Any]:
	"""Add a task to the plan of a project; the plan is scheduled and numbered anew.

	:param parent_task: the task it is a part of
	:param after: the task behind which it stands; the last of its level when not given
	:param duration_days: working days
	:return: name
	:raises frappe.PermissionError: the user does not run the project
	"""
	values = {
		"subject": subject,
		"parent_task": parent_task or None,
		"after": after,
		"milestone": milestone or None,
		"assigned_to": assigned_to or None,
		"planned_start_date": planned_start_date,
		"duration_days": duration_days,
	}
	return {"name": plan_edit.add_task(project, values).name}


@frappe.whitelist(methods=["POST"])
def place(task: str, parent_task: str | None = None, after: str | None = None) -> dict[str, Any]:
	"""Give a task another place in the plan.

	:param parent_task: the task it becomes a part of; none for the top level
	:param after: the task of that level behind which it stands; the first one when not given
	:raises frappe.PermissionError: the user does not run the project
	"""
	plan_edit.place(task, parent_task or None, after)
	return {"task": task}


@frappe.whitelist(methods=["POST"])
def remove(task: str) -> dict[str, Any]:
	"""Delete a task that nothing waits for and that has no parts."""
	frappe.delete_doc("SPM Task", task)
	return {"task": task}


@frappe.whitelist(methods=["GET"])
def people(project: str) -> list[dict[str, Any]]:
	"""Give the people a task of the project can be given to: manager, team, and who has one already.

	:return: name, full_name, user_image
	:raises frappe.PermissionError: no right to read the project
	"""
	frappe.has_permission("SPM Project", "read", doc=project, throw=True)
	return plan_edit.people(project)

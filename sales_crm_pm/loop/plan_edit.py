"""Small changes to a plan from the chart: names, people, progress, new rows, the place in the tree.

Dates and links go through the scheduler (`loop/scheduling.py`); here is what moves nobody else.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import scheduling
from sales_crm_pm.loop.calendar import of_project

TASK, MILESTONE, PROJECT = "SPM Task", "SPM Milestone", "SPM Project"
EDITABLE = {
	TASK: ("subject", "assigned_to", "accountable", "status", "progress", "priority", "milestone", "phase"),
	MILESTONE: ("title", "milestone_owner", "planned_date"),
}
STEP = 10
"""Room between two rows of the plan, so that an import may squeeze one in."""


def edit(doctype: str, name: str, values: dict[str, Any]) -> Any:
	"""Write named fields of a task or milestone through its controller; returns the document.

	:raises SPMError: a field that cannot be changed this way
	:raises frappe.PermissionError: not the user's to change
	"""
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("write")
	if wrong := sorted(set(values) - set(EDITABLE[doctype])):
		frappe.throw(
			_("{0} cannot be changed here. Open the form of {1}.").format(", ".join(wrong), doc.get_title()),
			exc=SPMError,
		)
	doc.update(values)
	doc.save()
	return doc


def add_task(project: str, values: dict[str, Any]) -> Any:
	"""Add a task to a plan, behind the row `after` or as the last one of its parent; returns the document."""
	check_runs(project)
	after = values.pop("after", None)
	task = frappe.get_doc({"doctype": TASK, "project": project, **values})
	if not task.planned_start_date:
		task.planned_start_date = _beginning(project, task.parent_task)
	task.duration_days = max(1, cint(task.duration_days))
	if not task.planned_end_date:
		task.planned_end_date = of_project(project).after(
			getdate(task.planned_start_date), task.duration_days - 1
		)
	task.insert()
	place(task.name, task.parent_task, after)
	return task


def add_milestone(project: str, values: dict[str, Any]) -> Any:
	"""Add a milestone to a plan, two weeks from now when no date is given; returns the document."""
	check_runs(project)
	values.setdefault("planned_date", of_project(project).on_or_after(getdate(add_days(getdate(), 14))))
	return frappe.get_doc({"doctype": MILESTONE, "project": project, **values}).insert()


def place(task: str, parent_task: str | None = None, after: str | None = None) -> None:
	"""Give a task another parent and place: behind `after`, or as the first (last when it is new) of its level.

	The scheduler refuses a place that would make a task a part of itself, and numbers the plan anew.
	"""
	row = frappe.db.get_value(TASK, task, ["project", "sort_order"], as_dict=True)
	if not row or not row.project:
		frappe.throw(_("Only a task of a project has a place in a plan."), exc=SPMError)
	check_runs(row.project)
	level = _level(row.project, parent_task, task)
	at = level.index(after) + 1 if after in level else 0 if cint(row.sort_order) else len(level)
	level.insert(at, task)
	changes: dict[str, Any] = {name: {"sort_order": n * STEP} for n, name in enumerate(level, 1)}
	changes[task]["parent_task"] = parent_task or None
	scheduling.apply(row.project, changes)


def people(project: str) -> list[dict[str, Any]]:
	"""Everybody a task of the project can be given to: its manager, its team, and who has one already."""
	users, member, task = DocType("User"), DocType("SPM Project Member"), DocType(TASK)
	manager = frappe.db.get_value(PROJECT, project, ["project_manager", "account_manager"])
	team = (
		frappe.qb.from_(member)
		.select(member.user)
		.where((member.parent == project) & (member.parenttype == PROJECT))
	)
	busy = frappe.qb.from_(task).select(task.assigned_to).where(task.project == project).distinct()
	return (
		frappe.qb.from_(users)
		.select(users.name, users.full_name, users.user_image)
		.where(users.enabled == 1)
		.where(
			users.name.isin(team)
			| users.name.isin(busy)
			| users.name.isin([u for u in manager or () if u] or [""])
		)
		.orderby(users.full_name)
		.run(as_dict=True)
	)


def check_runs(project: str) -> None:
	"""Refuse people who do not run this project.

	:raises frappe.PermissionError: no right to change the project
	"""
	frappe.has_permission(PROJECT, "write", doc=project, throw=True)


def _beginning(project: str, parent: str | None) -> Any:
	"""Where a new task begins: with what it is a part of, else today, but not before the project."""
	start = parent and frappe.db.get_value(TASK, parent, "planned_start_date")
	if not start:
		begun = frappe.db.get_value(PROJECT, project, "planned_start_date")
		start = max(getdate(), getdate(begun)) if begun else getdate()
	return of_project(project).on_or_after(getdate(start))


def _level(project: str, parent: str | None, without: str) -> list[str]:
	"""The tasks below one parent in the order of the plan."""
	rows = frappe.get_all(
		TASK,
		filters={"project": project, "parent_task": parent or ["is", "not set"], "name": ["!=", without]},
		fields=["name", "sort_order"],
	)
	rows.sort(key=lambda row: (not cint(row.sort_order), cint(row.sort_order), row.name))
	return [row.name for row in rows]

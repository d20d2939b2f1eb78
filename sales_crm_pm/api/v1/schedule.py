"""Plans: what a Gantt chart draws, previews of a change, and changing it."""

from datetime import date
from typing import Any

import frappe

from sales_crm_pm.insight import plan as read
from sales_crm_pm.loop import scheduling


@frappe.whitelist(methods=["GET", "POST"])
def plan(project: str, baseline: str | None = None) -> dict[str, Any]:
	"""Give everything a Gantt chart of a project draws: project, tasks, links, milestones, baseline, calendar,
	rights of the user.

	Args:
	        project: name of the project.
	        baseline: name of the baseline whose bars are wanted; by default the current one.
	"""
	return read.plan(project, baseline)


@frappe.whitelist(methods=["GET", "POST"])
def portfolio(filters: dict | str | None = None, limit: int = read.PORTFOLIO_LIMIT) -> dict[str, Any]:
	"""Give the projects the user may read, sub-projects below their parents, with their milestones.

	Args:
	        filters: fields of SPM Project; by default all that are not closed or cancelled.
	        limit: how many projects at most.
	"""
	return read.portfolio(frappe.parse_json(filters), limit)


@frappe.whitelist(methods=["POST"])
def preview(
	project: str,
	changes: dict | str | None = None,
	direction: str | None = None,
	anchor_date: date | None = None,
) -> dict[str, Any]:
	"""Tell what would move, without writing anything.

	Args:
	        project: name of the project.
	        changes: {task: {field: value}, "add": [...], "drop": [...]}.
	        direction: "forward" or "backward" for the whole project.
	        anchor_date: first day (forward) or last day (backward).
	"""
	frappe.has_permission("SPM Project", "read", doc=project, throw=True)
	return scheduling.compute(project, frappe.parse_json(changes), direction, anchor_date).as_dict()


@frappe.whitelist(methods=["POST"])
def apply(project: str, changes: dict | str, reason: str | None = None) -> dict[str, Any]:
	"""Change tasks and move what waits for them, all or nothing. Each named task needs the right to change it.

	Answers as `preview`, with `names` of added tasks and `notices`.
	"""
	frappe.has_permission("SPM Project", "read", doc=project, throw=True)
	return scheduling.apply(project, frappe.parse_json(changes), reason)


@frappe.whitelist(methods=["POST"])
def reschedule(
	project: str,
	direction: str = "forward",
	anchor_date: date | None = None,
	reason: str | None = None,
) -> dict[str, Any]:
	"""Lay the whole plan anew from its first day or back from its last. For the project's managers."""
	scheduling.check_may_schedule(project)
	return scheduling.reschedule(project, direction, anchor_date, reason)


@frappe.whitelist(methods=["POST"])
def link(task: str, predecessor: str, link_type: str = "FS", lag_days: int = 0) -> dict[str, Any]:
	"""Let a task wait for another one (or change that link) and move what follows; a circle is refused."""
	doc = _writable(task)
	rows = [row for row in _links_of(doc) if row["task"] != predecessor]
	rows.append({"task": predecessor, "link_type": link_type, "lag_days": lag_days})
	return scheduling.apply(doc.project, {task: {"depends_on": rows}})


@frappe.whitelist(methods=["POST"])
def unlink(task: str, predecessor: str) -> dict[str, Any]:
	"""Let a task no longer wait for another one; what follows moves to where it can be now."""
	doc = _writable(task)
	rows = [row for row in _links_of(doc) if row["task"] != predecessor]
	return scheduling.apply(doc.project, {task: {"depends_on": rows}})


def _writable(task: str):
	doc = frappe.get_doc("SPM Task", task)
	doc.check_permission("write")
	return doc


def _links_of(doc) -> list[dict[str, Any]]:
	return [
		{"task": row.task, "link_type": row.link_type or "FS", "lag_days": row.lag_days or 0}
		for row in doc.depends_on
	]

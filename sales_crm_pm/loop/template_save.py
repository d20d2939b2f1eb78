"""A project that went well becomes a template: its phases, tasks, milestones, roles and estimate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.calendar import working_days
from sales_crm_pm.loop.estimate import COPIED
from sales_crm_pm.rules.dependencies import RowLink, write_links
from sales_crm_pm.rules.workdays import Calendar

LONGEST_PLAN = 3660
"""Days after which counting working days gives up."""


def from_project(project: Any, template_name: str, with_estimate: bool = True) -> Any:
	"""Make a template of a project, with dates relative to its start in working days, and return it.

	The plan is taken as it is now; people are left out, their roles are kept.

	:param project: SPM Project that the user may read
	:param with_estimate: take the estimate along; only for who may see it
	:raises SPMError: there is a template of that name
	"""
	name = (template_name or "").strip()
	if not name:
		frappe.throw(_("Give the template a name."), exc=SPMError)
	if frappe.db.exists("SPM Project Template", name):
		frappe.throw(_("There is a template {0} already.").format(frappe.bold(name)), exc=SPMError)
	milestones = frappe.get_all(
		"SPM Milestone",
		filters={"project": project.name, "status": ["!=", "Cancelled"]},
		fields=["*"],
		order_by="sequence, planned_date, name",
	)
	tasks = frappe.get_all(
		"SPM Task",
		filters={"project": project.name, "status": ["!=", "Cancelled"], "bid_task": 0},
		fields=["*"],
		order_by="sort_order, planned_start_date, name",
	)
	start = _start_of(project, milestones, tasks)
	count = _Counter(working_days(), start)
	roles = {row.user: row.project_role for row in project.team if row.project_role}
	template = frappe.get_doc(
		{
			"doctype": "SPM Project Template",
			"template_name": name,
			"project_type": project.project_type,
			"completion_method": project.completion_method,
			"in_working_days": 1,
			"description": _("Made from the project {0}.").format(project.project_name),
			"phases": [
				{"phase_name": row.phase_name, "description": row.description} for row in project.phases
			],
			"roles": _roles(project),
			"milestones": _milestones(milestones, count, roles),
			"tasks": _tasks(tasks, milestones, count, roles),
			"estimate": [{f: row.get(f) for f in COPIED} for row in project.estimate]
			if with_estimate
			else [],
		}
	)
	return template.insert()


class _Counter:
	"""Counts working days from the start of the plan."""

	def __init__(self, calendar: Calendar, start: date):
		self.calendar, self.start = calendar, calendar.on_or_after(start)

	def between(self, first: date, last: date) -> int:
		"""Working days after `first` up to `last`; 0 when it is not later."""
		days = min((last - first).days, LONGEST_PLAN)
		return sum(self.calendar.is_working(first + timedelta(days=n)) for n in range(1, days + 1))

	def offset(self, day: Any) -> int:
		return self.between(self.start, getdate(day)) if day else 0

	def length(self, start: Any, end: Any) -> int:
		if not start or not end:
			return 1
		first = self.calendar.on_or_after(getdate(start))
		return self.between(first, getdate(end)) + 1


def _start_of(project: Any, milestones: list[Any], tasks: list[Any]) -> date:
	days = [row.planned_start_date for row in tasks if row.planned_start_date]
	days += [row.planned_date for row in milestones]
	first = project.planned_start_date or min(days, default=None)
	return getdate(first)


def _roles(project: Any) -> list[dict]:
	rows: dict[str, dict] = {}
	for row in project.team:
		if row.project_role and row.project_role not in rows:
			rows[row.project_role] = {
				"project_role": row.project_role,
				"raci": row.raci,
				"allocation_percent": row.allocation_percent,
				"is_manager": int(row.user == project.project_manager),
			}
	return list(rows.values())


def _children(doctype: str, parents: Iterable[Any], fields: list[str]) -> dict[str, list[Any]]:
	found: dict[str, list[Any]] = {}
	names = [row.name for row in parents]
	for row in frappe.get_all(
		doctype, filters={"parent": ["in", names or [""]]}, fields=["parent", *fields], order_by="parent, idx"
	):
		found.setdefault(row.parent, []).append(row)
	return found


def _milestones(milestones: list[Any], count: _Counter, roles: dict[str, str]) -> list[dict]:
	deliverables = _children("SPM Milestone Deliverable", milestones, ["deliverable"])
	criteria = _children("SPM Milestone Criterion", milestones, ["criterion"])
	return [
		{
			"title": row.title,
			"phase": row.phase,
			"milestone_type": row.milestone_type,
			"offset_days": count.offset(row.planned_date),
			"weight": row.weight,
			"acceptance_required": row.acceptance_required,
			"visible_to_customer": row.visible_to_customer,
			"survey_on_accept": row.survey_on_accept,
			"acceptance_criteria": row.acceptance_criteria,
			"project_role": roles.get(row.milestone_owner),
			"criteria": "\n".join(c.criterion for c in criteria.get(row.name, ())),
			"deliverables": "\n".join(d.deliverable for d in deliverables.get(row.name, ())),
		}
		for row in milestones
	]


def _tasks(tasks: list[Any], milestones: list[Any], count: _Counter, roles: dict[str, str]) -> list[dict]:
	number = {row.name: n for n, row in enumerate(tasks, 1)}
	title = {row.name: row.title for row in milestones}
	links = _children("SPM Task Dependency", tasks, ["task", "link_type", "lag_days"])
	checks = _children("SPM Task Checklist Item", tasks, ["text"])
	return [
		{
			"subject": row.subject,
			"milestone_title": title.get(row.milestone),
			"phase": row.phase,
			"start_offset_days": count.offset(row.planned_start_date),
			"duration_days": count.length(row.planned_start_date, row.planned_end_date),
			"estimate_hours": flt(row.estimate_hours),
			"weight": flt(row.weight),
			"parent_row": number.get(row.parent_task, 0),
			"depends_on": write_links(
				RowLink(number[link.task], link.link_type or "FS", cint(link.lag_days))
				for link in links.get(row.name, ())
				if link.task in number
			),
			"project_role": roles.get(row.assigned_to),
			"visible_to_customer": row.visible_to_customer,
			"checklist": "\n".join(item.text for item in checks.get(row.name, ())),
		}
		for row in tasks
	]

"""A project template laid onto a calendar: what a project begins with, before anything is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, flt, getdate

from sales_crm_pm.loop.calendar import working_days
from sales_crm_pm.rules.workdays import EVERY_DAY, Calendar


@dataclass
class Plan:
	"""A template laid onto a calendar for one project manager, in the language the customer reads."""

	template: Document | None
	start: date
	manager: str
	language: str
	people: dict[str, str] = field(default_factory=dict)
	"""Who takes which role of the template."""
	calendar: Calendar = EVERY_DAY

	def __post_init__(self):
		if self.template and cint(self.template.in_working_days):
			self.calendar = working_days()

	def text(self, text: str | None) -> str | None:
		"""Shipped templates are written in English; the customer reads the project on the portal."""
		return _(text, self.language) if text else text

	@property
	def end(self) -> date | None:
		if not self.template:
			return None
		days = [self.day(m.offset_days) for m in self.template.milestones]
		days += [self.task_days(row)[1] for row in self.template.tasks]
		return max(days, default=None)

	def day(self, offset: int | None) -> date:
		"""The day so many (working) days after the start."""
		if self.calendar is EVERY_DAY:
			return getdate(add_days(self.start, offset or 0))
		return self.calendar.after(self.start, cint(offset))

	def task_days(self, row: Any) -> tuple[date, date]:
		"""First and last day of a task of the template; a task with parts spans them."""
		parts = self.parts_of(row.idx)
		if parts:
			spans = [self.task_days(part) for part in parts]
			return min(start for start, _end in spans), max(end for _start, end in spans)
		start = self.day(row.start_offset_days)
		length = max(cint(row.duration_days), 1) - 1
		if self.calendar is EVERY_DAY:
			return start, getdate(add_days(start, length))
		return start, self.calendar.after(start, length)

	def parts_of(self, number: int) -> list[Any]:
		"""The rows that are parts of the row with this number."""
		return [row for row in self.template.tasks if cint(row.parent_row) == number]

	def person(self, role: str | None) -> str | None:
		"""Who takes a role: the one named for it, or the manager where the template says so."""
		if not role:
			return None
		if role in self.people:
			return self.people[role]
		if role == "Project Manager" or any(
			row.project_role == role and cint(row.is_manager) for row in self.template.roles
		):
			return self.manager
		return None


def preview(plan: Plan) -> dict[str, Any]:
	"""What a project would look like that starts with this plan: dates, people and hours; nothing is stored."""
	rows: list[dict[str, Any]] = []
	template = plan.template
	if not template:
		return {"start": plan.start, "end": None, "rows": rows, "hours": 0.0, "roles": []}
	for row in template.tasks:
		start, end = plan.task_days(row)
		rows.append(
			{
				"kind": "task",
				"row": row.idx,
				"parent_row": cint(row.parent_row),
				"title": plan.text(row.subject),
				"phase": plan.text(row.phase),
				"start": start,
				"end": end,
				"role": plan.text(row.project_role),
				"person": plan.person(row.project_role),
				"hours": flt(row.estimate_hours),
				"is_summary": bool(plan.parts_of(row.idx)),
			}
		)
	for row in template.milestones:
		day = plan.day(row.offset_days)
		rows.append(
			{
				"kind": "milestone",
				"row": row.idx,
				"title": plan.text(row.title),
				"phase": plan.text(row.phase),
				"start": day,
				"end": day,
				"role": plan.text(row.project_role),
				"person": plan.person(row.project_role) or plan.manager,
				"visible_to_customer": cint(row.visible_to_customer),
			}
		)
	return {
		"start": plan.start,
		"end": plan.end,
		"rows": rows,
		"hours": round(sum(row.get("hours") or 0 for row in rows), 2),
		"roles": roles_of(template),
		"phases": [plan.text(row.phase_name) for row in template.phases],
		"in_working_days": cint(template.in_working_days),
	}


def roles_of(template: Document) -> list[dict[str, Any]]:
	"""The roles of a template: those it lists, or else those its tasks name."""
	if template.roles:
		return [
			{"project_role": row.project_role, "raci": row.raci, "is_manager": cint(row.is_manager)}
			for row in template.roles
		]
	names = dict.fromkeys(row.project_role for row in template.tasks if row.project_role)
	return [
		{"project_role": name, "raci": "Responsible", "is_manager": int(name == "Project Manager")}
		for name in names
	]

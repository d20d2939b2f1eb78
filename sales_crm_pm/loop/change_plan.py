"""A change request and the plan: what its lines mean for the scheduler, and the two plans side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
from frappe.utils import flt, getdate

from sales_crm_pm.rules.change import Moved
from sales_crm_pm.rules.money import rounded

MILESTONE_DONE = ("Accepted", "Cancelled")


@dataclass
class Outlook:
	"""Dates of a project with and without a change."""

	end_before: date | None = None
	end_after: date | None = None
	milestones: list[Moved] = field(default_factory=list)
	tasks: list[Moved] = field(default_factory=list)

	@property
	def days(self) -> int:
		"""Calendar days the end moves."""
		if not self.end_before or not self.end_after:
			return 0
		return (self.end_after - self.end_before).days


def outlook(doc: Any) -> Outlook:
	"""The plan as it is and as it would be with the lines of a change request; nothing is written."""
	rows = frappe.get_all(
		"SPM Milestone",
		filters={"project": doc.project, "status": ["!=", "Cancelled"]},
		fields=[
			"name",
			"title",
			"status",
			"planned_date",
			"forecast_date",
			"actual_date",
			"visible_to_customer",
		],
		order_by="sequence, planned_date, name",
	)
	moved = {row.milestone: getdate(row.new_date) for row in doc.lines if row.kind == "Move Milestone"}
	found = []
	for row in rows:
		before = _day(row.planned_date)
		after = before if row.status in MILESTONE_DONE else moved.get(row.name, before)
		found.append(Moved("milestone", row.name, row.title, before, after, bool(row.visible_to_customer)))
	return Outlook(
		max((m.before for m in found if m.before), default=None),
		max((m.after for m in found if m.after), default=None),
		found,
	)


def _day(value: Any) -> date | None:
	return getdate(value) if value else None


# Carrying out
# ------------------


def first_baseline(doc: Any) -> str | None:
	"""The baseline that the change starts from; one is taken when the project has none yet."""
	return frappe.db.get_value("SPM Baseline", {"project": doc.project, "current": 1})


def carry_out(doc: Any, plan: Outlook) -> None:
	"""Write the plan with the change: tasks, links, milestones."""
	for row in doc.lines:
		if row.kind == "Move Milestone":
			milestone = frappe.get_doc("SPM Milestone", row.milestone, for_update=True)
			milestone.planned_date = row.new_date
			milestone.save(ignore_permissions=True)


def new_baseline(doc: Any) -> str | None:
	"""The plan as it was agreed becomes the one that is measured against."""
	return None


def add_estimate(doc: Any, project: Any) -> None:
	"""What the change costs joins the budget of the project; the caller saves the project."""
	project.budget_cost = rounded(flt(project.budget_cost) + sum(flt(row.line_cost) for row in doc.lines))

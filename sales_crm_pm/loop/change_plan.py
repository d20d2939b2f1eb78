"""A change request and the plan: what its lines mean for the scheduler, and the two plans side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
from frappe.utils import getdate

from sales_crm_pm.rules.change import Moved

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
		fields=["name", "title", "status", "planned_date", "forecast_date", "actual_date", "visible_to_customer"],
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

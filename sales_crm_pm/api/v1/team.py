"""The team of a project: who does what, what they are booked for, what they leave open."""

from datetime import date
from typing import Any

import frappe

from sales_crm_pm.insight import team
from sales_crm_pm.loop import hand_over as handing
from sales_crm_pm.loop import raci

PROJECT = "SPM Project"


@frappe.whitelist(methods=["GET"])
def overview(project: str) -> dict[str, Any]:
	"""Everything the Team tab shows: members with booked hours, the responsibility matrix, what is missing."""
	frappe.has_permission(PROJECT, "read", doc=project, throw=True)
	return team.overview(project)


@frappe.whitelist(methods=["POST"])
def set_part(milestone: str, user: str, part: str, is_on: bool) -> dict[str, Any]:
	"""Give somebody a part in a milestone (Responsible, Accountable, Consulted, Informed) or take it away.

	Returns the matrix of the project.
	"""
	raci.set_part(milestone, user, part, is_on)
	return raci.matrix(frappe.db.get_value("SPM Milestone", milestone, "project"))


@frappe.whitelist(methods=["GET"])
def open_items(project: str, user: str, last_day: date | None = None) -> list[dict[str, Any]]:
	"""What a member still has to do in a project: tasks, milestones, risks, issues, next steps, bookings, parts."""
	frappe.has_permission(PROJECT, "write", doc=project, throw=True)
	return handing.open_items(project, user, last_day)

"""Capacity against load: the heat map, what a cell is made of, who is free, and who is on what."""

from datetime import date
from typing import Any

import frappe

from sales_crm_pm.insight import capacity
from sales_crm_pm.insight.capacity import Choice

ALLOCATION = "SPM Allocation"


@frappe.whitelist(methods=["GET"])
def heat_map(
	start: date,
	unit: str = "Week",
	count: int = 12,
	role: str | None = None,
	skill: str | None = None,
	level: int = 1,
	team: str | None = None,
	project: str | None = None,
) -> dict[str, Any]:
	"""People against weeks or days: hours available, confirmed, tentative and weighted by probability.

	Args:
	        start: a day of the first period.
	        unit: Week or Day.
	        count: number of periods.
	        role: only people with this main role.
	        skill: only people with this skill …
	        level: … at this level or above.
	        team: only the members of a team.
	        project: only people of a project.

	Returns periods; groups by role, each with people, their cells, sums and the open demand (hours wanted of
	the role without a person); limit, low and high in per cent; partial (true when the reader does not see
	everybody's bookings).
	"""
	frappe.has_permission(ALLOCATION, "read", throw=True)
	return capacity.heat_map(start, unit, count, Choice(role, skill, level, team, project))


@frappe.whitelist(methods=["GET"])
def cell(start: date, end: date, user: str | None = None, role: str | None = None) -> dict[str, Any]:
	"""What makes up a cell of the heat map: bookings with hours, leave and holidays.

	Give user, or role for its open demand.
	"""
	frappe.has_permission(ALLOCATION, "read", throw=True)
	return capacity.cell(start, end, user, role)


@frappe.whitelist(methods=["GET"])
def free(
	start: date,
	end: date,
	role: str | None = None,
	skill: str | None = None,
	level: int = 1,
	hours: float = 0,
) -> list[dict[str, Any]]:
	"""Who has free hours from one day to another, the freest first; for people who may plan somebody.

	Args:
	        start: first day.
	        end: last day.
	        role: only people with this main role.
	        skill: only people with this skill …
	        level: … at this level or above.
	        hours: only people with at least so many free hours.
	"""
	return capacity.free(start, end, Choice(role, skill, level), hours)


@frappe.whitelist(methods=["GET"])
def calendar(
	start: date,
	days: int = 28,
	role: str | None = None,
	skill: str | None = None,
	level: int = 1,
	team: str | None = None,
	project: str | None = None,
) -> dict[str, Any]:
	"""Who is on what: bars of bookings and leave per person, and the holidays. Filters as in heat_map."""
	frappe.has_permission(ALLOCATION, "read", throw=True)
	return capacity.calendar(start, days, Choice(role, skill, level, team, project))


@frappe.whitelist(methods=["GET"])
def choices() -> dict[str, Any]:
	"""Roles, skills and teams to narrow by, and what the reader may do."""
	frappe.has_permission(ALLOCATION, "read", throw=True)
	return capacity.choices()

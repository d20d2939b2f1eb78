"""Allocations: who works on what and how much, and who goes on when somebody leaves."""

from datetime import date
from typing import Any

import frappe

from sales_crm_pm.loop import allocation as allocations
from sales_crm_pm.loop import hand_over as handing


@frappe.whitelist(methods=["POST"])
def shift(
	allocation: str,
	from_date: date | None = None,
	to_date: date | None = None,
	user: str | None = None,
	percent: float | None = None,
	hours_per_day: float | None = None,
) -> dict[str, Any]:
	"""Move an allocation to other days, to another person, or change how much it takes of a day.

	Args:
	        allocation: its name.
	        from_date: new first day; without `to_date` the number of working days stays.
	        to_date: new last day.
	        user: new person.
	        percent: share of the day.
	        hours_per_day: hours per day instead of a share.

	Returns the allocation as it stands now. Days that are booked for too much are said in the messages.
	"""
	return _answer(allocations.shift(allocation, from_date, to_date, user, percent, hours_per_day))


@frappe.whitelist(methods=["POST"])
def split(allocation: str, on: date, user: str | None = None, percent: float | None = None) -> dict[str, Any]:
	"""Cut an allocation in two on a day, the second part perhaps for somebody else.

	Returns first and second.
	"""
	first, second = allocations.split(allocation, on, user, percent)
	return {"first": _answer(first), "second": _answer(second)}


@frappe.whitelist(methods=["POST"])
def confirm(allocations: str | list[str]) -> dict[str, Any]:
	"""Confirm tentative allocations. Returns confirmed: the names that were tentative before."""
	return {"confirmed": _confirm(frappe.parse_json(allocations))}


@frappe.whitelist(methods=["POST"])
def book_team(project: str, users: str | list[str] | None = None) -> dict[str, Any]:
	"""Book the members of a project's team by the dates and shares of their rows, each once.

	Returns created: the names of the new allocations.
	"""
	return {"created": allocations.book_team(project, frappe.parse_json(users) if users else None)}


@frappe.whitelist(methods=["POST"])
def hand_over(
	project: str,
	user: str,
	to: str,
	last_day: date | None = None,
	remove: bool = False,
	exceptions: str | dict[str, str] | None = None,
) -> dict[str, Any]:
	"""Give all open work of a member to somebody else and end the membership, all or nothing.

	Args:
	        project: its name.
	        user: who leaves.
	        to: who takes over.
	        last_day: last day of the member; bookings are cut after it.
	        remove: take the row out of the team instead of giving it an end.
	        exceptions: "record type/name" of single items that go to somebody else.

	Returns moved: number of items by record type.
	"""
	return handing.hand_over(
		project, user, to, last_day, remove, frappe.parse_json(exceptions) if exceptions else None
	)


# The argument of the endpoint hides the module of the same name.
_confirm = allocations.confirm


def _answer(doc: Any) -> dict[str, Any]:
	fields = ("name", "user", "project_role", "project", "opportunity", "status", "probability")
	figures = ("from_date", "to_date", "percent", "hours_per_day", "total_hours", "weighted_hours")
	return {field: doc.get(field) for field in (*fields, *figures)}

"""Builders of what people are booked for, what they can, and when they are away."""

from __future__ import annotations

import frappe
from frappe.utils import add_days, getdate

from tests.factories import make, make_user, unique


def monday(weeks_ahead: int = 8) -> object:
	"""A Monday in the future, far from what demo data books."""
	today = getdate()
	return getdate(add_days(today, 7 * weeks_ahead - today.weekday()))


def make_engineer(*roles: str, role: str | None = None, hours: float = 8, **values) -> str:
	"""A delivery member with a capacity record; gives the user."""
	user = make_user(*(roles or ("SPM Delivery Member",)), **values)
	make("SPM Person Capacity", user=user, project_role=role, hours_per_day=hours)
	return user


def make_role() -> str:
	"""A role of its own, so that nobody else's demand is counted."""
	return make("SPM Project Role", role_name=unique("Role ")).name


def make_skill() -> str:
	"""A skill nobody has yet."""
	return make("SPM Skill", skill_name=unique("Skill ")).name


def make_allocation(user: str | None = None, **values):
	"""A confirmed full-time booking of a working week."""
	values.setdefault("from_date", monday())
	values.setdefault("to_date", add_days(values["from_date"], 4))
	values.setdefault("status", "Confirmed")
	if not values.get("hours_per_day"):
		values.setdefault("percent", 100)
	return make("SPM Allocation", user=user, **values)


def messages() -> str:
	"""What the person was told so far in this request."""
	return " ".join(str(message.get("message", "")) for message in frappe.get_message_log())

"""How many hours a week should have: the site's calendar less the days somebody is away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import frappe
from frappe.query_builder import DocType
from frappe.utils import flt, getdate

from sales_crm_pm.loop import calendar
from sales_crm_pm.rules import timesheet as rules

AT_WORK = ("Travel", "Training")
"""Reasons of an absence that are work: who is at a customer's enters hours, too."""


def hours_per_day() -> float:
	"""Hours of a working day by the settings."""
	return flt(frappe.get_cached_doc("SPM Settings").get("timesheet_hours_per_day")) or calendar.hours_per_day()


def expected(users: Iterable[str], week_start: date) -> dict[str, dict[date, float]]:
	"""Hours that each person should have on each day of a week; one statement for all.

	:return: {user: {day: hours}}
	"""
	people = sorted(set(users))
	days = calendar.working_days()
	full = rules.expected(week_start, days.is_working, hours_per_day())
	away = absences(people, week_start, week_start + timedelta(days=rules.DAYS_OF_A_WEEK - 1))
	return {
		user: {day: 0.0 if day in away.get(user, {}) else hours for day, hours in full.items()}
		for user in people
	}


def absences(users: list[str], first: date, last: date) -> dict[str, dict[date, str]]:
	"""The days people are away in a span, with the reason: {user: {day: reason}}; one statement."""
	if not users:
		return {}
	absence = DocType("SPM Absence")
	rows = (
		frappe.qb.from_(absence)
		.select(absence.user, absence.reason, absence.from_date, absence.to_date)
		.where(absence.user.isin(users) & (absence.from_date <= last) & (absence.to_date >= first))
		.where(absence.reason.isnull() | absence.reason.notin(AT_WORK))
		.run(as_dict=True)
	)
	found: dict[str, dict[date, str]] = {}
	for row in rows:
		day = max(getdate(row.from_date), first)
		while day <= min(getdate(row.to_date), last):
			found.setdefault(row.user, {})[day] = row.reason or "Leave"
			day += timedelta(days=1)
	return found

"""Working days and hours: of the site (settings page), of a project (its own calendar), of a person (leave).

The settings say which weekdays the company works and which holidays it keeps. A calendar (SPM Working Hours) of
a project has weekdays of its own and adds its holidays to those of the company. Leave (SPM Absence) takes days
away from one person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta

import frappe
from frappe.query_builder import DocType
from frappe.utils import cint, get_time, getdate

from sales_crm_pm.rules.workdays import EVERY_DAY, SATURDAY, SUNDAY, Calendar

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS_PER_DAY = 8.0
DEFAULT_HOURS_KEY = "spm_default_hours"
LONGEST_ABSENCE = 3 * 366
"""Days of one absence that are looked at: a typing error in a year must not fill the memory."""


def working_days() -> Calendar:
	"""The calendar of the settings: weekend, holidays, and days worked instead."""
	settings = frappe.get_cached_doc("SPM Settings")
	off = {
		day
		for day, fieldname in ((SATURDAY, "work_on_saturday"), (SUNDAY, "work_on_sunday"))
		if not cint(settings.get(fieldname))
	}
	rows = settings.get("holidays") or []
	return Calendar(
		days_off=frozenset(off),
		holidays=frozenset(getdate(row.holiday_date) for row in rows if not row.is_working_day),
		worked=frozenset(getdate(row.holiday_date) for row in rows if row.is_working_day),
	)


def named(name: str | None) -> Calendar:
	"""The days of a calendar (SPM Working Hours) on top of the company's holidays; the settings' without a name."""
	company = working_days()
	if not name or not frappe.db.exists("SPM Working Hours", name, cache=True):
		return company
	hours = frappe.get_cached_doc("SPM Working Hours", name)
	worked = {row.weekday for row in hours.days}
	free = {getdate(row.holiday_date) for row in hours.holidays if not row.is_working_day}
	instead = {getdate(row.holiday_date) for row in hours.holidays if row.is_working_day}
	return Calendar(
		days_off=frozenset(n for n, weekday in enumerate(WEEKDAYS) if weekday not in worked),
		# The project's own word about a day wins over the company's.
		holidays=(company.holidays - instead) | free,
		worked=(company.worked - free) | instead,
	)


def of_project(project: str | None) -> Calendar:
	"""The working days of a project: its own calendar's, or those of the settings."""
	name = project and frappe.db.get_value("SPM Project", project, "calendar")
	return named(name)


def of_person(user: str) -> Calendar:
	"""The company's working days without those on which this person is away."""
	company = working_days()
	away = absences([user]).get(user, frozenset())
	return Calendar(company.days_off, company.holidays | away, company.worked - away)


def absences(users: Iterable[str]) -> dict[str, frozenset[date]]:
	"""The days on which people are away, for those who are; one statement. Half a day is still worked."""
	people = sorted({user for user in users if user})
	if not people:
		return {}
	table = DocType("SPM Absence")
	rows = (
		frappe.qb.from_(table)
		.select(table.user, table.from_date, table.to_date)
		.where(table.user.isin(people) & (table.half_day == 0))
		.run()
	)
	found: dict[str, set[date]] = {}
	for user, first, last in rows:
		days = min(LONGEST_ABSENCE, (getdate(last) - getdate(first)).days + 1)
		found.setdefault(user, set()).update(getdate(first) + timedelta(days=n) for n in range(days))
	return {user: frozenset(days) for user, days in found.items()}


def hours_per_day(user: str | None = None, calendar: str | None = None) -> float:
	"""How long a working day is: of a named calendar the mean of its days; otherwise what the settings plan with, the
	mean of the default calendar's days, or eight hours.

	:param user: the person, for calendars that will know people; today everybody has the same day
	"""
	planned = frappe.get_cached_doc("SPM Settings").get("planning_hours_per_day")
	if planned and not calendar:
		return float(planned)
	name = calendar or frappe.cache.get_value(DEFAULT_HOURS_KEY, _default_hours)
	if not name:
		return HOURS_PER_DAY
	rows = frappe.get_cached_doc("SPM Working Hours", name).days
	days = {row.weekday for row in rows}
	seconds = sum((_seconds(row.end_time) - _seconds(row.start_time)) for row in rows)
	return round(seconds / 3600 / len(days), 2) if days and seconds > 0 else HOURS_PER_DAY


def _default_hours() -> str:
	return frappe.db.get_value("SPM Working Hours", {"is_default": 1}) or ""


def forget() -> None:
	"""Look for the default calendar anew: one was saved or deleted."""
	frappe.cache.delete_value(DEFAULT_HOURS_KEY)


def _seconds(value: time | timedelta | str) -> int:
	moment = get_time(value)
	return moment.hour * 3600 + moment.minute * 60 + moment.second


def mailing_days() -> Calendar:
	"""The days on which sequences may send: working days, or every day when the settings say so."""
	settings = frappe.get_cached_doc("SPM Settings")
	return working_days() if cint(settings.get("marketing_workdays_only")) else EVERY_DAY


def quiet_hours() -> tuple[time | None, time | None]:
	"""From when until when no mail of a sequence leaves; (None, None) when the settings name no hours."""
	settings = frappe.get_cached_doc("SPM Settings")
	start, end = settings.get("quiet_from"), settings.get("quiet_until")
	if start in (None, "") or end in (None, ""):
		return None, None
	return get_time(start), get_time(end)

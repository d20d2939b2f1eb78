"""Working time of people and what it is booked for, read in a fixed number of statements for any number of people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.utils import cint, flt, getdate

from sales_crm_pm.loop import calendar
from sales_crm_pm.permissions.rules import PROJECT_MANAGER, SALES_MANAGER, SYSTEM_MANAGER
from sales_crm_pm.rules.capacity import Booking, Worker, days

SHARE, HOURS = "Share of the Day", "Hours per Day"
TENTATIVE, CONFIRMED = "Tentative", "Confirmed"
PLANNERS = frozenset({PROJECT_MANAGER, SALES_MANAGER, SYSTEM_MANAGER})
"""Roles that plan other people."""
USUAL_HOURS = 8.0


def plans_people(user: str | None = None) -> bool:
	"""Whether a person plans others: reports their absence, enters their skills and capacity."""
	user = user or frappe.session.user
	return user == "Administrator" or bool(PLANNERS & set(frappe.get_roles(user)))


def check_is_own_or_managed(doc: Any, sentence: str) -> None:
	"""Refuse what somebody enters about another person without planning people.

	:param sentence: translated sentence that is shown
	:raises frappe.PermissionError: the record is about somebody else
	"""
	if doc.user != frappe.session.user and not doc.flags.ignore_permissions and not plans_people():
		frappe.throw(sentence, frappe.PermissionError)


def site_hours() -> float:
	"""Hours of a working day for people without hours of their own: what is planned with, else the working hours."""
	return flt(calendar.hours_per_day()) or USUAL_HOURS


def site_worker() -> Worker:
	"""The working time of somebody nobody knows yet: that of the site."""
	return Worker(hours_per_day=site_hours(), calendar=calendar.working_days())


def workers(users: Iterable[str], start: date, end: date) -> dict[str, Worker]:
	"""Working time of people from one day to another, their leave included; two statements."""
	users = sorted({user for user in users if user})
	usual = site_worker()
	if not users:
		return {}
	own = {
		row.user: row
		for row in frappe.get_all(
			"SPM Person Capacity",
			filters={"user": ["in", users]},
			fields=["user", "hours_per_day", "works_from", "works_until"],
			limit_page_length=0,
		)
	}
	away = absences(users, start, end)
	found = {}
	for user in users:
		row = own.get(user) or frappe._dict()
		found[user] = Worker(
			hours_per_day=flt(row.hours_per_day) or usual.hours_per_day,
			calendar=usual.calendar,
			starts=getdate(row.works_from) if row.works_from else None,
			ends=getdate(row.works_until) if row.works_until else None,
			away=away.get(user, {}),
		)
	return found


def absences(users: Iterable[str], start: date, end: date) -> dict[str, dict[date, float]]:
	"""Share of each day from `start` to `end` on which people are missing; one statement."""
	rows = frappe.get_all(
		"SPM Absence",
		filters={"user": ["in", list(users)], "from_date": ["<=", end], "to_date": [">=", start]},
		fields=["user", "from_date", "to_date", "half_day"],
		limit_page_length=0,
	)
	found: dict[str, dict[date, float]] = defaultdict(dict)
	for row in rows:
		share = 0.5 if cint(row.half_day) else 1.0
		for day in days(max(getdate(row.from_date), start), min(getdate(row.to_date), end)):
			found[row.user][day] = min(1.0, found[row.user].get(day, 0.0) + share)
	return found


def booking_of(row: Any) -> Booking:
	"""The pure form of an allocation, a document or a row with the columns of `COLUMNS`."""
	return Booking(
		start=getdate(row.from_date),
		end=getdate(row.to_date),
		hours=flt(row.hours_per_day) if row.measure == HOURS else None,
		percent=flt(row.percent),
		probability=flt(row.probability),
		tentative=row.status == TENTATIVE,
		billable=bool(cint(row.billable)),
		key=row.name or "",
	)


COLUMNS = (
	"name",
	"title",
	"user",
	"project_role",
	"project",
	"opportunity",
	"customer",
	"status",
	"probability",
	"billable",
	"measure",
	"from_date",
	"to_date",
	"hours_per_day",
	"percent",
	"total_hours",
	"note",
)


def stored(users: Iterable[str], start: date, end: date, without: str | None = None) -> list[frappe._dict]:
	"""All allocations of people that touch these days, whoever may see them; one statement.

	What is tentative for a lost deal takes nobody's time.
	"""
	table = DocType("SPM Allocation")
	query = (
		frappe.qb.from_(table)
		.select(*[table[column] for column in COLUMNS])
		.where(table.user.isin(list(users) or [""]))
		.where((table.from_date <= end) & (table.to_date >= start))
		.where((table.status == CONFIRMED) | (table.probability > 0))
		.orderby(table.from_date)
		.orderby(table.name)
	)
	if without:
		query = query.where(table.name != without)
	return query.run(as_dict=True)

"""REST: the hours of a week, entered by a person and approved by the managers of the projects."""

from datetime import date
from typing import Any

import frappe

from sales_crm_pm.loop import timesheet_approval, timesheet_reminder, timesheets
from sales_crm_pm.loop.timesheet_checks import week_start
from sales_crm_pm.permissions.rules import TIMESHEET
from sales_crm_pm.permissions.timesheets import sees_all

MOST_ROWS = 200


@frappe.whitelist(methods=["GET"])
def week(day: date | None = None) -> dict[str, Any]:
	"""The caller's hours of a week, with what could be entered.

	:param day: any day of the week, today when not given
	:return: user, week_start, today, sheet (name, status, modified, total_hours, rejection_reason), days (date,
	    is_working, absence, expected, is_open), rows (project, task, opportunity, activity_type, billable, cells),
	    last_week (rows), suggestions, activities, approves
	:raises frappe.PermissionError: the caller's roles do not let them enter hours
	"""
	frappe.has_permission(TIMESHEET, "create", throw=True)
	return timesheets.week(day)


@frappe.whitelist(methods=["POST"])
def save_week(day: date, rows: str | list[dict[str, Any]], modified: str | None = None) -> dict[str, Any]:
	"""Keep the caller's hours of a week.

	:param day: any day of the week
	:param rows: as `week` gives them; cells without hours are taken out
	:param modified: the stamp of the version that was read; when it has changed since, nothing is written
	:return: sheet, rows
	:raises frappe.PermissionError: hours on a project or task that the caller may not see
	:raises SPMError: hours that are not possible, or on a project that takes none
	"""
	frappe.has_permission(TIMESHEET, "create", throw=True)
	return timesheets.save_week(day, frappe.parse_json(rows) or [], modified)


@frappe.whitelist(methods=["POST"])
def submit(day: date) -> dict[str, Any]:
	"""Hand in the caller's week; doing it again is no error."""
	frappe.has_permission(TIMESHEET, "create", throw=True)
	return timesheets.submit(day)


@frappe.whitelist(methods=["POST"])
def take_back(day: date) -> dict[str, Any]:
	"""Open the caller's week again, as long as it is not approved."""
	frappe.has_permission(TIMESHEET, "create", throw=True)
	return timesheets.take_back(day)


@frappe.whitelist(methods=["GET"])
def pending(start: int = 0, length: int = 50, everybody: bool = False) -> dict[str, Any]:
	"""Weeks that wait for the caller's decision, oldest first.

	:param everybody: also those that other managers decide about, as far as the caller sees them
	:return: total, hours, rows (name, user, person_name, week_start, hours, expected, is_own, lines)
	"""
	frappe.has_permission(TIMESHEET, "write", throw=True)
	return timesheets.pending(max(0, start), min(max(1, length), MOST_ROWS), everybody and sees_all())


@frappe.whitelist(methods=["POST"])
def approve(timesheets: str | list[str]) -> dict[str, Any]:
	"""Approve all hours of these weeks that the caller decides about; costs of projects move with it.

	:return: approved, waiting (weeks where others decide about the rest), lines, hours
	"""
	frappe.has_permission(TIMESHEET, "write", throw=True)
	return timesheet_approval.approve(_names(timesheets))


@frappe.whitelist(methods=["POST"])
def reject(timesheets: str | list[str], reason: str) -> dict[str, Any]:
	"""Send the hours of these weeks that the caller decides about back with a reason.

	:return: rejected, lines
	"""
	frappe.has_permission(TIMESHEET, "write", throw=True)
	return timesheet_approval.reject(_names(timesheets), reason)


@frappe.whitelist(methods=["GET"])
def missing(day: date) -> list[dict[str, Any]]:
	"""People on running projects whose hours of a week are not handed in.

	:raises frappe.PermissionError: the caller does not see everybody's hours
	"""
	_check_sees_all()
	return timesheet_reminder.missing(day)


@frappe.whitelist(methods=["POST"])
def remind(day: date, users: str | list[str] | None = None) -> list[str]:
	"""Remind people whose hours of a week are not handed in; returns who gets a reminder."""
	_check_sees_all()
	return timesheet_reminder.remind(week_start(day), frappe.parse_json(users) if users else None)


def _names(given: str | list[str]) -> list[str]:
	return frappe.parse_json(given) if isinstance(given, str) and given.startswith("[") else _as_list(given)


def _as_list(given: str | list[str]) -> list[str]:
	return [given] if isinstance(given, str) else list(given)


def _check_sees_all() -> None:
	if not sees_all():
		raise frappe.PermissionError

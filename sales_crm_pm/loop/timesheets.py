"""The week of a person as the weekly page shows it: reading it, saving what was typed, handing it in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, flt, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import booking, calendar, transitions
from sales_crm_pm.loop.timesheet_checks import week_start
from sales_crm_pm.loop.timesheet_hours import absences, hours_per_day
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.permissions.rules import OPPORTUNITY, PROJECT, TASK, TIMESHEET, TIMESHEET_LINE
from sales_crm_pm.permissions.timesheets import readable_lines
from sales_crm_pm.rules import timesheet as rules

WHAT = ("project", "task", "opportunity", "activity_type", "billable")
"""What makes a row of the page; each of its days is a line of the timesheet."""
SUGGESTIONS = 12
OPEN_TASKS = ("Open", "Working", "Pending Review", "Blocked")


def week(day: date | str | None = None) -> dict[str, Any]:
	"""The session's user's week: days, rows with hours, what could be entered, what was entered last week.

	:param day: any day of the week, today when not given
	"""
	user, start = frappe.session.user, week_start(day or getdate())
	last = start - timedelta(days=rules.DAYS_OF_A_WEEK)
	sheets = _sheets_of(user, [start, last])
	lines = _lines_of([sheet.name for sheet in sheets.values()])
	sheet = sheets.get(start)
	rows = _as_rows(lines.get(sheet.name, []) if sheet else [])
	before = sheets.get(last)
	former = _as_rows(lines.get(before.name, []) if before else [])
	settings = frappe.get_cached_doc("SPM Settings")
	return {
		"user": user,
		"week_start": str(start),
		"today": str(getdate()),
		"sheet": _head(sheet),
		"days": _days(user, start, cint(settings.get("timesheet_future_days"))),
		"rows": rows,
		"last_week": [_moved(row, rules.DAYS_OF_A_WEEK) for row in former],
		"suggestions": _suggestions(user, start, rows),
		"activities": _activities(),
		"approves": _may_approve(),
	}


def save_week(day: date | str, rows: list[dict[str, Any]], modified: str | None = None) -> dict[str, Any]:
	"""Keep what somebody typed into their week. Hours that are approved already stay as they are.

	:param day: any day of the week
	:param rows: as `week` gives them: project, task, opportunity, activity_type, billable, and `cells`
	    {day: {name, hours, description}}; a cell without hours is taken out
	:param modified: the stamp of the version that was shown; another one is refused
	:return: as `week`'s `sheet`, with `rows` as they are stored
	:raises frappe.TimestampMismatchError: the week was changed somewhere else since
	"""
	start, user = week_start(day), frappe.session.user
	name = frappe.db.get_value(TIMESHEET, {"week_key": f"{start}|{user}"}, "name")
	lines = _as_lines(rows)
	if not name:
		if not lines:
			return {"sheet": _head(None), "rows": []}
		doc = frappe.get_doc({"doctype": TIMESHEET, "user": user, "week_start": start, "lines": lines})
		doc.insert()
		return _saved(doc)
	doc = frappe.get_doc(TIMESHEET, name)
	if modified and str(doc.modified) != str(modified):
		frappe.throw(
			_("This week was changed somewhere else. Load it again; what you typed is still here to copy."),
			frappe.TimestampMismatchError,
		)
	if doc.status == "Submitted":
		frappe.throw(_("This week is handed in. Take it back before you change it."), exc=SPMError)
	if doc.status == "Approved":
		frappe.throw(_("This week is approved and cannot be changed any more."), exc=SPMError)
	approved = [line for line in doc.lines if line.status == "Approved"]
	fixed, known = {line.name for line in approved}, {line.name for line in doc.lines}
	lines = [line for line in lines if line.get("name") not in fixed]
	for line in lines:
		if line.get("name") not in known:
			# Written in another tab that has lost since: then it is a new line.
			line.pop("name", None)
	doc.set("lines", approved + lines)
	for number, line in enumerate(doc.lines, 1):
		line.idx = number
	if doc.status == "Rejected":
		# Whoever corrects a week that came back has opened it again.
		return _saved(transitions.move(doc.save(), "Draft"))
	doc.flags.own_draft = True
	return _saved(doc.save())


def submit(day: date | str) -> dict[str, Any]:
	"""Hand in the session's user's week; once more is no error."""
	return _saved(transitions.move(_own(day), "Submitted"))


def take_back(day: date | str) -> dict[str, Any]:
	"""Open a week again that was handed in and not decided about yet."""
	return _saved(transitions.move(_own(day), "Draft"))


def pending(start: int = 0, length: int = 50, everybody: bool = False) -> dict[str, Any]:
	"""Weeks that wait for the session's user's decision, oldest first; six statements however many.

	:param everybody: with the hours that other managers decide about, for those who see all
	:return: total, hours, rows (name, user, person_name, week_start, hours, expected, lines)
	"""
	line, sheet = DocType(TIMESHEET_LINE), DocType(TIMESHEET)
	found = (
		frappe.qb.from_(line)
		.inner_join(sheet)
		.on((sheet.name == line.parent) & (line.parenttype == TIMESHEET))
		.select(
			sheet.name,
			sheet.user,
			sheet.person_name,
			sheet.week_start,
			sheet.submitted_on,
			line.name.as_("line"),
			line.work_date,
			line.project,
			line.task,
			line.opportunity,
			line.activity_type,
			line.hours,
			line.billable,
			line.description,
		)
		.where((sheet.status == "Submitted") & (line.status == "Submitted"))
		.where(_decided_by_me(line, sheet, everybody))
		.orderby(sheet.week_start)
		.orderby(sheet.person_name)
		.orderby(line.work_date)
		.orderby(line.idx)
		.run(as_dict=True)
	)
	weeks: dict[str, dict[str, Any]] = {}
	for row in found:
		entry = weeks.setdefault(
			row.name,
			{
				"name": row.name,
				"user": row.user,
				"person_name": row.person_name or row.user,
				"week_start": str(row.week_start),
				"submitted_on": str(row.submitted_on or ""),
				"is_own": row.user == frappe.session.user,
				"lines": [],
			},
		)
		entry["lines"].append(row)
	shown = list(weeks.values())[start : start + length]
	titles = _titles([row for entry in shown for row in entry["lines"]])
	wanted = _expected_of(shown)
	for entry in shown:
		entry["hours"] = flt(sum(flt(row.hours) for row in entry["lines"]), 2)
		entry["expected"] = wanted.get((entry["user"], entry["week_start"]), 0)
		entry["lines"] = [_named(row, titles) for row in entry["lines"]]
	return {
		"total": len(weeks),
		"hours": flt(sum(flt(row.hours) for row in found), 2),
		"rows": shown,
	}


# Reading
# ------------------


def _sheets_of(user: str, starts: list[date]) -> dict[date, frappe._dict]:
	sheet = DocType(TIMESHEET)
	rows = (
		frappe.qb.from_(sheet)
		.select(
			sheet.name,
			sheet.week_start,
			sheet.status,
			sheet.modified,
			sheet.total_hours,
			sheet.approved_hours,
			sheet.rejection_reason,
		)
		.where((sheet.user == user) & sheet.week_start.isin(starts))
		.run(as_dict=True)
	)
	return {getdate(row.week_start): row for row in rows}


def _head(sheet: Any) -> dict[str, Any]:
	if not sheet:
		return {"name": None, "status": "Draft", "modified": None, "total_hours": 0, "rejection_reason": None}
	return {
		"name": sheet.name,
		"status": sheet.status,
		"modified": str(sheet.modified),
		"total_hours": flt(sheet.total_hours, 2),
		"rejection_reason": sheet.rejection_reason if sheet.status in ("Rejected", "Draft") else None,
	}


def _lines_of(sheets: list[str]) -> dict[str, list[frappe._dict]]:
	if not sheets:
		return {}
	line = DocType(TIMESHEET_LINE)
	rows = (
		frappe.qb.from_(line)
		.select(
			line.name,
			line.parent,
			line.work_date,
			line.project,
			line.task,
			line.opportunity,
			line.activity_type,
			line.billable,
			line.hours,
			line.description,
			line.status,
		)
		.where((line.parenttype == TIMESHEET) & line.parent.isin(sheets))
		.orderby(line.idx)
		.run(as_dict=True)
	)
	titles = _titles(rows)
	found: dict[str, list[frappe._dict]] = {}
	for row in rows:
		found.setdefault(row.parent, []).append(_named(row, titles))
	return found


def _titles(rows: Iterable[Any]) -> dict[tuple[str, str], str]:
	"""What projects, tasks and deals are called, with one statement for each of the three kinds."""
	rows = list(rows)
	found = {}
	for doctype, fieldname, title in (
		(PROJECT, "project", "project_name"),
		(TASK, "task", "subject"),
		(OPPORTUNITY, "opportunity", "title"),
	):
		names = sorted({row.get(fieldname) for row in rows if row.get(fieldname)})
		if not names:
			continue
		table = DocType(doctype)
		query = frappe.qb.from_(table).select(table.name, table[title]).where(table.name.isin(names))
		found.update({(fieldname, name): text for name, text in query.run()})
	return found


def _named(row: Any, titles: dict[tuple[str, str], str]) -> frappe._dict:
	return frappe._dict(
		row,
		work_date=str(row.work_date) if row.get("work_date") else None,
		project_name=titles.get(("project", row.project)),
		task_subject=titles.get(("task", row.task)),
		opportunity_title=titles.get(("opportunity", row.opportunity)),
	)


def _as_rows(lines: list[frappe._dict]) -> list[dict[str, Any]]:
	"""Lines as rows of a week; a second line for the same work on the same day begins another row."""
	rows: list[dict[str, Any]] = []
	for line in lines:
		key = [line.get(fieldname) or None for fieldname in WHAT]
		row = next((r for r in rows if r["key"] == key and line.work_date not in r["cells"]), None)
		if row is None:
			row = {
				"key": key,
				**{fieldname: line.get(fieldname) or None for fieldname in WHAT},
				"billable": cint(line.billable),
				"project_name": line.project_name,
				"task_subject": line.task_subject,
				"opportunity_title": line.opportunity_title,
				"cells": {},
			}
			rows.append(row)
		row["cells"][line.work_date] = {
			"name": line.name,
			"hours": flt(line.hours, 2),
			"description": line.description,
			"status": line.status,
		}
	for row in rows:
		del row["key"]
	return rows


def _moved(row: dict[str, Any], days: int) -> dict[str, Any]:
	"""A row of another week as it would be this week: its hours on the same weekdays, nothing decided."""
	cells = {
		str(getdate(add_days(day, days))): {"hours": cell["hours"], "description": None}
		for day, cell in row["cells"].items()
	}
	return {**row, "cells": cells}


def _days(user: str, start: date, ahead: int) -> list[dict[str, Any]]:
	days, worked, full = rules.days_of(start), calendar.working_days(), hours_per_day()
	away = absences([user], days[0], days[-1]).get(user, {})
	latest, closed = getdate(add_days(getdate(), ahead)), booking.closed_until()
	return [
		{
			"date": str(day),
			"is_working": worked.is_working(day),
			"absence": _(away[day], context="SPM Absence") if day in away else None,
			"expected": full if worked.is_working(day) and day not in away else 0,
			"is_open": day <= latest and not (closed and day <= closed),
		}
		for day in days
	]


def _activities() -> list[dict[str, Any]]:
	activity = DocType("SPM Activity Type")
	rows = (
		frappe.qb.from_(activity)
		.select(activity.name, activity.is_billable)
		.where(activity.disabled == 0)
		.orderby(activity.name)
		.run(as_dict=True)
	)
	return [{"name": row.name, "label": _(row.name), "billable": cint(row.is_billable)} for row in rows]


def _suggestions(user: str, start: date, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""Open tasks of the person around this week, and projects they are planned for, that have no row yet."""
	there = {(row["project"], row["task"]) for row in rows}
	found = [row for row in _my_tasks(user, start) if (row.project, row.task) not in there]
	projects = {row["project"] for row in rows} | {row.project for row in found}
	found += [row for row in _my_allocations(user, start) if row.project not in projects]
	states = booking.read_projects(row.project for row in found)
	usable = [
		row
		for row in found
		if not row.project or (row.project in states and states[row.project].status not in booking.REFUSES)
	]
	return [
		dict(row, project_name=states[row.project].project_name if row.project else None)
		for row in usable[:SUGGESTIONS]
	]


def _my_tasks(user: str, start: date) -> list[frappe._dict]:
	task = DocType(TASK)
	end = start + timedelta(days=rules.DAYS_OF_A_WEEK - 1)
	query = (
		frappe.qb.from_(task)
		.select(
			task.name.as_("task"),
			task.subject.as_("task_subject"),
			task.project,
			task.opportunity,
			task.planned_end_date,
		)
		.where((task.assigned_to == user) & task.status.isin(OPEN_TASKS))
		.where(task.project.isnotnull() | task.opportunity.isnotnull())
		.where(
			(task.status == "Working") | task.planned_start_date.isnull() | (task.planned_start_date <= end)
		)
		.orderby(task.planned_end_date)
		.limit(3 * SUGGESTIONS)
	)
	seen = readable_rows(TASK)
	if seen is not None:
		query = query.where(seen)
	return [frappe._dict(row, why="task") for row in query.run(as_dict=True)]


def _my_allocations(user: str, start: date) -> list[frappe._dict]:
	allocation = DocType("SPM Allocation")
	end = start + timedelta(days=rules.DAYS_OF_A_WEEK - 1)
	rows = (
		frappe.qb.from_(allocation)
		.select(allocation.project)
		.distinct()
		.where((allocation.user == user) & allocation.project.isnotnull())
		.where((allocation.from_date <= end) & (allocation.to_date >= start))
		.run(as_dict=True)
	)
	return [
		frappe._dict(row, task=None, task_subject=None, opportunity=None, why="allocation") for row in rows
	]


def _may_approve() -> bool:
	"""Whether the page should offer the list of hours to decide about."""
	user = frappe.session.user
	return bool(
		frappe.has_permission(TIMESHEET, "export")
		or frappe.db.exists(TIMESHEET, {"approver": user, "status": "Submitted"})
	)


def _decided_by_me(line: Any, sheet: Any, everybody: bool) -> Any:
	from_me = (line.project.isnull() | (line.project == "")) & (sheet.approver == frappe.session.user)
	project = DocType(PROJECT)
	mine = frappe.qb.from_(project).select(project.name).where(project.project_manager == frappe.session.user)
	condition = line.project.isin(mine) | from_me
	if everybody:
		seen = readable_lines(line)
		return line.name.isnotnull() if seen is None else (seen | condition)
	return condition


def _expected_of(weeks: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
	if not weeks:
		return {}
	starts = sorted({getdate(entry["week_start"]) for entry in weeks})
	users = sorted({entry["user"] for entry in weeks})
	worked, full = calendar.working_days(), hours_per_day()
	away = absences(users, starts[0], starts[-1] + timedelta(days=rules.DAYS_OF_A_WEEK - 1))
	return {
		(user, str(start)): sum(
			full for day in rules.days_of(start) if worked.is_working(day) and day not in away.get(user, {})
		)
		for user in users
		for start in starts
	}


# Writing
# ------------------


def _as_lines(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
	lines = []
	for row in rows:
		for day, cell in sorted((row.get("cells") or {}).items()):
			if not cell or flt(cell.get("hours")) == 0:
				continue
			line = {fieldname: row.get(fieldname) or None for fieldname in WHAT}
			line.update(
				work_date=day,
				billable=cint(row.get("billable")),
				hours=flt(cell.get("hours"), 2),
				description=(cell.get("description") or "").strip() or None,
			)
			if cell.get("name"):
				line["name"] = cell["name"]
			lines.append(line)
	return lines


def _own(day: date | str) -> Any:
	start = week_start(day)
	name = frappe.db.get_value(TIMESHEET, {"week_key": f"{start}|{frappe.session.user}"}, "name")
	if not name:
		frappe.throw(_("There are no hours in this week. Enter them before you submit it."), exc=SPMError)
	return frappe.get_doc(TIMESHEET, name)


def _saved(doc: Any) -> dict[str, Any]:
	rows = [
		frappe._dict(
			{
				fieldname: line.get(fieldname)
				for fieldname in ("name", "work_date", *WHAT, "hours", "description", "status")
			}
		)
		for line in doc.lines
	]
	titles = _titles(rows)
	return {"sheet": _head(doc), "rows": _as_rows([_named(row, titles) for row in rows])}

"""What a week of hours must obey, wherever it comes from: page, form, REST or import."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, flt, format_date, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import booking
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import visible_names
from sales_crm_pm.permissions.rules import OPPORTUNITY, PROJECT, SYSTEM_MANAGER, TASK
from sales_crm_pm.rules import timesheet as rules

DECIDED = (
	"status",
	"approved_by",
	"approved_on",
	"project_role",
	"cost_rate",
	"cost_amount",
	"billing_rate",
	"billing_amount",
	"base_currency",
)
"""Fields of a line that only its approval writes."""
TYPED = ("work_date", "project", "task", "opportunity", "activity_type", "hours", "billable", "description")


def week_start(day: Any) -> Any:
	"""The first day of the week that a day is in, by the site's settings."""
	first = frappe.get_cached_doc("SPM Settings").get("timesheet_week_starts_on") or "Monday"
	return rules.week_of(getdate(day), first)


def set_week(doc: Document) -> None:
	"""Turn any day of the week into its first one, and see that a person has one sheet per week."""
	doc.user = doc.user or frappe.session.user
	before = doc.get_doc_before_save()
	start = getdate(before.week_start) if before else week_start(doc.week_start)
	doc.week_start, doc.week_end = start, add_days(start, rules.DAYS_OF_A_WEEK - 1)
	doc.week_key = f"{start}|{doc.user}"
	if before:
		return
	if not doc.approver:
		doc.approver = frappe.get_cached_doc("SPM Settings").get("timesheet_approver") or None
	if frappe.db.exists("SPM Timesheet", {"week_key": doc.week_key}):
		frappe.throw(
			_("There is a timesheet of {0} for the week of {1} already. Add the hours there.").format(
				frappe.bold(doc.person_name or doc.user), format_date(start)
			),
			exc=SPMError,
		)


def keep_decided(doc: Document) -> None:
	"""Put back what only an approval writes, and the lines themselves for whoever may only approve them."""
	before = doc.get_doc_before_save()
	if doc.flags.derived:
		return
	stored = {line.name: line for line in before.lines} if before else {}
	if before and not _may_type(doc):
		doc.set("lines", [line.as_dict() for line in before.lines])
	for line in doc.lines:
		old = stored.get(line.name)
		for fieldname in DECIDED:
			line.set(fieldname, old.get(fieldname) if old else None)
		line.status = line.status or "Draft"
	if before and doc.status != before.status and before.status == "Approved":
		return
	gone = set(stored) - {line.name for line in doc.lines}
	if any(stored[name].status == "Approved" for name in gone) or any(
		stored[line.name].status == "Approved" and _was_typed(line, stored[line.name])
		for line in doc.lines
		if line.name in stored
	):
		frappe.throw(
			_("Approved hours cannot be changed. Ask for the timesheet to be reopened."), exc=SPMError
		)


def set_defaults(doc: Document) -> None:
	"""Take the project from the task, and whether hours are billed from their activity."""
	changed = _changed_lines(doc)
	tasks = {line.task for line in changed if line.task}
	projects = {}
	if tasks:
		task = DocType("SPM Task")
		rows = (
			frappe.qb.from_(task)
			.select(task.name, task.project, task.opportunity, task.status, task.subject)
			.where(task.name.isin(sorted(tasks)))
			.run(as_dict=True)
		)
		projects = {row.name: row for row in rows}
	doc.flags.tasks = projects
	for line in changed:
		line.hours = flt(line.hours, 2)
		row = projects.get(line.task)
		if row and not line.project:
			line.project = row.project
			line.opportunity = line.opportunity or (None if row.project else row.opportunity)
		if line.project:
			line.opportunity = None


def set_totals(doc: Document) -> None:
	"""Sum up the lines."""
	doc.total_hours = flt(sum(flt(line.hours) for line in doc.lines), 2)
	doc.billable_hours = flt(sum(flt(line.hours) for line in doc.lines if cint(line.billable)), 2)
	doc.approved_hours = flt(sum(flt(line.hours) for line in doc.lines if line.status == "Approved"), 2)
	currency = base_currency()
	for line in doc.lines:
		line.base_currency = line.base_currency or currency


def check_person(doc: Document) -> None:
	"""People enter their own hours; System Managers bring in those of others."""
	if doc.is_new() and not _may_type(doc):
		frappe.throw(_("You can only enter your own hours."), frappe.PermissionError)


def check_lines(doc: Document) -> None:
	"""See that the lines that changed are possible: day, hours, project, task.

	:raises SPMError: naming the row and what to do about it
	"""
	changed = _changed_lines(doc)
	full = rules.too_full((getdate(line.work_date), flt(line.hours)) for line in doc.lines if line.work_date)
	if full:
		day, hours = min(full.items())
		frappe.throw(
			_("{0} has {1} hours. A day has 24.").format(frappe.bold(format_date(day)), f"{hours:g}"),
			title=_("Too Many Hours"),
			exc=SPMError,
		)
	if not changed:
		return
	limit = add_days(getdate(), cint(frappe.get_cached_doc("SPM Settings").get("timesheet_future_days")))
	for line in changed:
		_check_line(doc, line, limit)
	booking.check_projects(line.project for line in changed)
	_check_visible(doc, changed)
	before = doc.get_doc_before_save()
	stored = {line.name: line for line in before.lines} if before else {}
	for line in changed:
		booking.check_day(line.work_date)
		if line.name in stored:
			booking.check_day(stored[line.name].work_date)


def projects_with_other_cost(doc: Document) -> list[str]:
	"""Projects whose approved hours this save has changed."""
	before = doc.get_doc_before_save()

	def approved(of: Any) -> dict[str, tuple]:
		return {
			line.name: (line.project, line.task, flt(line.hours), flt(line.cost_amount), flt(line.cost_rate))
			for line in (of.lines if of else ())
			if line.status == "Approved"
		}

	old, new = approved(before), approved(doc)
	touched = [values for name, values in old.items() if new.get(name) != values]
	touched += [values for name, values in new.items() if old.get(name) != values]
	return sorted({values[0] for values in touched if values[0]})


def _check_line(doc: Document, line: Any, limit: Any) -> None:
	row = _("Row {0}").format(line.idx)
	day = getdate(line.work_date)
	if not (getdate(doc.week_start) <= day <= getdate(doc.week_end)):
		frappe.throw(
			_("{0}: {1} is not in the week of {2}. Enter it in its own week.").format(
				row, format_date(day), format_date(doc.week_start)
			),
			exc=SPMError,
		)
	if flt(line.hours) <= 0:
		frappe.throw(_("{0}: enter more than 0 hours, or remove the row.").format(row), exc=SPMError)
	if day > limit:
		frappe.throw(
			_("{0}: {1} is still to come. Enter hours once they are worked.").format(row, format_date(day)),
			exc=SPMError,
		)
	if not (line.project or line.opportunity or line.activity_type):
		frappe.throw(
			_("{0}: choose a project, an opportunity or at least an activity.").format(row), exc=SPMError
		)
	task = (doc.flags.tasks or {}).get(line.task)
	if task and (task.project or None) != (line.project or None):
		frappe.throw(
			_("{0}: the task {1} belongs to another project.").format(row, frappe.bold(task.subject)),
			exc=SPMError,
		)
	if task and task.status == "Cancelled":
		frappe.throw(
			_("{0}: the task {1} was cancelled. Choose another one.").format(row, frappe.bold(task.subject)),
			exc=SPMError,
		)


def _check_visible(doc: Document, changed: list[Any]) -> None:
	"""Refuse projects, tasks and deals that the person of the sheet may not see; a task opens its project."""
	if doc.flags.ignore_permissions or _is_admin():
		return
	tasks = visible_names(TASK, sorted({line.task for line in changed if line.task}), doc.user)
	projects = visible_names(PROJECT, sorted({line.project for line in changed if line.project}), doc.user)
	deals = visible_names(
		OPPORTUNITY, sorted({line.opportunity for line in changed if line.opportunity}), doc.user
	)
	for line in changed:
		if (
			(line.task and line.task not in tasks)
			or (line.project and line.project not in projects and line.task not in tasks)
			or (line.opportunity and line.opportunity not in deals)
		):
			frappe.throw(
				_(
					"Row {0}: you have no access to what the hours are for. Choose a project or task of yours."
				).format(line.idx),
				frappe.PermissionError,
			)


def _changed_lines(doc: Document) -> list[Any]:
	before = doc.get_doc_before_save()
	stored = {line.name: line for line in before.lines} if before else {}
	return [line for line in doc.lines if line.name not in stored or _was_typed(line, stored[line.name])]


def _was_typed(line: Any, old: Any) -> bool:
	return any(_plain(fieldname, line) != _plain(fieldname, old) for fieldname in TYPED)


def _plain(fieldname: str, line: Any) -> Any:
	value = line.get(fieldname)
	if fieldname == "work_date":
		return getdate(value) if value else None
	if fieldname == "hours":
		return flt(value, 2)
	if fieldname == "billable":
		return cint(value)
	return (value or "").strip() or None


def _is_admin() -> bool:
	return frappe.session.user == "Administrator" or SYSTEM_MANAGER in frappe.get_roles()


def _may_type(doc: Document) -> bool:
	return doc.user == frappe.session.user or bool(doc.flags.ignore_permissions) or _is_admin()

"""Which lines of a timesheet somebody may read: one's own, and those of the projects one manages.

A week holds hours for several projects, so the right to a timesheet is not the right to all its lines: the
manager of one project does not learn what somebody does for another.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from pypika.terms import Criterion

from sales_crm_pm.permissions.grants import Person
from sales_crm_pm.permissions.query import NOTHING, render
from sales_crm_pm.permissions.rules import (
	EXECUTIVE,
	PROJECT,
	PROJECT_MANAGER,
	SYSTEM_MANAGER,
	TIMESHEET,
	TIMESHEET_LINE,
)

SEES_ALL = frozenset({SYSTEM_MANAGER, EXECUTIVE})


def sees_all(user: str | None = None) -> bool:
	"""Whether the user sees everybody's hours."""
	user = user or frappe.session.user
	return user == "Administrator" or bool(SEES_ALL & Person.of(user).roles)


def line(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Timesheet Line (hook `permission_query_conditions`)."""
	user = user or frappe.session.user
	if not frappe.has_permission(TIMESHEET, "read", user=user):
		return NOTHING
	found = readable_lines(DocType(TIMESHEET_LINE), user)
	return "" if found is None else render(found)


def readable_lines(table: Any, user: str | None = None) -> Criterion | None:
	"""Condition on lines for statements built with the query builder.

	:return: None when the user may read every line
	"""
	user = user or frappe.session.user
	if sees_all(user):
		return None
	person = Person.of(user)
	sheet = DocType(TIMESHEET).as_("own_sheet")
	own = frappe.qb.from_(sheet).select(sheet.name).where(sheet.user == person.sql)
	asked = (
		frappe.qb.from_(sheet)
		.select(sheet.name)
		.where((sheet.approver == person.sql) & (sheet.status != "Draft"))
	)
	found = table.parent.isin(own)
	# What belongs to no project is the approver's to see.
	found |= table.parent.isin(asked) & (table.project.isnull() | (table.project == ""))
	if PROJECT_MANAGER in person.roles:
		project = DocType(PROJECT).as_("own_project")
		managed = frappe.qb.from_(project).select(project.name).where(project.project_manager == person.sql)
		found |= (table.status != "Draft") & table.project.isin(managed)
	return found


def visible_lines(doc: Any, user: str | None = None) -> set[str] | None:
	"""Names of the lines of a timesheet that the user may read; None when all of them."""
	user = user or frappe.session.user
	if doc.user == user or doc.get("__islocal") or sees_all(user):
		return None
	table = DocType(TIMESHEET_LINE)
	found = readable_lines(table, user)
	query = frappe.qb.from_(table).select(table.name).where(table.parent == doc.name)
	return set(query.where(found).run(pluck=True))

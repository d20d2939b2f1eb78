"""What a project costs, as its Money tab and the report show it: estimate, committed and actual by category."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Sum
from frappe.utils import flt
from pypika import Case

from sales_crm_pm.loop import costs
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.rules import COST_ENTRY, PROJECT, TIMESHEET, TIMESHEET_LINE

LABOUR = "Labour"
CATEGORIES = (LABOUR, *costs.CATEGORIES)
ENTRIES = 8
ESTIMATE_OF = {"Contingency": "Other"}
"""Kinds of an estimate that are no category of cost; the others have the same name."""


def status(project: str) -> dict[str, Any]:
	"""Cost of one project; the caller has seen to it that the reader may know cost."""
	row = frappe.db.get_value(
		PROJECT, project, ["budget_cost", "base_currency", "status", "project_manager"], as_dict=True
	)
	by_category = categories([project])[project]
	now = costs.to_date([project])[project]
	pending = _pending_hours([project]).get(project, 0.0)
	return {
		"project": project,
		"project_status": row.status,
		"is_manager": row.project_manager == frappe.session.user,
		"currency": row.base_currency or base_currency(),
		"budget": flt(row.budget_cost),
		"actual": now.actual,
		"committed": now.committed,
		"left": flt(flt(row.budget_cost) - now.actual - now.committed, 2),
		"hours": now.hours,
		"pending_hours": pending,
		"categories": by_category,
		"entries": _entries(project),
		"commitments": _commitments(project),
		"people": _people(project),
	}


def categories(projects: list[str]) -> dict[str, list[dict[str, Any]]]:
	"""Estimate, committed and actual of each category, per project; a fixed number of statements.

	Only what is on its own line stands there: categories without any amount are left out.
	"""
	estimated, committed = _estimates(projects), _committed(projects)
	actual = costs.to_date(projects)
	found = {}
	for project in projects:
		rows = []
		for category in CATEGORIES:
			attribute = costs.CATEGORIES.get(category, "labour")
			row = {
				"category": category,
				"estimate": flt(estimated.get((project, category)), 2),
				"committed": flt(committed.get((project, category)), 2),
				"actual": flt(getattr(actual[project], attribute), 2),
			}
			if any(row[part] for part in ("estimate", "committed", "actual")):
				rows.append(row)
		found[project] = rows
	return found


def _estimates(projects: list[str]) -> dict[tuple[str, str], float]:
	"""Estimated cost by category, from the estimate of the initiation."""
	if not projects or not frappe.db.exists("DocType", "SPM Estimate Line"):
		return {}
	line = DocType("SPM Estimate Line")
	rows = (
		frappe.qb.from_(line)
		.select(line.parent, line.kind, Sum(line.amount).as_("amount"))
		.where((line.parenttype == PROJECT) & line.parent.isin(projects))
		.groupby(line.parent, line.kind)
		.run(as_dict=True)
	)
	found: dict[tuple[str, str], float] = {}
	for row in rows:
		key = (row.parent, ESTIMATE_OF.get(row.kind, row.kind))
		found[key] = found.get(key, 0) + flt(row.amount)
	return found


def _committed(projects: list[str]) -> dict[tuple[str, str], float]:
	if not projects:
		return {}
	entry = DocType(COST_ENTRY)
	rows = (
		frappe.qb.from_(entry)
		.select(entry.project, entry.category, Sum(entry.open_base).as_("amount"))
		.where((entry.kind == "Committed") & (entry.status == "Approved") & entry.project.isin(projects))
		.groupby(entry.project, entry.category)
		.run(as_dict=True)
	)
	return {(row.project, row.category): flt(row.amount) for row in rows}


def _pending_hours(projects: list[str]) -> dict[str, float]:
	line = DocType(TIMESHEET_LINE)
	rows = (
		frappe.qb.from_(line)
		.select(line.project, Sum(line.hours).as_("hours"))
		.where((line.parenttype == TIMESHEET) & (line.status == "Submitted") & line.project.isin(projects))
		.groupby(line.project)
		.run(as_dict=True)
	)
	return {row.project: flt(row.hours, 2) for row in rows}


def _entries(project: str) -> list[dict[str, Any]]:
	"""The newest entries, those that wait for approval first."""
	entry = DocType(COST_ENTRY)
	return (
		frappe.qb.from_(entry)
		.select(
			entry.name,
			entry.title,
			entry.kind,
			entry.category,
			entry.status,
			entry.entry_date,
			entry.supplier,
			entry.amount,
			entry.currency,
			entry.amount_base,
			entry.open_base,
		)
		.where((entry.project == project) & (entry.status != "Cancelled"))
		.orderby(Case().when(entry.status == "Draft", 0).else_(1))
		.orderby(entry.entry_date, order=frappe.qb.desc)
		.orderby(entry.name, order=frappe.qb.desc)
		.limit(ENTRIES)
		.run(as_dict=True)
	)


def _commitments(project: str) -> list[dict[str, Any]]:
	entry = DocType(COST_ENTRY)
	return (
		frappe.qb.from_(entry)
		.select(entry.name, entry.title, entry.supplier, entry.category, entry.amount_base, entry.open_base)
		.where((entry.project == project) & (entry.kind == "Committed") & (entry.status == "Approved"))
		.where(entry.open_base > 0)
		.orderby(entry.entry_date)
		.run(as_dict=True)
	)


def _people(project: str) -> list[dict[str, Any]]:
	"""Who has worked how much, the most first."""
	line, sheet = DocType(TIMESHEET_LINE), DocType(TIMESHEET)
	return (
		frappe.qb.from_(line)
		.inner_join(sheet)
		.on((sheet.name == line.parent) & (line.parenttype == TIMESHEET))
		.select(
			sheet.user,
			sheet.person_name,
			Sum(Case().when(line.status == "Approved", line.hours).else_(0)).as_("approved"),
			Sum(Case().when(line.status == "Submitted", line.hours).else_(0)).as_("waiting"),
		)
		.where((line.project == project) & line.status.isin(["Approved", "Submitted"]))
		.groupby(sheet.user, sheet.person_name)
		.orderby(Sum(line.hours), order=frappe.qb.desc)
		.limit(12)
		.run(as_dict=True)
	)

"""Where hours and costs may be booked: only on projects that run, in months that are open, by whom they concern."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import format_date, getdate

from sales_crm_pm.exceptions import SPMError

REFUSES = ("Draft", "Pending Approval", "Closed", "Cancelled")
"""Statuses of a project in which nothing can be booked on it."""


def check_projects(projects: Iterable[str | None]) -> dict[str, frappe._dict]:
	"""See that all these projects take hours and costs; one statement.

	:return: their rows by name: project_name, status, project_manager, customer
	:raises SPMError: naming the project, its state and what to do
	"""
	rows = read_projects(projects)
	for row in rows.values():
		if row.status in REFUSES:
			frappe.throw(refusal(row), title=_("The Project Takes No Hours or Costs"), exc=SPMError)
	return rows


def read_projects(projects: Iterable[str | None]) -> dict[str, frappe._dict]:
	"""What booking needs to know of projects, by name; one statement, none for no project."""
	names = sorted({name for name in projects if name})
	if not names:
		return {}
	project = DocType("SPM Project")
	rows = (
		frappe.qb.from_(project)
		.select(project.name, project.project_name, project.status, project.project_manager, project.customer)
		.where(project.name.isin(names))
		.run(as_dict=True)
	)
	return {row.name: row for row in rows}


def refusal(row: Any) -> str:
	"""The sentence that says why a project takes neither hours nor costs."""
	name = frappe.bold(row.project_name or row.name)
	if row.status == "Draft":
		return _(
			"{0} has not been approved yet, so it takes no hours and no costs. Submit it for approval first."
		).format(name)
	if row.status == "Pending Approval":
		return _("{0} is waiting for its approval, so it takes no hours and no costs yet.").format(name)
	if row.status == "Cancelled":
		return _("{0} was cancelled, so it takes no more hours and costs.").format(name)
	return _("{0} is closed, so it takes no more hours and costs. Book them on another project.").format(name)


def closed_until() -> date | None:
	"""The last day of the closed books, or None."""
	day = frappe.get_cached_doc("SPM Settings").get("costs_closed_until")
	return getdate(day) if day else None


def check_day(day: date | str) -> None:
	"""See that the books of a day are open.

	:raises SPMError: naming the day they are closed until
	"""
	limit = closed_until()
	if limit and getdate(day) <= limit:
		frappe.throw(
			_(
				"The books are closed until {0}. Hours and costs of {1} cannot be added or changed any more."
			).format(format_date(limit), format_date(getdate(day))),
			title=_("Books Closed"),
			exc=SPMError,
		)

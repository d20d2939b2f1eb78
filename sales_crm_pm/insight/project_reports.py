"""Rows of the reports about projects: those the reader may see, with cost only for who may see it."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import flt, getdate

from sales_crm_pm.loop.figures import ACTIVE
from sales_crm_pm.permissions.query import readable_rows

LINKS = ("customer", "project_manager", "account_manager", "project_type", "parent_project")


def read(filters: dict[str, Any], fields: tuple[str, ...]) -> list[frappe._dict]:
	"""Read projects by the filters of the reports, in one statement.

	:param filters: `project`, the links of LINKS, `status`, `health`, `from_date` and `to_date` (planned end),
	    `show_all` (finished and cancelled ones as well)
	"""
	project, customer = DocType("SPM Project"), DocType("SPM Customer")
	query = (
		frappe.qb.from_(project)
		.left_join(customer)
		.on(customer.name == project.customer)
		.select(
			project.name.as_("project"),
			project.project_name,
			project.customer,
			customer.customer_name,
			project.status,
			project.base_currency.as_("currency"),
			*(project[field] for field in fields),
		)
		.orderby(project.planned_end_date)
		.orderby(project.name)
	)
	if (seen := readable_rows("SPM Project")) is not None:
		query = query.where(seen)
	if filters.get("project"):
		query = query.where(project.name == filters["project"])
	for field in (*LINKS, "status", "health"):
		if filters.get(field):
			query = query.where(project[field] == filters[field])
	if filters.get("from_date"):
		query = query.where(project.planned_end_date >= getdate(filters["from_date"]))
	if filters.get("to_date"):
		query = query.where(project.planned_end_date <= getdate(filters["to_date"]))
	if not (filters.get("show_all") or filters.get("status") or filters.get("project")):
		query = query.where(project.status.isin(ACTIVE))
	rows = query.run(as_dict=True)
	for row in rows:
		row.status_label = _(row.status, context="SPM Project")
	return rows


def total(rows: list[frappe._dict], fieldname: str) -> float:
	"""Sum of a column."""
	return flt(sum(flt(row.get(fieldname)) for row in rows), 2)


def share(part: float, whole: float) -> float | None:
	"""A percentage with one decimal; None without a whole."""
	return flt(100 * part / whole, 1) if whole else None


def number_or_none(value: Any) -> float | None:
	"""A stored ratio; 0 stands for one that could not be computed."""
	return flt(value) or None

"""What projects were estimated at, have committed and have cost, by category; for who may know cost."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import flt

from sales_crm_pm.insight import project_costs
from sales_crm_pm.loop.figures import ACTIVE
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.permissions.rules import EXECUTIVE, PROJECT, SYSTEM_MANAGER


def execute(filters: dict | None = None) -> tuple:
	"""Build the report: a row per project and under it one per category; statements do not grow with the projects.

	Args:
		filters: `project`, `customer`, `project_manager`, `status`; only running projects when no status and no
			project is named.

	Returns:
		columns, rows. Amounts are in base currency.
	"""
	filters = frappe._dict(filters or {})
	if 1 not in frappe.get_meta(PROJECT).get_permlevel_access("read"):
		raise frappe.PermissionError
	return get_columns(), get_data(filters)


def get_data(filters: frappe._dict) -> list[frappe._dict]:
	projects = _projects(filters)
	by_project = project_costs.categories([row.name for row in projects])
	currency, rows = base_currency(), []
	for project in projects:
		parts = by_project[project.name]
		rows.append(
			frappe._dict(
				project=project.name,
				title=project.project_name,
				customer_name=project.customer_name,
				estimate=flt(project.budget_cost),
				committed=flt(project.committed_cost),
				actual=flt(project.actual_cost),
				left=flt(
					flt(project.budget_cost) - flt(project.committed_cost) - flt(project.actual_cost), 2
				),
				hours=flt(project.actual_hours),
				used=_share(flt(project.actual_cost) + flt(project.committed_cost), flt(project.budget_cost)),
				currency=currency,
				indent=0,
			)
		)
		rows += [
			frappe._dict(
				title=_(part["category"], context="SPM Cost Entry"),
				estimate=part["estimate"],
				committed=part["committed"],
				actual=part["actual"],
				left=flt(part["estimate"] - part["committed"] - part["actual"], 2)
				if part["estimate"]
				else None,
				used=_share(part["actual"] + part["committed"], part["estimate"]),
				currency=currency,
				indent=1,
			)
			for part in parts
		]
	return rows


def _projects(filters: frappe._dict) -> list[frappe._dict]:
	project = DocType(PROJECT)
	query = (
		frappe.qb.from_(project)
		.select(
			project.name,
			project.project_name,
			project.customer_name,
			project.budget_cost,
			project.committed_cost,
			project.actual_cost,
			project.actual_hours,
		)
		.orderby(project.project_name)
	)
	for fieldname in ("customer", "project_manager", "status"):
		if filters.get(fieldname):
			query = query.where(project[fieldname] == filters[fieldname])
	if filters.project:
		query = query.where(project.name == filters.project)
	elif not filters.status:
		query = query.where(project.status.isin(ACTIVE))
	if (seen := readable_rows(PROJECT)) is not None:
		query = query.where(seen)
	if not ({SYSTEM_MANAGER, EXECUTIVE} & set(frappe.get_roles())):
		# Entries are for whoever manages the project; so are their sums by category.
		query = query.where(project.project_manager == frappe.session.user)
	return query.run(as_dict=True)


def _share(part: float, whole: float) -> float | None:
	return flt(100 * part / whole, 1) if whole else None


def get_columns() -> list[dict[str, Any]]:
	def money(fieldname: str, label: str) -> dict[str, Any]:
		return {
			"fieldname": fieldname,
			"label": label,
			"fieldtype": "Currency",
			"options": "currency",
			"width": 140,
		}

	return [
		{"fieldname": "title", "label": _("Sales Project"), "fieldtype": "Data", "width": 260},
		{
			"fieldname": "project",
			"label": _("Sales Project"),
			"fieldtype": "Link",
			"options": PROJECT,
			"hidden": 1,
		},
		{"fieldname": "customer_name", "label": _("Customer"), "fieldtype": "Data", "width": 180},
		money("estimate", _("Estimate")),
		money("committed", _("Committed", context="SPM Cost Entry")),
		money("actual", _("Spent")),
		money("left", _("Left")),
		{"fieldname": "used", "label": _("Used"), "fieldtype": "Percent", "width": 90},
		{"fieldname": "hours", "label": _("Hours"), "fieldtype": "Float", "precision": 1, "width": 90},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Link",
			"options": "Currency",
			"hidden": 1,
		},
	]

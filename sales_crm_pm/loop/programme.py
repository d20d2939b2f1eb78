"""Programmes: what a project shows of itself together with its sub-projects, at any depth.

Money adds up, progress is weighed by budget, and the health is the worst. Each level costs the same two
statements, however many projects it has; projects without parent or parts cost none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import flt

from sales_crm_pm.exceptions import DependencyCycleError
from sales_crm_pm.loop.bulk import write_many
from sales_crm_pm.rules.money import rounded
from sales_crm_pm.rules.progress import weighted_mean

WORST = ("", "Green", "Amber", "Red")
DEEPEST = 20
FIELDS = (
	"name",
	"parent_project",
	"status",
	"sub_projects",
	"budget_cost",
	"actual_cost",
	"estimate_at_completion",
	"percent_complete",
	"health",
	"programme_budget",
	"programme_cost",
	"programme_forecast",
	"programme_percent_complete",
	"programme_health",
)


def carry_up(rows: Iterable[Any]) -> None:
	"""Bring the totals of these projects that have parts up to date, and those of all they are part of.

	:param rows: projects with `name`, `parent_project` and `sub_projects`
	"""
	rows = list(rows)
	names = {row.name for row in rows if row.sub_projects}
	names |= {row.parent_project for row in rows if row.parent_project}
	refresh(names)


def refresh(projects: Iterable[str]) -> None:
	"""Add up these projects with their sub-projects, and so on upwards."""
	names = {name for name in projects if name}
	for _level in range(DEEPEST):
		if not names:
			return
		names = _add_up(names)


def _add_up(names: set[str]) -> set[str]:
	"""Store the totals of these projects; returns the projects they are part of."""
	table = DocType("SPM Project")
	found = (
		frappe.qb.from_(table)
		.select(*[table[f] for f in FIELDS])
		.where(table.name.isin(sorted(names)) | table.parent_project.isin(sorted(names)))
		.for_update()
		.run(as_dict=True)
	)
	parts: dict[str, list[frappe._dict]] = {}
	for row in found:
		if row.parent_project in names:
			parts.setdefault(row.parent_project, []).append(row)
	own = {row.name: row for row in found if row.name in names}
	write_many("SPM Project", {name: totals(row, parts.get(name, [])) for name, row in own.items()})
	return {row.parent_project for row in own.values() if row.parent_project}


def totals(project: Any, parts: list[Any]) -> dict[str, Any]:
	"""Return what a project shows of itself with its sub-projects; nothing when it has none.

	What a cancelled one has cost stays part of the cost; its plan no longer counts.
	"""
	if not parts:
		return {
			"sub_projects": 0,
			"programme_budget": 0,
			"programme_cost": 0,
			"programme_forecast": 0,
			"programme_percent_complete": 0,
			"programme_health": None,
		}
	running = [row for row in parts if row.status != "Cancelled"]
	whole = [_own(project)] if project.status != "Cancelled" else []
	whole += [_with_its_parts(row) for row in running]
	over = [_with_its_parts(row) for row in parts if row.status == "Cancelled"]
	over += [_own(project)] if project.status == "Cancelled" else []
	# A project that only holds others together has no progress of its own to weigh.
	measured = [row for row in whole if row["budget"] or row["name"] != project.name]
	return {
		"sub_projects": len(parts),
		"programme_budget": rounded(sum(row["budget"] for row in whole)),
		"programme_cost": rounded(sum(row["cost"] for row in whole + over)),
		"programme_forecast": rounded(
			sum(row["forecast"] for row in whole) + sum(row["cost"] for row in over)
		),
		"programme_percent_complete": weighted_mean((row["budget"], row["percent"]) for row in measured),
		"programme_health": max((row["health"] for row in whole), key=WORST.index, default="") or None,
	}


def _own(row: Any) -> dict[str, Any]:
	return {
		"name": row.name,
		"budget": flt(row.budget_cost),
		"cost": flt(row.actual_cost),
		"forecast": flt(row.estimate_at_completion),
		"percent": flt(row.percent_complete),
		"health": row.health or "",
	}


def _with_its_parts(row: Any) -> dict[str, Any]:
	if not row.sub_projects:
		return _own(row)
	return {
		"name": row.name,
		"budget": flt(row.programme_budget),
		"cost": flt(row.programme_cost),
		"forecast": flt(row.programme_forecast),
		"percent": flt(row.programme_percent_complete),
		"health": row.programme_health or "",
	}


def check_parent(project: Any) -> None:
	"""Refuse a project that would be a part of itself; call it in `validate` when the parent has changed.

	:raises DependencyCycleError: the parent is the project or one of its parts
	"""
	seen, parent = {project.name}, project.parent_project
	while parent:
		if parent in seen:
			frappe.throw(_("A project cannot be a part of itself."), exc=DependencyCycleError)
		seen.add(parent)
		parent = frappe.db.get_value("SPM Project", parent, "parent_project")

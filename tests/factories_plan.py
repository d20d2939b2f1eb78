"""Builders of plans: a project on a Monday, tasks by name, links by name."""

from __future__ import annotations

from datetime import date, timedelta

import frappe

from sales_crm_pm.loop.bulk import insert_rows
from tests.factories import unique
from tests.factories_delivery import make_project, make_task

MONDAY = date(2031, 3, 3)
"""Far enough ahead that no holiday of the settings and nothing done today lies in the way."""


def day(number: int) -> date:
	"""The working day with this number, 0 is the Monday."""
	return MONDAY + timedelta(days=number // 5 * 7 + number % 5)


def make_plan_project(**values):
	"""A project that starts on the Monday."""
	values.setdefault("planned_start_date", MONDAY)
	values.setdefault("planned_end_date", day(60))
	return make_project(**values)


def make_plan(*rows, project=None, **values) -> tuple[str, dict[str, str]]:
	"""Tasks from (subject, first day, days, predecessors); predecessors as "A" or ("A", "SS", 2).

	Returns (project, {subject: name}).
	"""
	project = project or make_plan_project(**values).name
	names: dict[str, str] = {}
	for subject, first, days, before in rows:
		links = [(b, "FS", 0) if isinstance(b, str) else b for b in before]
		names[subject] = make_task(
			project,
			subject=subject,
			planned_start_date=day(first) if first is not None else None,
			duration_days=days,
			depends_on=[{"task": names[p], "link_type": kind, "lag_days": lag} for p, kind, lag in links],
		).name
	return project, names


def dates_of(project: str) -> dict[str, tuple[date, date]]:
	"""Start and end of every task by subject."""
	rows = frappe.get_all(
		"SPM Task", {"project": project}, ["subject", "planned_start_date", "planned_end_date"]
	)
	return {r.subject: (r.planned_start_date, r.planned_end_date) for r in rows}


def make_big_plan(size: int, width: int = 20) -> tuple[str, list[str]]:
	"""A project of `size` one-day tasks in `width` chains under summaries, written directly; returns (project, tasks)."""
	project = make_plan_project()
	prefix = unique("BIG-")
	now = frappe.utils.now_datetime()
	base = {
		"creation": now,
		"modified": now,
		"owner": "Administrator",
		"modified_by": "Administrator",
		"docstatus": 0,
		"idx": 0,
	}
	names = [f"{prefix}-{n:05d}" for n in range(size)]
	insert_rows(
		"SPM Task",
		[
			{
				**base,
				"name": name,
				"subject": f"Task {n}",
				"project": project.name,
				"customer": project.customer,
				"status": "Open",
				"weight": 1,
				"duration_days": 1,
				"planned_start_date": day(n // width),
				"planned_end_date": day(n // width),
				"constraint_type": "As Soon As Possible",
			}
			for n, name in enumerate(names)
		],
	)
	insert_rows(
		"SPM Task Dependency",
		[
			{
				**base,
				"name": f"{name}-d",
				"parent": name,
				"parenttype": "SPM Task",
				"parentfield": "depends_on",
				"task": names[n - width],
				"link_type": "FS",
				"lag_days": 0,
			}
			for n, name in enumerate(names)
			if n >= width
		],
	)
	return project.name, names

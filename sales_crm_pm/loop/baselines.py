"""Baselines: what a plan was when it was agreed, kept, and held against what it became.

A project may have any number; one is current, and its dates are what milestones and the project are measured
against. A baseline is never changed afterwards.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Max
from frappe.utils import cint, flt, getdate, now_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import bulk, progress
from sales_crm_pm.loop import calendar as calendars
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules.money import rounded
from sales_crm_pm.rules.schedule import slip_days
from sales_crm_pm.rules.workdays import Calendar, working_days_between

TASK, MILESTONE = "Task", "Milestone"


def take(
	project: str, title: str | None = None, reason: str | None = None, change_request: str | None = None
) -> str:
	"""Keep the plan of a project as it is now and measure against it from now on; returns the baseline's name.

	A fixed number of statements, whatever the size of the plan. The caller checks permission.

	:param title: by default "Baseline" with its number
	:param reason: why it was taken
	:param change_request: name of the change request that it carries out
	"""
	if not progress.lock(project):
		raise frappe.DoesNotExistError(_("There is no project {0}.").format(project))
	row = frappe.db.get_value(
		"SPM Project",
		project,
		["name", "budget_cost", "planned_start_date", "planned_end_date", "calendar", "base_currency"],
		as_dict=True,
	)
	tasks, milestones = _tasks(project), _milestones(project)
	budget = flt(row.budget_cost)
	rows = [*_task_rows(tasks, budget), *_milestone_rows(milestones, budget)]
	starts = [r["start_date"] for r in rows if r["start_date"]]
	ends = [r["end_date"] for r in rows if r["end_date"]]
	start = min(starts, default=row.planned_start_date)
	end = max([*ends, *filter(None, [row.planned_end_date])], default=None)
	table = DocType("SPM Baseline")
	number = (
		cint(
			(frappe.qb.from_(table).select(Max(table.number)).where(table.project == project).run() or [[0]])[
				0
			][0]
		)
		+ 1
	)
	frappe.qb.update(table).set(table.current, 0).where(
		(table.project == project) & (table.current == 1)
	).run()
	doc = frappe.get_doc(
		{
			"doctype": "SPM Baseline",
			"project": project,
			"number": number,
			"title": (title or "").strip() or _("Baseline {0}").format(number),
			"reason": reason,
			"change_request": change_request,
			"current": 1,
			"taken_on": now_datetime(),
			"taken_by": frappe.session.user,
			"start_date": start,
			"end_date": end,
			"hours": sum(r["hours"] for r in rows if r["row_type"] == TASK and not r["is_summary"]),
			"budget": budget,
			"base_currency": row.base_currency or base_currency(),
		}
	)
	doc.insert(ignore_permissions=True)
	_insert_rows(doc, rows)
	_measure_from_now_on(project, row, milestones, start, end)
	return doc.name


def _tasks(project: str) -> list[frappe._dict]:
	return frappe.get_all(
		"SPM Task",
		filters={"project": project, "status": ["!=", "Cancelled"]},
		fields=[
			"name",
			"subject",
			"wbs",
			"parent_task",
			"is_summary",
			"planned_start_date",
			"planned_end_date",
			"duration_days",
			"weight",
			"estimate_hours",
			"bid_task",
		],
		order_by="name",
	)


def _milestones(project: str) -> list[frappe._dict]:
	return frappe.get_all(
		"SPM Milestone",
		filters={"project": project, "status": ["!=", "Cancelled"]},
		fields=["name", "title", "planned_date", "forecast_date", "actual_date", "baseline_date", "weight"],
		order_by="sequence, planned_date, name",
	)


def shares(total: float, parts: list[float]) -> list[float]:
	"""Share money by weights so that the shares add up to the total to the cent; equally when all weights are 0."""
	if not parts:
		return []
	weights = parts if sum(parts) > 0 else [1.0] * len(parts)
	whole, upto, given, found = sum(weights), 0.0, 0.0, []
	for weight in weights[:-1]:
		upto += weight
		share = rounded(total * upto / whole, 2) - given
		found.append(rounded(share, 2))
		given += share
	found.append(rounded(total - given, 2))
	return found


def _task_rows(tasks: list[frappe._dict], budget: float) -> list[dict[str, Any]]:
	# The bid is told as phase 0; its work was paid for before the project had a budget.
	leaves = [t for t in tasks if not t.is_summary and not t.bid_task]
	weights = [flt(t.estimate_hours) for t in leaves]
	if not any(weights):
		weights = [float(cint(t.duration_days)) for t in leaves]
	costs = dict(zip((t.name for t in leaves), shares(budget, weights), strict=True))
	return [
		{
			"row_type": TASK,
			"reference_name": t.name,
			"subject": t.subject,
			"wbs": t.wbs,
			"parent_name": t.parent_task,
			"is_summary": cint(t.is_summary),
			"start_date": t.planned_start_date,
			"end_date": t.planned_end_date,
			"duration_days": cint(t.duration_days),
			"weight": flt(t.weight),
			"hours": flt(t.estimate_hours),
			"planned_cost": costs.get(t.name, 0.0),
		}
		for t in tasks
	]


def _milestone_rows(milestones: list[frappe._dict], budget: float) -> list[dict[str, Any]]:
	costs = shares(budget, [flt(m.weight) for m in milestones])
	return [
		{
			"row_type": MILESTONE,
			"reference_name": m.name,
			"subject": m.title,
			"wbs": None,
			"parent_name": None,
			"is_summary": 0,
			"start_date": m.planned_date,
			"end_date": m.planned_date,
			"duration_days": 0,
			"weight": flt(m.weight),
			"hours": 0.0,
			"planned_cost": cost,
		}
		for m, cost in zip(milestones, costs, strict=True)
	]


def _insert_rows(doc: Any, rows: list[dict[str, Any]]) -> None:
	bulk.insert_rows(
		"SPM Baseline Row",
		[
			{
				"name": frappe.generate_hash(length=12),
				"creation": doc.creation,
				"modified": doc.modified,
				"owner": doc.owner,
				"modified_by": doc.modified_by,
				"docstatus": 0,
				"idx": position,
				"baseline": doc.name,
				"project": doc.project,
				"base_currency": doc.base_currency,
				**values,
			}
			for position, values in enumerate(rows, 1)
		],
	)


def _measure_from_now_on(
	project: str, row: frappe._dict, milestones: list[frappe._dict], start: date | None, end: date | None
) -> None:
	"""Project and milestones are late or early against the current baseline."""
	moved = [
		{
			"name": m.name,
			"baseline_date": m.planned_date,
			"slip_days": slip_days(m.planned_date, m.planned_date, m.forecast_date, m.actual_date),
		}
		for m in milestones
		if m.baseline_date != m.planned_date
	]
	bulk.update_rows("SPM Milestone", moved)
	frappe.cache.delete_value([frappe.get_document_cache_key("SPM Milestone", m["name"]) for m in moved])
	frappe.db.set_value(
		"SPM Project",
		project,
		{
			"baseline_start_date": row.planned_start_date or start,
			"baseline_end_date": row.planned_end_date or end,
		},
		update_modified=False,
	)
	progress.roll_up(project)


def of_project(project: str) -> list[frappe._dict]:
	"""The baselines of a project, the latest first; those fields that everybody may see who sees the project."""
	return frappe.get_all(
		"SPM Baseline",
		filters={"project": project},
		fields=[
			"name", "number", "title", "reason", "change_request", "current", "taken_on", "taken_by",
			"start_date", "end_date", "hours",
		],
		order_by="number desc",
	)  # fmt: skip


def current(project: str) -> str | None:
	"""The baseline that the project is measured against."""
	return frappe.db.get_value("SPM Baseline", {"project": project, "current": 1})


def first(project: str) -> str | None:
	"""The baseline that was taken first: the original promise."""
	return frappe.db.get_value("SPM Baseline", {"project": project}, order_by="number asc")


def compare(project: str, a: str, b: str | None = None, with_cost: bool = False) -> list[dict[str, Any]]:
	"""Hold two baselines against each other, or one against the plan of today.

	:param a: the earlier one
	:param b: the later one; the plan as it is now when not given
	:param with_cost: planned cost as well; the caller checks who may see it
	:return: one row per task and milestone: change (Added, Removed, Changed, Same), start and end on both sides,
	    shifts in working days (later is positive), hours on both sides
	"""
	for name in filter(None, (a, b)):
		if frappe.db.get_value("SPM Baseline", name, "project") != project:
			frappe.throw(_("{0} is no baseline of this project.").format(frappe.bold(name)), exc=SPMError)
	old = _rows_of(a)
	new = _rows_of(b) if b else _rows_of_today(project)
	days = calendars.of_project(project)
	found = []
	for key in [*new, *(k for k in old if k not in new)]:
		found.append(_difference(key, old.get(key), new.get(key), days, with_cost))
	return found


def _rows_of(baseline: str) -> dict[tuple[str, str], dict[str, Any]]:
	rows = frappe.get_all(
		"SPM Baseline Row",
		filters={"baseline": baseline},
		fields=[
			"row_type", "reference_name", "subject", "wbs", "is_summary", "start_date", "end_date",
			"duration_days", "weight", "hours", "planned_cost",
		],
		order_by="idx",
		limit_page_length=0,
	)  # fmt: skip
	return {(r.row_type, r.reference_name): r for r in rows}


def _rows_of_today(project: str) -> dict[tuple[str, str], dict[str, Any]]:
	budget = flt(frappe.db.get_value("SPM Project", project, "budget_cost"))
	rows = [*_task_rows(_tasks(project), budget), *_milestone_rows(_milestones(project), budget)]
	return {(r["row_type"], r["reference_name"]): r for r in rows}


def _difference(
	key: tuple[str, str], old: dict | None, new: dict | None, days: Calendar, with_cost: bool
) -> dict[str, Any]:
	shown = new or old
	row = {
		"row_type": key[0],
		"reference_name": key[1],
		"subject": shown["subject"],
		"wbs": shown["wbs"],
		"is_summary": cint(shown["is_summary"]),
	}
	for fieldname in ("start_date", "end_date", "duration_days", "hours"):
		row[f"{fieldname}_a"] = old[fieldname] if old else None
		row[f"{fieldname}_b"] = new[fieldname] if new else None
	if with_cost:
		row["planned_cost_a"] = flt(old["planned_cost"]) if old else None
		row["planned_cost_b"] = flt(new["planned_cost"]) if new else None
		row["cost_difference"] = rounded(flt(row["planned_cost_b"]) - flt(row["planned_cost_a"]), 2)
	row["start_shift"] = shift(row["start_date_a"], row["start_date_b"], days)
	row["end_shift"] = shift(row["end_date_a"], row["end_date_b"], days)
	if not old:
		row["change"] = "Added"
	elif not new:
		row["change"] = "Removed"
	else:
		fields = ("start_date", "end_date", "duration_days", "hours", "subject")
		is_same = all((old[f] or None) == (new[f] or None) for f in fields)
		row["change"] = "Same" if is_same else "Changed"
	return row


def shift(old: date | None, new: date | None, days: Calendar) -> int | None:
	"""By how many working days a date moved, later is positive; None when one of the two is missing."""
	if not old or not new:
		return None
	old, new = getdate(old), getdate(new)
	if new >= old:
		return working_days_between(old, new, days) - int(days.is_working(old))
	return int(days.is_working(old)) - working_days_between(new, old, days)


def forget(projects: list[str]) -> None:
	"""Delete the baselines of projects that are deleted."""
	names = frappe.get_all("SPM Baseline", {"project": ["in", projects or [""]]}, pluck="name")
	if names:
		frappe.db.delete("SPM Baseline Row", {"baseline": ["in", names]})
		frappe.db.delete("SPM Baseline", {"name": ["in", names]})

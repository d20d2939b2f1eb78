"""Writes a computed schedule: tasks that differ in one statement, then what follows from them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, cstr, formatdate, getdate, now_datetime

from sales_crm_pm.loop import bulk, payment_links
from sales_crm_pm.rules.schedule import slip_days

if TYPE_CHECKING:
	from sales_crm_pm.loop.scheduling import Schedule

PLANNED = ("planned_start_date", "planned_end_date", "duration_days", "constraint_type", "constraint_date")
DERIVED = (
	"wbs",
	"is_summary",
	"is_critical",
	"total_float_days",
	"free_float_days",
	"early_start",
	"early_finish",
	"late_start",
	"late_finish",
)
WRITTEN = (*PLANNED, *DERIVED)
NUMBERS = frozenset({"duration_days", "is_summary", "is_critical", "total_float_days", "free_float_days"})
MILESTONE_DONE = ("Accepted", "Cancelled")


def write(result: Schedule, row: Any, roll_up: bool = True, moves_project: bool = False) -> list[str]:
	"""Write what differs; returns sentences about what the schedule left alone on purpose.

	:param row: the project's locked row
	:param roll_up: False when the caller brings the figures of the project up to date
	:param moves_project: let the project's planned dates follow the schedule
	"""
	changed = _changed_tasks(result)
	bulk.update_rows("SPM Task", changed)
	if changed:
		frappe.cache.delete_value(
			[frappe.get_document_cache_key("SPM Task", values["name"]) for values in changed]
		)
	notices = _move_milestones(result)
	values: dict[str, Any] = {}
	if _day(row.scheduled_end_date) != result.end:
		values["scheduled_end_date"] = result.end
	if moves_project and result.start and result.end:
		values |= {"planned_start_date": result.start, "planned_end_date": result.end}
	if values:
		row.update(values)
		frappe.db.set_value("SPM Project", row.name, values, update_modified=moves_project)
	if roll_up:
		from sales_crm_pm.loop import progress

		progress.roll_up(row.name, row if "completion_method" in row else None)
	return notices


def _changed_tasks(result: Schedule) -> list[dict[str, Any]]:
	net, plan = result.network, result.plan
	numbers, summaries = net.numbered(), net.summaries()
	now, user = now_datetime(), frappe.session.user
	found = []
	for name, row in net.tasks.items():
		new = {field: row.get(field) for field in PLANNED}
		new |= dict.fromkeys(DERIVED)
		new["wbs"], new["is_summary"] = numbers.get(name), int(name in summaries)
		if placed := plan.tasks.get(name):
			if result.is_planned(name):
				new["planned_start_date"], new["planned_end_date"] = placed.start, placed.finish
				new["duration_days"] = placed.duration
			new |= {
				"is_critical": int(placed.is_critical),
				"total_float_days": placed.total_float,
				"free_float_days": placed.free_float,
				"early_start": placed.early_start,
				"early_finish": placed.early_finish,
				"late_start": placed.late_start,
				"late_finish": placed.late_finish,
			}
		stored = net.stored[name]
		if all(_same(field, stored.get(field), value) for field, value in new.items()):
			continue
		if any(not _same(field, stored.get(field), new[field]) for field in PLANNED):
			# A form that is open elsewhere must not write the old dates back.
			row.modified, row.modified_by = now, user
		row.update(new)
		found.append(
			{
				"name": name,
				**{field: cint(v) if field in NUMBERS else v for field, v in new.items()},
				"modified": row.modified,
				"modified_by": row.modified_by,
			}
		)
	return found


def _same(fieldname: str, old: Any, new: Any) -> bool:
	if fieldname in NUMBERS:
		return cint(old) == cint(new)
	if fieldname in ("wbs", "constraint_type"):
		return cstr(old) == cstr(new)
	return _day(old) == _day(new)


def _day(value: Any) -> date | None:
	return getdate(value) if value else None


def _move_milestones(result: Schedule) -> list[str]:
	"""Let the forecasts of milestones follow their tasks; a forecast entered by hand is left and said."""
	ends = result.milestone_dates()
	if not ends:
		return []
	table = DocType("SPM Milestone")
	rows = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.title,
			table.status,
			table.planned_date,
			table.baseline_date,
			table.forecast_date,
			table.forecast_by_hand,
			table.actual_date,
		)
		.where(table.project == result.network.project.name)
		.for_update()
		.run(as_dict=True)
	)
	moved, notices = [], []
	for row in rows:
		end = ends.get(row.name)
		if end and row.planned_date:
			# Room before an agreed day is room, and no earlier hand-over.
			end = max(end, row.planned_date)
		if not end or row.status in MILESTONE_DONE or row.forecast_date == end:
			continue
		if row.forecast_by_hand:
			if end > row.forecast_date:
				notices.append(
					_("The tasks of milestone {0} end on {1}; its forecast entered by hand says {2}.").format(
						frappe.utils.escape_html(row.title), formatdate(end), formatdate(row.forecast_date)
					)
				)
			continue
		slip = slip_days(row.baseline_date, row.planned_date, end, row.actual_date)
		moved.append({"name": row.name, "forecast_date": end, "slip_days": slip})
	if moved:
		bulk.update_rows("SPM Milestone", moved)
		names = [values["name"] for values in moved]
		frappe.cache.delete_value([frappe.get_document_cache_key("SPM Milestone", name) for name in names])
		payment_links.follow_forecasts(names, result.network.project.name)
	return notices


# The tasks that a change names
# ------------------


def save_changes(project: str, changes: dict[str, Any], trusted: bool = False) -> list[str]:
	"""Save the named tasks with their own rules and permissions; returns the names of the added ones.

	:param trusted: leave out the permissions
	"""
	names, given = [], {}
	for number, values in enumerate(changes.get("add") or [], 1):
		values = dict(values)
		key = values.pop("name", None) or f"new-{number}"
		links = [{**d, "task": given.get(d["task"], d["task"])} for d in values.pop("depends_on", None) or []]
		values["parent_task"] = given.get(values.get("parent_task"), values.get("parent_task"))
		doc = frappe.get_doc({"doctype": "SPM Task", "project": project, **values, "depends_on": links})
		doc.flags.in_plan = True
		doc.insert(ignore_permissions=trusted)
		given[key] = doc.name
		names.append(doc.name)
	for name in changes.get("drop") or []:
		_save(name, {"status": "Cancelled"}, given, trusted)
	for name, values in changes.items():
		if name not in ("add", "drop"):
			_save(name, values, given, trusted)
	return names


def _save(name: str, values: dict[str, Any], given: dict[str, str], trusted: bool) -> None:
	doc = frappe.get_doc("SPM Task", name, for_update=True)
	values = dict(values)
	links = values.pop("depends_on", None)
	doc.update(values)
	if links is not None:
		# A task may wait for one that is only now made.
		doc.set("depends_on", [{**d, "task": given.get(d["task"], d["task"])} for d in links])
	doc.flags.in_plan = True
	doc.save(ignore_permissions=trusted)

"""Read models of plans: everything a Gantt chart of one project draws, and the chart of many projects."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, flt, getdate

from sales_crm_pm.loop import calendar as calendars
from sales_crm_pm.loop.plan_network import Network
from sales_crm_pm.loop.scheduling import MAY_SCHEDULE
from sales_crm_pm.permissions.query import readable_rows, writable_rows
from sales_crm_pm.rules.task_tree import Link

MARGIN_DAYS = 60
"""Days before and after a plan whose weekends and holidays a chart may need while it is dragged."""
PORTFOLIO_LIMIT = 200
PROJECT_COLUMNS = (
	"name", "project_name", "customer", "customer_name", "status", "project_manager", "planned_start_date",
	"planned_end_date", "baseline_start_date", "baseline_end_date", "forecast_end_date", "scheduled_end_date",
	"actual_start_date", "actual_end_date", "percent_complete", "health", "auto_schedule", "schedule_from",
	"calendar", "parent_project",
)  # fmt: skip
TASK_COLUMNS = (
	"name", "subject", "wbs", "parent_task", "status", "phase", "milestone", "assigned_to", "owner", "priority",
	"progress", "planned_start_date", "planned_end_date", "duration_days", "is_milestone", "is_summary",
	"is_critical", "total_float_days", "late_finish", "constraint_type", "constraint_date", "actual_start_date",
	"sort_order", "checklist_total", "checklist_done",
)  # fmt: skip
MILESTONE_COLUMNS = (
	"name", "title", "status", "milestone_type", "phase", "sequence", "weight", "progress", "planned_date",
	"baseline_date", "forecast_date", "forecast_by_hand", "actual_date", "slip_days", "milestone_owner",
)  # fmt: skip


def plan(project: str, baseline: str | None = None) -> dict[str, Any]:
	"""Everything a Gantt chart of a project draws, in six statements.

	:param baseline: draw the bars of this baseline instead of the current one's
	:raises PermissionError: there is no such project, or the user may not read it
	"""
	found = frappe.get_list("SPM Project", filters={"name": project}, fields=list(PROJECT_COLUMNS), limit=1)
	if not found:
		frappe.throw(_("You may not read this project, or there is none."), exc=frappe.PermissionError)
	row = found[0]
	tasks = _tasks(project)
	links = _links(project)
	milestones = frappe.get_all(
		"SPM Milestone",
		filters={"project": project},
		fields=list(MILESTONE_COLUMNS),
		order_by="sequence, planned_date, name",
	)
	net = Network(
		row,
		{t.name: t for t in tasks},
		[Link(k["source"], k["target"]) for k in links],
		calendars.named(row.calendar),
	)
	numbers, summaries = net.numbered(), net.summaries()
	may_schedule = _may_schedule(row)
	user = frappe.session.user
	for task in tasks:
		task.wbs, task.is_summary = numbers[task.name], int(task.name in summaries)
		task.may_edit = may_schedule or user in (task.assigned_to, task.owner)
	tasks.sort(key=lambda t: [int(part) for part in t.wbs.split(".")])
	bars = _baseline(project, baseline)
	first, last = _range(row, tasks, milestones, bars["rows"])
	return {
		"project": row,
		"tasks": tasks,
		"links": links,
		"milestones": milestones,
		"baseline": bars,
		"calendar": {
			"first": first,
			"last": last,
			"days_off": sorted(net.calendar.days_off),
			"not_worked": _not_worked(net, first, last),
			"hours_per_day": calendars.hours_per_day(calendar=row.calendar),
		},
		"today": getdate(),
		"rights": {
			"schedule": may_schedule,
			"create": bool(frappe.has_permission("SPM Task", "create")),
			"user": user,
		},
	}


def _tasks(project: str) -> list[frappe._dict]:
	return frappe.get_all(
		"SPM Task",
		filters={"project": project},
		fields=list(TASK_COLUMNS),
		order_by="name",
		limit_page_length=0,
	)


def _links(project: str) -> list[dict[str, Any]]:
	task, link = DocType("SPM Task"), DocType("SPM Task Dependency")
	rows = (
		frappe.qb.from_(link)
		.inner_join(task)
		.on(task.name == link.parent)
		.select(link.task, link.parent, link.link_type, link.lag_days)
		.where((task.project == project) & (link.parenttype == "SPM Task"))
		.orderby(link.parent, link.idx)
		.run()
	)
	return [{"source": s, "target": t, "type": kind or "FS", "lag": cint(lag)} for s, t, kind, lag in rows]


def _may_schedule(row: frappe._dict) -> bool:
	user = frappe.session.user
	if user == "Administrator":
		return True
	if not MAY_SCHEDULE & set(frappe.get_roles(user)):
		return False
	if user == row.project_manager and frappe.has_permission("SPM Project", "write"):
		return True
	table = DocType("SPM Project")
	query = frappe.qb.from_(table).select(table.name).where(table.name == row.name)
	writable = writable_rows("SPM Project")
	return bool((query if writable is None else query.where(writable)).run())


def _baseline(project: str, baseline: str | None) -> dict[str, Any]:
	"""Bars of the baseline and which one it is; one statement."""
	b, r = DocType("SPM Baseline"), DocType("SPM Baseline Row")
	query = (
		frappe.qb.from_(b)
		.left_join(r)
		.on(r.baseline == b.name)
		.select(
			b.name,
			b.number,
			b.title,
			b.taken_on,
			b.end_date.as_("plan_end"),
			r.row_type,
			r.reference_name,
			r.start_date,
			r.end_date,
		)
		.where(b.project == project)
	)
	query = query.where(b.name == baseline) if baseline else query.where(b.current == 1)
	rows = query.run(as_dict=True)
	if not rows:
		return {"name": None, "rows": {}}
	first = rows[0]
	return {
		"name": first.name,
		"number": first.number,
		"title": first.title,
		"taken_on": first.taken_on,
		"end": first.plan_end,
		"rows": {
			x.reference_name: {"type": x.row_type, "start": x.start_date, "end": x.end_date}
			for x in rows
			if x.reference_name
		},
	}


def _range(row: Any, tasks: list, milestones: list, bars: dict) -> tuple[date, date]:
	days = [
		*(
			d
			for t in tasks
			for d in (t.planned_start_date, t.planned_end_date, t.late_finish, t.actual_start_date)
		),
		*(d for m in milestones for d in (m.planned_date, m.forecast_date, m.actual_date)),
		*(d for b in bars.values() for d in (b["start"], b["end"])),
		row.planned_start_date,
		row.planned_end_date,
		row.forecast_end_date,
		getdate(),
	]
	known = [getdate(d) for d in days if d]
	return min(known) - timedelta(days=MARGIN_DAYS), max(known) + timedelta(days=MARGIN_DAYS)


def _not_worked(net: Network, first: date, last: date) -> list[date]:
	days = (first + timedelta(days=n) for n in range((last - first).days + 1))
	return [day for day in days if not net.calendar.is_working(day)]


def portfolio(filters: dict[str, Any] | None = None, limit: int = PORTFOLIO_LIMIT) -> dict[str, Any]:
	"""The projects a user may read with their milestones, for a chart of many projects; two statements.

	:param filters: fields of SPM Project, as for a list
	"""
	wanted = dict(filters or {})
	if "status" not in wanted:
		wanted["status"] = ["not in", ("Closed", "Cancelled")]
	projects = frappe.get_list(
		"SPM Project",
		filters=wanted,
		fields=list(PROJECT_COLUMNS),
		order_by="planned_start_date, name",
		limit_page_length=min(cint(limit) or PORTFOLIO_LIMIT, 1000),
	)
	names = [p.name for p in projects]
	milestones: dict[str, list] = {}
	if names:
		table = DocType("SPM Milestone")
		query = (
			frappe.qb.from_(table)
			.select(table.project, *(table[c] for c in MILESTONE_COLUMNS))
			.where(table.project.isin(names) & (table.status != "Cancelled"))
			.orderby(table.planned_date)
		)
		visible = readable_rows("SPM Milestone")
		for m in (query if visible is None else query.where(visible)).run(as_dict=True):
			milestones.setdefault(m.project, []).append(m)
	for p in projects:
		p.milestones = milestones.get(p.name, [])
		p.percent_complete = flt(p.percent_complete)
	return {"projects": _as_tree(projects), "today": getdate()}


def _as_tree(projects: list[frappe._dict]) -> list[frappe._dict]:
	"""Sub-projects below what they are a part of, with their depth; the span of a programme covers its parts."""
	known = {p.name: p for p in projects}
	children: dict[str | None, list[frappe._dict]] = {}
	for p in projects:
		children.setdefault(p.parent_project if p.parent_project in known else None, []).append(p)
	found: list[frappe._dict] = []
	stack = [(p, 0) for p in reversed(children.get(None, []))]
	while stack:
		p, depth = stack.pop()
		p.depth = depth
		found.append(p)
		stack.extend((c, depth + 1) for c in reversed(children.get(p.name, [])))
	for p in reversed(found):
		parts = children.get(p.name, [])
		starts = [d for c in (p, *parts) if (d := c.get("span_start") or c.planned_start_date)]
		ends = [
			d for c in (p, *parts) if (d := c.get("span_end") or c.forecast_end_date or c.planned_end_date)
		]
		p.span_start, p.span_end = min(starts, default=None), max(ends, default=None)
	return found

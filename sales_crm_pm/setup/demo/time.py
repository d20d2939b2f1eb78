"""Hours and purchases of the demo company: six weeks of work on the running projects, and what was bought for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, getdate

from sales_crm_pm.loop import costs, timesheet_approval, transitions
from sales_crm_pm.loop.booking import REFUSES
from sales_crm_pm.loop.timesheet_checks import week_start
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

WEEKS = 6
NOTE = f"{data.MARK}rate"
"""Word in the note of the demo's rates, by which they are found again."""

# person, activity, cost per hour, billing per hour
RATES = (
	(None, None, 160, 420),
	(None, "Project Management", 190, 520),
	("pm", None, 210, 560),
	("pm.zh", None, 210, 560),
	("delivery", None, 150, 400),
)
# share of the day, activity
WORK = {
	"delivery": ("Implementation", "Testing", "Installation on Site"),
	"pm": ("Project Management", "Analysis"),
	"pm.zh": ("Project Management", "Analysis"),
}
NOTES = {
	"Implementation": "Built and reviewed the agreed functions",
	"Testing": "Test cases of this week, findings written down",
	"Installation on Site": "On site with the customer",
	"Project Management": "Weekly meeting, plan and risks brought up to date",
	"Analysis": "Open questions settled with the key users",
}
# days ago, kind, category, title, supplier, share of the budget
PURCHASES = (
	(34, "Committed", "Subcontract", "Interface development", "Lingyun Software", 0.14),
	(31, "Actual", "Purchase", "Test server, one year", "Cloud Harbour", 0.03),
	(20, "Actual", "Travel", "Workshop at the customer, two people", "City Travel", 0.011),
	(12, "Committed", "Purchase", "Licences for the database", "Data Foundry", 0.06),
	(9, "Actual", "Travel", "Site visit for the acceptance test", "City Travel", 0.007),
)
INVOICE = (13, "Subcontract", "Interface development, first part", "Lingyun Software", 0.08)


def tell(story: Any) -> None:
	"""Give the company a rate card, its people six weeks of hours and its running projects purchases."""
	_set_rates()
	projects = _running_projects()
	if not projects:
		return
	sheets = _enter_hours(projects)
	_decide(sheets, projects)
	for project in projects:
		_buy(project)
	_remember_finished()


def remove(delete: Any) -> dict[str, int]:
	"""Take hours, rates and costs away again; called before the projects go.

	:param delete: deletes records of a type by filters, and answers how many
	"""
	people = frappe.get_all("User", filters={"name": ["like", f"%@{data.DOMAIN}"]}, pluck="name")
	customers = frappe.get_all(
		"SPM Customer", filters={"external_id": ["like", f"{data.MARK}%"]}, pluck="name"
	)
	projects = frappe.get_all("SPM Project", filters={"customer": ["in", customers or [""]]}, pluck="name")
	return {
		"SPM Timesheet": delete("SPM Timesheet", {"user": ["in", people or [""]]}),
		"SPM Cost Entry": delete("SPM Cost Entry", {"project": ["in", projects or [""]]}),
		"SPM Rate": delete("SPM Rate", {"note": NOTE}),
	}


def _set_rates() -> None:
	for person, activity, cost, billing in RATES:
		frappe.get_doc(
			{
				"doctype": "SPM Rate",
				"user": person and login(person),
				"activity_type": activity,
				"from_date": add_days(getdate(), -400),
				"cost_rate": cost,
				"billing_rate": billing,
				"note": NOTE,
			}
		).insert(ignore_permissions=True)


def _running_projects() -> list[frappe._dict]:
	managers = {login(short): short for short in ("pm", "pm.zh")}
	rows = frappe.get_all(
		"SPM Project",
		filters={
			"status": ["not in", REFUSES],
			"project_manager": ["in", list(managers)],
			"customer": ["in", _demo_customers()],
		},
		fields=["name", "project_manager", "budget_cost", "actual_start_date", "planned_start_date"],
		order_by="name",
	)
	return [
		frappe._dict(
			row,
			manager=managers[row.project_manager],
			start=getdate(row.actual_start_date or row.planned_start_date),
			tasks=_tasks_of(row.name),
		)
		for row in rows
	]


def _demo_customers() -> list[str]:
	return frappe.get_all(
		"SPM Customer", filters={"external_id": ["like", f"{data.MARK}%"]}, pluck="name"
	) or [""]


def _tasks_of(project: str) -> dict[str, list[frappe._dict]]:
	found: dict[str, list[frappe._dict]] = {}
	for task in frappe.get_all(
		"SPM Task",
		filters={"project": project, "status": ["!=", "Cancelled"], "bid_task": 0},
		fields=["name", "assigned_to", "planned_start_date", "planned_end_date"],
		order_by="planned_start_date, name",
	):
		found.setdefault(task.assigned_to, []).append(task)
	return found


def _enter_hours(projects: list[frappe._dict]) -> list[Any]:
	"""One sheet per person and week, all but the running week handed in."""
	this_week, made = week_start(getdate()), []
	for person, activities in WORK.items():
		mine = [p for p in projects if person == "delivery" or p.manager == person]
		if not mine:
			continue
		with acting(person):
			for back in range(WEEKS, -1, -1):
				start = this_week - timedelta(days=7 * back)
				lines = _week_of(person, activities, mine, start)
				if not lines:
					continue
				sheet = frappe.get_doc(
					{"doctype": "SPM Timesheet", "user": login(person), "week_start": start, "lines": lines}
				).insert()
				if back:
					made.append(transitions.move(sheet, "Submitted"))
	return made


def _week_of(
	person: str, activities: tuple[str, ...], projects: list[frappe._dict], start: date
) -> list[dict[str, Any]]:
	"""Eight hours a day, in turn on the projects and tasks that run."""
	lines, number = [], start.toordinal() // 7
	for offset in range(5):
		day = start + timedelta(days=offset)
		if day >= getdate():
			break
		open_projects = [p for p in projects if p.start <= day]
		if not open_projects:
			continue
		parts = (5, 3) if len(open_projects) > 1 or offset % 2 else (8,)
		for turn, hours in enumerate(parts):
			project = open_projects[(number + offset + turn) % len(open_projects)]
			activity = activities[(offset + turn) % len(activities)]
			lines.append(
				{
					"work_date": day,
					"project": project.name,
					"task": _task_on(project, person, day),
					"activity_type": activity,
					"hours": hours + (0.5 if (number + offset) % 5 == 0 else 0),
					"billable": 1,
					"description": _(NOTES[activity]) if turn == 0 else None,
				}
			)
	return lines


def _task_on(project: frappe._dict, person: str, day: date) -> str | None:
	tasks = project.tasks.get(login(person)) or []
	running = [
		t
		for t in tasks
		if t.planned_start_date and t.planned_end_date and t.planned_start_date <= day <= t.planned_end_date
	]
	if running:
		return running[0].name
	over = [t for t in tasks if t.planned_end_date and t.planned_end_date < day]
	return over[-1].name if over else None


def _decide(sheets: list[Any], projects: list[frappe._dict]) -> None:
	"""Older weeks are approved; last week waits, and one of the week before came back."""
	last = week_start(add_days(getdate(), -7))
	old = [sheet.name for sheet in sheets if getdate(sheet.week_start) < last]
	for manager in sorted({p.manager for p in projects}):
		with acting(manager):
			others = [
				sheet.name
				for sheet in sheets
				if sheet.name in old
				and sheet.user != login(manager)
				and any(
					line.project in {p.name for p in projects if p.manager == manager} for line in sheet.lines
				)
			]
			if others:
				timesheet_approval.approve(others)
	with acting("executive"):
		left = frappe.get_all(
			"SPM Timesheet", filters={"name": ["in", old or [""]], "status": "Submitted"}, pluck="name"
		)
		if left:
			timesheet_approval.approve(left)


def _buy(project: frappe._dict) -> None:
	"""Orders and invoices since the project began; the first part of the subcontract is paid."""
	budget = project.budget_cost or 100_000
	scale = _scale(project, budget)
	with acting(project.manager):
		order = None
		for ago, kind, category, title, supplier, share in PURCHASES:
			day = add_days(getdate(), -ago)
			if getdate(day) < project.start:
				continue
			entry = _enter(
				project, day, kind, category, title, supplier, share * budget * scale.get(category, 1)
			)
			if category == "Subcontract":
				order = entry
		if order:
			ago, category, title, supplier, share = INVOICE
			day = add_days(getdate(), -ago)
			amount = share * budget * scale.get(category, 1)
			_enter(project, day, "Actual", category, title, supplier, amount, commitment=order.name)
		waiting = frappe.get_doc(
			_values(
				project,
				getdate(),
				"Actual",
				"Material",
				"Cables and mounting parts",
				"Elektro Nord",
				0.004 * budget,
			)
		)
		waiting.insert()


def _scale(project: frappe._dict, budget: float) -> dict[str, float]:
	"""Where the project has an estimate, purchases stay within four fifths of what it says for their category."""
	line, found = "SPM Estimate Line", {}
	for row in frappe.get_all(line, filters={"parent": project.name}, fields=["kind", "amount"]):
		found[row.kind] = found.get(row.kind, 0) + (row.amount or 0)
	if not found:
		return {}
	wanted: dict[str, float] = {}
	for _ago, _kind, category, _title, _supplier, share in PURCHASES:
		wanted[category] = wanted.get(category, 0) + share * budget
	return {
		category: min(1, 0.8 * found[category] / amount)
		for category, amount in wanted.items()
		if amount and found.get(category)
	}


def _enter(project, day, kind, category, title, supplier, amount, **values):
	doc = frappe.get_doc(_values(project, day, kind, category, title, supplier, amount) | values).insert()
	return transitions.move(doc, "Approved")


def _values(project, day, kind, category, title, supplier, amount) -> dict[str, Any]:
	return {
		"doctype": "SPM Cost Entry",
		"project": project.name,
		"entry_date": day,
		"kind": kind,
		"category": category,
		"title": _(title),
		"supplier": supplier,
		"amount": round(amount, -2) or 100,
	}


def _remember_finished() -> None:
	"""What finished projects have cost: they take no entries any more, so theirs are written below the rules."""
	finished = frappe.get_all(
		"SPM Project",
		filters={"status": "Closed", "customer": ["in", _demo_customers()]},
		fields=["name", "budget_cost", "actual_end_date", "base_currency", "project_manager"],
	)
	for row in finished:
		day = getdate(row.actual_end_date or add_days(getdate(), -30))
		for ago, category, title, share in (
			(80, "Subcontract", "Implementation by the partner", 0.62),
			(60, "Purchase", "Licences and servers", 0.24),
			(20, "Travel", "Workshops and roll-out", 0.05),
		):
			amount = round((row.budget_cost or 0) * share, -2)
			if not amount:
				continue
			doc = frappe.new_doc("SPM Cost Entry")
			doc.update(
				_values(row, add_days(day, -ago), "Actual", category, title, None, amount)
				| {
					"currency": row.base_currency,
					"base_currency": row.base_currency,
					"exchange_rate": 1,
					"amount_base": amount,
					"status": "Approved",
					"workflow_state": "Approved",
					"approved_by": row.project_manager,
					"approved_on": str(day),
				}
			)
			doc.set_new_name()
			doc.db_insert()
	costs.write([row.name for row in finished])

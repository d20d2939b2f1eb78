"""Regular visits: which plan a customer follows, when its next touch is due, and the task that says so.

The nightly job and a single logged talk go through the same statements; each needs the same number of them
for one customer as for a hundred thousand. A customer has at most one open visit task (`visit_key` is unique),
so two runs at once cannot make two.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Max
from frappe.utils import cint, getdate, now_datetime
from pypika import Case
from pypika.terms import Criterion, NullValue, ValueWrapper

from sales_crm_pm.loop import bulk, segments
from sales_crm_pm.loop.calendar import working_days
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.rules.workdays import Calendar, spread, visit_due

CUSTOMER, TASK, PLAN = "SPM Customer", "SPM Task", "SPM Visit Plan"
CLOSED = ("Completed", "Cancelled")
IN_PERSON = ("Visit", "Meeting")
FOLLOWED = (
	"tier",
	"lifecycle_stage",
	"customer_group",
	"is_key_account",
	"territory",
	"industry",
	"disabled",
)
"""Fields of a customer that decide which plan it follows."""
TASKS_PER_CHUNK = 200
NAMES_PER_STATEMENT = 1000


def run(commit: bool = True, customers: list[str] | None = None) -> dict[str, int]:
	"""Nightly job: dates of all customers, visits that happened, visits that are due. Twice does no harm.

	:param commit: keep each chunk of tasks as soon as it is made
	:param customers: only these, everybody when None

	:return: `dated` (customers whose date moved), `closed` and `created` (visit tasks)
	"""
	_lock()
	calendar = working_days()
	plans = active_plans()
	rows = standing(plans, customers)
	moved, closed = _follow(rows, plans, calendar)
	created = _create_due(rows, plans, calendar, commit)
	return {"dated": moved, "closed": closed, "created": created}


def refresh(customers: list[str]) -> None:
	"""After a talk, a closed visit or a change of tier: the next date, and the open visit task if there is one.

	Costs one statement on a site without visit plans.
	"""
	customers = sorted({name for name in customers if name})
	if not customers:
		return
	plans = active_plans()
	if not plans and not frappe.db.exists(CUSTOMER, {"name": ["in", customers], "visit_plan": ["is", "set"]}):
		return
	_follow(standing(plans, customers), plans, working_days())


def follow_customer(doc: Any) -> None:
	"""A customer was made, moved to another tier, or changed in another way that plans look at."""
	if frappe.flags.spm_bulk or not (
		doc.is_new() or any(doc.has_value_changed(fieldname) for fieldname in FOLLOWED)
	):
		return
	refresh([doc.name])


def active_plans() -> list[frappe._dict]:
	"""The enabled plans, the one that wins first."""
	return frappe.get_all(
		PLAN,
		filters={"enabled": 1, "every_days": [">", 0]},
		fields=["*"],
		order_by="priority asc, name asc",
	)


def standing(plans: list[Any], customers: list[str] | None = None, seen_by: Any = None) -> list[frappe._dict]:
	"""Where customers stand: plan, last touches, and the open visit task; one statement.

	:param plans: as `active_plans` gives them
	:param customers: names, or None for everybody
	:param seen_by: condition on the customers a reader may see
	:return: only customers that follow a plan or did so until now
	"""
	table, tasks = DocType(CUSTOMER), DocType(TASK).as_("open_visit")
	touches, done = _touches(customers).as_("touches"), _closed_visits(customers).as_("done")
	query = (
		frappe.qb.from_(table)
		.left_join(touches)
		.on(touches.customer == table.name)
		.left_join(done)
		.on(done.customer == table.name)
		.left_join(tasks)
		.on((tasks.customer == table.name) & tasks.visit_plan.isnotnull() & tasks.status.notin(CLOSED))
		.select(
			table.name,
			table.customer_name,
			table.tier,
			table.account_manager,
			table.service_owner,
			table.creation,
			table.next_visit_date,
			table.visit_plan.as_("stored_plan"),
			_plan_of(plans, table).as_("plan"),
			touches.any_on,
			touches.in_person_on,
			done.done_on,
			tasks.name.as_("task"),
			tasks.planned_end_date.as_("task_due"),
			tasks.assigned_to.as_("task_user"),
		)
	)
	if customers is not None:
		query = query.where(table.name.isin(customers))
	if seen_by is not None:
		query = query.where(seen_by)
	return [row for row in query.run(as_dict=True) if row.plan or row.stored_plan or row.task]


def due_of(row: Any, plan: Any, calendar: Calendar) -> tuple[date, date | None]:
	"""When a customer is due by a plan, and its last touch (None when it was never touched).

	Whoever was never touched counts from the day the customer was made.
	"""
	talk = row.in_person_on if plan.counts_as_touch == "Visit or Meeting" else row.any_on
	days = [getdate(day) for day in (talk, row.done_on) if day]
	last = max(days) if days else None
	return visit_due(last or getdate(row.creation), cint(plan.every_days), calendar), last


def preview(plan: Any, weeks: int = 12) -> dict[str, Any]:
	"""What a plan would mean: tasks per person and week, if every visit took place on its day.

	:param plan: the plan, saved or not; customers that a plan of a lower number takes are left out
	:return: `customers`, `due_now`, `weeks` (first days) and `people` (user, name, counts per week, total)
	"""
	others = [p for p in active_plans() if p.name != plan.name]
	# Numbers decide; a new plan stands behind those of the same number, as its name will when it is saved.
	plans = sorted([*others, plan], key=lambda p: (cint(p.priority), p.name or "~"))
	mine = plan.name or "~"
	plan.name = mine
	calendar = working_days()
	today = getdate()
	monday = today - timedelta(days=today.weekday())
	starts = [monday + timedelta(weeks=number) for number in range(weeks)]
	end = starts[-1] + timedelta(weeks=1)
	counts: dict[str, list[int]] = defaultdict(lambda: [0] * weeks)
	customers = due_now = 0
	for row in standing(plans):
		if row.plan != mine:
			continue
		customers += 1
		due, _last = due_of(row, plan, calendar)
		due_now += int(due <= today)
		day = max(due, today)
		while day < end:
			counts[assignee(row, plan) or ""][(day - monday).days // 7] += 1
			day = visit_due(day, cint(plan.every_days), calendar)
	names = dict(
		frappe.get_all(
			"User", filters={"name": ["in", list(counts) or [""]]}, fields=["name", "full_name"], as_list=True
		)
	)
	people = [
		{"user": user, "name": names.get(user) or _("Nobody"), "weeks": row, "total": sum(row)}
		for user, row in counts.items()
	]
	return {
		"customers": customers,
		"due_now": due_now,
		"weeks": [str(day) for day in starts],
		"people": sorted(people, key=lambda person: (-person["total"], person["name"])),
	}


def assignee(row: Any, plan: Any) -> str | None:
	"""Whose visit it is; the account manager's when the customer has no service owner."""
	if plan.assign_to == "Service Owner" and row.service_owner:
		return row.service_owner
	return row.account_manager


def _touches(customers: list[str] | None) -> Any:
	talks = DocType("SPM Interaction")
	query = (
		frappe.qb.from_(talks)
		.select(
			talks.customer,
			Max(talks.happened_on).as_("any_on"),
			Max(Case().when(talks.interaction_type.isin(IN_PERSON), talks.happened_on)).as_("in_person_on"),
		)
		# A note is not a touch, and neither is a meeting that lies ahead.
		.where((talks.happened_on <= now_datetime()) & (talks.interaction_type != "Note"))
		.groupby(talks.customer)
	)
	return query if customers is None else query.where(talks.customer.isin(customers))


def _closed_visits(customers: list[str] | None) -> Any:
	tasks = DocType(TASK)
	query = (
		frappe.qb.from_(tasks)
		.select(
			tasks.customer,
			Max(
				Case().when(tasks.status == "Completed", tasks.completed_on).else_(tasks.planned_end_date)
			).as_("done_on"),
		)
		.where(tasks.visit_plan.isnotnull() & tasks.status.isin(CLOSED))
		.groupby(tasks.customer)
	)
	return query if customers is None else query.where(tasks.customer.isin(customers))


def _plan_of(plans: list[Any], table: Any) -> Any:
	"""The name of the first plan that fits a customer, as an SQL term."""
	if not plans:
		return NullValue()
	chosen = Case()
	for plan in plans:
		chosen = chosen.when(_fits(plan, table), plan.name)
	return chosen.else_(NullValue())


def _fits(plan: Any, table: Any) -> Criterion:
	parts = [table.disabled == 0]
	if plan.lifecycle_stage:
		parts.append(table.lifecycle_stage == plan.lifecycle_stage)
	else:
		# Nobody visits a customer that has gone, unless a plan says so.
		parts.append(table.lifecycle_stage != "Lost")
	for fieldname in ("tier", "territory", "industry", "customer_group"):
		if plan.get(fieldname):
			parts.append(table[fieldname] == plan.get(fieldname))
	if cint(plan.key_accounts_only):
		parts.append(table.is_key_account == 1)
	if plan.segment:
		parts.append(table.name.isin(segments.members_query(plan.segment)))
	return Criterion.all(parts)


def _follow(rows: list[Any], plans: list[Any], calendar: Calendar) -> tuple[int, int]:
	"""Write dates that moved; close visits that took place, drop those whose plan is gone, move the others.

	:return: how many customers got another date, how many tasks were closed
	"""
	by_name = {plan.name: plan for plan in plans}
	dates: dict[tuple[str | None, date | None], list[str]] = defaultdict(list)
	moved: dict[tuple[date, str], list[str]] = defaultdict(list)
	done, dropped = [], []
	for row in rows:
		plan = by_name.get(row.plan)
		due, last = due_of(row, plan, calendar) if plan else (None, None)
		row.due, row.last = due, last
		if (row.stored_plan or None, row.next_visit_date) != (row.plan or None, due):
			dates[row.plan, due].append(row.name)
		if not row.task:
			continue
		if not plan:
			dropped.append(row.task)
			row.task = None
		elif last and due > getdate(row.task_due) and _was_touched(row, plan):
			done.append(row.task)
			row.task = None
		elif due < getdate(row.task_due) and due >= getdate():
			# The customer moved to a plan with shorter steps.
			moved[due, row.plan].append(row.task)
	for (plan_name, due), names in dates.items():
		_update(CUSTOMER, names, next_visit_date=due, visit_plan=plan_name)
	for (due, plan_name), names in moved.items():
		_update(TASK, names, planned_end_date=due, visit_plan=plan_name)
	now, user = now_datetime(), frappe.session.user
	closing = {"visit_key": None, "modified": now, "modified_by": user}
	_update(TASK, done, status="Completed", progress=100, completed_on=now, completed_by=user, **closing)
	_update(TASK, dropped, status="Cancelled", **closing)
	return sum(map(len, dates.values())), len(done) + len(dropped)


def _was_touched(row: Any, plan: Any) -> bool:
	"""Whether a talk moved the date: an earlier closed task alone does not close the open one."""
	talk = row.in_person_on if plan.counts_as_touch == "Visit or Meeting" else row.any_on
	return bool(talk) and getdate(talk) == row.last


def _update(doctype: str, names: list[str], **values: Any) -> None:
	table = DocType(doctype)
	for start in range(0, len(names), NAMES_PER_STATEMENT):
		chunk = names[start : start + NAMES_PER_STATEMENT]
		query = frappe.qb.update(table).where(table.name.isin(chunk))
		for fieldname, value in values.items():
			query = query.set(table[fieldname], value)
		query.run()
		if len(names) <= NAMES_PER_STATEMENT:
			for name in chunk:
				frappe.clear_document_cache(doctype, name)
	if len(names) > NAMES_PER_STATEMENT:
		frappe.clear_document_cache(doctype)


def _create_due(rows: list[Any], plans: list[Any], calendar: Calendar, commit: bool = False) -> int:
	"""Make the task of every customer whose visit comes near and that has none."""
	by_name = {plan.name: plan for plan in plans}
	today = getdate()
	due = [
		row
		for row in rows
		if row.plan and not row.task and row.due <= today + timedelta(days=cint(by_name[row.plan].lead_days))
	]
	if not due:
		return 0
	due.sort(key=lambda row: (row.due, row.tier or "Z", row.name))
	taken = _visits_per_day()
	people = _people({assignee(row, by_name[row.plan]) for row in due})
	for row in due:
		plan = by_name[row.plan]
		row.user = assignee(row, plan)
		wanted = [(row.user or "", calendar.on_or_after(max(row.due, today)))]
		row.day = spread(wanted, taken, cint(plan.max_per_day), calendar)[0]
	created = 0
	for start in range(0, len(due), TASKS_PER_CHUNK):
		created += _insert(
			[_task(row, by_name[row.plan], people) for row in due[start : start + TASKS_PER_CHUNK]]
		)
		# Long batch: what is made stays made if the worker is killed; the unique key keeps a rerun from doubling.
		if commit and len(due) > TASKS_PER_CHUNK:
			frappe.db.commit()  # nosemgrep
			_lock()
	return created


def _insert(docs: list[Any]) -> int:
	"""Insert tasks whose customer has no open visit by now (read with a lock, so the newest counts)."""
	tasks = DocType(TASK)
	present = set(
		frappe.qb.from_(tasks)
		.select(tasks.visit_key)
		.where(tasks.visit_key.isin([doc.visit_key for doc in docs]))
		.for_update()
		.run(pluck=True)
	)
	docs = [doc for doc in docs if doc.visit_key not in present]
	names = bulk.reserve_names(TASK, len(docs)) if docs else None
	if names:
		for doc, name in zip(docs, names, strict=True):
			doc.name = name
		bulk.insert_many(docs)
	else:
		for doc in docs:
			doc.flags.in_bulk = True
			doc.insert(ignore_permissions=True)
	return len(docs)


def _task(row: Any, plan: Any, people: dict[str, str]) -> Any:
	language = people.get(row.user or "") or site_language()
	doc = frappe.get_doc(
		{
			"doctype": TASK,
			# replace, not format: the subject is an admin's text and may hold other braces.
			"subject": _(plan.subject or "{0}", language).replace("{0}", row.customer_name)[:140],
			"task_type": plan.task_type,
			"customer": row.name,
			"status": "Open",
			"priority": plan.task_priority or "Medium",
			"assigned_to": row.user if row.user in people else None,
			"planned_start_date": min(getdate(), row.day),
			"planned_end_date": row.day,
			"visit_plan": plan.name,
			"visit_key": row.name,
		}
	)
	doc.flags.derived = True
	return doc


def _people(users: set[str | None]) -> dict[str, str]:
	"""Language of each of these users who can still log in."""
	return {
		user.name: user.language or ""
		for user in frappe.get_all(
			"User", filters={"name": ["in", list(users - {None})], "enabled": 1}, fields=["name", "language"]
		)
	}


def _visits_per_day() -> dict[tuple[str, date], int]:
	tasks = DocType(TASK)
	rows = (
		frappe.qb.from_(tasks)
		.select(tasks.assigned_to, tasks.planned_end_date, Count("*"))
		.where(tasks.visit_plan.isnotnull() & tasks.status.notin(CLOSED))
		.where(tasks.planned_end_date >= getdate())
		.groupby(tasks.assigned_to, tasks.planned_end_date)
		.run()
	)
	return {(user or "", getdate(day)): number for user, day, number in rows}


def _lock() -> None:
	"""Let a second run wait until the first has written: both take the plans' rows."""
	plans = DocType(PLAN)
	frappe.qb.from_(plans).select(plans.name).where(plans.enabled == ValueWrapper(1)).for_update().run()

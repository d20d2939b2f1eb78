"""The schedule of a project: computed on demand, previewed, applied; what moves is written in one statement.

`compute` is pure and says what would happen. `apply` and `reschedule` lock the project, compute on what is
committed, and write only what differs. A saved task calls `follow`, so that form, REST, import and board
meet the same scheduler. Nothing moves that does not wait for what was changed: a plan that somebody laid out
by hand stays until it is rescheduled as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr, formatdate, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import plan_writing
from sales_crm_pm.loop.plan_network import BEGUN, CLOSED, Network, load
from sales_crm_pm.rules import network as rules
from sales_crm_pm.rules.activity import ASAP, SNET
from sales_crm_pm.rules.task_tree import followers
from sales_crm_pm.rules.workday_axis import Axis

__all__ = ["Schedule", "apply", "compute", "follow", "load", "refresh", "reschedule"]

MAY_SCHEDULE = frozenset({"SPM Project Manager", "System Manager"})


@dataclass
class Schedule:
	"""What a plan becomes. Nothing of it is written."""

	network: Network
	plan: rules.Plan
	before: dict[str, tuple[date | None, date | None]]
	"""Where each task stood: (start, end)."""
	movable: set[str] | None
	added: list[str] = field(default_factory=list)
	dropped: list[str] = field(default_factory=list)
	end_before: date | None = None

	@property
	def start(self) -> date | None:
		return self.plan.start

	@property
	def end(self) -> date | None:
		return self.plan.end

	def is_planned(self, name: str) -> bool:
		"""Whether the schedule gives a task its dates: it may move, or rolls up its parts; what is done stays."""
		placed, row = self.plan.tasks.get(name), self.network.tasks[name]
		if placed is None or row.status == "Completed":
			return False
		return placed.is_summary or self.movable is None or name in self.movable

	def dates(self, name: str) -> tuple[date | None, date | None]:
		"""The planned start and end of a task in this schedule."""
		row = self.network.tasks[name]
		if self.is_planned(name):
			placed = self.plan.tasks[name]
			return placed.start, placed.finish
		return row.planned_start_date, row.planned_end_date

	@property
	def moved(self) -> list[dict[str, Any]]:
		"""Tasks whose dates differ from before, in the order of their new dates."""
		found = []
		for name, row in self.network.tasks.items():
			old = self.before.get(name, (None, None))
			new = self.dates(name)
			if new != old and row.status != "Cancelled":
				found.append(
					{
						"task": name,
						"subject": row.subject,
						"old_start": old[0],
						"old_end": old[1],
						"start": new[0],
						"end": new[1],
						"is_summary": bool(name in self.plan.tasks and self.plan.tasks[name].is_summary),
						"is_critical": bool(name in self.plan.tasks and self.plan.tasks[name].is_critical),
					}
				)
		return sorted(found, key=lambda m: (m["start"] or date.max, m["end"] or date.max, m["task"]))

	@property
	def conflicts(self) -> list[dict[str, Any]]:
		"""Constraints that the links leave no room for, in words."""
		return [
			{
				"task": c.name,
				"subject": self.network.tasks[c.name].subject,
				"constraint": c.constraint,
				"constraint_date": c.limit,
				"date": c.day,
				"message": _("{0}: {1} {2} cannot be kept; the plan says {3}.").format(
					self.network.tasks[c.name].subject,
					_(c.constraint),
					formatdate(c.limit),
					formatdate(c.day),
				),
			}
			for c in self.plan.conflicts
		]

	def milestone_dates(self) -> dict[str, date]:
		"""When the last task of each milestone ends, for milestones all of whose tasks have dates."""
		found: dict[str, date] = {}
		for name, row in self.network.tasks.items():
			if row.milestone and row.status != "Cancelled" and name in self.plan.tasks:
				end = self.plan.tasks[name].finish
				found[row.milestone] = max(found.get(row.milestone, end), end)
		return found

	def as_dict(self) -> dict[str, Any]:
		"""The shape that the API promises for a preview."""
		return {
			"project": self.network.project.name,
			"start": self.start,
			"end": self.end,
			"end_before": self.end_before,
			"end_moved_days": (self.end - self.end_before).days if self.end and self.end_before else 0,
			"moved": self.moved,
			"conflicts": self.conflicts,
			"critical": self.plan.critical,
			"milestones": [
				{"milestone": name, "date": day} for name, day in sorted(self.milestone_dates().items())
			],
			"added": self.added,
			"dropped": self.dropped,
		}


def compute(
	project: str,
	changes: dict[str, Any] | None = None,
	direction: str | None = None,
	anchor: date | str | None = None,
	network: Network | None = None,
) -> Schedule:
	"""Say what a plan becomes; nothing is written.

	:param changes: {task: {planned_start_date, planned_end_date, duration_days, estimate_hours, constraint_type,
	    constraint_date, parent_task, depends_on: [{task, link_type, lag_days}] …}, "add": [{subject, …}],
	    "drop": [task]}; values that are not named stay
	:param direction: "forward" or "backward" reschedules the whole project instead of what waits for the changes
	:param anchor: first day (forward) or last day (backward) of the rescheduled project
	:param network: the loaded plan, when the caller has it
	:raises DependencyCycleError: tasks would wait for each other
	:raises SPMError: an unknown task or field
	"""
	before = network or load(project)
	net = before.copy()
	dropped = list((changes or {}).get("drop") or [])
	added = net.change(changes)
	return _schedule(net, _stood(before), direction, anchor, added, dropped)


def _schedule(
	net: Network,
	stood: dict[str, tuple[date | None, date | None]],
	direction: str | None = None,
	anchor: date | str | None = None,
	added: list[str] = (),
	dropped: list[str] = (),
) -> Schedule:
	project = net.project
	anchor = getdate(anchor) if anchor else None
	from_end = project.get("schedule_from") == "End"
	planned_end = getdate(project.planned_end_date) if project.get("planned_end_date") else None
	movable: set[str] | None = None
	if direction == rules.FORWARD:
		_shift(net, anchor)
	elif direction == rules.BACKWARD:
		if not (anchor or planned_end):
			frappe.throw(
				_("Say by which day the project has to end, to schedule it backwards."), exc=SPMError
			)
	elif direction:
		frappe.throw(_("Reschedule forward or backward, not {0}.").format(direction), exc=SPMError)
	elif not cint(project.get("auto_schedule")) or not net.proposed:
		movable = set()
	elif from_end and planned_end:
		direction, anchor = rules.BACKWARD, planned_end
	else:
		movable = followers(net.tasks, net.parents, net.links, net.proposed)
		_keep_typed_starts(net, movable)
	plan = _plan(net, movable, direction, anchor or planned_end)
	return Schedule(net, plan, stood, movable, list(added), list(dropped), _end_of(stood))


def _plan(net: Network, movable: set[str] | None, direction: str | None, end: date | None) -> rules.Plan:
	if direction == rules.BACKWARD:
		return net.schedule(movable, rules.BACKWARD, end=end)
	return net.schedule(movable)


def _end_of(stood: dict) -> date | None:
	return max((end for _start, end in stood.values() if end), default=None)


def _stood(net: Network) -> dict[str, tuple[date | None, date | None]]:
	return {name: (row.planned_start_date, row.planned_end_date) for name, row in net.tasks.items()}


def _shift(net: Network, anchor: date | None) -> None:
	"""Move what waits for nothing so that the first of it begins on `anchor`; distances in working days stay."""
	waiting, summaries = net.waiting(), net.summaries()
	free = [
		row
		for name, row in net.tasks.items()
		if name not in waiting
		and name not in summaries
		and row.planned_start_date
		and row.status not in (*CLOSED, *BEGUN)
	]
	if not anchor or not free:
		return
	first = min(row.planned_start_date for row in free)
	axis = Axis(net.calendar, anchor.toordinal())
	by = axis.count(anchor.toordinal()) - axis.count(first.toordinal())
	for row in free:
		row.planned_start_date = date.fromordinal(
			axis.day(axis.count(row.planned_start_date.toordinal()) + by)
		)
		row.planned_end_date = None


def _keep_typed_starts(net: Network, movable: set[str]) -> None:
	"""A start that somebody chose for a task that waits for others becomes "no earlier than" that day.

	Without it, the task would jump back to where its links allow it. Where the links leave no room for an
	earlier start anyway, no constraint is needed.
	"""
	waiting = net.waiting()
	chosen = []
	for name in net.typed_starts:
		row = net.tasks[name]
		if (row.constraint_type or ASAP) not in (ASAP, SNET) or not row.planned_start_date:
			continue
		if name in waiting:
			row.constraint_type, row.constraint_date = ASAP, None
			chosen.append(row)
		elif row.constraint_type == SNET:
			row.constraint_date = row.planned_start_date
	if not chosen:
		return
	plan = net.schedule(movable)
	for row in chosen:
		placed = plan.tasks.get(row.name)
		if placed and not placed.is_summary and placed.start < row.planned_start_date:
			row.constraint_type, row.constraint_date = SNET, row.planned_start_date


# Writing
# ------------------


def apply(
	project: str, changes: dict[str, Any] | None, reason: str | None = None, trusted: bool = False
) -> dict[str, Any]:
	"""Change a plan and everything that follows from it, in this transaction.

	The tasks that are named are saved one by one with their own rules and permissions; what follows from them is
	written in one statement. Returns the preview's shape, with `names` of the added tasks.

	:param changes: as for `compute`
	:param reason: for the project's log
	:param trusted: the caller has decided that this happens, whatever the session's user may do with tasks (the
	    customer whose agreement was the last one carries out a change)
	:raises PermissionError: one of the tasks may not be changed by this user
	"""
	row = _lock(project)
	before = load(project, row, locking=True)
	changes = dict(changes or {})
	# Refuses what cannot be, before anything is written.
	wanted = compute(project, changes, network=before)
	names = plan_writing.save_changes(project, changes, trusted)
	dropped = list(changes.get("drop") or [])
	net = load(project, row, locking=True)
	real = dict(zip(wanted.added, names, strict=True))
	net.proposed = {real.get(name, name) for name in wanted.network.proposed}
	net.typed_starts = {real.get(name, name) for name in wanted.network.typed_starts}
	result = _schedule(net, _stood(before), added=names, dropped=dropped)
	notices = plan_writing.write(result, row)
	_log(result, reason)
	return {**result.as_dict(), "names": names, "notices": notices}


def reschedule(
	project: str, direction: str = rules.FORWARD, anchor: date | str | None = None, reason: str | None = None
) -> dict[str, Any]:
	"""Lay the whole plan anew: forward from a first day, or backward from a last day.

	:param anchor: the day; by default what waits for nothing stays (forward), or the project's planned end
	"""
	row = _lock(project)
	result = compute(project, None, direction, anchor, load(project, row, locking=True))
	notices = plan_writing.write(result, row, moves_project=True)
	_log(result, reason)
	return {**result.as_dict(), "names": [], "notices": notices}


def refresh(project: str) -> None:
	"""Bring outline numbers, floats and the critical path up to date; no date moves."""
	row = _lock(project)
	net = load(project, row, locking=True)
	plan_writing.write(_schedule(net, _stood(net)), row)


def follow(doc: Any) -> Schedule | None:
	"""Move what waits for a task that was just saved, in the transaction of the save.

	:param doc: SPM Task, written already; gets the dates that the schedule gives it
	"""
	row = doc.flags.locked_project or _lock(doc.project)
	net = load(doc.project, row, locking=True)
	own, before = net.tasks.get(doc.name), doc.get_doc_before_save()
	if own is None:
		return None
	stood = _stood(net)
	stood[doc.name] = (
		(_day(before.planned_start_date), _day(before.planned_end_date)) if before else (None, None)
	)
	net.proposed = {doc.name}
	if doc.has_moved("planned_start_date") and not doc.has_moved("constraint_type"):
		net.typed_starts = {doc.name}
	if doc.has_moved("planned_end_date") and own.planned_start_date and own.planned_end_date:
		# Only here is known when the person is away.
		own.duration_days = 0
		own.duration_days = net.days_of(own)
	result = _schedule(net, stood)
	notices = plan_writing.write(result, row, roll_up=False)
	_show(doc, own, result, notices)
	return result


def follow_absence(user: str, from_date: date | str, to_date: date | str) -> list[str]:
	"""Move the tasks of a person whose leave was entered, changed or taken back, and what waits for them.

	:return: the projects that were rescheduled
	"""
	rows = frappe.get_all(
		"SPM Task",
		filters={
			"assigned_to": user,
			"status": ["not in", CLOSED],
			"project": ["is", "set"],
			"planned_end_date": [">=", getdate(from_date)],
			"planned_start_date": ["<=", getdate(to_date)],
		},
		fields=["name", "project"],
		order_by="project, name",
	)
	projects: dict[str, set[str]] = {}
	for task in rows:
		projects.setdefault(task.project, set()).add(task.name)
	for project, names in projects.items():
		row = _lock(project)
		if not cint(row.auto_schedule) or row.status in ("Accepted", "Closed", "Cancelled"):
			continue
		net = load(project, row, locking=True)
		net.proposed = names
		plan_writing.write(_schedule(net, _stood(net)), row)
	return list(projects)


def may_schedule(project: str) -> bool:
	"""Whether the session's user may change the plan of a project as a whole."""
	user = frappe.session.user
	if user != "Administrator" and not MAY_SCHEDULE & set(frappe.get_roles(user)):
		return False
	return bool(frappe.has_permission("SPM Project", "write", doc=project))


def check_may_schedule(project: str) -> None:
	"""Refuse who may not change the plan as a whole.

	:raises PermissionError: not a project manager, or not of this project
	"""
	if not may_schedule(project):
		frappe.throw(
			_("Only a project manager of this project can reschedule it."), exc=frappe.PermissionError
		)


def _lock(project: str) -> frappe._dict:
	from sales_crm_pm.loop import progress

	row = progress.lock(project)
	if not row:
		raise frappe.DoesNotExistError(_("There is no project {0}.").format(project))
	return row


def _day(value: Any) -> date | None:
	return getdate(value) if value else None


def _show(doc: Any, own: frappe._dict, result: Schedule, notices: list[str]) -> None:
	"""Let the answer to the save show what the schedule made of the task, and say what else moved."""
	stored = result.network.tasks[doc.name]
	for fieldname in plan_writing.WRITTEN:
		value = stored.get(fieldname)
		if doc.meta.get_field(fieldname).fieldtype == "Date":
			if _day(doc.get(fieldname)) != _day(value):
				doc.set(fieldname, value)
		elif cstr(doc.get(fieldname)) != cstr(value):
			doc.set(fieldname, value)
	doc.modified = stored.modified or doc.modified
	others = [m for m in result.moved if m["task"] != doc.name and not m["is_summary"]]
	if others:
		notices = [
			_("{0} tasks moved with it; the plan ends on {1}.").format(len(others), formatdate(result.end))
			if len(others) > 1
			else _("{0} moved with it; the plan ends on {1}.").format(
				frappe.utils.escape_html(others[0]["subject"]), formatdate(result.end)
			),
			*notices,
		]
	for text in [*notices, *(c["message"] for c in result.conflicts if c["task"] == doc.name)]:
		frappe.msgprint(text, alert=True)


def _log(result: Schedule, reason: str | None) -> None:
	moved = [m for m in result.moved if not m["is_summary"]]
	if not moved and not reason:
		return
	text = _("Rescheduled: {0} tasks moved, the plan ends on {1} (before: {2}).").format(
		len(moved), formatdate(result.end) or "–", formatdate(result.end_before) or "–"
	)
	frappe.get_doc(
		{
			"doctype": "Comment",
			"comment_type": "Info",
			"reference_doctype": "SPM Project",
			"reference_name": result.network.project.name,
			"content": f"{text} {frappe.utils.escape_html(reason)}" if reason else text,
		}
	).insert(ignore_permissions=True)

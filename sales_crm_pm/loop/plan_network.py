"""The plan of one project as the scheduler needs it: read in three statements, changed in memory, computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, getdate

from sales_crm_pm.exceptions import DependencyCycleError, SPMError
from sales_crm_pm.loop import calendar as calendars
from sales_crm_pm.rules import network, task_tree
from sales_crm_pm.rules.activity import ASAP, CONSTRAINTS, Activity
from sales_crm_pm.rules.task_tree import CycleError, Link
from sales_crm_pm.rules.workday_axis import NoWorkingDayError
from sales_crm_pm.rules.workdays import Calendar, end_of, start_of, working_days_between

BEGUN = ("Working", "Pending Review", "Blocked")
CLOSED = ("Completed", "Cancelled")
PROJECT_FIELDS = (
	"name",
	"project_name",
	"customer",
	"status",
	"auto_schedule",
	"schedule_from",
	"calendar",
	"planned_start_date",
	"planned_end_date",
	"scheduled_end_date",
)
TASK_FIELDS = (
	"name",
	"subject",
	"status",
	"phase",
	"milestone",
	"parent_task",
	"assigned_to",
	"progress",
	"weight",
	"estimate_hours",
	"is_milestone",
	"bid_task",
	"sort_order",
	"wbs",
	"planned_start_date",
	"planned_end_date",
	"duration_days",
	"actual_start_date",
	"completed_on",
	"constraint_type",
	"constraint_date",
	"is_summary",
	"is_critical",
	"total_float_days",
	"free_float_days",
	"early_start",
	"early_finish",
	"late_start",
	"late_finish",
	"owner",
	"creation",
	"docstatus",
	"idx",
	"modified",
	"modified_by",
)
CHANGEABLE = frozenset(
	{
		"subject",
		"planned_start_date",
		"planned_end_date",
		"duration_days",
		"estimate_hours",
		"constraint_type",
		"constraint_date",
		"parent_task",
		"milestone",
		"phase",
		"assigned_to",
		"is_milestone",
		"sort_order",
		"depends_on",
		"weight",
	}
)
"""What a proposed change may say about a task; progress and status have ways of their own."""
DATES = ("planned_start_date", "planned_end_date", "duration_days", "is_milestone")


@dataclass
class Network:
	"""Tasks, links and calendars of a project."""

	project: frappe._dict
	tasks: dict[str, frappe._dict]
	links: list[Link]
	calendar: Calendar
	leave: dict[str, frozenset[date]] = field(default_factory=dict)
	proposed: set[str] = field(default_factory=set)
	"""Tasks that a change starts from."""
	typed_starts: set[str] = field(default_factory=set)
	"""Tasks whose start somebody chose: it holds even where their links would allow an earlier one."""
	stored: dict[str, dict[str, Any]] = field(default_factory=dict)
	"""The tasks as they are in the database, when the network was loaded for writing."""

	@property
	def parents(self) -> dict[str, str | None]:
		return {name: row.parent_task for name, row in self.tasks.items()}

	def copy(self) -> Network:
		"""A network that can be changed without touching this one."""
		return Network(
			self.project,
			{name: frappe._dict(row) for name, row in self.tasks.items()},
			list(self.links),
			self.calendar,
			self.leave,
			set(self.proposed),
			set(self.typed_starts),
			self.stored,
		)

	def calendar_of(self, user: str | None) -> Calendar:
		"""The project's working days without the days on which a person is away."""
		away = self.leave.get(user or "", frozenset())
		if not away:
			return self.calendar
		return Calendar(self.calendar.days_off, self.calendar.holidays | away, self.calendar.worked - away)

	def living_links(self) -> list[Link]:
		"""The links between tasks that are not cancelled; what waited for a cancelled one waits for what that one
		waited for."""
		links = self.links
		for gone in (name for name, row in self.tasks.items() if row.status == "Cancelled"):
			before = [link for link in links if link.successor == gone and link.predecessor != gone]
			behind = [link for link in links if link.predecessor == gone and link.successor != gone]
			if not (before or behind):
				continue
			links = [link for link in links if gone not in (link.predecessor, link.successor)]
			# From the start or finish of the one to the start or finish of the other.
			links += [
				Link(a.predecessor, b.successor, a.kind[0] + b.kind[1], a.lag + b.lag)
				for a in before
				for b in behind
				if a.predecessor != b.successor
			]
		return links

	def waiting(self) -> set[str]:
		"""Tasks that wait for others, by links of their own or of what they are a part of."""
		own = {link.successor for link in self.living_links()}
		found = set()
		for name, _row in self.tasks.items():
			above, seen = name, set()
			while above and above in self.tasks and above not in seen:
				if above in own:
					found.add(name)
					break
				seen.add(above)
				above = self.tasks[above].parent_task
		return found

	def summaries(self) -> set[str]:
		"""Tasks with parts that are not cancelled."""
		return {
			row.parent_task
			for row in self.tasks.values()
			if row.parent_task in self.tasks and row.status != "Cancelled"
		}

	def days_of(self, row: frappe._dict) -> int:
		"""Working days a task takes."""
		if cint(row.is_milestone):
			return 0
		if cint(row.duration_days) > 0:
			return cint(row.duration_days)
		if row.planned_start_date and row.planned_end_date:
			found = working_days_between(
				row.planned_start_date, row.planned_end_date, self.calendar_of(row.assigned_to)
			)
			return max(1, found)
		return 1

	def activities(self, movable: set[str] | None) -> list[Activity]:
		"""Tasks in the scheduler's words.

		:param movable: tasks that may move; all of them when None
		"""
		summaries = self.summaries()
		linked = {name for link in self.living_links() for name in (link.predecessor, link.successor)}
		found = []
		for name, row in self.tasks.items():
			# A task takes part that has dates or can get some; others are a list of things to do.
			has_dates = (
				row.planned_start_date or row.planned_end_date or row.duration_days or row.completed_on
			)
			is_moment = cint(row.is_milestone) and name in linked
			if row.status == "Cancelled" or not (name in summaries or has_dates or is_moment):
				continue
			days = self.days_of(row)
			start = row.planned_start_date
			if not start and row.planned_end_date:
				start = start_of(row.planned_end_date, days, self.calendar_of(row.assigned_to))
			activity = Activity(
				name,
				days,
				start,
				row.constraint_type or ASAP,
				row.constraint_date,
				row.parent_task,
				row.assigned_to,
				held=movable is not None and name not in movable,
			)
			if row.status == "Completed" and row.completed_on:
				activity.actual_finish = getdate(row.completed_on)
				activity.actual_start = row.actual_start_date or start
			elif row.status in BEGUN and row.actual_start_date and days:
				activity.actual_start = row.actual_start_date
			found.append(activity)
		return found

	def check(self) -> None:
		"""Refuse links and parts that run in a circle, naming the circle.

		:raises DependencyCycleError: with the subjects in the order in which they wait
		"""
		try:
			task_tree.check(self.tasks, self.parents, self.links)
		except CycleError as error:
			throw_cycle([self.tasks[name].subject for name in error.cycle])

	def schedule(
		self,
		movable: set[str] | None = None,
		direction: str = network.FORWARD,
		start: date | None = None,
		end: date | None = None,
	) -> network.Plan:
		"""Compute the plan.

		:raises DependencyCycleError: tasks wait for each other
		:raises SPMError: the calendar never works
		"""
		leave = {user: days for user, days in self.leave.items() if days}
		try:
			return network.schedule(
				self.activities(movable), self.living_links(), self.calendar, leave, direction, start, end
			)
		except CycleError as error:
			throw_cycle([self.tasks[name].subject for name in error.cycle])
		except NoWorkingDayError:
			frappe.throw(
				_("The calendar of the project has no working day. Give it weekdays, or choose another one."),
				exc=SPMError,
			)

	def numbered(self) -> dict[str, str]:
		"""The outline number (1, 1.1, 1.2, 2 …) of every task, in the order of the plan."""
		children: dict[str | None, list[frappe._dict]] = {}
		for row in self.tasks.values():
			parent = row.parent_task if row.parent_task in self.tasks else None
			children.setdefault(parent, []).append(row)
		for rows in children.values():
			rows.sort(key=lambda row: (not cint(row.sort_order), cint(row.sort_order), row.name))
		numbers: dict[str, str] = {}
		stack = [(None, "")]
		while stack:
			parent, prefix = stack.pop()
			for position, row in enumerate(children.get(parent, ()), 1):
				if row.name not in numbers:
					numbers[row.name] = f"{prefix}{position}"
					stack.append((row.name, f"{prefix}{position}."))
		return numbers

	# Changes in memory
	# ------------------

	def change(self, changes: dict[str, Any] | None) -> list[str]:
		"""Take proposed changes into the network: {task: values, "add": [tasks], "drop": [names]}.

		Returns the names given to added tasks, in their order. The network must be a copy.
		:raises SPMError: a task or field that cannot be changed
		"""
		changes = dict(changes or {})
		added = [self._add(values, n) for n, values in enumerate(changes.pop("add", None) or [], 1)]
		for name in changes.pop("drop", None) or []:
			self._drop(name)
		for name, values in changes.items():
			self._change(name, values)
		for values, name in added:
			self._set_links(name, values.get("depends_on"))
		return [name for _values, name in added]

	def _add(self, values: dict, number: int) -> tuple[dict, str]:
		values = dict(values)
		name = values.pop("name", None) or f"new-{number}"
		row = frappe._dict.fromkeys(TASK_FIELDS)
		row.update(name=name, status="Open", subject=values.get("subject") or name, weight=1)
		self.tasks[name] = row
		self._change(name, {k: v for k, v in values.items() if k in CHANGEABLE and k != "depends_on"})
		return values, name

	def _drop(self, name: str) -> None:
		self._known(name)
		self.proposed |= {link.successor for link in self.links if link.predecessor == name}
		self.tasks[name].status = "Cancelled"

	def _known(self, name: str) -> frappe._dict:
		if name not in self.tasks:
			frappe.throw(
				_("{0} is no task of this project. Reload the plan and try again.").format(frappe.bold(name)),
				exc=SPMError,
			)
		return self.tasks[name]

	def _change(self, name: str, values: dict) -> None:
		row = self._known(name)
		if wrong := sorted(set(values) - CHANGEABLE):
			frappe.throw(
				_("A change of the plan cannot set {0}. Possible are: {1}.").format(
					", ".join(wrong), ", ".join(sorted(CHANGEABLE))
				),
				exc=SPMError,
			)
		values = dict(values)
		if "depends_on" in values:
			self._set_links(name, values.pop("depends_on"))
		for fieldname in ("planned_start_date", "planned_end_date", "constraint_date"):
			if fieldname in values:
				values[fieldname] = getdate(values[fieldname]) if values[fieldname] else None
		if values.get("constraint_type") and values["constraint_type"] not in CONSTRAINTS:
			frappe.throw(_("There is no constraint {0}.").format(values["constraint_type"]), exc=SPMError)
		dates = complete_dates(row, values, self.calendar_of(values.get("assigned_to", row.assigned_to)))
		if (
			"planned_start_date" in values
			and values["planned_start_date"]
			and "constraint_type" not in values
		):
			self.typed_starts.add(name)
		row.update(values)
		row.update(dates)
		self.proposed.add(name)

	def _set_links(self, name: str, rows: Iterable[dict] | None) -> None:
		if rows is None:
			return
		self.links = [link for link in self.links if link.successor != name]
		for row in rows:
			self._known(row["task"])
			kind = row.get("link_type") or "FS"
			if kind not in task_tree.LINK_TYPES:
				frappe.throw(_("There is no link type {0}.").format(kind), exc=SPMError)
			self.links.append(Link(row["task"], name, kind, cint(row.get("lag_days"))))
		self.proposed.add(name)


def complete_dates(before: Any, values: dict, days: Calendar) -> dict[str, Any]:
	"""Give the third of start, end and duration when others change.

	A new duration moves the end, a new start takes the end along, a new end changes the duration.

	:param before: the task as it was (a row or document with the three fields), or None for a new one
	:param values: the new values of those of the three that were changed
	"""
	get = before.get if before is not None else {}.get
	start = values["planned_start_date"] if "planned_start_date" in values else get("planned_start_date")
	end = values["planned_end_date"] if "planned_end_date" in values else get("planned_end_date")
	start, end = (getdate(d) if d else None for d in (start, end))
	duration = cint(values["duration_days"] if "duration_days" in values else get("duration_days"))
	if cint(values.get("is_milestone", get("is_milestone"))):
		moved = end if "planned_end_date" in values and "planned_start_date" not in values else start
		day = moved or start or end
		return {"planned_start_date": day, "planned_end_date": day, "duration_days": 0}
	if not any(name in values for name in DATES):
		return {}
	is_end_new = bool("planned_end_date" in values and end)
	if start and end and is_end_new:
		if end < start:
			return {}
		return {"duration_days": max(1, working_days_between(start, end, days))}
	if start and duration:
		return {"planned_end_date": end_of(start, duration, days), "duration_days": duration}
	if start and end:
		return {"duration_days": max(1, working_days_between(start, end, days))} if end >= start else {}
	if end and duration and not start and "duration_days" in values:
		return {"planned_start_date": start_of(end, duration, days)}
	return {}


def throw_cycle(subjects: list[str]) -> None:
	"""Say which tasks would wait for each other.

	:raises DependencyCycleError: always
	"""
	shown = subjects if len(subjects) <= 12 else [*subjects[:6], "…", *subjects[-5:]]
	frappe.throw(
		_("These tasks would wait for each other: {0}.").format(
			" → ".join(frappe.utils.escape_html(subject) for subject in shown)
		),
		title=_("Dependencies run in a circle"),
		exc=DependencyCycleError,
	)


def load(project: str, row: Any = None, locking: bool = False) -> Network:
	"""Read the plan of a project: its tasks, their links, and the leave of those who do them.

	:param row: the project's row, when the caller has read it (locked) already
	:param locking: read what others committed since this transaction began, and lock it
	:raises DoesNotExistError: there is no such project
	"""
	row = row or frappe.db.get_value("SPM Project", project, PROJECT_FIELDS, as_dict=True)
	if not row:
		raise frappe.DoesNotExistError(_("There is no project {0}.").format(project))
	task, dependency = DocType("SPM Task"), DocType("SPM Task Dependency")
	query = (
		frappe.qb.from_(task).select(*(task[column] for column in TASK_FIELDS)).where(task.project == project)
	)
	if locking:
		query = query.for_update()
	tasks = {r.name: r for r in query.run(as_dict=True)}
	links = []
	if len(tasks) > 1:
		found = (
			frappe.qb.from_(dependency)
			.inner_join(task)
			.on(task.name == dependency.parent)
			.select(dependency.task, dependency.parent, dependency.link_type, dependency.lag_days)
			.where((task.project == project) & (dependency.parenttype == "SPM Task"))
			.orderby(dependency.parent, dependency.idx)
		)
		rows = (found.for_update() if locking else found).run()
		links = [Link(p, s, kind or "FS", cint(lag)) for p, s, kind, lag in rows if p in tasks]
	return Network(
		frappe._dict(row),
		tasks,
		links,
		calendars.named(row.get("calendar")),
		calendars.absences(r.assigned_to for r in tasks.values() if r.status not in CLOSED),
		stored={name: dict(r) for name, r in tasks.items()} if locking else {},
	)

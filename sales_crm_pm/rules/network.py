"""Critical path method on working calendars: when each task of a plan can and must happen. No frappe import.

A plan is a tree of tasks with links between them. Dates are found on boundaries between days (see
`workday_axis`): forward for the earliest, backward for the latest dates. A task with parts (a summary) has no
dates of its own: it begins with its first part and ends with its last; a link into it binds each of its parts,
a link out of it begins at its first start or last finish.

- Lags are working days of the project's calendar, durations those of the task's own (the person's leave counts).
- A task that waits for nothing stands where it stands; one that waits starts as soon as its links allow.
- What is finished stays, what has begun keeps its start; both count for the tasks behind them.
- Links win over constraints: a latest date that cannot be kept shows as negative float and as a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sales_crm_pm.rules.activity import ALAP, FNET, FNLT, MFO, MSO, SNET, SNLT, Activity, Node
from sales_crm_pm.rules.task_tree import FF, FS, SS, Link, Tree
from sales_crm_pm.rules.workday_axis import Axis
from sales_crm_pm.rules.workdays import Calendar

FORWARD, BACKWARD = "forward", "backward"
FAR = 10**7
"""Later than every day there is."""


@dataclass(slots=True)
class Placed:
	"""The dates of one task. `start` and `finish` are where it is planned; the early ones where it could be."""

	start: date
	finish: date
	early_start: date
	early_finish: date
	late_start: date
	late_finish: date
	total_float: int
	free_float: int
	is_critical: bool
	is_summary: bool = False
	duration: int = 0


@dataclass(frozen=True, slots=True)
class Conflict:
	"""A constraint that cannot be kept: its `limit` and where the task comes to lie instead."""

	name: str
	constraint: str
	limit: date
	day: date


@dataclass(slots=True)
class Plan:
	"""The whole result."""

	tasks: dict[str, Placed]
	start: date | None
	end: date | None
	conflicts: list[Conflict] = field(default_factory=list)

	@property
	def critical(self) -> list[str]:
		"""The tasks that cannot slip, in the order of their dates; summaries left out."""
		found = [
			(p.start, p.finish, name) for name, p in self.tasks.items() if p.is_critical and not p.is_summary
		]
		return [name for _start, _finish, name in sorted(found)]


class Scheduler:
	"""Computes a plan. Use `schedule`."""

	def __init__(
		self,
		activities: Iterable[Activity],
		links: Iterable[Link],
		calendar: Calendar,
		leave: Mapping[str, Iterable[date]] | None = None,
		start: date | None = None,
		end: date | None = None,
	):
		self.activities = {a.name: a for a in activities}
		self.tree = Tree(self.activities, {name: a.parent for name, a in self.activities.items()}, links)
		leaves = [a for name, a in self.activities.items() if not self.tree.is_summary(name)]
		given = [d for a in leaves for d in (a.actual_start, a.start) if d] or [
			a.constraint_date for a in leaves if a.constraint_date
		]
		self.origin = (start or min(given, default=end or date.today())).toordinal()
		self.axis = Axis(calendar, self.origin)
		self.axes: dict[str | None, Axis] = {None: self.axis}
		for key, days in (leave or {}).items():
			off = {day.toordinal() for day in days}
			self.axes[key] = Axis(calendar, self.origin, off, self.axis) if off else self.axis
		self.nodes = {a.name: self._node(a) for a in leaves}
		self.incoming: dict[str, list[Link]] = {}
		self.outgoing: dict[str, list[Link]] = {}
		for link in self.tree.links:
			self.incoming.setdefault(link.successor, []).append(link)
			self.outgoing.setdefault(link.predecessor, []).append(link)
		self._see_who_waits()
		self.begin = self._beginning(start)
		self._set_floors()
		self.end = end.toordinal() + 1 if end else None
		# Dates of summaries by point of view: boundaries of their first start and last finish.
		self.spans: dict[str, tuple[int, int]] = {}
		self.first_part: dict[str, str] = {}

	def _node(self, a: Activity) -> Node:
		node = Node(a, self.axes.get(a.calendar, self.axis), max(0, a.duration))
		if a.actual_finish:
			begun = (a.actual_start or a.start or a.actual_finish).toordinal()
			finish = a.actual_finish.toordinal()
			node.done = (min(begun, finish), finish + 1)
		return node

	def _see_who_waits(self) -> None:
		waits: dict[str, bool] = {}
		at_end: dict[str, bool] = {}
		for name, is_end in self.tree.order:
			if is_end:
				continue
			own, parent = self.incoming.get(name, ()), self.tree.parent.get(name)
			waits[name] = bool(own) or bool(parent and waits[parent])
			at_end[name] = any(k.kind in (FS, FF) for k in own) or bool(parent and at_end[parent])
			if node := self.nodes.get(name):
				node.waits, node.at_end = waits[name], at_end[name]

	def _beginning(self, start: date | None) -> int:
		"""The boundary at which the plan begins: where those stand that wait for nothing."""
		if start:
			return start.toordinal()
		standing = [
			(a.actual_start or a.start).toordinal()
			for node in self.nodes.values()
			if (a := node.activity).actual_start or (a.start and (a.held or not node.waits))
		]
		return min(standing, default=self.origin)

	def _set_floors(self) -> None:
		for node in self.nodes.values():
			a = node.activity
			node.floor = self.begin
			if node.done:
				continue
			if a.actual_start:
				node.fixed = node.first_from(a.actual_start.toordinal() + int(node.at_end and not node.days))
			elif a.held and a.start:
				node.fixed = node.first_from(a.start.toordinal() + int(node.at_end and not node.days))
			elif a.start and not node.waits and a.constraint not in (MSO, MFO):
				node.floor = a.start.toordinal()

	# Limits of constraints
	# ------------------

	def _not_before(self, node: Node) -> int | None:
		"""The first number that a constraint allows."""
		a = node.activity
		if not a.constraint_date or a.constraint not in (SNET, FNET, MSO, MFO):
			return None
		day = a.constraint_date.toordinal()
		if a.constraint in (SNET, MSO):
			return node.first_from(day + int(node.at_end and not node.days))
		if a.constraint == MFO:
			# A finish on a day that is not worked means the last working day before it.
			day = node.axis.day(node.axis.count(day + 1) - 1)
		return node.first_until(day + 1 if node.days or node.at_end else day)

	def _not_after(self, node: Node) -> int | None:
		"""The last number that a constraint allows."""
		a = node.activity
		if not a.constraint_date or a.constraint not in (SNLT, FNLT, MSO, MFO):
			return None
		day = a.constraint_date.toordinal()
		if a.constraint in (SNLT, MSO):
			if a.constraint == MSO:
				# A start on a day that is not worked means the first working day after it.
				day = node.axis.day(node.axis.count(day))
			return node.last_from(day + int(node.at_end and not node.days))
		return node.last_until(day + 1 if node.days or node.at_end else day)

	# Lags
	# ------------------

	def _pushed(self, link: Link, span: tuple[int, int]) -> int:
		"""The boundary that a predecessor's dates set for its successor's start (FS, SS) or finish (FF, SF)."""
		boundary = span[1] if link.kind in (FS, FF) else span[0]
		if not link.lag:
			return boundary
		number = self.axis.count(boundary) + link.lag
		return self.axis.day(number) if link.kind in (FS, SS) else self.axis.day(number - 1) + 1

	def _allowed(self, link: Link, span: tuple[int, int]) -> int:
		"""The last boundary of the predecessor's finish (FS, FF) or start that keeps the successor's dates."""
		boundary = span[0] if link.kind in (FS, SS) else span[1]
		if not link.lag or boundary >= FAR:
			return boundary
		if link.kind in (FS, SS):
			return self.axis.day(self.axis.count(boundary + 1) - 1 - link.lag)
		return self.axis.day(self.axis.count(boundary) - link.lag)

	# Passes
	# ------------------

	def _forward(self, least: dict[str, int] | None = None, stands: bool = True) -> dict[str, int]:
		"""Numbers of all leaves, each as early as links and constraints allow.

		:param least: numbers below which a leaf is not put
		:param stands: False lets a task that waits for nothing begin with the plan instead of where it stands
		"""
		numbers: dict[str, int] = {}
		spans: dict[str, tuple[int, int]] = {}
		gates: dict[str, tuple[int, int]] = {}
		for name, is_end in self.tree.order:
			if is_end:
				parts = self.tree.children[name]
				first = min(parts, key=lambda part: spans[part][0])
				self.first_part[name] = self.first_part.get(first, first)
				spans[name] = (spans[first][0], max(spans[part][1] for part in parts))
				continue
			node = self.nodes.get(name)
			if node and node.done:
				spans[name] = node.done
				continue
			from_start, from_finish = gates.get(self.tree.parent.get(name), (0, 0))
			for link in self.incoming.get(name, ()):
				boundary = self._pushed(link, spans[link.predecessor])
				if link.kind in (FS, SS):
					from_start = max(from_start, boundary)
				else:
					from_finish = max(from_finish, boundary)
			if node is None:
				gates[name] = (from_start, from_finish)
				continue
			number = node.fixed
			if number is None:
				number = node.first_from(max(node.floor if stands else self.begin, from_start))
				if from_finish:
					number = max(number, node.first_until(from_finish))
				limit = self._not_before(node)
				if limit is not None and limit > number:
					number = limit
				if least is not None and least[name] > number:
					number = least[name]
			numbers[name] = number
			spans[name] = (node.start_of(number), node.finish_of(number))
		self.spans = spans
		return numbers

	def _backward(self, end: int, keep: dict[str, int] | None = None, raised: bool = False) -> dict[str, int]:
		"""Numbers of all leaves, each as late as its successors allow.

		:param end: boundary that nothing passes
		:param keep: where leaves are planned: successors count as they are planned, except those that are as
		    late as possible, which are moved there (in `keep`); without it, successors count at their latest
		:param raised: let constraints that want a task later win over the end
		"""
		numbers: dict[str, int] = {}
		spans: dict[str, tuple[int, int]] = {}
		caps: dict[str, int] = {}
		start_caps: dict[str, int] = {}
		for name, is_end in reversed(self.tree.order):
			node = self.nodes.get(name)
			if node is None and not is_end:
				# The beginning of a summary: what it waits for must respect the tightest of its parts.
				parts = self.tree.children[name]
				spans[name] = (min(spans[p][0] for p in parts), min(spans[p][1] for p in parts))
				continue
			if node and node.done:
				spans[name] = (FAR, FAR)
				continue
			until = min(end, caps.get(self.tree.parent.get(name), FAR))
			start_until = start_caps.get(name, FAR)
			for link in self.outgoing.get(name, ()):
				boundary = self._allowed(link, spans[link.successor])
				if link.kind in (FS, FF):
					until = min(until, boundary)
				else:
					start_until = min(start_until, boundary)
			if node is None:
				caps[name] = until
				if start_until < FAR:
					first = self.first_part[name]
					start_caps[first] = min(start_until, start_caps.get(first, FAR))
				continue
			number = node.last_until(until)
			if start_until < FAR:
				number = min(number, node.last_from(start_until))
			limit = self._not_after(node)
			if limit is not None and limit < number:
				number = limit
			if raised:
				limit = self._not_before(node)
				if limit is not None and limit > number:
					number = limit
			numbers[name] = number
			counted = number
			if keep is not None:
				if node.activity.constraint == ALAP and node.fixed is None:
					keep[name] = max(keep[name], number)
				counted = keep[name]
			elif node.fixed is not None and raised:
				counted = node.fixed
			start = FAR if node.activity.actual_start else node.start_of(counted)
			spans[name] = (start, node.finish_of(counted))
		return numbers

	def forward(self) -> Plan:
		"""Everything as soon as possible."""
		early = self._forward()
		end = max((span[1] for span in self.spans.values()), default=self.origin)
		late = self._backward(end)
		placed = dict(early)
		free = self._backward(end, keep=placed)
		return self._plan(early, late, placed, free)

	def backward(self) -> Plan:
		"""Everything as late as the end allows."""
		wanted = self._backward(self.end, raised=True)
		self.begin = min(
			(node.start_of(wanted[name]) for name, node in self.nodes.items() if name in wanted),
			default=self.begin,
		)
		placed = self._forward(least=wanted, stands=False)
		end = max(self.end, max((span[1] for span in self.spans.values()), default=self.end))
		late = self._backward(end)
		starts = [self.nodes[name].start_of(number) for name, number in placed.items()]
		self.begin = min(starts, default=self.begin)
		early = self._forward(stands=False)
		free = self._backward(end, keep=dict(placed))
		return self._plan(early, late, placed, free)

	# Result
	# ------------------

	def _plan(self, early: dict, late: dict, placed: dict, free: dict) -> Plan:
		tasks: dict[str, Placed] = {}
		for name, node in self.nodes.items():
			if node.done:
				first, last = (date.fromordinal(node.done[0]), date.fromordinal(node.done[1] - 1))
				tasks[name] = Placed(first, last, first, last, first, last, 0, 0, False, duration=node.days)
				continue
			total = late[name] - early[name]
			slack = max(0, min(free[name] - placed[name], max(0, late[name] - placed[name])))
			days = [
				date.fromordinal(day)
				for number in (placed[name], early[name], late[name])
				for day in node.shown(number)
			]
			tasks[name] = Placed(*days, total, slack, total <= 0, duration=node.days)
		for name, is_end in self.tree.order:
			if is_end:
				tasks[name] = self._summary([tasks[part] for part in self.tree.children[name]])
		return Plan(
			{name: tasks[name] for name in self.activities},
			min((p.start for p in tasks.values()), default=None),
			max((p.finish for p in tasks.values()), default=None),
			self._conflicts(tasks),
		)

	def _summary(self, parts: list[Placed]) -> Placed:
		start, finish = min(p.start for p in parts), max(p.finish for p in parts)
		return Placed(
			start,
			finish,
			min(p.early_start for p in parts),
			max(p.early_finish for p in parts),
			min(p.late_start for p in parts),
			max(p.late_finish for p in parts),
			min(p.total_float for p in parts),
			min(p.free_float for p in parts),
			any(p.is_critical for p in parts),
			is_summary=True,
			duration=self.axis.count(finish.toordinal() + 1) - self.axis.count(start.toordinal()),
		)

	def _conflicts(self, tasks: dict[str, Placed]) -> list[Conflict]:
		found = []
		for name, node in self.nodes.items():
			a = node.activity
			limit = None if node.done or a.actual_start else self._not_after(node)
			if limit is None:
				continue
			is_start = a.constraint in (SNLT, MSO)
			day = tasks[name].start if is_start else tasks[name].finish
			latest = node.shown(limit)[0 if is_start else 1]
			if day.toordinal() > latest:
				found.append(Conflict(name, a.constraint, a.constraint_date, day))
		return found


def schedule(
	activities: Iterable[Activity],
	links: Iterable[Link],
	calendar: Calendar,
	leave: Mapping[str, Iterable[date]] | None = None,
	direction: str = FORWARD,
	start: date | None = None,
	end: date | None = None,
) -> Plan:
	"""Compute a plan.

	:param activities: tasks; one that others name as `parent` is a summary
	:param links: links between them; those that name an unknown task are left out
	:param calendar: working days of the project
	:param leave: days off per person; an activity's `calendar` names the person
	:param direction: `forward`, or `backward` from `end`
	:param start: first day of the plan; by default the first day on which something stands that waits for nothing
	:raises CycleError: tasks wait for each other, or are parts of each other
	:raises NoWorkingDayError: the calendar never works
	"""
	if direction == BACKWARD and end is None:
		raise ValueError("scheduling backwards needs an end")
	scheduler = Scheduler(activities, links, calendar, leave, start, end if direction == BACKWARD else None)
	return scheduler.backward() if direction == BACKWARD else scheduler.forward()

"""Progress of milestones and projects, planned and real (domain.md 5.14).

Every figure is a percentage from 0 to 100 with one decimal, as it is stored and shown. What is cancelled
does not count; when all weights are 0 the simple mean is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sales_crm_pm.rules import earned_value
from sales_crm_pm.rules.earned_value import Package, Plan, ratio, shares_of
from sales_crm_pm.rules.money import rounded
from sales_crm_pm.rules.workdays import Calendar

DECIMALS = 1

MILESTONE_WEIGHT = "Milestone Weight"
TASK_WEIGHT = "Task Weight"
TASK_PROGRESS = "Task Progress"
TASK_COMPLETION = "Task Completion"
MANUAL = "Manual"

BEGUN = ("Working", "Pending Review", "Completed", "In Progress", "Submitted", "Rejected", "Accepted")
"""Statuses of tasks and milestones on which somebody has worked."""


@dataclass(frozen=True)
class TaskFacts:
	"""What progress needs to know about a task."""

	status: str
	progress: float = 0.0
	weight: float = 1.0
	milestone: str | None = None
	start: date | None = None
	end: date | None = None
	name: str = ""
	parent: str | None = None

	@property
	def has_begun(self) -> bool:
		return self.percent > 0 or self.status in BEGUN

	@property
	def counts(self) -> bool:
		return self.status != "Cancelled"

	@property
	def percent(self) -> float:
		return 100.0 if self.status == "Completed" else min(100.0, max(0.0, self.progress or 0.0))


@dataclass(frozen=True)
class MilestoneFacts:
	"""What progress needs to know about a milestone."""

	name: str
	status: str
	weight: float = 1.0
	planned: date | None = None
	baseline: date | None = None

	@property
	def counts(self) -> bool:
		return self.status != "Cancelled"


def weighted_mean(pairs: Iterable[tuple[float, float]]) -> float:
	"""Return Σ(weight · value) / Σ weight, the simple mean when all weights are 0, and 0 for nothing."""
	rows = list(pairs)
	if not rows:
		return 0.0
	total = sum(weight for weight, _value in rows)
	if total <= 0:
		return rounded(sum(value for _weight, value in rows) / len(rows), DECIMALS)
	return rounded(sum(weight * value for weight, value in rows) / total, DECIMALS)


def milestone_percent(status: str, tasks: Iterable[TaskFacts]) -> float:
	"""Return the progress of one milestone: 100 when accepted, otherwise the weighted mean of its tasks."""
	if status == "Accepted":
		return 100.0
	if status == "Cancelled":
		return 0.0
	return weighted_mean((task.weight, task.percent) for task in tasks if task.counts)


def percent_complete(
	method: str,
	milestones: Iterable[tuple[MilestoneFacts, float]],
	tasks: Iterable[TaskFacts],
	manual: float = 0.0,
) -> float:
	"""Return the progress of a project by its completion method.

	`milestones` carries each milestone with its own progress. An unknown method counts as the default,
	the weight of the milestones.
	"""
	if method == MANUAL:
		return rounded(min(100.0, max(0.0, manual or 0.0)), DECIMALS)
	counted = [task for task in tasks if task.counts]
	if method == TASK_WEIGHT:
		return weighted_mean((task.weight, task.percent) for task in counted)
	if method == TASK_PROGRESS:
		return weighted_mean((1, task.percent) for task in counted)
	if method == TASK_COMPLETION:
		return weighted_mean((1, 100.0 if task.status == "Completed" else 0.0) for task in counted)
	return weighted_mean((m.weight, percent) for m, percent in milestones if m.counts)


def leaves(tasks: Iterable[TaskFacts]) -> list[TaskFacts]:
	"""Return the tasks that are work themselves: those of which no task that counts is a part."""
	tasks = list(tasks)
	parents = {task.parent for task in tasks if task.parent and task.counts}
	return [task for task in tasks if task.name not in parents]


def summary_percents(tasks: Iterable[TaskFacts]) -> dict[str, float]:
	"""Return the progress of each open task that has parts: the weighted mean of its leaves, at any depth."""
	tasks = list(tasks)
	work = leaves(tasks)
	by_name = {task.name: task for task in tasks}
	below: dict[str, list[TaskFacts]] = {}
	for leaf in work:
		parent, seen = leaf.parent, {leaf.name}
		while parent in by_name and parent not in seen and leaf.counts:
			below.setdefault(parent, []).append(leaf)
			seen.add(parent)
			parent = by_name[parent].parent
	return {
		name: weighted_mean((leaf.weight, leaf.percent) for leaf in found)
		for name, found in below.items()
		if by_name[name].status not in ("Completed", "Cancelled")
	}


def plan_of(
	method: str,
	milestones: Iterable[MilestoneFacts],
	tasks: Iterable[TaskFacts],
	today: date,
	calendar: Calendar,
	start: date | None = None,
	end: date | None = None,
	percent: float = 0.0,
	technique: str = earned_value.PERCENT,
) -> Plan:
	"""Lay out the work of a project as its completion method measures it.

	Milestones carry their weight; inside one, its tasks share it and are due over their own days, at the
	latest on the day the milestone is promised for. A milestone without tasks is due as a whole on that day.

	Args:
	        tasks: the leaves of the tree of tasks.
	        start: first day of the project.
	        end: last day of the project; with `percent`, the one piece of work of a manual project.
	        technique: how much a piece has earned before it is done; weighted milestones are measured by
	                their acceptance alone, whatever the method.
	"""
	by_acceptance = technique == earned_value.WEIGHTED_MILESTONES
	if technique == earned_value.PERCENT and method == TASK_COMPLETION:
		technique = earned_value.ZERO_HUNDRED
	counted = [task for task in tasks if task.counts]
	if method == MANUAL and not by_acceptance:
		work = [Package(1, percent, percent >= 100, percent > 0, start, end)]
	elif method in (TASK_WEIGHT, TASK_PROGRESS, TASK_COMPLETION) and not by_acceptance:
		work = [
			_package(task, task.weight if method == TASK_WEIGHT else 1, task.start, task.end)
			for task in counted
		]
	else:
		work = _packages_of_milestones([m for m in milestones if m.counts], counted, by_acceptance)
	return Plan.of(work, calendar, technique, start, today)


def _packages_of_milestones(
	milestones: list[MilestoneFacts], tasks: list[TaskFacts], by_acceptance: bool
) -> list[Package]:
	within: dict[str, list[TaskFacts]] = {}
	for task in tasks:
		within.setdefault(task.milestone or "", []).append(task)
	work = []
	for m, share in zip(milestones, shares_of([m.weight for m in milestones]), strict=True):
		promised, is_done, parts = m.baseline or m.planned, m.status == "Accepted", within.get(m.name, ())
		if by_acceptance or not parts:
			work.append(Package(share, 100 if is_done else 0, is_done, m.status in BEGUN, None, promised))
			continue
		for task, part in zip(parts, shares_of([t.weight for t in parts]), strict=True):
			due = min((d for d in (task.end, promised) if d), default=None)
			package = _package(task, share * part, task.start, due)
			work.append(Package(package.weight, 100, True, True, package.start, due) if is_done else package)
	return work


def _package(task: TaskFacts, weight: float, start: date | None, end: date | None) -> Package:
	return Package(weight, task.percent, task.status == "Completed", task.has_begun, start, end)


def percent_planned(plan: Plan, today: date) -> float:
	"""Return the progress the plan wants at the end of `today`."""
	return rounded(100 * plan.planned_share(today), DECIMALS)


def schedule_performance(earned: float, planned: float) -> float | None:
	"""Return SPI, the share of the planned progress that is done, or None while nothing is planned."""
	return ratio(earned, planned)

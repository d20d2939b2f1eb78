"""Progress of milestones and projects, planned and real (domain.md 5.14).

Every figure is a percentage from 0 to 100 with one decimal, as it is stored and shown. What is cancelled
does not count; when all weights are 0 the simple mean is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sales_crm_pm.rules.money import rounded
from sales_crm_pm.rules.schedule import planned_share

DECIMALS = 1

MILESTONE_WEIGHT = "Milestone Weight"
TASK_WEIGHT = "Task Weight"
TASK_PROGRESS = "Task Progress"
TASK_COMPLETION = "Task Completion"
MANUAL = "Manual"


@dataclass(frozen=True)
class TaskFacts:
	"""What progress needs to know about a task."""

	status: str
	progress: float = 0.0
	weight: float = 1.0
	milestone: str | None = None
	start: date | None = None
	end: date | None = None

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


def percent_planned(
	method: str,
	milestones: Iterable[MilestoneFacts],
	tasks: Iterable[TaskFacts],
	today: date,
	start: date | None = None,
	end: date | None = None,
) -> float:
	"""Return the progress the plan wants at the end of `today`, measured as `percent_complete` measures it.

	A milestone is due as a whole on its baseline date (its planned date while there is no baseline);
	tasks and a manually reported project are due linearly over their days.
	"""
	if method == MANUAL:
		return rounded(100 * planned_share(start, end, today), DECIMALS)
	if method in (TASK_WEIGHT, TASK_PROGRESS, TASK_COMPLETION):
		counted = [task for task in tasks if task.counts]

		def due(task: TaskFacts) -> float:
			share = planned_share(task.start, task.end, today)
			return 100.0 * (float(share >= 1) if method == TASK_COMPLETION else share)

		return weighted_mean((task.weight if method == TASK_WEIGHT else 1, due(task)) for task in counted)

	def is_due(milestone: MilestoneFacts) -> float:
		promised = milestone.baseline or milestone.planned
		return 100.0 if promised and promised <= today else 0.0

	return weighted_mean((m.weight, is_due(m)) for m in milestones if m.counts)


def schedule_performance(complete: float, planned: float) -> float | None:
	"""Return SPI, the share of the planned progress that is done, or None while nothing is planned."""
	if not planned:
		return None
	return rounded(complete / planned, 4)

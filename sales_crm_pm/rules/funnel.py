"""How deals pass through the stages of a pipeline. Nothing here touches the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import mean, median

WON = "Won"
"""What a deal enters after the last stage on the road."""


@dataclass(frozen=True)
class Entry:
	"""A deal entered a stage."""

	deal: str
	stage: str
	on: datetime
	left_on: datetime | None = None


@dataclass
class StageFigures:
	"""One stage of the funnel, for the deals that entered it in the period."""

	stage: str
	entered: set[str] = field(default_factory=set)
	passed: set[str] = field(default_factory=set)
	"""Deals of `entered` that reached any later stage (or were won), whenever that was."""
	won: set[str] = field(default_factory=set)
	days: list[float] = field(default_factory=list)
	"""Length of each finished stay."""

	@property
	def conversion(self) -> float | None:
		"""Percent of the cohort that went on; None without one."""
		return round(100 * len(self.passed) / len(self.entered), 2) if self.entered else None

	@property
	def win_rate(self) -> float | None:
		"""Percent of the cohort that was won in the end."""
		return round(100 * len(self.won) / len(self.entered), 2) if self.entered else None

	@property
	def mean_days(self) -> float | None:
		return round(mean(self.days), 1) if self.days else None

	@property
	def median_days(self) -> float | None:
		return round(median(self.days), 1) if self.days else None


def funnel(
	stages: Sequence[str],
	entries: Iterable[Entry],
	start: datetime | None = None,
	end: datetime | None = None,
) -> list[StageFigures]:
	"""Stage-to-stage conversion by cohort (domain 5.14): entered next ÷ entered stage.

	A cohort is the deals that entered the stage between `start` and `end`; what became of them later counts
	whenever it happened. A stage that was skipped counts as entered and passed when the next one was entered. Going
	back and forth counts a deal once.

	:param stages: the stages on the road in their order, ending with `WON`
	:param entries: every entry of the deals concerned, in any order; other stages (lost, on hold) are ignored
	:return: one StageFigures per stage except the last
	"""
	place = {stage: n for n, stage in enumerate(stages)}
	first_at: dict[str, dict[int, datetime]] = {}
	figures = [StageFigures(stage) for stage in stages[:-1]]
	for entry in entries:
		n = place.get(entry.stage)
		if n is None:
			continue
		seen = first_at.setdefault(entry.deal, {})
		seen[n] = min(entry.on, seen.get(n, entry.on))
		if entry.left_on and n < len(figures) and _within(entry.on, start, end):
			figures[n].days.append(max(0.0, (entry.left_on - entry.on).total_seconds() / 86400))
	last = len(stages) - 1
	for deal, seen in first_at.items():
		furthest = max(seen)
		reached: datetime | None = None
		for n in range(furthest, -1, -1):
			# A skipped stage was entered, in effect, when the next one was.
			reached = min(seen[n], reached) if n in seen and reached else seen.get(n, reached)
			if n == last or not _within(reached, start, end):
				continue
			figures[n].entered.add(deal)
			if furthest > n:
				figures[n].passed.add(deal)
			if furthest == last:
				figures[n].won.add(deal)
	return figures


def _within(moment: datetime | None, start: datetime | None, end: datetime | None) -> bool:
	return moment is not None and (start is None or moment >= start) and (end is None or moment <= end)

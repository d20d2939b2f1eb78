"""Dates of a plan: how far a date slipped, when the end is to be expected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


def slip_days(baseline: date | None, planned: date | None, forecast: date | None, actual: date | None) -> int:
	"""Return by how many days a milestone is (or is expected to be) later than promised; early is negative.

	The promise is the baseline, or the plan while there is no baseline.
	"""
	promised = baseline or planned
	expected = actual or forecast or planned
	if not promised or not expected:
		return 0
	return (expected - promised).days


def days_late(baseline: date | None, planned: date | None, today: date) -> int:
	"""Return how many days an open milestone is past its promised date today (0 when it is not)."""
	promised = baseline or planned
	return max(0, (today - promised).days) if promised else 0


@dataclass(frozen=True)
class ExpectedEnd:
	"""The dates of one milestone that bear on the expected end of its project."""

	planned: date | None
	forecast: date | None = None
	actual: date | None = None
	is_done: bool = False


def forecast_end(
	milestones: Iterable[ExpectedEnd], planned_end: date | None, today: date, is_finished: bool = False
) -> date | None:
	"""Return the day on which a project is expected to end.

	It is the latest of the milestones' dates; one that is not done yet cannot end before today, and the
	project cannot end before its planned end while work is open. A finished project ended with its last
	milestone.
	"""
	candidates: list[date] = []
	for m in milestones:
		if m.is_done:
			candidates.append(m.actual or m.forecast or m.planned or today)
		else:
			expected = m.forecast or m.planned
			candidates.append(max(expected, today) if expected else today)
	if planned_end and not is_finished:
		candidates.append(max(planned_end, today))
	elif planned_end and not candidates:
		candidates.append(planned_end)
	return max(candidates) if candidates else None

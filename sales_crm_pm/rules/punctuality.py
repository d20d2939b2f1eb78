"""On-time rate and delay of milestones. No frappe import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Due:
	"""A milestone that was promised for a day, and the day it was accepted, if it was."""

	promised: date
	accepted: date | None


@dataclass(frozen=True)
class Punctuality:
	"""How many were due, how many came on time, and the mean delay in days; rates are None when none was due."""

	due: int
	on_time: int
	on_time_rate: float | None
	delay_rate: float | None
	average_delay: float | None


def measure(milestones: Sequence[Due], today: date) -> Punctuality:
	"""Measure milestones that were due up to today: one that is due and open is late, by the days until today."""
	due = [m for m in milestones if m.promised <= today]
	on_time = sum(1 for m in due if m.accepted and m.accepted <= m.promised)
	# Due today and not accepted yet is late by the definition, with a delay of no day so far.
	delays = [max(0, ((m.accepted or today) - m.promised).days) for m in due]
	if not due:
		return Punctuality(0, 0, None, None, None)
	rate = round(100 * on_time / len(due), 1)
	return Punctuality(len(due), on_time, rate, round(100 - rate, 1), round(sum(delays) / len(due), 1))

"""Working minutes: how many lie between two moments, and where so many of them end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

LONGEST_SEARCH_DAYS = 3660
"""A calendar without a working minute in ten years has none."""


@dataclass(frozen=True)
class Calendar:
	"""Working spans per weekday (0 is Monday) and days off. Without spans every minute counts."""

	spans: Mapping[int, tuple[tuple[time, time], ...]] = field(default_factory=dict)
	holidays: frozenset[date] = frozenset()
	extra_days: frozenset[date] = frozenset()
	"""Weekend days that are worked instead; they have the hours of the first working weekday."""

	@property
	def is_round_the_clock(self) -> bool:
		return not any(self.spans.values())

	def spans_of(self, day: date) -> list[tuple[datetime, datetime]]:
		"""The working spans of a day, in order and without overlap."""
		if day in self.holidays:
			return []
		merged: list[tuple[datetime, datetime]] = []
		own = self.spans.get(day.weekday(), ())
		if not own and day in self.extra_days:
			own = next((self.spans[weekday] for weekday in sorted(self.spans) if self.spans[weekday]), ())
		for start, end in sorted(own):
			begin, finish = datetime.combine(day, start), datetime.combine(day, end)
			if finish <= begin:
				continue
			if merged and begin <= merged[-1][1]:
				merged[-1] = (merged[-1][0], max(merged[-1][1], finish))
			else:
				merged.append((begin, finish))
		return merged

	def is_open(self, moment: datetime) -> bool:
		"""Whether somebody works at this moment."""
		return self.is_round_the_clock or any(
			start <= moment < end for start, end in self.spans_of(moment.date())
		)


def add_minutes(calendar: Calendar, start: datetime, minutes: float) -> datetime:
	"""The moment at which so many working minutes since `start` are over.

	:raises ValueError: the calendar has no working time
	"""
	if calendar.is_round_the_clock:
		return start + timedelta(minutes=minutes)
	left = timedelta(minutes=minutes)
	for begin, end in _from(calendar, start):
		if end - begin >= left:
			return begin + left
		left -= end - begin
	raise ValueError("no working time")


def minutes_between(calendar: Calendar, start: datetime, end: datetime) -> float:
	"""Working minutes from `start` to `end`; 0 when the end lies before the start."""
	if end <= start:
		return 0.0
	if calendar.is_round_the_clock:
		return (end - start).total_seconds() / 60
	total = timedelta()
	for begin, finish in _from(calendar, start, (end.date() - start.date()).days + 1):
		if begin >= end:
			break
		total += min(finish, end) - begin
	return total.total_seconds() / 60


def _from(
	calendar: Calendar, start: datetime, days: int = LONGEST_SEARCH_DAYS
) -> Iterator[tuple[datetime, datetime]]:
	for offset in range(days):
		for begin, end in calendar.spans_of(start.date() + timedelta(days=offset)):
			if end > start:
				yield max(begin, start), end

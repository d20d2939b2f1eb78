"""Working days, visits that follow each other, and hours in which nobody wants mail. No frappe import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

SATURDAY, SUNDAY = 5, 6
LONGEST_BREAK = 366
"""Days after which the search for a working day gives up: a calendar without any would search for ever."""


@dataclass(frozen=True)
class Calendar:
	"""Which days are worked: the weekdays, less holidays, plus single days worked instead."""

	days_off: frozenset[int] = frozenset({SATURDAY, SUNDAY})
	holidays: frozenset[date] = frozenset()
	worked: frozenset[date] = frozenset()

	def is_working(self, day: date) -> bool:
		"""Whether this day is worked; a day worked instead of another wins over weekend and holiday."""
		if day in self.worked:
			return True
		return day.weekday() not in self.days_off and day not in self.holidays

	def on_or_after(self, day: date) -> date:
		"""The first working day not before `day`; the day itself when there is none within a year."""
		for number in range(LONGEST_BREAK):
			if self.is_working(found := day + timedelta(days=number)):
				return found
		return day

	def after(self, day: date, count: int) -> date:
		"""The `count`-th working day after `day`; for 0 the first one not before it."""
		if count <= 0:
			return self.on_or_after(day)
		for _number in range(count):
			day = self.on_or_after(day + timedelta(days=1))
		return day


EVERY_DAY = Calendar(days_off=frozenset())


def visit_due(last_touch: date, every_days: int, calendar: Calendar) -> date:
	"""When the next touch is due: so many days after the last one, on a working day."""
	return calendar.on_or_after(last_touch + timedelta(days=max(1, every_days)))


def spread(
	wanted: Iterable[tuple[str, date]],
	taken: dict[tuple[str, date], int],
	most: int,
	calendar: Calendar,
) -> list[date]:
	"""Days for visits so that nobody has more than `most` on one day; later ones move to the next working days.

	:param wanted: (person, day) in the order of importance
	:param taken: how many visits each person has on each day already; counted up here
	:param most: visits per person and day, 0 for no limit
	:return: one day per entry of `wanted`, never before the day wanted
	"""
	found = []
	for person, day in wanted:
		while most and taken.get((person, day), 0) >= most:
			following = calendar.on_or_after(day + timedelta(days=1))
			if following <= day:
				break
			day = following
		taken[person, day] = taken.get((person, day), 0) + 1
		found.append(day)
	return found


def is_quiet(moment: time, quiet_from: time | None, quiet_until: time | None) -> bool:
	"""Whether a time of day lies in the quiet hours, which may run over midnight; none when both are alike."""
	if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
		return False
	if quiet_from < quiet_until:
		return quiet_from <= moment < quiet_until
	return moment >= quiet_from or moment < quiet_until


def next_allowed(
	moment: datetime, quiet_from: time | None, quiet_until: time | None, calendar: Calendar
) -> datetime:
	"""The first moment not before `moment` that is on a working day and outside the quiet hours."""
	if is_quiet(moment.time(), quiet_from, quiet_until):
		# Quiet since the evening: the hours end tomorrow.
		day = moment.date() + timedelta(days=int(moment.time() >= quiet_until))
		moment = datetime.combine(day, quiet_until)
	day = calendar.on_or_after(moment.date())
	if day == moment.date():
		return moment
	start = quiet_until if is_quiet(time.min, quiet_from, quiet_until) else time.min
	return datetime.combine(day, start or time.min)


def after_wait(moment: datetime, days: int, in_working_days: bool, calendar: Calendar) -> datetime:
	"""The moment so many days later at the same time of day, counted in working days when wanted."""
	if days <= 0:
		return moment
	if not in_working_days:
		return moment + timedelta(days=days)
	return datetime.combine(calendar.after(moment.date(), days), moment.time())


def working_days_between(first: date, last: date, calendar: Calendar) -> int:
	"""How many days are worked from one day to another, both included; 0 when they are in the wrong order."""
	return sum(calendar.is_working(first + timedelta(days=n)) for n in range((last - first).days + 1))


def end_of(first: date, days: int, calendar: Calendar) -> date:
	"""The last day of work that takes so many working days from `first` on."""
	day = calendar.on_or_after(first)
	return calendar.after(day, days - 1) if days > 1 else day


def start_of(last: date, days: int, calendar: Calendar) -> date:
	"""The first day of work that takes so many working days up to `last`."""
	left = max(1, days)
	for number in range(LONGEST_BREAK * (left // 100 + 1)):
		left -= calendar.is_working(day := last - timedelta(days=number))
		if not left:
			return day
	return last

"""The working days of one calendar, counted, so that a scheduler can add and subtract them. No frappe import.

Moments are boundaries between days: the boundary `d` is the beginning of the day with the ordinal `d`, and the
end of the day before it. A task of three days that starts on a Monday ends at the boundary of Thursday.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date

from sales_crm_pm.rules.workdays import Calendar

CHUNK = 730
"""Days by which an axis grows when somebody asks for a day beyond its ends."""
LONGEST_EMPTY = 3660
"""A calendar without a working day in ten years has none."""
LAST_ORDINAL = date.max.toordinal()


class NoWorkingDayError(ValueError):
	"""The calendar never works, so nothing can be planned on it."""


class Axis:
	"""Numbers the working days of a calendar; number 0 is the first one not before `origin`.

	:param calendar: which days are worked
	:param origin: ordinal of the day to count from
	:param off: ordinals of single days that are not worked on top (a person's leave)
	:param base: an axis of the same calendar and origin without `off`, which saves asking the calendar again
	"""

	__slots__ = ("_calendar", "_days", "_first", "_last", "_off", "_offset")

	def __init__(self, calendar: Calendar, origin: int, off: Iterable[int] = (), base: Axis | None = None):
		self._calendar = calendar
		self._off = frozenset(off)
		if base is not None:
			self._first, self._last = base._first, base._last
			self._days = [day for day in base._days if day not in self._off]
		else:
			self._first, self._last = max(1, origin - CHUNK), min(LAST_ORDINAL, origin + 2 * CHUNK)
			self._days = self._working(self._first, self._last)
		self._offset = bisect_left(self._days, origin)

	def count(self, boundary: int) -> int:
		"""The number of the first working day not before a boundary."""
		while boundary > self._last or not self._days:
			self._grow_right()
		while boundary < self._first:
			self._grow_left()
		found = bisect_left(self._days, boundary)
		if found == len(self._days):
			# Its number is known without knowing the day itself.
			return found - self._offset
		return found - self._offset

	def day(self, number: int) -> int:
		"""The ordinal of the working day with this number."""
		index = number + self._offset
		while index >= len(self._days):
			self._grow_right()
		while index < 0:
			self._grow_left()
			index = number + self._offset
		return self._days[index]

	def _working(self, first: int, last: int) -> list[int]:
		is_working, off = self._calendar.is_working, self._off
		return [day for day in range(first, last + 1) if day not in off and is_working(date.fromordinal(day))]

	def _grow_right(self) -> None:
		start, end = self._last + 1, min(LAST_ORDINAL, self._last + max(CHUNK, self._last - self._first))
		found = self._working(start, end) if start <= end else []
		if not found and (
			end >= LAST_ORDINAL or end - (self._days[-1] if self._days else self._first) > LONGEST_EMPTY
		):
			raise NoWorkingDayError("no working day")
		self._days += found
		self._last = end

	def _grow_left(self) -> None:
		start, end = max(1, self._first - max(CHUNK, self._last - self._first)), self._first - 1
		found = self._working(start, end) if start <= end else []
		if not found and (
			start <= 1 or (self._days[0] if self._days else self._last) - start > LONGEST_EMPTY
		):
			raise NoWorkingDayError("no working day")
		self._days[:0] = found
		self._offset += len(found)
		self._first = start

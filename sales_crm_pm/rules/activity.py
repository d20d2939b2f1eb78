"""One task as the scheduler sees it: what it is given, and its arithmetic on its own calendar. No frappe import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sales_crm_pm.rules.workday_axis import Axis

ASAP = "As Soon As Possible"
ALAP = "As Late As Possible"
SNET = "Start No Earlier Than"
SNLT = "Start No Later Than"
FNET = "Finish No Earlier Than"
FNLT = "Finish No Later Than"
MSO = "Must Start On"
MFO = "Must Finish On"
CONSTRAINTS = (ASAP, ALAP, SNET, SNLT, FNET, FNLT, MSO, MFO)
DATED = frozenset({SNET, SNLT, FNET, FNLT, MSO, MFO})


@dataclass(slots=True)
class Activity:
	"""A task as the scheduler sees it.

	`start` is the day on which it stands now. `actual_start` pins its beginning, `actual_finish` all of it.
	`held` keeps it where it stands whatever its links say.
	"""

	name: str
	duration: int = 1
	start: date | None = None
	constraint: str = ASAP
	constraint_date: date | None = None
	parent: str | None = None
	calendar: str | None = None
	actual_start: date | None = None
	actual_finish: date | None = None
	held: bool = False


@dataclass(slots=True)
class Node:
	"""One leaf while it is computed. Numbers are working days of its own axis."""

	activity: Activity
	axis: Axis
	days: int
	waits: bool = False
	at_end: bool = False
	"""A moment without duration lies at the end of its day when it waits for a finish, else at the beginning."""
	done: tuple[int, int] | None = None
	"""Boundaries of what is finished."""
	fixed: int | None = None
	"""Number of a task that stays: it has begun, or is held."""
	floor: int = 0
	"""Boundary before which it does not begin."""
	early: int = 0
	late: int = 0
	placed: int = 0
	free: int = 0

	def start_of(self, number: int) -> int:
		if self.days or not self.at_end:
			return self.axis.day(number)
		return self.axis.day(number - 1) + 1

	def finish_of(self, number: int) -> int:
		if self.days:
			return self.axis.day(number + self.days - 1) + 1
		return self.start_of(number)

	def first_from(self, boundary: int) -> int:
		"""The first number whose start is not before a boundary."""
		if self.days or not self.at_end:
			return self.axis.count(boundary)
		return self.axis.count(boundary - 1) + 1

	def first_until(self, boundary: int) -> int:
		"""The first number whose finish is not before a boundary."""
		if self.days:
			return self.axis.count(boundary - 1) - self.days + 1
		return self.first_from(boundary)

	def last_from(self, boundary: int) -> int:
		"""The last number whose start is not after a boundary."""
		if self.days or not self.at_end:
			return self.axis.count(boundary + 1) - 1
		return self.axis.count(boundary)

	def last_until(self, boundary: int) -> int:
		"""The last number whose finish is not after a boundary."""
		if self.days:
			return self.axis.count(boundary) - self.days
		return self.last_from(boundary)

	def shown(self, number: int) -> tuple[int, int]:
		"""Ordinals of the first and the last day at a number, both included."""
		if self.days:
			return self.axis.day(number), self.axis.day(number + self.days - 1)
		day = self.start_of(number) - int(self.at_end)
		return day, day

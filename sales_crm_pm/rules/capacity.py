"""Hours people have, hours that are booked, and who is booked for too much. No frappe import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sales_crm_pm.rules.workdays import Calendar

LONGEST_SHIFT = 3660
"""Days after which moving a booking gives up looking for enough working days."""
TOLERANCE = 0.05
"""Per cent: a day booked for 33.3 + 33.3 + 33.4 is full, not too full."""


@dataclass(frozen=True)
class Worker:
	"""One person's working time; the default is somebody nobody knows yet (open demand of a role)."""

	hours_per_day: float = 8.0
	calendar: Calendar = field(default_factory=Calendar)
	starts: date | None = None
	ends: date | None = None
	away: Mapping[date, float] = field(default_factory=dict)
	"""Share of the day on which the person is missing: 1 for a day of leave, 0.5 for half of one."""

	def share(self, day: date) -> float:
		"""How much of a day the person works: 0 on weekends, holidays, leave, and before and after the job."""
		if (self.starts and day < self.starts) or (self.ends and day > self.ends):
			return 0.0
		if not self.calendar.is_working(day):
			return 0.0
		return max(0.0, 1.0 - self.away.get(day, 0.0))

	def hours(self, day: date) -> float:
		"""Hours the person has on a day."""
		return self.hours_per_day * self.share(day)


@dataclass(frozen=True)
class Booking:
	"""Somebody (or some role) is meant to work on something from one day to another."""

	start: date
	end: date
	hours: float | None = None
	"""Hours per day; None when the booking is a share of the day."""
	percent: float = 0.0
	probability: float = 100.0
	tentative: bool = False
	billable: bool = True
	key: str = ""

	def on(self, day: date, worker: Worker) -> float:
		"""Hours this booking takes of a day: none when the person is away, half on half a day of leave."""
		if not self.start <= day <= self.end:
			return 0.0
		share = worker.share(day)
		if not share:
			return 0.0
		full = self.hours if self.hours is not None else worker.hours_per_day * self.percent / 100
		return full * share

	@property
	def weight(self) -> float:
		"""Share of its hours that counts: all of what is confirmed, of what is tentative as much as is likely."""
		return min(max(self.probability, 0.0), 100.0) / 100 if self.tentative else 1.0


@dataclass
class Load:
	"""What stands in one cell of the heat map."""

	available: float = 0.0
	confirmed: float = 0.0
	tentative: float = 0.0
	weighted: float = 0.0
	"""Tentative hours × probability."""
	billable: float = 0.0
	"""Billable hours, tentative ones by their probability."""
	peak_confirmed: float = 0.0
	peak: float = 0.0
	peak_full: float = 0.0
	"""The fullest day in per cent: confirmed only, with tentative by probability, with all tentative."""
	away_days: float = 0.0

	@property
	def booked(self) -> float:
		"""Confirmed hours and tentative ones by their probability."""
		return self.confirmed + self.weighted

	@property
	def percent(self) -> float | None:
		"""Booked hours of the available ones; None when there are none."""
		return percent(self.booked, self.available)

	@property
	def free(self) -> float:
		"""Hours left; never less than none."""
		return max(0.0, self.available - self.booked)


def days(start: date, end: date) -> Iterator[date]:
	"""Each day from `start` to `end`, both included."""
	for number in range((end - start).days + 1):
		yield start + timedelta(days=number)


def percent(part: float, whole: float) -> float | None:
	"""`part` in per cent of `whole`; None when there is no whole."""
	return part / whole * 100 if whole else None


def weighted(hours: float, probability: float) -> float:
	"""Hours that are likely to be needed: 100 hours at 30 per cent are 30."""
	return hours * min(max(probability, 0.0), 100.0) / 100


def utilisation(billable: float, available: float) -> float | None:
	"""Billable hours in per cent of the available ones (calendar less leave); None without available hours."""
	return percent(billable, available)


def total_hours(
	booking: Booking, worker: Worker, start: date | None = None, end: date | None = None
) -> float:
	"""Hours of a booking over its working days, or over those of them from `start` to `end`."""
	first = max(booking.start, start) if start else booking.start
	last = min(booking.end, end) if end else booking.end
	return sum(booking.on(day, worker) for day in days(first, last))


def load(worker: Worker, bookings: Iterable[Booking], start: date, end: date) -> Load:
	"""Hours available and booked of one person from `start` to `end`, and how full the fullest day is."""
	inside = [booking for booking in bookings if booking.start <= end and booking.end >= start]
	found = Load()
	for day in days(start, end):
		available = worker.hours(day)
		found.available += available
		if worker.calendar.is_working(day):
			found.away_days += min(1.0, worker.away.get(day, 0.0))
		if not available:
			continue
		confirmed = tentative = likely = 0.0
		for booking in inside:
			hours = booking.on(day, worker)
			if not hours:
				continue
			if booking.tentative:
				tentative += hours
				likely += hours * booking.weight
			else:
				confirmed += hours
			if booking.billable:
				found.billable += hours * booking.weight
		found.confirmed += confirmed
		found.tentative += tentative
		found.weighted += likely
		found.peak_confirmed = max(found.peak_confirmed, confirmed / available * 100)
		found.peak = max(found.peak, (confirmed + likely) / available * 100)
		found.peak_full = max(found.peak_full, (confirmed + tentative) / available * 100)
	return found


def demand(worker: Worker, bookings: Iterable[Booking], start: date, end: date) -> Load:
	"""Hours that are wanted of a role nobody fills yet: the same, without anything available."""
	found = load(worker, bookings, start, end)
	found.available = found.peak = found.peak_full = found.peak_confirmed = 0.0
	return found


def over_days(
	worker: Worker, bookings: Iterable[Booking], start: date, end: date, limit: float = 100.0
) -> list[tuple[date, float]]:
	"""Days on which a person is booked for more than `limit` per cent, with the per cent of each."""
	bookings = list(bookings)
	found = []
	for day in days(start, end):
		if available := worker.hours(day):
			booked = sum(booking.on(day, worker) * booking.weight for booking in bookings)
			if booked / available * 100 > limit + TOLERANCE:
				found.append((day, booked / available * 100))
	return found


def spans(found: Iterable[tuple[date, float]], calendar: Calendar) -> list[tuple[date, date, float]]:
	"""Join days of the same per cent that follow each other (weekends and holidays do not interrupt)."""
	joined: list[tuple[date, date, float]] = []
	for day, value in found:
		if joined:
			first, last, before = joined[-1]
			if abs(before - value) < TOLERANCE and calendar.after(last, 1) >= day:
				joined[-1] = (first, day, before)
				continue
		joined.append((day, day, value))
	return joined


def working_days(start: date, end: date, calendar: Calendar) -> int:
	"""Number of working days from `start` to `end`."""
	return sum(calendar.is_working(day) for day in days(start, end))


def moved(start: date, end: date, to: date, calendar: Calendar) -> tuple[date, date]:
	"""A booking that begins on another day and takes as many working days as before."""
	count = working_days(start, end, calendar)
	first = calendar.on_or_after(to)
	last = first
	for _number in range(LONGEST_SHIFT):
		if working_days(first, last, calendar) >= count:
			break
		last += timedelta(days=1)
	return first, last


def split(start: date, end: date, on: date) -> tuple[tuple[date, date], tuple[date, date]]:
	"""Two parts of a booking, the second beginning on `on`.

	:raises ValueError: when one of them would be empty
	"""
	if not start < on <= end:
		raise ValueError("the second part must begin after the first day and not after the last one")
	return (start, on - timedelta(days=1)), (on, end)


def periods(start: date, unit: str, count: int) -> list[tuple[date, date]]:
	"""`count` weeks (from the Monday of `start`) or days in a row."""
	if unit == "Week":
		first = start - timedelta(days=start.weekday())
		return [(first + timedelta(weeks=n), first + timedelta(weeks=n, days=6)) for n in range(count)]
	return [(start + timedelta(days=n), start + timedelta(days=n)) for n in range(count)]

"""Weeks and days of a timesheet. No frappe import."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta

HOURS_OF_A_DAY = 24
DAYS_OF_A_WEEK = 7
FIRST_DAYS = {"Monday": 0, "Sunday": 6, "Saturday": 5}
"""Days a week may start on, as Python counts weekdays."""


def week_of(day: date, starts_on: str = "Monday") -> date:
	"""The first day of the week a day is in."""
	return day - timedelta(days=(day.weekday() - FIRST_DAYS[starts_on]) % DAYS_OF_A_WEEK)


def days_of(week_start: date) -> list[date]:
	"""The seven days of a week."""
	return [week_start + timedelta(days=number) for number in range(DAYS_OF_A_WEEK)]


def hours_by_day(lines: Iterable[tuple[date, float]]) -> dict[date, float]:
	"""Sum of hours per day, in hundredths."""
	found: dict[date, float] = {}
	for day, hours in lines:
		found[day] = round(found.get(day, 0) + hours, 2)
	return found


def too_full(lines: Iterable[tuple[date, float]]) -> dict[date, float]:
	"""Days with more hours than a day has."""
	return {day: hours for day, hours in hours_by_day(lines).items() if hours > HOURS_OF_A_DAY}


def expected(week_start: date, is_working: Callable[[date], bool], hours_per_day: float) -> dict[date, float]:
	"""Hours the calendar wants on each day of a week: none on days that are not worked."""
	return {day: hours_per_day if is_working(day) else 0.0 for day in days_of(week_start)}

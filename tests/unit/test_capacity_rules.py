"""Hours available and booked, too full days, and moving bookings: the numbers of the domain, and what always holds."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules import capacity as c
from sales_crm_pm.rules.workdays import Calendar

MONDAY = date(2026, 12, 7)
FRIDAY = MONDAY + timedelta(days=4)
SUNDAY = MONDAY + timedelta(days=6)
WORKER = c.Worker()

offsets = st.integers(0, 40)
bookings = st.builds(
	lambda start, length, percent, probability, tentative: c.Booking(
		MONDAY + timedelta(days=start),
		MONDAY + timedelta(days=start + length),
		percent=percent,
		probability=probability,
		tentative=tentative,
	),
	offsets,
	offsets,
	st.integers(1, 200),
	st.integers(0, 100),
	st.booleans(),
)
calendars = st.builds(
	lambda off, holidays, worked: Calendar(
		frozenset(off),
		frozenset(MONDAY + timedelta(days=n) for n in holidays),
		frozenset(MONDAY + timedelta(days=n) for n in worked),
	),
	st.sets(st.integers(0, 6), max_size=5),
	st.sets(offsets, max_size=5),
	st.sets(offsets, max_size=3),
)
workers = st.builds(
	lambda hours, calendar, away: c.Worker(
		hours, calendar, away={MONDAY + timedelta(days=n): share for n, share in away.items()}
	),
	st.floats(1, 12),
	calendars,
	st.dictionaries(offsets, st.sampled_from([0.5, 1.0]), max_size=8),
)


def test_weighted_demand_of_the_domain():
	assert c.weighted(100, 30) == 30


def test_utilisation_of_the_domain():
	assert c.utilisation(120, 160) == 75
	assert c.utilisation(10, 0) is None


def test_two_bookings_of_60_percent_flag_120_percent_on_their_common_day():
	first = c.Booking(MONDAY, MONDAY + timedelta(days=2), percent=60)
	second = c.Booking(MONDAY + timedelta(days=2), FRIDAY, percent=60)
	assert c.over_days(WORKER, [first, second], MONDAY, SUNDAY) == [(MONDAY + timedelta(days=2), 120)]


def test_a_full_day_out_of_thirds_is_not_too_full():
	parts = [c.Booking(MONDAY, FRIDAY, percent=share) for share in (33.3, 33.3, 33.4)]
	assert c.over_days(WORKER, parts, MONDAY, FRIDAY) == []


def test_holidays_leave_and_half_days_take_no_hours():
	worker = c.Worker(
		8,
		Calendar(holidays=frozenset({MONDAY})),
		away={MONDAY + timedelta(days=1): 1.0, MONDAY + timedelta(days=2): 0.5},
	)
	booking = c.Booking(MONDAY, SUNDAY, percent=50)
	assert c.total_hours(booking, worker) == 2 + 4 + 4
	assert sum(worker.hours(day) for day in c.days(MONDAY, SUNDAY)) == 4 + 8 + 8


def test_a_booking_in_hours_does_not_depend_on_the_length_of_the_day():
	booking = c.Booking(MONDAY, FRIDAY, hours=3)
	assert c.total_hours(booking, c.Worker(6)) == c.total_hours(booking, c.Worker(8)) == 15


def test_tentative_hours_count_by_their_probability():
	found = c.load(
		WORKER,
		[
			c.Booking(MONDAY, FRIDAY, percent=50),
			c.Booking(MONDAY, FRIDAY, percent=100, probability=30, tentative=True),
		],
		MONDAY,
		SUNDAY,
	)
	assert (found.available, found.confirmed, found.tentative, found.weighted) == (40, 20, 40, 12)
	assert (found.peak_confirmed, found.peak, found.peak_full) == (50, 80, 150)
	assert found.percent == 80 and found.free == 8


def test_the_fullest_day_counts_even_in_an_easy_week():
	found = c.load(WORKER, [c.Booking(MONDAY, MONDAY, percent=150)], MONDAY, SUNDAY)
	assert found.percent == 30 and found.peak == 150


def test_nobody_works_before_the_first_or_after_the_last_day_of_the_job():
	worker = c.Worker(starts=MONDAY + timedelta(days=1), ends=MONDAY + timedelta(days=2))
	assert c.load(worker, [], MONDAY, SUNDAY).available == 16


def test_too_full_days_are_joined_over_a_weekend():
	found = [(FRIDAY, 120.0), (FRIDAY + timedelta(days=3), 120.0), (FRIDAY + timedelta(days=4), 150.0)]
	assert c.spans(found, Calendar()) == [
		(FRIDAY, FRIDAY + timedelta(days=3), 120.0),
		(FRIDAY + timedelta(days=4), FRIDAY + timedelta(days=4), 150.0),
	]


def test_splitting_outside_the_booking_is_refused():
	for day in (MONDAY, FRIDAY + timedelta(days=1)):
		with pytest.raises(ValueError):
			c.split(MONDAY, FRIDAY, day)


def test_weeks_begin_on_monday():
	assert c.periods(FRIDAY, "Week", 2) == [
		(MONDAY, SUNDAY),
		(MONDAY + timedelta(days=7), SUNDAY + timedelta(days=7)),
	]
	assert c.periods(FRIDAY, "Day", 1) == [(FRIDAY, FRIDAY)]


@given(workers, st.lists(bookings, max_size=6))
def test_periods_add_up_to_the_whole(worker, booked):
	whole = c.load(worker, booked, MONDAY, MONDAY + timedelta(days=83))
	parts = [c.load(worker, booked, *period) for period in c.periods(MONDAY, "Week", 12)]
	for field in ("available", "confirmed", "tentative", "weighted", "billable"):
		assert sum(getattr(part, field) for part in parts) == pytest.approx(getattr(whole, field))
	assert max(part.peak for part in parts) == pytest.approx(whole.peak)
	assert whole.weighted <= whole.tentative + 1e-9


@given(workers, bookings, offsets)
def test_a_split_booking_keeps_its_hours(worker, booking, offset):
	on = booking.start + timedelta(days=offset)
	if not booking.start < on <= booking.end:
		return
	parts = c.split(booking.start, booking.end, on)
	halves = [c.Booking(start, end, percent=booking.percent) for start, end in parts]
	assert sum(c.total_hours(half, worker) for half in halves) == pytest.approx(
		c.total_hours(booking, worker)
	)


@given(calendars, bookings, offsets)
def test_a_moved_booking_keeps_its_working_days(calendar, booking, offset):
	to = booking.start + timedelta(days=offset)
	start, end = c.moved(booking.start, booking.end, to, calendar)
	assert start >= to
	before = c.working_days(booking.start, booking.end, calendar)
	if any(calendar.is_working(day) for day in c.days(to, to + timedelta(days=300))):
		# A booking of a weekend alone becomes one of a working day.
		assert c.working_days(start, end, calendar) == max(1, before)


@given(workers, st.lists(bookings, max_size=6), st.integers(50, 150))
def test_too_full_days_are_those_whose_load_is_above_the_limit(worker, booked, limit):
	end = MONDAY + timedelta(days=83)
	found = dict(c.over_days(worker, booked, MONDAY, end, limit))
	for day in c.days(MONDAY, end):
		peak = c.load(worker, booked, day, day).peak
		assert (day in found) == (peak > limit + c.TOLERANCE)
		if day in found:
			assert found[day] == pytest.approx(peak)

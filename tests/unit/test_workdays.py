"""Working days, visits in steps, and quiet hours."""

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules.workdays import EVERY_DAY, Calendar, is_quiet, next_allowed, spread, visit_due

MONDAY = date(2026, 3, 2)
OFFICE = Calendar()
NIGHT = (time(20), time(8))


def test_weekends_and_holidays_are_skipped_and_swapped_days_are_worked():
	calendar = Calendar(holidays=frozenset({MONDAY}), worked=frozenset({MONDAY - timedelta(days=1)}))
	assert calendar.on_or_after(date(2026, 2, 28)) == date(2026, 3, 1)
	assert calendar.on_or_after(MONDAY) == date(2026, 3, 3)
	assert OFFICE.after(date(2026, 2, 27), 1) == MONDAY
	assert OFFICE.after(MONDAY, 5) == date(2026, 3, 9)
	assert OFFICE.after(date(2026, 2, 28), 0) == MONDAY


def test_a_calendar_without_working_days_does_not_search_for_ever():
	assert Calendar(days_off=frozenset(range(7))).on_or_after(MONDAY) == MONDAY


def test_thirty_days_after_the_last_touch_on_a_working_day():
	assert visit_due(date(2026, 1, 30), 30, OFFICE) == MONDAY  # 1 March is a Sunday
	assert visit_due(MONDAY, 30, EVERY_DAY) == date(2026, 4, 1)


def test_nobody_gets_more_visits_a_day_than_wanted():
	taken = {("ann", MONDAY): 1}
	days = spread([("ann", MONDAY)] * 3 + [("bob", MONDAY)], taken, 2, OFFICE)
	assert days == [MONDAY, date(2026, 3, 3), date(2026, 3, 3), MONDAY]
	assert taken["ann", date(2026, 3, 3)] == 2
	assert spread([("ann", MONDAY)] * 3, {}, 0, OFFICE) == [MONDAY] * 3


@given(
	st.lists(st.tuples(st.sampled_from("ab"), st.dates(date(2026, 1, 5), date(2026, 2, 5))), max_size=40),
	st.integers(1, 4),
)
def test_spreading_never_moves_a_visit_forward_and_keeps_the_limit(wanted, most):
	wanted = [(person, OFFICE.on_or_after(day)) for person, day in wanted]
	days = spread(wanted, {}, most, OFFICE)
	assert all(found >= day for found, (_person, day) in zip(days, wanted, strict=True))
	assert all(OFFICE.is_working(day) for day in days)
	per_day = {}
	for day, (person, _wanted) in zip(days, wanted, strict=True):
		per_day[person, day] = per_day.get((person, day), 0) + 1
	assert all(count <= most for count in per_day.values())


def test_quiet_hours_over_midnight_and_within_a_day():
	assert is_quiet(time(23), *NIGHT) and is_quiet(time(7, 59), *NIGHT) and not is_quiet(time(8), *NIGHT)
	assert is_quiet(time(13), time(12), time(14)) and not is_quiet(time(14), time(12), time(14))
	assert not is_quiet(time(3), time(8), time(8)) and not is_quiet(time(3), None, None)


def test_mail_waits_for_the_morning_and_for_the_working_day():
	friday_evening = datetime(2026, 3, 6, 21)
	assert next_allowed(friday_evening, *NIGHT, OFFICE) == datetime(2026, 3, 9, 8)
	assert next_allowed(friday_evening, *NIGHT, EVERY_DAY) == datetime(2026, 3, 7, 8)
	assert next_allowed(datetime(2026, 3, 7, 10), *NIGHT, OFFICE) == datetime(2026, 3, 9, 8)
	assert next_allowed(datetime(2026, 3, 7, 10), None, None, OFFICE) == datetime(2026, 3, 9)
	assert next_allowed(datetime(2026, 3, 5, 10), *NIGHT, OFFICE) == datetime(2026, 3, 5, 10)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)), st.times(), st.times(), st.booleans())
def test_the_next_allowed_moment_is_allowed_and_not_earlier(moment, start, end, office):
	calendar = OFFICE if office else EVERY_DAY
	found = next_allowed(moment, start, end, calendar)
	assert found >= moment
	assert calendar.is_working(found.date())
	assert not is_quiet(found.time(), start, end)

"""Rate card and weeks of a timesheet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules import timesheet
from sales_crm_pm.rules.rate_card import Rate, amount, find

DAY = date(2026, 6, 15)
names = st.sampled_from([None, "a", "b"])
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
cards = st.lists(
	st.builds(
		Rate, from_date=days, user=names, role=names, activity=names, cost=st.floats(0, 500, allow_nan=False)
	),
	max_size=12,
)


@pytest.mark.parametrize(
	("given_for", "expected"),
	[
		(("ann", "Engineer", "Testing"), 70),
		(("ann", "Engineer", "Design"), 60),
		(("bob", "Engineer", "Testing"), 50),
		(("bob", " engineer ", "Design"), 40),
		(("bob", None, "Testing"), 30),
		(("bob", None, None), 20),
	],
)
def test_the_most_specific_rate_wins(given_for, expected):
	card = [
		Rate(DAY, cost=20),
		Rate(DAY, activity="Testing", cost=30),
		Rate(DAY, role="Engineer", cost=40),
		Rate(DAY, role="Engineer", activity="Testing", cost=50),
		Rate(DAY, user="ann", cost=60),
		Rate(DAY, user="ann", role="Engineer", activity="Testing", cost=70),
		Rate(DAY - timedelta(days=30), user="ann", cost=1),
	]
	assert find(card, *given_for, DAY).cost == expected


def test_a_rate_counts_from_its_day_until_a_newer_one():
	card = [Rate(DAY, user="ann", cost=2), Rate(DAY - timedelta(days=10), user="ann", cost=1)]
	assert find(card, "ann", None, None, DAY).cost == 2
	assert find(card, "ann", None, None, DAY - timedelta(days=1)).cost == 1
	assert find(card, "ann", None, None, DAY - timedelta(days=11)) is None
	assert find(card, "bob", None, None, DAY) is None


@given(cards, names, names, names, days)
def test_no_fitting_rate_is_more_specific_or_as_specific_and_newer(card, user, role, activity, on):
	found = find(card, user, role, activity, on)
	fitting = [rate for rate in card if rate.fits(user, role, activity, on)]
	assert (found is None) == (not fitting)
	for rate in fitting:
		assert (found.weight, found.from_date) >= (rate.weight, rate.from_date)


@given(cards, names, names, names, days)
def test_a_rate_of_others_or_of_later_changes_nothing(card, user, role, activity, on):
	before = find(card, user, role, activity, on)
	alien = Rate(date(2020, 1, 1), user="somebody else", cost=999)
	later = Rate(on + timedelta(days=1), user=user, role=role, activity=activity, cost=999)
	assert find([*card, alien, later], user, role, activity, on) == before


@given(st.floats(0, 24, allow_nan=False), st.floats(0, 1000, allow_nan=False))
def test_money_of_hours_is_whole_cents(hours, rate):
	cents = amount(hours, rate) * 100
	assert abs(cents - round(cents)) < 1e-6
	assert abs(amount(hours, rate) - hours * rate) <= 0.005 + 1e-9


@given(days, st.sampled_from(sorted(timesheet.FIRST_DAYS)))
def test_a_day_is_in_exactly_one_week(day, starts_on):
	start = timesheet.week_of(day, starts_on)
	assert start.weekday() == timesheet.FIRST_DAYS[starts_on]
	assert day in timesheet.days_of(start) and len(timesheet.days_of(start)) == 7
	assert timesheet.week_of(start, starts_on) == start


def test_a_day_has_24_hours():
	lines = [(DAY, 20), (DAY, 4), (DAY + timedelta(days=1), 24.01)]
	assert timesheet.too_full(lines) == {DAY + timedelta(days=1): 24.01}
	assert sum(timesheet.expected(DAY, lambda day: day.weekday() < 5, 8).values()) == 40

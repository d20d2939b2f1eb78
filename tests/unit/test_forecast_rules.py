"""Forecast, velocity and funnel against the numbers of the domain, and as properties."""

import itertools
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules.forecast import (
	CHANGES,
	Standing,
	explain,
	forecast_error,
	velocity,
	weighted_pipeline,
)
from sales_crm_pm.rules.funnel import WON, Entry, funnel

START, END = date(2026, 11, 1), date(2026, 11, 30)
INSIDE, LATER = date(2026, 11, 20), date(2026, 12, 20)


def test_weighted_pipeline_of_the_domain():
	assert weighted_pipeline([(100_000, 1, 50), (40_000, 1, 25)]) == 60_000
	assert weighted_pipeline([(10_000, 7.1, 50)]) == 35_500
	assert weighted_pipeline([]) == 0


def test_velocity_of_the_domain():
	assert velocity(50, 10_000, 25, 30) == 4_166.67
	assert velocity(50, 10_000, 25, 0) is None
	assert velocity(50, 10_000, None, 30) is None


@pytest.mark.parametrize(
	("forecast", "actual", "error"), [(120, 100, 20), (80, 100, -20), (80, 0, None), (None, 100, None)]
)
def test_forecast_error(forecast, actual, error):
	assert forecast_error(forecast, actual) == error


@pytest.mark.parametrize(
	("was", "now", "kinds"),
	[
		(None, Standing(10, 50, INSIDE), {"New": 10}),
		(Standing(10, 50, INSIDE), None, {"Deleted": -10}),
		(Standing(10, 50, INSIDE), Standing(12, 100, INSIDE, "Won"), {"Won": -10}),
		(Standing(10, 50, INSIDE), Standing(10, 0, INSIDE, "Lost"), {"Lost": -10}),
		(Standing(10, 50, INSIDE), Standing(10, 50, INSIDE, "On Hold"), {"Put on Hold": -10}),
		(Standing(10, 50, INSIDE), Standing(10, 50, INSIDE, "Open", "Omitted"), {"Put on Hold": -10}),
		(Standing(10, 50, INSIDE, "On Hold"), Standing(10, 50, INSIDE), {"Resumed": 10}),
		(Standing(10, 50, LATER), Standing(10, 50, INSIDE), {"Pulled In": 10}),
		(Standing(10, 50, INSIDE), Standing(10, 50, LATER), {"Slipped Out": -10}),
		(Standing(10, 50, INSIDE), Standing(10, 50, None), {"Slipped Out": -10}),
		(Standing(10, 50, INSIDE), Standing(15, 50, INSIDE), {"Amount Raised": 5}),
		(Standing(10, 50, INSIDE), Standing(8, 90, INSIDE), {"Amount Lowered": -2}),
		(Standing(10, 50, LATER), Standing(10, 50, LATER), {}),
	],
)
def test_each_reason(was, now, kinds):
	before, after = ({"D": s} if s else {} for s in (was, now))
	assert {c.kind: c.delta for c in explain(before, after, START, END)} == kinds


def test_amount_and_probability_share_a_weighted_change():
	changes = explain(
		{"D": Standing(100, 50, INSIDE)}, {"D": Standing(200, 25, INSIDE)}, START, END, weighted=True
	)
	assert {c.kind: c.delta for c in changes} == {"Amount Raised": 50, "Probability Lowered": -50}


standings = st.builds(
	Standing,
	amount=st.integers(0, 10**6).map(float),
	probability=st.integers(0, 100).map(float),
	expected_close=st.one_of(st.none(), st.dates(date(2026, 10, 1), date(2026, 12, 31))),
	status=st.sampled_from(["Open", "Open", "On Hold", "Won", "Lost"]),
	category=st.sampled_from(["Pipeline", "Commit", "Omitted"]),
)
books = st.dictionaries(st.sampled_from("ABCDEFGH"), standings)


@given(before=books, after=books, weighted=st.booleans(), whole=st.booleans())
def test_the_reasons_add_up_to_the_difference(before, after, weighted, whole):
	start, end = (None, None) if whole else (START, END)

	def total(book):
		return sum(
			s.value(weighted)
			for s in book.values()
			if s.counts and (whole or (s.expected_close and START <= s.expected_close <= END))
		)

	changes = explain(before, after, start, end, weighted)
	assert {c.kind for c in changes} <= set(CHANGES)
	assert sum(c.delta for c in changes) == pytest.approx(total(after) - total(before), abs=0.005)


DAY = datetime(2026, 1, 1)


def day(n):
	return DAY + timedelta(days=n)


def test_funnel_counts_cohorts_and_skipped_stages():
	entries = [
		Entry("walks", "A", day(0), day(2)),
		Entry("walks", "B", day(2), day(6)),
		Entry("walks", "C", day(6), day(7)),
		Entry("walks", WON, day(7)),
		Entry("skips", "A", day(1), day(3)),
		Entry("skips", "C", day(3)),
		Entry("stays", "A", day(1)),
		Entry("lost", "A", day(1), day(5)),
		Entry("lost", "Lost", day(5)),
		Entry("starts late", "B", day(4)),
	]
	a, b, c = funnel(["A", "B", "C", WON], entries)
	assert (len(a.entered), len(a.passed), a.conversion, a.win_rate) == (5, 3, 60, 20)
	assert (len(b.entered), len(b.passed)) == (3, 2)
	assert (c.entered, c.passed, c.won) == ({"walks", "skips"}, {"walks"}, {"walks"})
	assert (a.mean_days, a.median_days) == (2.7, 2.0)


def test_funnel_takes_the_cohort_by_its_entry_and_follows_it_on():
	entries = [Entry("D", "A", day(0)), Entry("D", "B", day(40)), Entry("E", "A", day(40))]
	a, b = funnel(["A", "B", WON], entries, day(0), day(30))
	assert (a.entered, a.passed) == ({"D"}, {"D"})
	assert not b.entered and b.conversion is None


@given(
	st.lists(
		st.tuples(
			st.sampled_from("pqrst"), st.sampled_from(["A", "B", "C", WON, "Lost"]), st.integers(0, 50)
		),
		max_size=30,
	)
)
def test_funnel_never_widens(rows):
	figures = funnel(["A", "B", "C", WON], [Entry(d, s, day(n)) for d, s, n in rows])
	for f in figures:
		assert f.won <= f.passed <= f.entered
	for above, below in itertools.pairwise(figures):
		assert above.passed == below.entered

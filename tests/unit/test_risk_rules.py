"""Score, bands, expected value, trend, reviews and joint exposure, by the numbers of the design and by properties."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules import risk
from sales_crm_pm.rules.risk import Band

BANDS = (Band("Critical", 16, True), Band("Low", 1), Band("High", 10), Band("Medium", 5))
steps = st.integers(1, 5)
money = st.integers(-500_000, 500_000)
risks = st.lists(st.tuples(st.integers(1, 100), money), max_size=12)


def test_three_times_four_is_twelve_and_high():
	assert risk.score(3, 4) == 12
	assert risk.band(12, BANDS).name == "High"


@pytest.mark.parametrize(
	("value", "name"),
	[
		(1, "Low"),
		(4, "Low"),
		(5, "Medium"),
		(9, "Medium"),
		(10, "High"),
		(15, "High"),
		(16, "Critical"),
		(25, "Critical"),
	],
)
def test_bands_begin_and_end_where_the_design_says(value, name):
	assert risk.band(value, BANDS).name == name


def test_no_score_has_no_band_and_ends_follow_the_next_start():
	assert risk.band(0, BANDS) is None
	assert risk.band(3, [Band("Only", 5)]) is None
	assert risk.ends(BANDS) == {"Low": 4, "Medium": 9, "High": 15, "Critical": 25}


def test_an_unknown_side_gives_no_score_and_a_wrong_one_is_refused():
	assert risk.score(0, 4) == 0
	for wrong in (-1, 6):
		with pytest.raises(ValueError):
			risk.score(wrong, 3)


def test_thirty_percent_of_fifty_thousand_is_fifteen_thousand():
	assert risk.percent(2) == 30
	assert risk.emv(risk.percent(2), 50_000) == 15_000
	assert risk.percent(0) == 0


@pytest.mark.parametrize(
	"text", ["10, 20, 30", "10, 30, 30, 70, 90", "10, 30, 50, 70, 190", "a, b, c, d, e", "-1,2,3,4,5"]
)
def test_a_scale_needs_five_rising_percentages(text):
	with pytest.raises(ValueError):
		risk.parse_scale(text)


def test_a_scale_is_read_with_either_comma_and_signs():
	assert risk.parse_scale("5 %，20%, 40,60 , 95") == (5, 20, 40, 60, 95)
	assert risk.parse_scale("") == risk.DEFAULT_SCALE


@pytest.mark.parametrize(
	("scores", "way"), [([], ""), ([12], ""), ([12, 16], "Up"), ([4, 16, 9], "Down"), ([6, 6], "Flat")]
)
def test_the_trend_is_the_last_step(scores, way):
	assert risk.trend(scores) == way


def test_worst_is_by_score_not_by_name():
	assert risk.worst(["Low", "Critical", "High", "Gone"], BANDS) == "Critical"
	assert risk.worst(["Gone"], BANDS) is None


DAY = date(2026, 3, 2)


@given(st.integers(0, 90), st.one_of(st.none(), st.integers(-40, 200)))
def test_a_review_is_never_later_than_allowed_nor_in_the_past(every, wanted):
	found = risk.next_review(DAY, every, DAY + timedelta(days=wanted) if wanted is not None else None)
	assert DAY <= found <= DAY + timedelta(days=every)
	assert not risk.is_stale(found, found, DAY, every)
	assert risk.is_stale(found + timedelta(days=1), found, DAY, every)


def test_a_risk_without_a_review_day_is_stale_after_the_days_of_the_settings():
	assert not risk.is_stale(DAY, None, DAY - timedelta(days=30), 30)
	assert risk.is_stale(DAY, None, DAY - timedelta(days=31), 30)
	assert not risk.is_stale(DAY, None, None, 30)


@given(steps, steps, steps, steps)
def test_more_probable_or_worse_never_lowers_the_band(p, i, more_p, more_i):
	low, high = risk.score(p, i), risk.score(max(p, more_p), max(i, more_i))
	assert risk.band(low, BANDS).from_score <= risk.band(high, BANDS).from_score


@given(st.permutations(BANDS))
def test_the_order_of_the_bands_does_not_matter(bands):
	assert [risk.band(s, bands).name for s in range(1, 26)] == [
		risk.band(s, BANDS).name for s in range(1, 26)
	]


def exact(cases, share):
	"""Every outcome written out: the smallest sum that holds with this certainty."""
	outcomes = []
	for happened in product((0, 1), repeat=len(cases)):
		weight, total = 1.0, 0
		for hit, (p, cost) in zip(happened, cases, strict=True):
			weight *= p / 100 if hit else 1 - p / 100
			total += cost if hit else 0
		outcomes.append((total, weight))
	reached = 0.0
	for total, weight in sorted(outcomes):
		reached += weight
		if reached >= share - 1e-9:
			return total
	return None


def test_exposure_of_two_risks_by_hand():
	# 0 (0.35), 50 000 (0.15), 100 000 (0.35), 150 000 (0.15)
	found = risk.exposure([(30, 50_000), (50, 100_000)])
	assert found.expected == 65_000
	assert exact([(30, 50_000), (50, 100_000)], 0.5) == 50_000 == pytest.approx(found.p50, rel=0.002)
	assert exact([(30, 50_000), (50, 100_000)], 0.8) == 100_000 == pytest.approx(found.p80, rel=0.002)
	assert found.most == 150_000


def test_nothing_costs_nothing():
	assert risk.exposure([]) == risk.exposure([(50, 0), (0, 100)]) == risk.Exposure(0, 0, 0, 0)


@given(risks)
def test_exposure_keeps_its_order_and_its_bounds(cases):
	found = risk.exposure(cases)
	assert found.expected == pytest.approx(sum(p * cost for p, cost in cases) / 100, abs=0.01)
	low = sum(cost for _p, cost in cases if cost < 0)
	assert low - 1 <= found.p50 <= found.p80 <= found.most + 0.01


@given(st.lists(st.tuples(st.integers(5, 95), st.integers(1, 20)), min_size=1, max_size=6))
def test_exposure_is_near_every_outcome_written_out(cases):
	"""The grid rounds each cost by half a step at most."""
	cases = [(p, cost * 10_000) for p, cost in cases]
	found = risk.exposure(cases)
	tolerance = found.most / risk.STEPS * (len(cases) + 1)
	below, above = exact(cases, 0.79), exact(cases, 0.81)
	assert below - tolerance <= found.p80 <= above + tolerance

"""Earned value against the numbers of domain.md 5.14, textbook schedules, and properties that always hold."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sales_crm_pm.rules import earned_value as ev
from sales_crm_pm.rules.earned_value import Package, Plan, earned_value
from sales_crm_pm.rules.workdays import EVERY_DAY, Calendar

MONDAY = date(2026, 11, 2)
WEEK = Calendar()


def day(number: int) -> date:
	return MONDAY + timedelta(days=number)


class TestFixtures:
	"""BAC 100 000, PV 50 000, EV 40 000, AC 55 000."""

	def figures(self, method=ev.BY_COST, **kw):
		return earned_value(100_000, 50_000, 40_000, 55_000, method, **kw)

	def test_variances_and_indices(self):
		found = self.figures()
		assert (found.sv, found.cv) == (-10_000, -15_000)
		assert (found.spi, found.cpi) == (0.8, 0.7273)

	@pytest.mark.parametrize(
		("method", "eac"),
		[
			(ev.BY_COST, 137_500),
			(ev.BY_BUDGET, 115_000),
			(ev.BY_COST_AND_SCHEDULE, 158_125),
			(ev.BY_ESTIMATE, 125_000),
		],
	)
	def test_estimate_at_completion_by_four_methods(self, method, eac):
		assert self.figures(method, own_etc=70_000).eac == eac

	def test_what_is_left(self):
		found = self.figures()
		# ETC is EAC − AC; pages that write EAC − EV are wrong.
		assert (found.etc, found.vac) == (82_500, -37_500)

	def test_to_complete(self):
		found = self.figures()
		assert (found.tcpi, found.tcpi_eac) == (1.3333, 0.7273)

	def test_margin(self):
		found = ev.margin(365_000.00, 0, 190_615.87)
		assert (found.amount, found.percent) == (174_384.13, 47.8)
		assert ev.margin(300_000, 65_000, 190_615.87) == found

	def test_budget_used(self):
		assert self.figures().used_percent == 55


class TestEdges:
	def test_a_denominator_of_nothing_gives_no_ratio(self):
		found = earned_value(100, 0, 0, 0)
		assert (found.spi, found.cpi) == (None, None)

	def test_nothing_spent_keeps_the_budget(self):
		for method in (ev.BY_COST, ev.BY_BUDGET, ev.BY_COST_AND_SCHEDULE):
			assert earned_value(100, 50, 20, 0, method).eac == 100

	def test_nothing_earned_yet_costs_the_rest_as_budgeted(self):
		for method in (ev.BY_COST, ev.BY_BUDGET, ev.BY_COST_AND_SCHEDULE):
			assert earned_value(100, 50, 0, 30, method).eac == 130

	def test_nothing_planned_yet_leaves_the_schedule_out(self):
		assert earned_value(100, 0, 20, 40, ev.BY_COST_AND_SCHEDULE).eac == 200

	def test_over_the_budget_nothing_can_save_it(self):
		assert earned_value(100, 50, 40, 100).tcpi is None
		assert earned_value(100, 50, 40, 120).tcpi is None

	def test_without_a_budget_cost_is_all_there_is(self):
		found = earned_value(0, 0, 0, 70)
		assert (found.eac, found.vac, found.cpi, found.used_percent) == (70, -70, 0, 100)

	def test_a_margin_without_a_price_has_no_share(self):
		assert ev.margin(0, 0, 10) == ev.Margin(-10, None)

	def test_a_project_without_work(self):
		plan = Plan.of([], WEEK)
		assert plan.planned_share(MONDAY) == plan.earned_share() == 0
		assert plan.time_performance(0, MONDAY) is None


class TestTechniques:
	@pytest.mark.parametrize(
		("technique", "untouched", "begun", "done"),
		[
			(ev.PERCENT, 0, 30, 100),
			(ev.ZERO_HUNDRED, 0, 0, 100),
			(ev.FIFTY_FIFTY, 0, 50, 100),
			(ev.WEIGHTED_MILESTONES, 0, 0, 100),
		],
	)
	def test_what_is_earned(self, technique, untouched, begun, done):
		packages = [
			Package(),
			Package(percent=30, has_begun=True),
			Package(percent=100, has_begun=True, is_done=True),
		]
		assert [ev.earned_percent(technique, p) for p in packages] == [untouched, begun, done]

	@pytest.mark.parametrize(
		("technique", "shares"),
		[
			# Wednesday before the weekend, Sunday, and the last day.
			(ev.PERCENT, (0.3, 0.5, 1)),
			(ev.ZERO_HUNDRED, (0, 0, 1)),
			(ev.FIFTY_FIFTY, (0.5, 0.5, 1)),
			(ev.WEIGHTED_MILESTONES, (0, 0, 1)),
		],
	)
	def test_what_is_planned_of_ten_working_days(self, technique, shares):
		plan = Plan.of([Package(start=day(0), end=day(11))], WEEK, technique)
		assert tuple(plan.planned_share(day(n)) for n in (2, 6, 11)) == pytest.approx(shares)

	def test_holidays_carry_nothing(self):
		calendar = Calendar(holidays=frozenset({day(1)}))
		plan = Plan.of([Package(start=day(0), end=day(4))], calendar)
		assert [plan.planned_share(day(n)) for n in range(5)] == pytest.approx([0.25, 0.25, 0.5, 0.75, 1])

	def test_shares_follow_the_weights(self):
		plan = Plan.of([Package(1, 100, is_done=True), Package(3, 50)], WEEK)
		assert 100 * plan.earned_share() == 62.5
		plan = Plan.of([Package(0, 100, is_done=True), Package(0, 50)], WEEK)
		assert plan.earned_share() == 0.75

	def test_work_without_an_end_is_never_planned(self):
		plan = Plan.of([Package(), Package(end=day(0))], WEEK)
		assert plan.planned_share(day(900)) == 0.5


class TestEarnedSchedule:
	"""Lipke: on which day did the plan want what is done today?"""

	plan = Plan.of([Package(start=day(0), end=day(9))], EVERY_DAY)

	def test_behind(self):
		# 30 % done after 5 of 10 days: three days earned.
		assert self.plan.earned_schedule(0.3) == pytest.approx(3)
		assert self.plan.time_performance(0.3, day(4)) == 0.6

	def test_between_two_days(self):
		assert self.plan.earned_schedule(0.35) == pytest.approx(3.5)

	def test_on_time(self):
		assert self.plan.time_performance(0.5, day(4)) == 1

	def test_a_late_end_shows_where_spi_says_one(self):
		late = Plan.of([Package(start=day(0), end=day(9))], EVERY_DAY, until=day(19))
		assert ev.ratio(100, 100 * late.planned_share(day(19))) == 1
		assert late.time_performance(1, day(19)) == 0.5
		# What happens after the end no longer counts.
		assert late.time_performance(1, day(19), finished=day(9)) == 1

	def test_before_anything_was_to_be_done(self):
		plan = Plan.of([Package(end=day(9))], EVERY_DAY, begin=day(0))
		assert plan.time_performance(0, day(4)) is None
		assert plan.time_performance(0.5, day(4)) == 1.9

	def test_weekends_do_not_make_a_project_late(self):
		plan = Plan.of([Package(start=day(0), end=day(11))], WEEK)
		assert [plan.time_performance(0.5, day(n)) for n in (4, 5, 6)] == [1, 1, 1]


money = st.integers(0, 10_000_000).map(lambda cents: cents / 100)
packages = st.lists(
	st.builds(
		lambda weight, percent, begun, done, start, length, has_start: Package(
			weight, percent, done, begun, day(start) if has_start else None, day(start + length)
		),
		st.integers(0, 10),
		st.integers(0, 100),
		st.booleans(),
		st.booleans(),
		st.integers(0, 60),
		st.integers(0, 30),
		st.booleans(),
	),
	min_size=1,
	max_size=12,
)
techniques = st.sampled_from(ev.TECHNIQUES)


class TestProperties:
	@given(money, money, money, money, st.sampled_from(ev.EAC_METHODS), money)
	def test_figures_fit_together(self, bac, pv, done, ac, method, own):
		done = min(done, bac)
		found = earned_value(bac, pv, done, ac, method, own)
		assert found.etc == pytest.approx(found.eac - found.ac, abs=0.01)
		assert found.vac == pytest.approx(found.bac - found.eac, abs=0.01)
		assert found.sv == pytest.approx(found.ev - found.pv, abs=0.01)
		assert found.cv == pytest.approx(found.ev - found.ac, abs=0.01)
		assert found.eac >= found.ac - 0.01
		if found.cpi:
			assert (found.cpi < 1) == (found.cv < 0) or found.cpi == pytest.approx(1, abs=0.0001)

	@given(packages, techniques)
	@settings(max_examples=60)
	def test_the_plan_only_grows_and_ends_complete(self, work, technique):
		plan = Plan.of(work, WEEK, technique)
		values = [plan.planned_share(day(n)) for n in range(-1, 95)]
		assert values[0] == 0 and values[-1] == 1
		assert all(a <= b + 1e-9 for a, b in pairwise(values))

	@given(packages, techniques)
	@settings(max_examples=60)
	def test_the_curve_is_the_plan_on_every_working_day(self, work, technique):
		plan = Plan.of(work, WEEK, technique, begin=day(0), until=day(94))
		for number, value in enumerate(plan.curve()[1:], 1):
			assert value == pytest.approx(plan.planned_share(plan.days.day(number)))

	@given(packages, techniques)
	def test_done_work_has_earned_all_of_its_budget(self, work, technique):
		done = [Package(p.weight, 100, True, True, p.start, p.end) for p in work]
		assert Plan.of(done, WEEK, technique).earned_share() == 1

	@given(packages)
	def test_earned_schedule_finds_the_day_again(self, work):
		plan = Plan.of(work, WEEK, begin=day(0))
		curve = plan.curve()
		for number in range(0, len(curve), 7):
			assert curve[int(plan.earned_schedule(curve[number]))] <= curve[number] + 1e-9
			assert plan.earned_schedule(curve[number]) <= number + 1e-6

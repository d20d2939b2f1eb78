"""The arithmetic of the delivery half: progress, schedule, health, dependencies."""

from datetime import date, timedelta

import pytest

from sales_crm_pm.rules import dependencies, health, progress, schedule
from sales_crm_pm.rules.progress import MilestoneFacts, TaskFacts
from sales_crm_pm.rules.workdays import EVERY_DAY

TODAY = date(2026, 6, 15)


def day(offset: int) -> date:
	return TODAY + timedelta(days=offset)


class TestWeightedMean:
	def test_the_example_of_the_domain(self):
		assert progress.weighted_mean([(1, 100), (3, 50)]) == 62.5

	def test_without_weights_it_is_the_simple_mean(self):
		assert progress.weighted_mean([(0, 100), (0, 50)]) == 75

	def test_nothing_is_nothing(self):
		assert progress.weighted_mean([]) == 0

	def test_one_decimal(self):
		assert progress.weighted_mean([(1, 100), (2, 0)]) == 33.3


class TestMilestoneProgress:
	def test_accepted_is_whole_whatever_the_tasks_say(self):
		assert progress.milestone_percent("Accepted", [TaskFacts("Open")]) == 100

	def test_from_its_tasks_by_weight_without_the_cancelled(self):
		tasks = [TaskFacts("Completed", 0, 1), TaskFacts("Working", 50, 3), TaskFacts("Cancelled", 100, 9)]
		assert progress.milestone_percent("In Progress", tasks) == 62.5

	def test_without_tasks_it_has_not_begun(self):
		assert progress.milestone_percent("Submitted", []) == 0

	def test_a_cancelled_one_has_none(self):
		assert progress.milestone_percent("Cancelled", [TaskFacts("Completed")]) == 0


class TestProjectProgress:
	milestones = (
		(MilestoneFacts("a", "Accepted", 1), 100.0),
		(MilestoneFacts("b", "In Progress", 3), 50.0),
		(MilestoneFacts("c", "Cancelled", 9), 0.0),
	)
	tasks = (TaskFacts("Completed", 0, 3), TaskFacts("Working", 40, 1), TaskFacts("Cancelled", 0, 9))

	@pytest.mark.parametrize(
		("method", "expected"),
		[
			(progress.MILESTONE_WEIGHT, 62.5),
			(progress.TASK_WEIGHT, 85),
			(progress.TASK_PROGRESS, 70),
			(progress.TASK_COMPLETION, 50),
			(progress.MANUAL, 33),
			("something an admin removed", 62.5),
		],
	)
	def test_each_method(self, method, expected):
		assert progress.percent_complete(method, self.milestones, self.tasks, manual=33) == expected

	def test_manual_stays_within_its_bounds(self):
		assert progress.percent_complete(progress.MANUAL, [], [], manual=130) == 100
		assert progress.percent_complete(progress.MANUAL, [], [], manual=-5) == 0

	def planned(self, method, milestones=(), tasks=(), start=None, end=None):
		plan = progress.plan_of(method, milestones, tasks, TODAY, EVERY_DAY, start, end)
		return progress.percent_planned(plan, TODAY)

	def test_milestones_are_due_on_their_baseline_and_not_on_a_moved_plan(self):
		moved = MilestoneFacts("a", "Planned", 1, planned=day(30), baseline=day(-1))
		later = MilestoneFacts("b", "Planned", 3, planned=day(1))
		assert self.planned(progress.MILESTONE_WEIGHT, [moved, later]) == 25

	def test_a_milestone_of_today_is_due_today(self):
		due = MilestoneFacts("a", "Planned", 1, planned=TODAY)
		assert self.planned(progress.MILESTONE_WEIGHT, [due]) == 100

	def test_tasks_are_due_linearly(self):
		tasks = [
			TaskFacts("Open", 0, 1, start=day(-4), end=day(5)),
			TaskFacts("Open", 0, 1, start=day(1), end=day(9)),
		]
		assert self.planned(progress.TASK_WEIGHT, tasks=tasks) == 25
		assert self.planned(progress.TASK_COMPLETION, tasks=tasks) == 0

	def test_the_tasks_of_a_milestone_are_due_over_their_own_days(self):
		milestones = [MilestoneFacts("a", "Planned", 1, planned=day(5)), MilestoneFacts("b", "Planned", 1)]
		tasks = [
			TaskFacts("Open", 0, 3, milestone="a", start=day(-4), end=day(5)),
			TaskFacts("Open", 0, 1, milestone="a"),
			TaskFacts("Cancelled", 0, 9, milestone="a", end=day(-9)),
		]
		# Half of three quarters of one of two milestones.
		assert self.planned(progress.MILESTONE_WEIGHT, milestones, tasks) == 18.8

	def test_no_task_is_due_later_than_its_milestone(self):
		milestones = [MilestoneFacts("a", "Planned", 1, planned=day(9), baseline=TODAY)]
		late = [TaskFacts("Open", 0, 1, milestone="a", start=day(-4), end=day(30))]
		assert self.planned(progress.MILESTONE_WEIGHT, milestones, late) == 100

	def test_a_manual_project_is_due_linearly(self):
		assert self.planned(progress.MANUAL, start=day(-4), end=day(5)) == 50

	def test_parts_count_and_not_the_whole_they_belong_to(self):
		tasks = [
			TaskFacts("Open", 0, 5, name="whole"),
			TaskFacts("Completed", 0, 1, name="a", parent="whole"),
			TaskFacts("Open", 50, 3, name="inner", parent="whole"),
			TaskFacts("Open", 50, 3, name="b", parent="inner"),
			TaskFacts("Cancelled", 0, 9, name="c", parent="inner"),
			TaskFacts("Open", 40, 1, name="alone"),
		]
		assert [t.name for t in progress.leaves(tasks) if t.counts] == ["a", "b", "alone"]
		assert progress.summary_percents(tasks) == {"whole": 62.5, "inner": 50}

	def test_what_only_had_cancelled_parts_is_work_itself(self):
		tasks = [TaskFacts("Open", 20, 1, name="a"), TaskFacts("Cancelled", 0, 1, name="b", parent="a")]
		assert [t.name for t in progress.leaves(tasks)] == ["a", "b"]
		assert progress.summary_percents(tasks) == {}

	def test_spi(self):
		assert progress.schedule_performance(40, 50) == 0.8
		assert progress.schedule_performance(10, 0) is None


class TestSchedule:
	def test_slip_is_measured_from_the_baseline(self):
		assert schedule.slip_days(day(0), day(10), None, None) == 10
		assert schedule.slip_days(day(0), day(10), day(12), None) == 12
		assert schedule.slip_days(day(0), day(10), day(12), day(-2)) == -2
		assert schedule.slip_days(None, day(10), None, day(13)) == 3
		assert schedule.slip_days(None, None, None, None) == 0

	def test_an_open_milestone_cannot_end_before_today(self):
		late = schedule.ExpectedEnd(day(-10))
		assert schedule.forecast_end([late], day(-10), TODAY) == TODAY

	def test_the_end_is_the_latest_expected_date(self):
		ends = [schedule.ExpectedEnd(day(5), day(20)), schedule.ExpectedEnd(day(9))]
		assert schedule.forecast_end(ends, day(9), TODAY) == day(20)

	def test_a_finished_project_ended_with_its_last_milestone(self):
		done = schedule.ExpectedEnd(day(-10), None, day(-7), is_done=True)
		assert schedule.forecast_end([done], day(5), TODAY, is_finished=True) == day(-7)

	def test_without_dates_there_is_no_forecast(self):
		assert schedule.forecast_end([], None, TODAY) is None


class TestHealth:
	limits = health.Thresholds()

	def judge(self, spi=None, late=(), **kw):
		return health.project_health(spi, late, self.limits, **kw)

	@pytest.mark.parametrize(
		("spi", "color"),
		[(None, "Green"), (1.2, "Green"), (0.95, "Green"), (0.94, "Amber"), (0.8, "Amber"), (0.79, "Red")],
	)
	def test_by_schedule_performance(self, spi, color):
		assert self.judge(spi).color == color

	@pytest.mark.parametrize(
		("cpi", "color"), [(None, "Green"), (0.95, "Green"), (0.949, "Amber"), (0.8, "Amber"), (0.7999, "Red")]
	)
	def test_by_cost_performance(self, cpi, color):
		found = self.judge(1, cpi=cpi)
		assert found.color == color
		# Who may not see cost reads the reason as well, so it tells no figure.
		assert [r.values for r in found.reasons] == [()] * len(found.reasons)

	def test_a_critical_risk_is_red(self):
		found = self.judge(1, has_critical_risk=True)
		assert (found.color, found.reasons[0].code) == ("Red", health.CRITICAL_RISK)

	@pytest.mark.parametrize("level", ["", "Amber", "Red"])
	def test_by_budget_alerts(self, level):
		assert self.judge(1, budget_level=level).color == (level or "Green")

	@pytest.mark.parametrize(
		("days", "color"), [(0, "Green"), (3, "Green"), (4, "Amber"), (14, "Amber"), (15, "Red")]
	)
	def test_by_late_milestones(self, days, color):
		assert self.judge(1, [("Kick-off", days)]).color == color

	def test_the_worst_reason_comes_first(self):
		found = self.judge(0.9, [("a", 5), ("b", 20)])
		assert found.color == "Red"
		assert [r.values for r in found.reasons] == [("b", 20), ("a", 5), (0.9,)]

	def test_a_moved_end_counts_when_no_milestone_explains_it(self):
		assert self.judge(1, end_late_days=20).reasons[0].code == health.END_LATE
		assert [r.code for r in self.judge(1, [("a", 20)], end_late_days=20).reasons] == [
			health.MILESTONE_LATE
		]

	def test_an_override_shows_its_reason_and_hides_none(self):
		found = self.judge(0.5, override="Green", override_reason="The customer asked us to wait")
		assert found.color == "Green"
		assert [r.code for r in found.reasons] == [health.OVERRIDDEN, health.SPI_LOW]

	def test_what_has_not_begun_has_no_health(self):
		assert self.judge(0.1, [("a", 99)], has_begun=False) == health.Health("")


class TestDependencies:
	def test_a_long_chain_is_no_circle(self):
		chain = {str(n): [str(n + 1)] for n in range(20_000)}
		assert dependencies.find_cycle(chain) == []

	def test_a_circle_is_found_at_any_depth(self):
		chain = {str(n): [str(n + 1)] for n in range(5000)}
		chain["5000"] = ["17"]
		cycle = dependencies.find_cycle(chain)
		assert cycle[0] == cycle[-1]
		assert len(cycle) == 5000 - 17 + 2

	def test_a_diamond_is_no_circle(self):
		assert dependencies.find_cycle({"d": ["b", "c"], "b": ["a"], "c": ["a"]}) == []

	def test_a_task_that_waits_for_itself(self):
		assert dependencies.find_cycle({"a": ["a"]}) == ["a", "a"]

	def test_row_numbers(self):
		assert dependencies.parse_row_numbers("1, 2，2;", 4, 5) == [1, 2]
		assert dependencies.parse_row_numbers(None, 1, 5) == []

	@pytest.mark.parametrize("text", ["0", "9", "x", "3", "-1"])
	def test_row_numbers_that_name_no_other_row(self, text):
		with pytest.raises(ValueError):
			dependencies.parse_row_numbers(text, 3, 5)

	def test_the_list_for_the_gantt_names_each_once(self):
		assert dependencies.as_list(["b", "a", "b", None]) == "b,a"

"""Earned value on real projects: stored with every change, the same from nothing, told to the right people."""

from __future__ import annotations

import random

import frappe
import pytest
from frappe.utils import add_days, flt, getdate

from sales_crm_pm.api.v1 import project as project_api
from sales_crm_pm.api.v1 import value as api
from sales_crm_pm.loop import (
	budget_alerts,
	costs,
	programme,
	progress,
	snapshots,
	timesheet_approval,
	transitions,
)
from sales_crm_pm.sales_crm_pm.doctype.spm_budget_alert.spm_budget_alert import CACHE_KEY
from tests.factories import make, make_user, make_won_opportunity
from tests.factories_delivery import (
	accept,
	make_milestone,
	make_project,
	make_running_project,
	make_task,
	move_to,
)
from tests.factories_risk import make_risk
from tests.factories_time import last_week, make_cost, make_member, make_rate, make_sheet

MONEY = (
	"planned_value",
	"earned_value",
	"schedule_variance",
	"cost_variance",
	"cpi",
	"spi_t",
	"tcpi",
	"tcpi_eac",
	"estimate_at_completion",
	"estimate_to_complete",
	"variance_at_completion",
	"budget_used_percent",
	"planned_margin",
	"forecast_margin",
	"actual_margin",
)
PROGRAMME = (
	"sub_projects",
	"programme_budget",
	"programme_cost",
	"programme_forecast",
	"programme_percent_complete",
	"programme_health",
)
STANDING = (
	"percent_complete",
	"percent_planned",
	"spi",
	"health",
	"health_reasons",
	"next_milestone",
	"next_milestone_date",
	"forecast_end_date",
)


@pytest.fixture(autouse=True)
def fresh_alerts(site):
	frappe.cache.delete_value(CACHE_KEY)
	yield
	frappe.cache.delete_value(CACHE_KEY)


def figures(project: str) -> frappe._dict:
	fields = ["actual_cost", *MONEY, *PROGRAMME, *STANDING]
	return frappe.db.get_value("SPM Project", project, fields, as_dict=True)


def spend(project: str, cost: float) -> None:
	"""What booked time and invoices do: the cost is stored, then the figures follow."""
	frappe.db.set_value("SPM Project", project, "actual_cost", cost, update_modified=False)
	progress.roll_up_many([project])


def running(budget=100_000, **values):
	"""A running project half over: 40 % done, 50 % planned by two tasks of equal length."""
	values.setdefault("completion_method", "Task Weight")
	project = make_project(
		budget_cost=budget, price=160_000, planned_start_date=add_days(getdate(), -30), **values
	)
	make_task(project.name, weight=5, progress=80, planned_end_date=add_days(getdate(), -1))
	make_task(project.name, weight=5, planned_end_date=add_days(getdate(), 30))
	return move_to(project, "In Progress")


class TestFigures:
	def test_the_example_of_the_design(self):
		project = running()
		spend(project.name, 55_000)
		found = figures(project.name)
		assert {f: found[f] for f in MONEY if f != "spi_t"} == {
			"planned_value": 50_000,
			"earned_value": 40_000,
			"schedule_variance": -10_000,
			"cost_variance": -15_000,
			"cpi": 0.7273,
			"tcpi": 1.3333,
			"tcpi_eac": 0.7273,
			"estimate_at_completion": 137_500,
			"estimate_to_complete": 82_500,
			"variance_at_completion": -37_500,
			"budget_used_percent": 55,
			"planned_margin": 60_000,
			"forecast_margin": 22_500,
			"actual_margin": 105_000,
		}
		assert (found.percent_complete, found.percent_planned, found.spi) == (40, 50, 0.8)
		assert found.health == "Red"
		# Who may not see cost reads the reasons: no figure of cost is in them.
		assert "cost more than was planned" in found.health_reasons and "0.7" not in found.health_reasons

	def test_booked_costs_move_them_in_the_same_transaction(self):
		project = running()
		entry = make_cost(project.name, amount=50_000)
		found = figures(project.name)
		assert (found.cost_variance, found.cpi, found.forecast_margin) == (-10_000, 0.8, 35_000)
		entry.reload()
		entry.status = "Cancelled"
		entry.save()
		assert figures(project.name).cost_variance == 40_000

	@pytest.mark.parametrize(
		("method", "eac"),
		[
			("Remaining Budget", 115_000),
			("Cost and Schedule Performance", 158_125),
			("Own Estimate", 125_000),
		],
	)
	def test_the_forecast_is_by_the_method_chosen(self, method, eac):
		project = running(eac_method=method, own_etc=70_000)
		spend(project.name, 55_000)
		assert figures(project.name).estimate_at_completion == eac

	@pytest.mark.parametrize(
		("technique", "earned"), [("0/100", 0), ("50/50", 25_000), ("Percent Complete", 40_000)]
	)
	def test_work_earns_by_the_technique_chosen(self, technique, earned):
		assert figures(running(ev_technique=technique).name).earned_value == earned

	def test_weighted_milestones_earn_when_they_are_accepted(self):
		project, milestones = make_running_project(
			(1, 3), budget_cost=1000, ev_technique="Weighted Milestones"
		)
		make_task(project.name, milestone=milestones[1].name, progress=90)
		assert figures(project.name).earned_value == 0
		accept(milestones[0].name)
		assert figures(project.name).earned_value == 250

	def test_margins_count_approved_changes(self):
		project = make_project(budget_cost=190_615.87, price=300_000)
		frappe.db.set_value("SPM Project", project.name, "approved_changes_base", 65_000)
		progress.roll_up(project.name)
		assert figures(project.name).planned_margin == 174_384.13

	def test_progress_of_the_whole_comes_from_its_parts(self):
		project = make_project("In Progress", completion_method="Task Weight", budget_cost=1000)
		whole = make_task(project.name, weight=9)
		done = make_task(project.name, weight=1, parent_task=whole.name, status="Completed")
		make_task(project.name, weight=3, parent_task=whole.name, progress=50)
		make_task(project.name, weight=5, parent_task=whole.name, status="Cancelled")
		assert frappe.db.get_value("SPM Task", whole.name, ["progress", "status"]) == (62.5, "Open")
		found = figures(project.name)
		assert (found.percent_complete, found.earned_value) == (62.5, 625)
		frappe.delete_doc("SPM Task", done.name)
		assert frappe.db.get_value("SPM Task", whole.name, "progress") == 50

	def test_nothing_is_completed_by_percentages(self):
		project, milestones = make_running_project((1,), budget_cost=1000)
		task = make_task(project.name, milestone=milestones[0].name, progress=100)
		spend(project.name, 1000)
		assert figures(project.name).percent_complete == 100
		assert frappe.db.get_value("SPM Project", project.name, "status") == "In Progress"
		assert frappe.db.get_value("SPM Milestone", milestones[0].name, "status") == "Planned"
		assert frappe.db.get_value("SPM Task", task.name, "status") == "Open"

	def test_before_it_begins_a_project_plans_and_earns_nothing(self):
		project = make_project(budget_cost=1000, planned_start_date=add_days(getdate(), -30), price=1500)
		make_task(project.name, progress=50, planned_end_date=add_days(getdate(), -3))
		found = figures(project.name)
		assert (found.planned_value, found.earned_value, found.estimate_at_completion) == (0, 0, 1000)
		assert (found.planned_margin, found.forecast_margin, found.actual_margin) == (500, 500, 0)

	def test_a_form_cannot_type_them(self):
		project = running()
		doc = frappe.get_doc("SPM Project", project.name)
		doc.earned_value, doc.cpi, doc.budget_alert_level, doc.programme_cost = 1, 9, 50, 7
		doc.save()
		assert (doc.earned_value, doc.cpi, doc.budget_alert_level, doc.programme_cost) == (40_000, 0, 0, 0)


class TestBaseline:
	def test_the_current_baseline_is_what_was_planned(self):
		project = make_project("In Progress", completion_method="Task Weight", budget_cost=1000)
		task = make_task(project.name, planned_end_date=add_days(getdate(), 20))
		first = make("SPM Baseline", project=project.name, title="First", number=1, current=1)
		make(
			"SPM Baseline Row",
			baseline=first.name,
			project=project.name,
			row_type="Task",
			reference_name=task.name,
			end_date=add_days(getdate(), -1),
		)
		progress.roll_up(project.name)
		# Moving the plan does not move the promise.
		assert figures(project.name).planned_value == 1000
		first.db_set("current", 0)
		progress.roll_up(project.name)
		assert figures(project.name).planned_value == 0


class TestHealthAndAlerts:
	@pytest.fixture
	def alerts(self):
		frappe.db.delete("SPM Budget Alert")
		make("SPM Budget Alert", title="Fast", used_percent=80, only_ahead=1, health="Amber")
		make("SPM Budget Alert", title="All", used_percent=100, health="Red", role_to_tell="SPM Executive")

	def test_levels_colour_and_come_once(self, alerts, monkeypatch):
		asked = []
		monkeypatch.setattr(budget_alerts.frappe, "enqueue", lambda *a, **kw: asked.append(kw.get("alert")))
		project = running()
		spend(project.name, 79_999)
		assert "More of the budget" not in figures(project.name).health_reasons
		spend(project.name, 80_000)
		assert "More of the budget" in figures(project.name).health_reasons
		for cost in (85_000, 60_000, 90_000, 100_000, 120_000):
			spend(project.name, cost)
		assert [a for a in asked if a] == ["Fast", "All"]

	def test_cost_that_keeps_step_with_the_work_is_no_alert(self, alerts):
		project = running()
		for task in frappe.get_all("SPM Task", {"project": project.name}, pluck="name"):
			frappe.db.set_value("SPM Task", task, "progress", 90)
		spend(project.name, 85_000)
		assert not frappe.db.get_value("SPM Project", project.name, "budget_alert_level")

	def test_another_budget_has_alerts_of_its_own(self, alerts):
		project = running()
		spend(project.name, 100_000)
		assert frappe.db.get_value("SPM Project", project.name, "budget_alert_level") == 100
		doc = frappe.get_doc("SPM Project", project.name)
		doc.budget_cost = 200_000
		doc.save()
		assert doc.budget_alert_level == 0

	def test_only_who_may_see_cost_is_told(self, alerts):
		manager, boss = make_user("SPM Project Manager"), make_user("SPM Executive")
		outsider = make_user("SPM Sales Manager")
		project = running(project_manager=manager)
		spend(project.name, 100_000)
		told = budget_alerts.tell(project.name, "All")
		assert manager in told and boss in told and outsider not in told
		frappe.db.set_value("SPM Project", project.name, "project_manager", outsider)
		assert outsider not in budget_alerts.tell(project.name, "All")

	def test_a_critical_risk_makes_a_project_red_while_it_is_open(self):
		project, _milestones = make_running_project((1,))
		risk = make_risk(project.name, probability=5, impact=5)
		found = figures(project.name)
		assert (found.health, found.health_reasons) == ("Red", "A critical risk is open.")
		frappe.delete_doc("SPM Risk", risk.name)
		assert figures(project.name).health == "Green"

	def test_a_level_of_nothing_is_refused(self):
		with pytest.raises(frappe.ValidationError, match="how many percent"):
			make("SPM Budget Alert", title="Never", used_percent=0)


class TestProgramme:
	def test_money_adds_up_progress_is_weighed_and_the_worst_health_shows(self):
		top = make_project("In Progress")
		for budget, done, cost in ((300, 100, 100), (100, 0, 90)):
			part = make_project(
				"In Progress",
				customer=top.customer,
				parent_project=top.name,
				budget_cost=budget,
				completion_method="Manual",
				manual_percent_complete=done,
			)
			spend(part.name, cost)
		found = figures(top.name)
		assert (found.sub_projects, found.programme_budget, found.programme_cost) == (2, 400, 190)
		assert found.programme_percent_complete == 75
		assert found.programme_health == "Red"
		frappe.delete_doc("SPM Project", part.name)
		found = figures(top.name)
		assert (found.sub_projects, found.programme_cost, found.programme_health) == (1, 100, "Green")

	def test_any_depth_and_leaving_one(self):
		top, other = make_project(), make_project()
		middle = make_project(customer=top.customer, parent_project=top.name, budget_cost=10)
		low = make_project(customer=top.customer, parent_project=middle.name, budget_cost=5)
		assert figures(top.name).programme_budget == 15
		low.reload()
		low.parent_project = other.name
		low.save()
		assert (figures(top.name).programme_budget, figures(middle.name).sub_projects) == (10, 0)
		assert figures(other.name).programme_budget == 5

	def test_no_project_is_a_part_of_itself(self):
		top = make_project()
		part = make_project(parent_project=top.name)
		top.reload()
		top.parent_project = part.name
		with pytest.raises(frappe.ValidationError, match="part of itself"):
			top.save()

	def test_statements_do_not_grow_with_parts(self, assert_query_count):
		top = make_project()
		for _n in range(2):
			make_project(customer=top.customer, parent_project=top.name, budget_cost=1)
		with assert_query_count(99) as few:
			programme.refresh([top.name])
		for _n in range(4):
			make_project(customer=top.customer, parent_project=top.name, budget_cost=1)
		with assert_query_count(len(few)):
			programme.refresh([top.name])


class TestStatements:
	def test_completing_costs_the_same_in_a_large_project(self, assert_query_count):
		def cost_of_completing(others):
			project, milestones = make_running_project((1,), budget_cost=1000)
			for _n in range(others):
				make_task(project.name, milestone=milestones[0].name)
			task = make_task(project.name, milestone=milestones[0].name)
			doc = frappe.get_doc("SPM Task", task.name)
			doc.status = "Completed"
			with assert_query_count(99) as queries:
				doc.save()
			return len(queries)

		assert cost_of_completing(12) <= cost_of_completing(1)

	def test_many_projects_in_as_many_statements_as_two(self, assert_query_count):
		names = [make_running_project((1, 2), budget_cost=100)[0].name for _n in range(6)]
		with assert_query_count(99) as few:
			progress.roll_up_many(names[:2])
		with assert_query_count(len(few)):
			progress.roll_up_many(names)


class TestSnapshots:
	def test_history_stays_as_it_was(self, freeze):
		project = running()
		spend(project.name, 20_000)
		snapshots.take([project.name])
		spend(project.name, 55_000)
		with freeze(f"{add_days(getdate(), 7)} 09:00:00"):
			for task in frappe.get_all("SPM Task", {"project": project.name}, pluck="name"):
				doc = frappe.get_doc("SPM Task", task)
				doc.status = "Completed"
				doc.save()
			points = api.project(project.name)["curve"]["points"]
		by_day = {point["day"]: point for point in points}
		now = str(add_days(getdate(), 7))
		assert by_day[now]["ev"] == 100_000
		past = [p for p in points if str(getdate()) <= p["day"] < now]
		assert past and all(p["ev"] == 40_000 for p in past)
		assert points[-1]["eac"] == 55_000

	def test_status_changes_are_remembered_and_one_a_day_stays(self):
		project = make_project("In Progress")
		rows = frappe.get_all("SPM Progress Snapshot", {"project": project.name}, ["status", "reason"])
		assert rows == [{"status": "In Progress", "reason": "Status Change"}]

	def test_running_projects_are_remembered_once_a_period(self, freeze):
		project, draft = running(), make_project()
		frappe.db.delete("SPM Progress Snapshot", {"project": project.name})
		snapshots.take_due()
		snapshots.take_due()
		taken = {"project": ["in", [project.name, draft.name]], "reason": "Scheduled"}
		assert frappe.get_all("SPM Progress Snapshot", taken, pluck="project") == [project.name]
		with freeze(f"{add_days(getdate(), 8)} 03:00:00"):
			snapshots.take_due()
		assert frappe.db.count("SPM Progress Snapshot", taken) == 2

	def test_they_go_with_their_project(self):
		project = make_project("Approved")
		frappe.delete_doc("SPM Project", project.name)
		assert not frappe.db.count("SPM Progress Snapshot", {"project": project.name})

	def test_rows_are_as_visible_as_the_project_and_cost_only_to_some(self, as_user):
		manager, other, boss = (
			make_user("SPM Project Manager"),
			make_user("SPM Project Manager"),
			make_user("SPM Sales Manager"),
		)
		project = running(project_manager=manager)
		snapshots.take([project.name])
		mine = {"project": project.name}
		with as_user(manager):
			assert frappe.get_list("SPM Progress Snapshot", mine, ["earned_value"])[0].earned_value == 40_000
		with as_user(other):
			assert not frappe.get_list("SPM Progress Snapshot", mine)
		with as_user(boss):
			(row,) = frappe.get_list("SPM Progress Snapshot", mine, ["*"])
			assert row.percent_complete == 40 and "earned_value" not in row and "cpi" not in row


class TestWhoSeesIt:
	def test_status_tells_cost_performance_to_some_only(self, as_user):
		manager, seller = make_user("SPM Project Manager"), make_user("SPM Sales Manager")
		project = running(project_manager=manager)
		spend(project.name, 55_000)
		with as_user(manager):
			assert project_api.status(project.name)["cpi"] == 0.7273
		with as_user(seller):
			status = project_api.status(project.name)
			assert status["cpi"] is None and status["spi"] == 0.8

	def test_the_money_page(self, as_user):
		manager = make_user("SPM Project Manager")
		project = running(project_manager=manager)
		spend(project.name, 55_000)
		with as_user(manager):
			page = api.project(project.name)
		assert page["profit"]["margins"]["forecast"] == {"amount": 22_500, "percent": 14.1}
		assert page["profit"]["income"] == 160_000
		assert page["value"]["tcpi"] == 1.3333
		today = next(p for p in page["curve"]["points"] if p["day"] == str(getdate()))
		assert (today["pv"], today["ev"], today["ac"]) == (50_000, 40_000, 55_000)
		assert page["curve"]["points"][-1]["pv"] == 100_000
		assert page["curve"]["points"][-1]["eac"] == 137_500
		for role in ("SPM Sales Manager", "SPM Service Agent", "SPM Delivery Member"):
			with as_user(make_user(role)), pytest.raises(frappe.PermissionError):
				api.project(project.name)

	def test_a_customer_does_not_reach_it(self, as_user):
		project = running()
		with as_user(make_user("SPM Customer User", user_type="Website User")):
			with pytest.raises(frappe.PermissionError):
				api.project(project.name)

	def test_the_money_page_takes_few_statements(self, assert_query_count):
		project = running()
		with assert_query_count(10):
			api.project(project.name)


def test_recomputed_from_nothing_after_200_edits_everything_is_the_same():
	"""Any sequence of edits: tasks, milestones, hours, cost, weights, dates, status, budgets, sub-projects."""
	world = RandomWorld(random.Random("edits"))
	for _n in range(200):
		world.edit()
	assert world.booked > 5
	stored = world.everything()
	world.forget_everything()
	costs.recompute()
	computed = world.everything()
	for name, fields in stored["projects"].items():
		again = computed["projects"][name]
		assert {f: (v, again[f]) for f, v in fields.items() if again[f] != v} == {}
	assert computed == stored


class RandomWorld:
	"""Three projects of one customer, one of them part of another, and what people do to them."""

	def __init__(self, chance: random.Random):
		self.chance = chance
		self.deal = make_won_opportunity()
		common = {"customer": self.deal.customer, "price": 5000}
		first, milestones = make_running_project(
			(1, 2, 3), opportunity=self.deal.name, budget_cost=1000, **common
		)
		second, more = make_running_project((1,), budget_cost=300, parent_project=first.name, **common)
		third, _none = make_running_project((), parent_project=second.name, **common)
		self.projects = [first.name, second.name, third.name]
		self.milestones = [m.name for m in (*milestones, *more)]
		self.tasks: list[str] = []
		self.costs: list[str] = []
		self.member, self.week, self.booked = make_member(), last_week(), 0
		make_rate(user=self.member, cost_rate=13.37)
		for name in self.projects:
			doc = frappe.get_doc("SPM Project", name)
			doc.append("team", {"user": self.member, "raci": "Responsible"})
			doc.save()

	def edit(self):
		edits = (
			*[self.add_task] * 3,
			*[self.change_task] * 5,
			self.nest_task,
			self.delete_task,
			self.add_milestone,
			*[self.change_milestone] * 2,
			self.decide_milestone,
			*[self.spend] * 3,
			self.take_cost_back,
			*[self.book_hours] * 2,
			self.raise_risk,
			self.change_project,
			self.pause_project,
			self.move_in_programme,
		)
		self.chance.choice(edits)()

	def day(self, low=-40, high=40):
		return add_days(getdate(), self.chance.randint(low, high))

	def add_task(self):
		milestone = self.chance.choice([*self.milestones, None])
		project = frappe.db.get_value("SPM Milestone", milestone, "project") if milestone else None
		start = self.chance.choice([None, self.day()])
		task = make_task(
			project or self.chance.choice(self.projects),
			milestone=milestone,
			weight=self.chance.randint(0, 4),
			progress=self.chance.randint(0, 100),
			planned_start_date=start,
			planned_end_date=add_days(start, self.chance.randint(0, 30)) if start else None,
		)
		self.tasks.append(task.name)

	def change_task(self):
		if not self.tasks:
			return
		doc = frappe.get_doc("SPM Task", self.chance.choice(self.tasks))
		doc.status = self.chance.choice(("Open", "Working", "Blocked", "Completed", "Cancelled"))
		doc.progress = self.chance.randint(0, 100)
		doc.weight = self.chance.randint(0, 4)
		if self.chance.random() < 0.3:
			doc.planned_end_date = doc.planned_start_date = self.day()
		doc.save()

	def nest_task(self):
		if len(self.tasks) < 2:
			return
		doc = frappe.get_doc("SPM Task", self.chance.choice(self.tasks))
		parents = frappe.get_all(
			"SPM Task", {"project": doc.project, "name": ["in", self.tasks]}, pluck="name"
		)
		doc.parent_task = self.chance.choice([*parents, None])
		try:
			doc.save()
		except frappe.ValidationError:
			# It would have been a part of itself.
			frappe.clear_messages()

	def delete_task(self):
		if self.tasks:
			name = self.chance.choice(self.tasks)
			# What has parts or hours stays.
			if not frappe.db.exists("SPM Task", {"parent_task": name}) and not frappe.db.exists(
				"SPM Timesheet Line", {"task": name}
			):
				self.tasks.remove(name)
				frappe.delete_doc("SPM Task", name)

	def add_milestone(self):
		milestone = make_milestone(
			self.chance.choice(self.projects), weight=self.chance.randint(0, 3), planned_date=self.day()
		)
		self.milestones.append(milestone.name)

	def change_milestone(self):
		doc = frappe.get_doc("SPM Milestone", self.chance.choice(self.milestones))
		doc.weight = self.chance.randint(0, 5)
		doc.planned_date = self.day()
		doc.forecast_date = self.chance.choice([None, self.day(0, 60)])
		doc.delay_reason = "Customer"
		doc.save()

	def decide_milestone(self):
		name = self.chance.choice(self.milestones)
		status = frappe.db.get_value("SPM Milestone", name, "status")
		doc = frappe.get_doc("SPM Milestone", name)
		if status in ("Planned", "In Progress"):
			transitions.move(doc, "Submitted")
		elif status == "Submitted":
			target = self.chance.choice(["Accepted", "Rejected"])
			transitions.move(doc, target, {"rejection_reason": "Not yet", "delay_reason": "Customer"})
		elif status == "Rejected":
			transitions.move(doc, self.chance.choice(["In Progress", "Cancelled"]))

	def spend(self):
		entry = make_cost(self.chance.choice(self.projects), amount=self.chance.randint(1, 400) + 0.37)
		self.costs.append(entry.name)

	def take_cost_back(self):
		if self.costs:
			doc = frappe.get_doc("SPM Cost Entry", self.costs.pop())
			doc.status = "Cancelled"
			doc.save()

	def book_hours(self):
		"""One more week of a person, on a project or a task of it, handed in and approved."""
		project = self.chance.choice(self.projects)
		tasks = frappe.get_all(
			"SPM Task",
			{"project": project, "name": ["in", self.tasks or [""]], "status": ["!=", "Cancelled"]},
			pluck="name",
		)
		self.week = add_days(self.week, -7)
		line = {
			"project": project,
			"task": self.chance.choice([None, *tasks]),
			"hours": self.chance.randint(1, 9),
		}
		if frappe.db.get_value("SPM Project", project, "status") == "In Progress":
			sheet = make_sheet(self.member, line, submit=True, start=self.week)
			assert timesheet_approval.approve([sheet.name])["approved"] == [sheet.name]
			self.booked += 1

	def raise_risk(self):
		make_risk(
			self.chance.choice(self.projects),
			probability=self.chance.randint(1, 5),
			impact=self.chance.randint(3, 5),
		)

	def change_project(self):
		doc = frappe.get_doc("SPM Project", self.chance.choice(self.projects))
		doc.budget_cost = self.chance.choice([0, 500, 1234.56])
		doc.price = self.chance.choice([0, 4000])
		doc.eac_method = self.chance.choice(
			["Cost Performance", "Remaining Budget", "Cost and Schedule Performance", "Own Estimate"]
		)
		doc.own_etc = self.chance.randint(0, 500)
		doc.ev_technique = self.chance.choice(["Percent Complete", "0/100", "50/50", "Weighted Milestones"])
		doc.completion_method = self.chance.choice(
			["Milestone Weight"] * 3 + ["Task Weight"] * 3 + ["Task Completion", "Manual"]
		)
		doc.manual_percent_complete = self.chance.randint(0, 100)
		doc.planned_start_date = self.day(-60, 0)
		doc.planned_end_date = self.day(0, 60)
		doc.save()

	def pause_project(self):
		doc = frappe.get_doc("SPM Project", self.chance.choice(self.projects))
		doc.status = {"In Progress": "On Hold", "On Hold": "In Progress"}[doc.status]
		doc.save()

	def move_in_programme(self):
		doc = frappe.get_doc("SPM Project", self.projects[2])
		doc.parent_project = self.chance.choice([None, *self.projects[:2]])
		doc.save()

	def everything(self):
		return {
			"projects": {name: figures(name) for name in self.projects},
			"milestones": frappe.get_all(
				"SPM Milestone", {"name": ["in", self.milestones]}, ["name", "progress"], order_by="name"
			),
			"tasks": frappe.get_all(
				"SPM Task",
				{"name": ["in", self.tasks or [""]]},
				["name", "progress", "actual_hours", "actual_cost"],
				order_by="name",
			),
			"deal": frappe.db.get_value(
				"SPM Opportunity",
				self.deal.name,
				["project_percent_complete", "project_health", "next_milestone", "project_forecast_end_date"],
			),
			"customer": frappe.db.get_value(
				"SPM Customer",
				self.deal.customer,
				["active_projects", "late_projects", "projects_percent_complete", "health"],
			),
		}

	def forget_everything(self):
		meta = frappe.get_meta("SPM Project")
		kept = {"sub_projects": -1}
		values = {
			f: (0 if meta.get_field(f).fieldtype in ("Currency", "Percent", "Float", "Int") else None)
			for f in ("actual_cost", *MONEY, *PROGRAMME, *STANDING)
		}
		# A wrong number of parts, so that the totals are looked at.
		frappe.db.set_value("SPM Project", {"name": ["in", self.projects]}, values | kept)
		frappe.db.set_value("SPM Milestone", {"name": ["in", self.milestones]}, "progress", 0)
		frappe.db.set_value(
			"SPM Task", {"name": ["in", self.tasks or [""]]}, {"actual_hours": 0, "actual_cost": 0}
		)
		for task in frappe.get_all("SPM Task", {"name": ["in", self.tasks or [""]]}, ["name"]):
			if frappe.db.exists("SPM Task", {"parent_task": task.name, "status": ["!=", "Cancelled"]}):
				if frappe.db.get_value("SPM Task", task.name, "status") not in ("Completed", "Cancelled"):
					frappe.db.set_value("SPM Task", task.name, "progress", 0)
		assert flt(figures(self.projects[0]).earned_value) == 0

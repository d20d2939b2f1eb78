"""Visit plans: dates, tasks, talks that close them, missed visits; as salesperson, manager and outsider."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_to_date, getdate, now_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import visits
from tests.factories import make_customer, make_interaction, make_opportunity, make_user, unique
from tests.factories_keep import condition, make_plan, make_segment

TODAY = "2026-03-02 09:00:00"  # a Monday


@pytest.fixture(autouse=True)
def only_our_plans(site):
	"""The site's own plans and settings rest while a test says what counts."""
	frappe.db.set_value("SPM Visit Plan", {"enabled": 1}, "enabled", 0)


def customer_touched(days_ago: int | None, **values):
	doc = make_customer(**values)
	if days_ago is not None:
		make_interaction(customer=doc.name, happened_on=add_to_date(now_datetime(), days=-days_ago))
	return doc.name


def visit_of(customer, **filters):
	rows = frappe.get_all(
		"SPM Task",
		filters={"customer": customer, "visit_plan": ["is", "set"], **filters},
		fields=["name", "status", "planned_end_date", "assigned_to", "task_type", "subject", "visit_key"],
	)
	assert len(rows) <= 1, rows
	return rows[0] if rows else None


def next_visit(customer):
	return frappe.db.get_value("SPM Customer", customer, ["next_visit_date", "visit_plan"])


class TestDates:
	def test_the_next_visit_is_so_many_days_after_the_last_touch_on_a_working_day(self, freeze):
		with freeze(TODAY):
			plan = make_plan(tier="A")
			one = customer_touched(10, tier="A")
			other = customer_touched(10, tier="B")
			visits.run(commit=False)
			# 20 February + 30 days is Sunday the 22nd of March.
			assert next_visit(one) == (getdate("2026-03-23"), plan.name)
			assert next_visit(other) == (None, None)

	def test_a_talk_moves_the_date_at_once_and_a_note_does_not(self, freeze):
		with freeze(TODAY):
			make_plan(tier="A", every_days=14)
			name = customer_touched(5, tier="A")
			before = next_visit(name)[0]
			make_interaction(customer=name, interaction_type="Note")
			assert next_visit(name)[0] == before
			make_interaction(customer=name, interaction_type="WeChat")
			assert next_visit(name)[0] == getdate("2026-03-16")

	def test_moving_to_another_tier_changes_the_next_date(self, freeze):
		with freeze(TODAY):
			quick, slow = make_plan(tier="A", every_days=28), make_plan(tier="C", every_days=91)
			doc = frappe.get_doc("SPM Customer", customer_touched(0, tier="C"))
			assert next_visit(doc.name) == (getdate("2026-06-01"), slow.name)
			doc.reload()
			doc.tier = "A"
			doc.save()
			assert next_visit(doc.name) == (getdate("2026-03-30"), quick.name)
			doc.reload()
			doc.tier = ""
			doc.save()
			assert next_visit(doc.name) == (None, None)

	def test_the_first_plan_that_fits_wins_and_lost_customers_are_left_in_peace(self, freeze):
		with freeze(TODAY):
			make_plan(tier="A", priority=5)
			key = make_plan(key_accounts_only=1, priority=1, every_days=7, lead_days=2)
			name = customer_touched(0, tier="A", is_key_account=1)
			lost = customer_touched(0, tier="A", is_key_account=1, lifecycle_stage="Lost")
			visits.run(commit=False)
			assert next_visit(name)[1] == key.name
			assert next_visit(lost) == (None, None)

	def test_a_plan_can_follow_a_segment(self, freeze):
		with freeze(TODAY):
			industry = frappe.db.get_value("SPM Industry", {}, "name")
			segment = make_segment(condition("SPM Customer", ("industry", "one_of", [industry])))
			plan = make_plan(segment=segment.name)
			inside, outside = customer_touched(0, industry=industry), customer_touched(0)
			assert next_visit(inside)[1] == plan.name
			assert next_visit(outside)[1] is None

	def test_holidays_and_swapped_days(self, freeze):
		settings = frappe.get_doc("SPM Settings")
		settings.append("holidays", {"holiday_date": "2026-03-23", "description": "Spring"})
		settings.append("holidays", {"holiday_date": "2026-03-22", "is_working_day": 1})
		settings.flags.ignore_permissions = True
		settings.save()
		with freeze(TODAY):
			make_plan(tier="A")
			assert next_visit(customer_touched(10, tier="A"))[0] == getdate("2026-03-22")
			assert next_visit(customer_touched(9, tier="A"))[0] == getdate("2026-03-24")


class TestTasks:
	def test_the_night_makes_one_task_for_whoever_is_due_and_none_twice(self, freeze):
		with freeze(TODAY):
			manager = make_user("SPM Sales User")
			make_plan(tier="A", subject="Visit {0}", task_type="Visit")
			due = customer_touched(25, tier="A", account_manager=manager)
			far = customer_touched(3, tier="A")
			visits.run(commit=False)
			task = visit_of(due)
			assert (task.status, task.assigned_to, task.task_type) == ("Open", manager, "Visit")
			assert task.planned_end_date == getdate("2026-03-09")  # 7 March is a Saturday
			assert task.subject.endswith(frappe.db.get_value("SPM Customer", due, "customer_name"))
			assert visit_of(far) is None
			assert visits.run(commit=False)["created"] == 0 and visit_of(due).name == task.name

	def test_two_runs_at_once_cannot_make_two(self, freeze):
		"""The second worker read before the first wrote: it still meets the key."""
		with freeze(TODAY):
			plan = make_plan(tier="A")
			name = customer_touched(40, tier="A")
			plans, calendar = visits.active_plans(), visits.working_days()
			first, second = visits.standing(plans), visits.standing(plans)
			for rows in (first, second):
				visits._follow(rows, plans, calendar)
			assert visits._create_due(first, plans, calendar) >= 1
			assert visits._create_due(second, plans, calendar) == 0
			assert visit_of(name) and plan.name
			with pytest.raises(frappe.UniqueValidationError):
				doc = frappe.copy_doc(frappe.get_doc("SPM Task", visit_of(name).name))
				doc.flags.derived = True
				doc.visit_plan, doc.visit_key = plan.name, name
				doc.insert()

	def test_a_logged_talk_closes_the_open_visit(self, freeze):
		with freeze(TODAY):
			make_plan(tier="A", every_days=28)
			name = customer_touched(27, tier="A")
			visits.run(commit=False)
			task = visit_of(name)
			make_interaction(customer=name, interaction_type="Call")
			done = frappe.get_doc("SPM Task", task.name)
			assert (done.status, done.progress, done.visit_key) == ("Completed", 100, None)
			assert next_visit(name)[0] == getdate("2026-03-30")

	def test_an_old_talk_that_is_written_down_late_does_not(self, freeze):
		with freeze(TODAY):
			make_plan(tier="A", every_days=28)
			name = customer_touched(60, tier="A")
			visits.run(commit=False)
			make_interaction(customer=name, happened_on="2026-01-20 10:00:00")
			assert visit_of(name).status == "Open"

	def test_only_a_visit_counts_when_the_plan_says_so(self, freeze):
		with freeze(TODAY):
			make_plan(tier="A", counts_as_touch="Visit or Meeting")
			name = make_customer(tier="A").name
			seen_on = add_to_date(now_datetime(), days=-40)
			make_interaction(customer=name, interaction_type="Visit", happened_on=seen_on)
			visits.run(commit=False)
			make_interaction(customer=name, interaction_type="Call")
			assert visit_of(name).status == "Open"
			make_interaction(customer=name, interaction_type="Meeting")
			assert visit_of(name).status == "Completed"

	def test_ticking_it_off_counts_as_a_touch_and_the_next_comes_in_its_time(self, freeze):
		with freeze(TODAY):
			make_plan(tier="A", every_days=28, lead_days=0)
			name = customer_touched(30, tier="A")
			visits.run(commit=False)
			task = frappe.get_doc("SPM Task", visit_of(name).name)
			task.status = "Completed"
			task.save()
			assert next_visit(name)[0] == getdate("2026-03-30")
			visits.run(commit=False)
			assert visit_of(name, status="Open") is None
		with freeze("2026-03-30 09:00:00"):
			visits.run(commit=False)
			assert visit_of(name, status="Open")

	def test_a_cancelled_visit_waits_for_the_next_round(self, freeze):
		with freeze(TODAY):
			make_plan(tier="A", every_days=28, lead_days=0)
			name = customer_touched(30, tier="A")
			visits.run(commit=False)
			task = frappe.get_doc("SPM Task", visit_of(name).name)
			task.status = "Cancelled"
			task.save()
			visits.run(commit=False)
			assert visit_of(name, status="Open") is None
			assert next_visit(name)[0] == getdate("2026-03-30")

	def test_a_customer_without_plan_loses_its_open_visit(self, freeze):
		with freeze(TODAY):
			make_plan(tier="A")
			name = customer_touched(40, tier="A")
			visits.run(commit=False)
			doc = frappe.get_doc("SPM Customer", name)
			doc.disabled = 1
			doc.save()
			assert visit_of(name).status == "Cancelled"

	def test_nobody_has_more_visits_a_day_than_the_plan_allows(self, freeze):
		with freeze(TODAY):
			user = make_user("SPM Sales User")
			make_plan(tier="A", max_per_day=2)
			names = [customer_touched(60, tier="A", account_manager=user) for _n in range(5)]
			visits.run(commit=False)
			days = sorted(visit_of(name).planned_end_date for name in names)
			assert [str(day) for day in days] == ["2026-03-02"] * 2 + ["2026-03-03"] * 2 + ["2026-03-04"]

	def test_the_service_owner_s_visits_and_people_who_left(self, freeze):
		with freeze(TODAY):
			agent, gone = make_user("SPM Service Agent"), make_user("SPM Sales User")
			make_plan(tier="A", assign_to="Service Owner")
			served = customer_touched(60, tier="A", service_owner=agent)
			orphan = customer_touched(60, tier="A", account_manager=gone)
			frappe.db.set_value("User", gone, "enabled", 0)
			visits.run(commit=False)
			assert visit_of(served).assigned_to == agent
			assert visit_of(orphan).assigned_to is None

	def test_many_customers_take_no_more_statements_than_few(self, freeze, live_mode):
		from tests.support.queries import counted_queries

		with freeze(TODAY):
			make_plan(tier="A")
			customers = [customer_touched(None, tier="A") for _n in range(30)]
			old = add_to_date(now_datetime(), days=-60)
			frappe.db.set_value("SPM Customer", {"name": ["in", customers]}, "creation", old)
			with counted_queries() as queries:
				assert visits.run(commit=False)["created"] >= 30
			writes = [
				q
				for q in queries
				if "INSERT INTO `tabSPM Task`" in q or "insert into `tabSPM Task`" in q.lower()
			]
			assert len(writes) <= 2
			# Per task only the search index; nothing is read one by one.
			assert len([q for q in queries if q.lower().startswith("select")]) <= 25

	def test_a_task_s_customer_follows_its_project_but_may_stand_alone(self):
		deal = make_opportunity()
		task = frappe.get_doc({"doctype": "SPM Task", "subject": "x", "opportunity": deal.name}).insert()
		task.customer = make_customer().name
		task.save()
		assert task.customer == deal.customer
		alone = frappe.get_doc({"doctype": "SPM Task", "subject": "Call", "customer": deal.customer}).insert()
		assert alone.customer == deal.customer
		with pytest.raises(SPMError):
			frappe.get_doc({"doctype": "SPM Task", "subject": "x"}).insert()

	def test_plans_that_make_no_sense_are_refused(self):
		with pytest.raises(SPMError):
			make_plan(every_days=0)
		with pytest.raises(SPMError):
			make_plan(every_days=7, lead_days=7)


class TestWhoSeesWhat:
	@pytest.fixture
	def company(self):
		seller, rival = make_user("SPM Sales User"), make_user("SPM Sales User")
		customer = make_customer(account_manager=seller).name
		task = frappe.get_doc(
			{"doctype": "SPM Task", "subject": unique("Visit "), "customer": customer, "task_type": "Visit"}
		).insert()
		return frappe._dict(seller=seller, rival=rival, customer=customer, task=task.name)

	def test_a_visit_is_seen_and_changed_by_the_customer_s_people(self, company, as_user):
		for user, may in ((company.seller, True), (company.rival, False)):
			with as_user(user):
				assert (company.task in frappe.get_list("SPM Task", pluck="name")) is may
				assert frappe.has_permission("SPM Task", "write", doc=company.task) is may
		with as_user(make_user("SPM Sales Manager")):
			assert frappe.has_permission("SPM Task", "write", doc=company.task)
		with as_user(make_user("SPM Delivery Member")):
			assert not frappe.has_permission("SPM Task", "read", doc=company.task)

	def test_nobody_hangs_a_task_on_a_customer_of_others(self, company, as_user):
		with as_user(company.rival), pytest.raises(frappe.PermissionError):
			frappe.get_doc({"doctype": "SPM Task", "subject": "x", "customer": company.customer}).insert()

	def test_a_request_cannot_claim_a_visit_plan(self, company, as_user):
		plan = make_plan()
		with as_user(company.seller):
			doc = frappe.get_doc("SPM Task", company.task)
			doc.visit_plan, doc.visit_key = plan.name, company.customer
			doc.save()
		assert frappe.db.get_value("SPM Task", company.task, ["visit_plan", "visit_key"]) == (None, None)


class TestMissed:
	def report(self, **filters):
		from sales_crm_pm.sales_crm_pm.report.spm_missed_visits.spm_missed_visits import execute

		return {row["customer"]: row for row in execute(filters)[1]}

	def test_an_a_customer_without_touch_in_thirty_days_appears(self, freeze, as_user):
		with freeze(TODAY):
			seller = make_user("SPM Sales User")
			make_plan(tier="A")
			missed = customer_touched(31 + 3, tier="A", account_manager=seller)
			fine = customer_touched(29, tier="A", account_manager=seller)
			others = customer_touched(60, tier="A")
			rows = self.report()
			assert missed in rows and others in rows and fine not in rows
			assert rows[missed]["days_since"] == 34
			assert rows[missed]["days_late"] == 4
			assert missed in self.report(tier="A", account_manager=seller)
			assert missed not in self.report(tier="B")
			with as_user(seller):
				assert set(self.report()) & {missed, others} == {missed}

	def test_never_touched_and_empty(self, freeze):
		with freeze(TODAY):
			assert self.report() == {}
			make_plan(tier="A")
			name = customer_touched(None, tier="A")
			frappe.db.set_value("SPM Customer", name, "creation", add_days(now_datetime(), -50))
			assert self.report()[name]["days_since"] is None


class TestPreview:
	def test_tasks_per_person_and_week(self, freeze):
		with freeze(TODAY):
			user = make_user("SPM Sales User")
			plan = frappe.get_doc(
				{"doctype": "SPM Visit Plan", "plan_name": "x", "tier": "A", "every_days": 14, "priority": 0}
			)
			plan.counts_as_touch, plan.assign_to = "Any Interaction", "Account Manager"
			for _n in range(3):
				customer_touched(0, tier="A", account_manager=user)
			found = visits.preview(plan, weeks=6)
			person = next(p for p in found["people"] if p["user"] == user)
			assert person["weeks"] == [0, 0, 3, 0, 3, 0] and person["total"] == 6
			assert found["weeks"][0] == "2026-03-02"

"""One list of everything somebody has to do, and one page per colleague, for whoever looks at it."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from sales_crm_pm.api.v1 import work as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.insight import digest
from sales_crm_pm.insight.work_sources import WORK
from tests.factories import (
	make,
	make_customer,
	make_interaction,
	make_lead,
	make_opportunity,
	make_pipeline,
	make_user,
	unique,
)


@pytest.fixture
def seller():
	return make_user("SPM Sales User")


def titles(**options) -> list[str]:
	return [row["title"] for row in api.mine(length=200, **options)["rows"]]


def make_task(**values):
	values.setdefault("subject", unique("Task "))
	if not values.get("project") and not values.get("opportunity"):
		values.setdefault("customer", make_customer().name)
	return make("SPM Task", **values)


@pytest.mark.parametrize("entry", WORK, ids=lambda entry: entry.kind)
def test_every_entry_names_columns_that_are_there(entry):
	meta = frappe.get_meta(entry.doctype)
	for column in (entry.due, *entry.title, *entry.people, *entry.where, entry.status):
		assert column == "name" or meta.has_field(column), column
	for column, doctype, title in entry.about:
		assert column == "name" or meta.get_field(column).options == doctype
		assert frappe.get_meta(doctype).has_field(title)


def test_both_kinds_are_in_one_list_the_most_overdue_first(seller, as_user):
	"""SP-15: sales follow-ups and project tasks, one list, one sort."""
	deal = make_opportunity(opportunity_owner=seller, title="Pumps")
	deal.db_set({"next_step": "Send the offer", "next_step_date": add_days(today(), -2)})
	project = make("SPM Project", customer=deal.customer, project_name="New line", project_manager=seller)
	make_lead(lead_owner=seller, lead_name="Li Lei", next_followup_on=add_days(today(), 1))
	make_task(
		project=project.name,
		assigned_to=seller,
		subject="Lay the cable",
		planned_end_date=add_days(today(), -5),
	)
	make_task(
		opportunity=deal.name, assigned_to=seller, subject="Calculate the bid", planned_end_date=today()
	)
	make_task(assigned_to=seller, subject="Some day")
	make(
		"SPM Milestone",
		project=project.name,
		title="Go live",
		milestone_owner=seller,
		planned_date=add_days(today(), 20),
	)
	with as_user(seller):
		make_interaction(
			customer=deal.customer, next_step="Ask for the sizes", next_date=add_days(today(), -1)
		)
		page = api.mine()
	assert [row["title"] for row in page["rows"]] == [
		"Lay the cable",
		"Send the offer",
		"Ask for the sizes",
		"Calculate the bid",
		"Li Lei",
		"Go live",
		"Some day",
	]
	assert page["total"] == 7
	assert page["counts"]["task"] == {"overdue": 1, "today": 1, "undated": 1}
	first = page["rows"][0]
	assert (first["days"], first["kind"], first["about_title"], first["about_doctype"]) == (
		-5,
		"task",
		"New line",
		"SPM Project",
	)
	assert page["rows"][1]["about_title"] == "Pumps"


def test_filters_and_search(seller, as_user):
	deal = make_opportunity(opportunity_owner=seller, title="Pumps")
	make_task(opportunity=deal.name, assigned_to=seller, subject="Calculate", planned_end_date=today())
	make_task(assigned_to=seller, subject="Tidy up", planned_end_date=add_days(today(), -1))
	make_lead(lead_owner=seller, lead_name="Li Lei", next_followup_on=add_days(today(), 30))
	with as_user(seller):
		assert titles(kinds="task") == ["Tidy up", "Calculate"]
		assert titles(when="overdue") == ["Tidy up"]
		assert titles(when='["today", "later"]') == ["Calculate", "Li Lei"]
		assert titles(search="pumps") == ["Calculate"]
		assert titles(kinds="lead", when="overdue") == []
		page = api.mine(start=1, length=1)
		assert (page["total"], [row["title"] for row in page["rows"]]) == (3, ["Calculate"])


def test_urgent_comes_first_among_what_is_due_on_the_same_day(seller, as_user):
	for priority in ("Low", "Medium", "Urgent", "High"):
		make_task(assigned_to=seller, subject=priority, planned_end_date=today(), priority=priority)
	with as_user(seller):
		assert titles() == ["Urgent", "High", "Medium", "Low"]


def test_a_follow_up_and_the_step_it_wrote_into_the_deal_are_one_row(seller, as_user):
	deal = make_opportunity(opportunity_owner=seller, title="Pumps")
	lead = make_lead(lead_owner=seller)
	with as_user(seller):
		make_interaction(opportunity=deal.name, next_step="Send offer", next_date=add_days(today(), 2))
		make_interaction(lead=lead.name, next_step="Ring up", next_date=add_days(today(), 3))
		assert titles() == ["Send offer", "Ring up"]


def test_what_is_done_or_not_mine_is_not_in_it(seller, as_user):
	make_task(assigned_to=seller, status="Completed")
	make_task(assigned_to="Administrator", owner=seller)
	make_lead(lead_owner=seller, status="Junk", next_followup_on=today())
	deal = make_opportunity(opportunity_owner=seller)
	deal.db_set({"next_step_date": today(), "status": "Lost"})
	with as_user(seller):
		assert titles() == []


def test_decisions_wait_for_those_who_may_take_them(as_user):
	manager, pm = make_user("SPM Sales Manager"), make_user("SPM Project Manager")
	customer = make_customer()
	project = make("SPM Project", customer=customer.name, project_name="To be approved", project_manager=pm)
	project.db_set({"workflow_state": "Pending Approval", "status": "Pending Approval"})
	running = make("SPM Project", customer=customer.name, project_name="Running", project_manager=pm)
	running.db_set({"workflow_state": "In Progress", "status": "In Progress"})
	milestone = make(
		"SPM Milestone",
		project=running.name,
		title="First part",
		milestone_owner="Administrator",
		planned_date=today(),
	)
	milestone.db_set({"workflow_state": "Submitted", "status": "Submitted"})
	with as_user(manager):
		assert "To be approved" in titles(kinds="decision")
		assert "First part" not in titles(kinds="decision")
	with as_user(pm):
		rows = api.mine(kinds="decision")["rows"]
	assert [row["title"] for row in rows] == ["First part"]
	assert rows[0]["about_title"] == "Running" and rows[0]["doctype"] == "SPM Milestone"


def test_nobody_approves_their_own_project(as_user):
	manager = make_user("SPM Sales Manager")
	project = make("SPM Project", customer=make_customer().name, project_name="Mine")
	project.db_set({"workflow_state": "Pending Approval", "status": "Pending Approval", "owner": manager})
	with as_user(manager):
		assert "Mine" not in [t for t in titles(kinds="decision", search="Mine")]


def test_no_action_set_no_decision(as_user):
	manager = make_user("SPM Sales Manager")
	project = make("SPM Project", customer=make_customer().name, project_name="P")
	project.db_set({"workflow_state": "Pending Approval", "status": "Pending Approval"})
	settings = frappe.get_doc("SPM Settings")
	settings.decision_actions = ""
	settings.save()
	with as_user(manager):
		assert titles(kinds="decision") == []


class TestQuickActions:
	def test_done_and_another_day(self, seller, as_user):
		deal = make_opportunity(opportunity_owner=seller)
		deal.db_set({"next_step": "Call", "next_step_date": today()})
		lead = make_lead(lead_owner=seller, next_followup_on=today())
		task = make_task(
			assigned_to=seller, planned_start_date=today(), planned_end_date=add_days(today(), 5)
		)
		day = add_days(today(), 4)
		with as_user(seller):
			talk = make_interaction(customer=deal.customer, next_date=today())
			for doctype, name in (
				("SPM Opportunity", deal.name),
				("SPM Lead", lead.name),
				("SPM Interaction", talk.name),
				("SPM Task", task.name),
			):
				api.postpone(doctype, name, day)
			assert {row["due"] for row in api.mine()["rows"]} == {getdate(day)}
			for _twice in range(2):
				api.done("SPM Interaction", talk.name)
				api.done("SPM Task", task.name)
			assert {row["doctype"] for row in api.mine()["rows"]} == {"SPM Opportunity", "SPM Lead"}
			with pytest.raises(SPMError, match="Open"):
				api.done("SPM Opportunity", deal.name)
			with pytest.raises(SPMError, match="Open"):
				api.postpone("SPM Customer", deal.customer, day)

	def test_not_by_others(self, seller, as_user):
		task = make_task(assigned_to=seller)
		talk = make_interaction(customer=make_customer().name, next_date=today())
		with as_user(make_user("SPM Sales User")):
			for doctype, name in (("SPM Task", task.name), ("SPM Interaction", talk.name)):
				with pytest.raises(frappe.PermissionError):
					api.done(doctype, name)
				with pytest.raises(frappe.PermissionError):
					api.postpone(doctype, name, today())


class TestPerson:
	@pytest.fixture
	def world(self, seller):
		"""A seller with an open and a won deal, a project, tasks and talks."""
		customer = make_customer(account_manager=seller)
		pipeline = make_pipeline()[0].name
		deal = make_opportunity(
			customer=customer.name,
			opportunity_owner=seller,
			amount=5000,
			pipeline=pipeline,
			title="Secret deal",
		)
		deal.db_set({"next_step": "Secret step", "next_step_date": today()})
		won = make_opportunity(
			customer=customer.name, opportunity_owner=seller, amount=700, pipeline=pipeline
		)
		won.db_set({"status": "Won", "won_on": today()})
		project = make(
			"SPM Project",
			customer=customer.name,
			project_name="Line",
			project_manager=seller,
			account_manager=seller,
		)
		project.db_set("status", "In Progress")
		make_task(
			project=project.name,
			assigned_to=seller,
			estimate_hours=8,
			planned_end_date=add_days(today(), -1),
		).db_set("actual_hours", 3)
		make_task(project=project.name, assigned_to=seller, estimate_hours=40)
		for hours in (1, 30):
			talk = make_interaction(
				opportunity=deal.name, owner=seller, happened_on=add_to_date(now_datetime(), hours=-hours)
			)
			talk.db_set("owner", seller)
		project.db_set("health", "Red")
		return frappe._dict(seller=seller, customer=customer.name, deal=deal.name, project=project.name)

	def test_the_person_s_own_view(self, world, as_user):
		with as_user(world.seller):
			page = api.person()
		assert page["figures"] == {
			"open_deals": 1,
			"open_amount": 5000,
			"weighted_amount": 500,
			"won_deals": 1,
			"won_amount": 700,
			"running_projects": 1,
			"red_projects": 1,
			"amber_projects": 0,
		}
		assert page["load"]["open_tasks"] == 2 and page["load"]["late_tasks"] == 1
		assert page["load"]["hours_left"] == 45 and page["load"]["hours_this_week"] == 5
		assert (page["logging"]["logged"], page["logging"]["in_time"], page["logging"]["timeliness"]) == (
			2,
			1,
			50,
		)
		assert [row["name"] for row in page["opportunities"]] == [world.deal]
		assert [row["name"] for row in page["projects"]] == [world.project]
		assert page["profile"]["roles"] and page["work"]["total"] == 3

	def test_a_manager_sees_the_same(self, world, as_user):
		with as_user(make_user("SPM Sales Manager")):
			page = api.person(world.seller)
		assert page["figures"]["open_amount"] == 5000 and page["work"]["total"] == 3

	@pytest.mark.parametrize("role", ["SPM Sales User", "SPM Delivery Member", "SPM Marketing User"])
	def test_a_colleague_sees_only_what_is_theirs_to_see(self, world, as_user, role):
		with as_user(make_user(role)):
			page = api.person(world.seller)
			work = api.mine(user=world.seller)
		assert page["figures"]["open_deals"] == 0 and page["figures"]["won_amount"] == 0
		assert page["opportunities"] == page["projects"] == page["contracts"] == []
		assert page["load"]["open_tasks"] == 0 and page["logging"]["logged"] == 0
		assert work["total"] == page["work"]["total"] == 0
		assert "Secret" not in frappe.as_json(page)

	def test_the_project_manager_sees_the_tasks_of_the_project(self, world, as_user):
		pm = make_user("SPM Project Manager")
		frappe.db.set_value("SPM Project", world.project, "project_manager", pm)
		with as_user(pm):
			page = api.person(world.seller)
		assert page["load"]["open_tasks"] == 2
		# The deal that the project came from may be read; this one has nothing to do with it.
		assert page["figures"]["open_deals"] == 0

	def test_margin_is_not_on_it(self, world, as_user):
		frappe.db.set_value("SPM Opportunity", world.deal, {"estimated_cost": 431})
		with as_user(world.seller):
			assert "431" not in frappe.as_json(api.person())

	def test_strangers_and_portal_users_are_no_colleagues(self, seller, as_user):
		portal = make_user("SPM Customer User", user_type="Website User")
		with as_user(seller):
			for user in (portal, "Guest", "nobody@example.com"):
				with pytest.raises(frappe.PermissionError):
					api.person(user)
			names = {row["name"] for row in api.people()}
			assert portal not in names
		for user in (portal, make_user()):
			with as_user(user):
				for call in (api.mine, api.person, api.people):
					with pytest.raises(frappe.PermissionError):
						call()

	def test_colleagues_are_found_by_name(self, as_user, seller):
		other = make_user("SPM Delivery Member", first_name="Zhanna")
		with as_user(seller):
			assert [row["name"] for row in api.people("zhann")] == [other]


@pytest.mark.parametrize("role", ["SPM Sales User", "SPM Project Manager", "SPM Executive"])
def test_statements_do_not_grow_with_rows(role, as_user, assert_query_count):
	user = make_user(role)
	customer = make_customer(account_manager=user).name
	counted = []
	with as_user(user):
		api.mine(), api.person()
	for _round in range(2):
		for _number in range(6):
			make_task(assigned_to=user, planned_end_date=today())
			make_lead(lead_owner=user, next_followup_on=today())
			make_interaction(customer=customer, next_date=today(), follow_up_by=user)
		with as_user(user):
			with assert_query_count(6) as mine:
				api.mine()
			with assert_query_count(24) as person:
				api.person()
		counted.append((len(mine), len(person)))
	assert counted[0] == counted[1]


class TestMorningMail:
	def test_whoever_has_something_due_gets_one_mail_a_day(self, seller, as_user, monkeypatch):
		sent = []
		monkeypatch.setattr(frappe, "sendmail", lambda **mail: sent.append(mail))
		make_task(assigned_to=seller, subject="Lay the cable", planned_end_date=add_days(today(), -2))
		make_task(assigned_to=seller, subject="Later", planned_end_date=add_days(today(), 3))
		idle = make_user("SPM Sales User")
		people = digest.people_with_work()
		assert seller in people and idle not in people
		assert digest.send_digest(seller, today())
		assert not digest.send_digest(seller, today())
		assert not digest.send_digest(idle, today())
		assert len(sent) == 1 and sent[0]["recipients"] == [seller]
		assert "Lay the cable" in sent[0]["message"] and "Later" not in sent[0]["message"]
		assert sent[0]["subject"].startswith("1 overdue")
		assert frappe.session.user == "Administrator"

	def test_it_is_in_the_reader_s_language(self, seller, monkeypatch):
		sent = []
		monkeypatch.setattr(frappe, "sendmail", lambda **mail: sent.append(mail))
		frappe.db.set_value("User", seller, "language", "zh")
		make_task(assigned_to=seller, planned_end_date=today())
		digest.send_digest(seller, today())
		assert "今日待办 1 项" in sent[0]["subject"] and frappe.local.lang != "zh"

	def test_one_job_each_is_queued_unless_the_admin_switched_it_off(self, seller, monkeypatch):
		queued = []
		monkeypatch.setattr(frappe, "enqueue", lambda method, **job: queued.append(job))
		make_task(assigned_to=seller, planned_end_date=today())
		digest.send_digests()
		assert [job["user"] for job in queued].count(seller) == 1
		assert all(job["deduplicate"] and job["enqueue_after_commit"] for job in queued)
		queued.clear()
		settings = frappe.get_doc("SPM Settings")
		settings.follow_up_digest = 0
		settings.save()
		digest.send_digests()
		assert queued == []

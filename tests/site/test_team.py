"""Who answers for what, and handing over: the matrix, what it lacks, and a member who leaves."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import allocation as allocation_api
from sales_crm_pm.api.v1 import team as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import raci
from tests.factories import make, make_interaction
from tests.factories_delivery import make_manager, make_milestone, make_project, make_task
from tests.factories_people import make_allocation, make_engineer, messages


@pytest.fixture
def people(site):
	return [make_engineer() for _number in range(3)]


@pytest.fixture
def project(people):
	anna, ben, _cara = people
	return make_project(
		team=[
			{"user": anna, "project_role": "Engineer", "raci": "Accountable"},
			{"user": ben, "project_role": "Tester", "raci": "Responsible"},
		]
	)


def parts(milestone: str) -> dict[str, list[str]]:
	row = frappe.get_doc("SPM Milestone", milestone)
	found = next(line for line in raci.matrix(row.project)["milestones"] if line["name"] == milestone)
	return found["parts"]


def test_one_answers_and_somebody_does(project, people):
	anna, ben, _cara = people
	milestone = make_milestone(project.name, title="Design")
	frappe.db.set_value("SPM Milestone", milestone.name, {"accountable": None, "milestone_owner": None})
	assert raci.missing(project.name) == [
		"Milestone Design: nobody is accountable.",
		"Milestone Design: nobody is responsible.",
	]
	api.set_part(milestone.name, anna, "Accountable", True)
	api.set_part(milestone.name, ben, "Responsible", True)
	assert raci.missing(project.name) == []
	milestone.reload()
	assert (milestone.accountable, milestone.milestone_owner) == (anna, ben)


def test_the_team_has_one_accountable_person(people):
	anna, ben, _cara = people
	project = make_project(team=[{"user": anna, "raci": "Accountable"}, {"user": ben}])
	project.team[0].raci = "Responsible"
	project.save()
	assert "Nobody in the team is accountable" in raci.missing(project.name)[0]
	for row in project.team:
		row.raci = "Accountable"
	assert raci.missing(project)[0].startswith("2 people")
	project.save()
	assert raci.missing(project.name)[0].startswith("2 people in the team are accountable")
	# Who has left the team answers for nothing any more.
	project.team[0].to_date = add_days(getdate(), -1)
	project.save()
	assert raci.missing(project.name) == []


def test_cancelled_milestones_need_nobody(project):
	milestone = make_milestone(project.name)
	frappe.db.set_value(
		"SPM Milestone", milestone.name, {"accountable": None, "milestone_owner": None, "status": "Cancelled"}
	)
	assert raci.missing(project.name) == []


def test_parts_are_given_taken_and_never_had_twice(project, people):
	anna, ben, cara = people
	milestone = make_milestone(project.name, accountable=anna, milestone_owner=anna).name
	assert parts(milestone) == {anna: ["Responsible", "Accountable"]}
	for _twice in range(2):
		api.set_part(milestone, ben, "Responsible", True)
		api.set_part(milestone, cara, "Consulted", True)
	assert parts(milestone) == {
		anna: ["Responsible", "Accountable"],
		ben: ["Responsible"],
		cara: ["Consulted"],
	}
	assert frappe.db.count("SPM Responsibility", {"milestone": milestone}) == 2
	# The owner steps down: who works on it as well owns it now.
	api.set_part(milestone, anna, "Responsible", False)
	assert frappe.db.get_value("SPM Milestone", milestone, "milestone_owner") == ben
	assert parts(milestone)[ben] == ["Responsible"]
	# Only one answers for it.
	api.set_part(milestone, cara, "Accountable", True)
	assert parts(milestone) == {ben: ["Responsible"], cara: ["Accountable", "Consulted"]}
	api.set_part(milestone, anna, "Accountable", False)
	assert parts(milestone)[cara] == ["Accountable", "Consulted"]
	with pytest.raises(SPMError, match="The part is one of"):
		api.set_part(milestone, anna, "Spectator", True)


def test_only_who_runs_the_project_shares_out_its_work(project, people, as_user):
	milestone = make_milestone(project.name).name
	with as_user(make_manager()), pytest.raises(frappe.PermissionError):
		api.set_part(milestone, people[0], "Consulted", True)
	with as_user(people[0]):
		assert api.overview(project.name)["may_write"] is False
		with pytest.raises(frappe.PermissionError):
			api.set_part(milestone, people[0], "Consulted", True)
	with as_user(people[2]), pytest.raises(frappe.PermissionError):
		api.overview(project.name)


def test_the_team_tab_costs_a_fixed_number_of_statements(project, people, assert_query_count):
	def ask():
		return api.overview(project.name)

	make_milestone(project.name)
	ask()
	with assert_query_count(16):
		ask()
	for _number in range(4):
		make_milestone(project.name)
		make_allocation(people[0], project=project.name, percent=5)
	with assert_query_count(16):
		found = ask()
	assert found["booked"][people[0]]["confirmed"] == 8


@pytest.fixture
def busy(project, people):
	"""Anna has one of everything open, and one of it done."""
	anna, _ben, _cara = people
	today = getdate()
	names = {
		"task": make_task(project.name, assigned_to=anna).name,
		"done": make_task(project.name, assigned_to=anna, status="Completed").name,
		"milestone": make_milestone(project.name, milestone_owner=anna, accountable=anna).name,
		"risk": make(
			"SPM Risk", title="Late data", project=project.name, risk_owner=anna, probability=3, impact=3
		).name,
		"talk": make_interaction(
			project=project.name,
			customer=project.customer,
			next_step="Send the plan",
			next_date=add_days(today, 3),
			follow_up_by=anna,
		).name,
		"running": make_allocation(
			anna, project=project.name, percent=50, from_date=add_days(today, -7), to_date=add_days(today, 20)
		).name,
		"coming": make_allocation(
			anna, project=project.name, percent=50, from_date=add_days(today, 30), to_date=add_days(today, 40)
		).name,
		"past": make_allocation(
			anna,
			project=project.name,
			percent=50,
			from_date=add_days(today, -40),
			to_date=add_days(today, -30),
		).name,
	}
	project.reload()
	return names


def test_removing_a_member_lists_what_is_open(project, people, busy):
	items = {row["name"] for row in api.open_items(project.name, people[0])}
	assert items == {busy[key] for key in ("task", "milestone", "risk", "talk", "running", "coming")}
	project.team = project.team[1:]
	frappe.clear_messages()
	project.save()
	told = messages()
	assert "still has open work" in told and "Allocation 2" in told and "Task 1" in told
	assert {row["user"] for row in api.overview(project.name)["left_open"]} == {people[0]}


def test_everything_goes_over_in_one_go(project, people, busy):
	anna, ben, cara = people
	answer = allocation_api.hand_over(
		project.name, anna, cara, exceptions=frappe.as_json({f"SPM Task/{busy['task']}": ben})
	)
	assert answer["moved"]["SPM Allocation"] == 2 and answer["moved"]["SPM Milestone"] == 1
	value = frappe.db.get_value
	assert value("SPM Task", busy["task"], "assigned_to") == ben
	assert value("SPM Task", busy["done"], "assigned_to") == anna
	assert value("SPM Milestone", busy["milestone"], ["milestone_owner", "accountable"]) == (cara, cara)
	assert value("SPM Risk", busy["risk"], "risk_owner") == cara
	assert value("SPM Interaction", busy["talk"], "follow_up_by") == cara
	assert value("SPM Allocation", busy["running"], ["user", "to_date"]) == (anna, getdate())
	assert value("SPM Allocation", busy["coming"], "user") == cara
	assert value("SPM Allocation", busy["past"], "user") == anna
	rest = frappe.get_all("SPM Allocation", {"project": project.name, "user": cara}, pluck="from_date")
	assert sorted(rest) == [add_days(getdate(), 1), add_days(getdate(), 30)]
	project.reload()
	team = {row.user: row for row in project.team}
	assert team[anna].to_date == getdate() and team[anna].raci == "Informed"
	assert (team[cara].raci, team[cara].project_role) == ("Accountable", "Engineer")
	assert api.open_items(project.name, anna, add_days(getdate(), 1)) == []
	comment = frappe.get_all(
		"Comment", {"reference_name": project.name, "comment_type": "Info"}, pluck="content"
	)
	assert any("Handed over" in text for text in comment)


def test_a_member_can_be_taken_out_of_the_team(project, people, busy):
	anna, ben, _cara = people
	allocation_api.hand_over(project.name, anna, ben, remove=True)
	project.reload()
	assert [(row.user, row.raci) for row in project.team] == [(ben, "Accountable")]


def test_handing_over_is_all_or_nothing(project, people, busy, monkeypatch):
	anna, _ben, cara = people

	def fail(*_args, **_kwargs):
		raise SPMError("No.")

	monkeypatch.setattr("sales_crm_pm.loop.hand_over._change_team", fail)
	frappe.db.savepoint("spm_before")
	with pytest.raises(SPMError):
		allocation_api.hand_over(project.name, anna, cara)
	frappe.db.rollback(save_point="spm_before")
	assert frappe.db.get_value("SPM Task", busy["task"], "assigned_to") == anna


def test_who_cannot_take_over(project, people, as_user):
	anna, ben, _cara = people
	with pytest.raises(SPMError, match="somebody else"):
		allocation_api.hand_over(project.name, anna, anna)
	frappe.db.set_value("User", ben, "enabled", 0)
	with pytest.raises(SPMError, match="switched off"):
		allocation_api.hand_over(project.name, anna, ben)
	manager = make_manager()
	own = make_project(project_manager=manager)
	with pytest.raises(SPMError, match="role Project Manager is missing"):
		allocation_api.hand_over(own.name, manager, anna)
	with as_user(make_manager()), pytest.raises(frappe.PermissionError):
		allocation_api.hand_over(own.name, manager, anna)

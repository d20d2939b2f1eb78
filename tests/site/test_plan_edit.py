"""Small changes from the chart: names and progress, new rows, the place in the tree, who may do what."""

import frappe
import pytest

from sales_crm_pm.api.v1 import milestone as milestones
from sales_crm_pm.api.v1 import schedule
from sales_crm_pm.api.v1 import task as api
from sales_crm_pm.exceptions import DependencyCycleError, SPMError
from tests.factories import make_user
from tests.factories_delivery import make_manager, make_milestone
from tests.factories_plan import MONDAY, day, make_plan, make_plan_project


@pytest.fixture
def plan(site):
	"""(project, {subject: task}, manager, member): three tasks in a row, the second one given to the member."""
	manager, member = make_manager(), make_user("SPM Delivery Member")
	project = make_plan_project(project_manager=manager, team=[{"user": member}]).name
	_project, names = make_plan(("A", 0, 2, []), ("B", 2, 2, ["A"]), ("C", 4, 1, ["B"]), project=project)
	doc = frappe.get_doc("SPM Task", names["B"])
	doc.assigned_to = member
	doc.save()
	return project, names, manager, member


def numbers(project):
	return {t["subject"]: t["wbs"] for t in schedule.plan(project)["tasks"]}


class TestEdit:
	def test_a_member_edits_their_own_task_and_no_other(self, plan, as_user):
		project, names, _manager, member = plan
		with as_user(member):
			answer = api.edit(names["B"], {"progress": 40, "status": "Working"})
			assert (answer["progress"], answer["status"]) == (40, "Working")
			assert answer["project"]["project"] == project
			with pytest.raises(frappe.PermissionError):
				api.edit(names["A"], {"subject": "Mine now"})
			with pytest.raises(frappe.PermissionError):
				api.add(project, "One more")
			with pytest.raises(frappe.PermissionError):
				api.place(names["B"], names["A"])

	def test_what_the_scheduler_decides_is_not_edited_here(self, plan, as_user):
		_project, names, manager, _member = plan
		with as_user(manager):
			for values in ({"planned_start_date": MONDAY}, {"project": "x"}, {"actual_cost": 1}):
				with pytest.raises(SPMError):
					api.edit(names["A"], values)

	def test_people_are_the_team_and_who_has_a_task(self, plan, as_user):
		project, _names, manager, member = plan
		stranger = make_user("SPM Sales User")
		with as_user(manager):
			found = {person["name"] for person in api.people(project)}
		assert {manager, member} <= found and stranger not in found
		with as_user(stranger), pytest.raises(frappe.PermissionError):
			api.people(project)


class TestTree:
	def test_a_new_task_stands_behind_the_one_it_was_added_to(self, plan, as_user):
		project, names, manager, _member = plan
		with as_user(manager):
			made = api.add(
				project, "A and a half", after=names["A"], planned_start_date=day(1), duration_days=3
			)
			assert numbers(project) == {"A": "1", "A and a half": "2", "B": "3", "C": "4"}
		row = frappe.db.get_value(
			"SPM Task", made["name"], ["planned_start_date", "planned_end_date", "duration_days"]
		)
		assert row == (day(1), day(3), 3)

	def test_a_part_gives_its_dates_to_the_whole(self, plan, as_user):
		project, names, manager, _member = plan
		with as_user(manager):
			made = api.add(project, "A1", parent_task=names["A"], duration_days=4)["name"]
			assert numbers(project)["A1"] == "1.1"
			assert frappe.db.get_value("SPM Task", made, "planned_start_date") == day(0)
			assert frappe.db.get_value("SPM Task", names["A"], ["planned_end_date", "is_summary"]) == (
				day(3),
				1,
			)
			# Out of the branch again, as the first of all.
			api.place(made)
			assert numbers(project) == {"A1": "1", "A": "2", "B": "3", "C": "4"}
			assert not frappe.db.get_value("SPM Task", names["A"], "is_summary")

	def test_a_task_is_no_part_of_its_part(self, plan, as_user):
		_project, names, manager, _member = plan
		with as_user(manager):
			part = api.add(
				frappe.db.get_value("SPM Task", names["C"], "project"), "C1", parent_task=names["C"]
			)["name"]
			with pytest.raises(DependencyCycleError):
				api.place(names["C"], part)

	def test_only_who_runs_the_project_removes(self, plan, as_user):
		_project, names, manager, member = plan
		with as_user(member), pytest.raises(frappe.PermissionError):
			api.remove(names["B"])
		with as_user(manager):
			made = api.add(frappe.db.get_value("SPM Task", names["A"], "project"), "Gone soon")["name"]
			api.remove(made)
		assert not frappe.db.exists("SPM Task", made)


class TestMilestones:
	def test_added_moved_and_renamed_from_the_chart(self, plan, as_user):
		project, _names, manager, member = plan
		with as_user(manager):
			made = milestones.add(project, "Handed over", day(9))["name"]
			milestones.edit(made, {"planned_date": day(12), "title": "Handed over to the plant"})
		assert frappe.db.get_value("SPM Milestone", made, ["title", "planned_date"]) == (
			"Handed over to the plant",
			day(12),
		)
		with as_user(member):
			with pytest.raises(frappe.PermissionError):
				milestones.edit(made, {"planned_date": day(20)})
			with pytest.raises(frappe.PermissionError):
				milestones.add(project, "Mine")

	def test_a_status_is_not_set_past_its_flow(self, plan, as_user):
		project, _names, manager, _member = plan
		made = make_milestone(project, planned_date=day(9)).name
		with as_user(manager), pytest.raises(SPMError):
			milestones.edit(made, {"status": "Accepted"})

"""Allocations: hours, probability, too full days, who may book whom, and what a won deal does with them."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, format_date

from sales_crm_pm.api.v1 import allocation as api
from sales_crm_pm.exceptions import OverAllocationError, SPMError
from sales_crm_pm.loop import allocation, initiation
from tests.factories import make, make_opportunity, make_pipeline, make_user
from tests.factories_delivery import make_manager, make_project
from tests.factories_people import make_allocation, make_engineer, make_role, messages, monday


@pytest.fixture
def project(site):
	return make_project()


@pytest.fixture
def engineer(site):
	return make_engineer()


def deal_at(probability: float, **values):
	"""An open deal in a stage of this probability; its pipeline has a won and a lost stage as well."""
	pipeline, stages = make_pipeline(
		[
			{"stage_name": "Here", "stage_type": "Ongoing", "probability": probability},
			{"stage_name": "Next", "stage_type": "Ongoing", "probability": 80},
			{"stage_name": "Won", "stage_type": "Won", "probability": 100},
			{"stage_name": "Lost", "stage_type": "Lost", "probability": 0},
		]
	)
	deal = make_opportunity(pipeline=pipeline.name, stage=stages["Here"].name, **values)
	return deal, {name: stage.name for name, stage in stages.items()}


def test_total_hours_leave_out_weekends_holidays_and_leave(project, engineer):
	start = monday()
	settings = frappe.get_doc("SPM Settings")
	settings.append("holidays", {"holiday_date": add_days(start, 1), "description": "Founders' day"})
	settings.save()
	make("SPM Absence", user=engineer, from_date=add_days(start, 2), to_date=add_days(start, 2))
	make("SPM Absence", user=engineer, from_date=add_days(start, 3), to_date=add_days(start, 3), half_day=1)
	doc = make_allocation(
		engineer, project=project.name, from_date=start, to_date=add_days(start, 6), percent=50
	)
	# Monday 4, holiday 0, leave 0, half a day 2, Friday 4.
	assert (doc.total_hours, doc.weighted_hours, doc.hours_per_day) == (10, 10, 4)


def test_hours_given_alone_mean_hours(project, engineer):
	doc = make_allocation(engineer, project=project.name, hours_per_day=6)
	assert (doc.measure, doc.percent, doc.total_hours) == ("Hours per Day", 75, 30)


def test_part_timers_are_booked_by_their_own_day(project):
	part_timer = make_engineer(hours=5)
	doc = make_allocation(part_timer, project=project.name, percent=100)
	assert doc.total_hours == 25


def test_the_site_s_day_is_that_of_the_settings(project):
	frappe.db.set_single_value("SPM Settings", "planning_hours_per_day", 7)
	doc = make_allocation(None, project_role=make_role(), project=project.name, percent=100)
	assert (doc.hours_per_day, doc.total_hours) == (7, 35)


def test_leave_entered_later_takes_the_hours_out_and_gives_them_back(project, engineer, assert_query_count):
	doc = make_allocation(engineer, project=project.name)
	assert doc.total_hours == 40
	leave = make("SPM Absence", user=engineer, from_date=doc.from_date, to_date=add_days(doc.from_date, 1))
	assert frappe.db.get_value("SPM Allocation", doc.name, "total_hours") == 24
	leave.delete()
	assert frappe.db.get_value("SPM Allocation", doc.name, "total_hours") == 40
	for week in range(1, 11):
		make_allocation(engineer, project=project.name, from_date=add_days(doc.from_date, 7 * week))
	with assert_query_count(6):
		allocation.refresh_hours([engineer])


def test_other_hours_per_day_and_holidays_change_what_is_booked(project, engineer):
	doc = make_allocation(engineer, project=project.name)
	capacity = frappe.get_doc("SPM Person Capacity", {"user": engineer})
	capacity.hours_per_day = 6
	capacity.save()
	assert frappe.db.get_value("SPM Allocation", doc.name, ["total_hours", "hours_per_day"]) == (30, 6)
	settings = frappe.get_doc("SPM Settings")
	settings.append("holidays", {"holiday_date": doc.from_date, "description": "A day off"})
	settings.save()
	allocation.refresh_all()
	assert frappe.db.get_value("SPM Allocation", doc.name, "total_hours") == 24


def test_tentative_hours_are_as_likely_as_the_deal_and_follow_it(engineer):
	deal, stages = deal_at(30)
	doc = make_allocation(
		engineer, opportunity=deal.name, status="Tentative", to_date=add_days(monday(), 11), hours_per_day=10
	)
	# The fixture of the domain: 100 hours at 30 % are 30.
	assert (doc.total_hours, doc.probability, doc.weighted_hours) == (100, 30, 30)
	deal.stage = stages["Next"]
	deal.save()
	doc.reload()
	assert (doc.probability, doc.weighted_hours) == (80, 80)
	assert doc.customer == deal.customer


def test_two_bookings_of_60_percent_warn_and_are_saved(project, engineer):
	other = make_project()
	first = make_allocation(engineer, project=project.name, percent=60)
	frappe.clear_messages()
	second = make_allocation(engineer, project=other.name, percent=60, from_date=add_days(first.from_date, 4))
	told = messages()
	assert "120 %" in told and project.project_name in told and other.project_name in told
	assert format_date(add_days(first.from_date, 4)) in told
	assert frappe.db.exists("SPM Allocation", second.name)
	frappe.clear_messages()
	second.note = "Nothing about time."
	second.save()
	assert "120 %" not in messages()


def test_the_setting_refuses_over_allocation_and_knows_another_limit(project, engineer):
	frappe.db.set_single_value("SPM Settings", {"over_allocation": "Refuse", "over_allocation_percent": 120})
	make_allocation(engineer, project=project.name, percent=60)
	make_allocation(engineer, project=project.name, percent=60)
	with pytest.raises(OverAllocationError, match="130 %"):
		make_allocation(engineer, project=project.name, percent=10)


def test_the_warning_does_not_name_work_the_reader_may_not_see(as_user, engineer):
	seller = make_user("SPM Sales User")
	secret = make_project(project_name="Secret delivery")
	deal, _stages = deal_at(100, opportunity_owner=seller)
	make_allocation(engineer, project=secret.name)
	with as_user(seller):
		frappe.clear_messages()
		frappe.get_doc(
			{
				"doctype": "SPM Allocation",
				"user": engineer,
				"opportunity": deal.name,
				"from_date": monday(),
				"to_date": add_days(monday(), 4),
				"percent": 50,
			}
		).insert()
		told = messages()
	assert "150 %" in told and "other work" in told and "Secret delivery" not in told


@pytest.mark.parametrize(
	("values", "sentence"),
	[
		({"user": None}, "at least the role"),
		({"project": None}, "sales project or the opportunity"),
		({"to_date": "2020-01-01"}, "ends before it starts"),
		({"to_date": "2050-01-01"}, "five years"),
		({"percent": 0}, "Say how much"),
		({"hours_per_day": 25}, "24 hours"),
	],
)
def test_what_makes_no_sense_is_refused(project, engineer, values, sentence):
	with pytest.raises(SPMError, match=sentence):
		make_allocation(**{"user": engineer, "project": project.name, **values})


def test_a_project_manager_books_for_the_own_projects_only(as_user, engineer):
	manager, other = make_manager(), make_manager()
	own = make_project(project_manager=manager)
	with as_user(manager):
		doc = frappe.get_doc(
			{
				"doctype": "SPM Allocation",
				"user": engineer,
				"project": own.name,
				"from_date": monday(),
				"to_date": add_days(monday(), 4),
				"percent": 50,
				"status": "Confirmed",
			}
		).insert()
	with as_user(other):
		# Whoever plans people sees what they are booked for, but changes nothing there.
		found = frappe.get_doc("SPM Allocation", doc.name)
		found.check_permission("read")
		found.percent = 10
		with pytest.raises(frappe.PermissionError):
			found.save()
		with pytest.raises(frappe.PermissionError):
			api.shift(doc.name, from_date=add_days(monday(), 7))


def test_sales_plans_tentatively_for_the_own_deals(as_user, engineer):
	seller, rival = make_user("SPM Sales User"), make_user("SPM Sales User")
	deal, _stages = deal_at(40, opportunity_owner=seller)
	values = {
		"doctype": "SPM Allocation",
		"user": engineer,
		"opportunity": deal.name,
		"from_date": monday(),
		"to_date": add_days(monday(), 4),
		"percent": 50,
	}
	with as_user(seller):
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc({**values, "status": "Confirmed"}).insert()
		doc = frappe.get_doc(values).insert()
		assert doc.status == "Tentative" and doc.probability == 40
	with as_user(rival):
		assert frappe.get_list("SPM Allocation", {"name": doc.name}) == []
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc(values).insert()
	with as_user(engineer):
		assert frappe.get_list("SPM Allocation", {"name": doc.name}, pluck="name") == [doc.name]
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc("SPM Allocation", doc.name).save()


def test_a_member_sees_the_bookings_of_the_own_projects(as_user, engineer):
	colleague, stranger = make_engineer(), make_engineer()
	project = make_project(team=[{"user": engineer}])
	doc = make_allocation(colleague, project=project.name)
	with as_user(engineer):
		assert frappe.get_list("SPM Allocation", {"name": doc.name}, pluck="name") == [doc.name]
	with as_user(stranger):
		assert frappe.get_list("SPM Allocation", {"name": doc.name}, pluck="name") == []


def test_moving_keeps_the_working_days_and_splitting_the_hours(project, engineer):
	colleague = make_engineer()
	doc = make_allocation(engineer, project=project.name, to_date=add_days(monday(), 11))
	moved = api.shift(doc.name, from_date=add_days(monday(), 2))
	assert moved["total_hours"] == 80 and moved["to_date"] == add_days(monday(), 15)
	parts = api.split(doc.name, on=add_days(monday(), 7), user=colleague)
	assert parts["first"]["total_hours"] + parts["second"]["total_hours"] == 80
	assert (parts["first"]["user"], parts["second"]["user"]) == (engineer, colleague)
	with pytest.raises(SPMError, match="Choose a day after"):
		api.split(doc.name, on=doc.from_date)


def test_confirming_takes_the_probability_away(engineer):
	deal, _stages = deal_at(30)
	doc = make_allocation(engineer, opportunity=deal.name, status="Tentative")
	assert api.confirm([doc.name]) == {"confirmed": [doc.name]}
	assert api.confirm([doc.name]) == {"confirmed": []}
	doc.reload()
	assert (doc.status, doc.probability, doc.weighted_hours) == ("Confirmed", 100, 40)


def test_the_team_is_booked_by_its_rows_once(engineer):
	project = make_project(
		status="In Progress",
		team=[
			{
				"user": engineer,
				"project_role": "Engineer",
				"allocation_percent": 50,
				"from_date": monday(),
				"to_date": add_days(monday(), 4),
			}
		],
	)
	made = api.book_team(project.name, users=[engineer])["created"]
	assert len(made) == 1 and api.book_team(project.name, users=[engineer]) == {"created": []}
	doc = frappe.get_doc("SPM Allocation", made[0])
	assert (doc.user, doc.project_role, doc.status, doc.total_hours) == (
		engineer,
		"Engineer",
		"Confirmed",
		20,
	)


def test_a_won_deal_takes_its_people_into_the_project(engineer):
	deal, stages = deal_at(30)
	role = make_role()
	planned = make_allocation(engineer, opportunity=deal.name, status="Tentative", percent=50)
	wanted = make_allocation(None, project_role=role, opportunity=deal.name, status="Tentative")
	deal.stage = stages["Won"]
	deal.save()
	project, _created = initiation.initiate(deal.name, project_manager="Administrator")
	for doc in (planned, wanted):
		doc.reload()
		assert (doc.project, doc.status, doc.probability) == (project, "Confirmed", 100)
		assert doc.weighted_hours == doc.total_hours
	members = {row.user: row for row in frappe.get_doc("SPM Project", project).team}
	assert members[engineer].allocation_percent == 50
	# Asked again, nothing happens again.
	assert initiation.initiate(deal.name) == (project, False)


def test_a_lost_deal_takes_nobody_s_time(engineer, project):
	deal, stages = deal_at(90)
	make_allocation(engineer, opportunity=deal.name, status="Tentative")
	reason = make("SPM Loss Reason", reason=frappe.generate_hash(length=8), category="Price")
	deal.stage, deal.loss_reason, deal.loss_detail = stages["Lost"], reason.name, "Too expensive."
	deal.save()
	frappe.clear_messages()
	make_allocation(engineer, project=project.name)
	assert "%" not in messages()
	with pytest.raises(SPMError, match="is lost"):
		make_allocation(engineer, opportunity=deal.name, status="Tentative")


def test_saving_an_allocation_costs_a_fixed_number_of_statements(project, engineer, assert_query_count):
	doc = make_allocation(engineer, project=project.name, percent=20)
	for week in range(6):
		make_allocation(engineer, project=project.name, percent=20, from_date=add_days(monday(), 7 * week))
	doc.reload()
	doc.percent = 30
	with assert_query_count(20):
		doc.save()


def test_people_enter_their_own_absence_and_skills_and_planners_everybody_s(as_user, engineer):
	manager, colleague = make_manager(), make_engineer()
	skill = make("SPM Skill", skill_name=frappe.generate_hash(length=8)).name
	day = {"from_date": monday(), "to_date": monday()}
	with as_user(engineer):
		frappe.get_doc({"doctype": "SPM Absence", "user": engineer, **day}).insert()
		frappe.get_doc({"doctype": "SPM Person Skill", "user": engineer, "skill": skill, "level": 4}).insert()
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc({"doctype": "SPM Absence", "user": colleague, **day}).insert()
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc(
				{"doctype": "SPM Person Skill", "user": colleague, "skill": skill, "level": 5}
			).insert()
		with pytest.raises(frappe.PermissionError):
			frappe.get_doc({"doctype": "SPM Person Capacity", "user": manager, "hours_per_day": 1}).insert()
	with as_user(manager):
		frappe.get_doc({"doctype": "SPM Absence", "user": colleague, **day}).insert()
		frappe.get_doc(
			{"doctype": "SPM Person Skill", "user": colleague, "skill": skill, "level": 5}
		).insert()
	with pytest.raises(SPMError, match="level 6"):
		make("SPM Person Skill", user=manager, skill=skill, level=6)
	with pytest.raises(frappe.DuplicateEntryError):
		make("SPM Person Skill", user=colleague, skill=skill, level=2)

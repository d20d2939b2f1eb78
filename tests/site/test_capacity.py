"""The heat map and what belongs to it: numbers, who sees what, who is free, and its statements."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days

from sales_crm_pm.api.v1 import capacity as api
from tests.factories import make, make_opportunity, make_user
from tests.factories_delivery import make_manager, make_project
from tests.factories_people import make_allocation, make_engineer, make_role, make_skill, monday


@pytest.fixture
def role(site):
	return make_role()


@pytest.fixture
def project(site):
	return make_project()


def people_of(answer) -> dict[str, dict]:
	return {person["user"]: person for group in answer["groups"] for person in group["people"]}


def test_cells_tell_hours_and_the_fullest_day(role, project):
	user, start = make_engineer(role=role), monday()
	make_allocation(user, project=project.name, percent=60)
	make_allocation(
		user,
		project=make_project().name,
		percent=60,
		from_date=add_days(start, 4),
		to_date=add_days(start, 7),
	)
	make("SPM Absence", user=user, from_date=start, to_date=start)
	answer = api.heat_map(start, count=3, role=role)
	first, second, third = people_of(answer)[user]["cells"]
	# Four days of 8 hours; 60 % of each, and 60 % more on Friday.
	assert (first["available"], first["confirmed"], first["peak"], first["away_days"]) == (32, 24, 120, 1)
	assert (second["confirmed"], second["peak"]) == (4.8, 60)
	assert third["confirmed"] == 0
	assert answer["periods"][0] == {
		"start": start,
		"end": add_days(start, 6),
		"working_days": 5,
		"holiday": "",
	}
	by_day = people_of(api.heat_map(start, unit="Day", count=7, role=role))[user]["cells"]
	assert [cell["available"] for cell in by_day] == [0, 8, 8, 8, 8, 0, 0]
	assert by_day[4]["peak"] == 120


def test_tentative_deals_weigh_as_much_as_they_are_likely(role):
	user = make_engineer(role=role)
	deal = make_opportunity()
	frappe.db.set_value("SPM Opportunity", deal.name, "probability", 30)
	make_allocation(
		user, opportunity=deal.name, status="Tentative", to_date=add_days(monday(), 11), hours_per_day=10
	)
	make_allocation(None, project_role=role, opportunity=deal.name, status="Tentative", hours_per_day=4)
	answer = api.heat_map(monday(), count=2, role=role)
	cells = people_of(answer)[user]["cells"]
	assert sum(cell["tentative"] for cell in cells) == 100
	assert sum(cell["weighted"] for cell in cells) == 30
	(group,) = answer["groups"]
	# Demand of the role without a person stands apart and fills nobody's time.
	assert (group["demand"][0]["tentative"], group["demand"][0]["weighted"]) == (20, 6)
	assert (group["sums"][0]["available"], group["sums"][0]["tentative"]) == (40, 50)


def test_filters_by_skill_team_and_project(role, project):
	able, beginner = make_engineer(role=role), make_engineer(role=role)
	skill = make_skill()
	make("SPM Person Skill", user=able, skill=skill, level=4)
	make("SPM Person Skill", user=beginner, skill=skill, level=1)
	make("SPM Sales Team", team_name=frappe.generate_hash(length=8), members=[{"user": beginner}])
	team = frappe.db.get_value("SPM Sales Team Member", {"user": beginner}, "parent")
	make_allocation(able, project=project.name)
	ask = {"start": monday(), "count": 1}
	assert set(people_of(api.heat_map(**ask, skill=skill))) == {able, beginner}
	assert set(people_of(api.heat_map(**ask, skill=skill, level=3))) == {able}
	assert set(people_of(api.heat_map(**ask, team=team))) == {beginner}
	assert set(people_of(api.heat_map(**ask, project=project.name))) == {able}
	frappe.db.set_value("SPM Person Capacity", {"user": able}, "left_out", 1)
	assert set(people_of(api.heat_map(**ask, skill=skill))) == {beginner}


def test_statements_do_not_grow_with_people(role, project, assert_query_count):
	def fill(count):
		for _number in range(count):
			user = make_engineer(role=role)
			make_allocation(user, project=project.name, percent=50)
			make("SPM Absence", user=user, from_date=monday(), to_date=monday())

	manager = make_manager()
	fill(2)
	frappe.set_user(manager)
	api.heat_map(monday(), count=26, role=role)
	api.calendar(monday(), role=role)
	with assert_query_count(8):
		api.heat_map(monday(), count=26, role=role)
	frappe.set_user("Administrator")
	fill(6)
	frappe.set_user(manager)
	with assert_query_count(8):
		assert len(people_of(api.heat_map(monday(), count=26, role=role))) == 8
	with assert_query_count(8):
		assert len(api.calendar(monday(), role=role)["people"]) == 8


def test_a_cell_opens_to_its_bookings(role, project, as_user):
	user = make_engineer(role=role)
	manager = make_manager()
	own = make_project(project_manager=manager)
	secret = make_allocation(user, project=project.name, percent=50)
	mine = make_allocation(user, project=own.name, percent=70)
	make(
		"SPM Absence",
		user=user,
		from_date=add_days(monday(), 4),
		to_date=add_days(monday(), 4),
		reason="Sick",
	)
	with as_user(manager):
		answer = api.cell(monday(), add_days(monday(), 6), user=user)
	rows = {row["name"]: row for row in answer["bookings"]}
	assert (rows[mine.name]["hours"], rows[mine.name]["may_write"], rows[mine.name]["target"]) == (
		22.4,
		True,
		own.name,
	)
	assert (rows[secret.name]["hours"], rows[secret.name]["may_write"], rows[secret.name]["target"]) == (
		16,
		False,
		None,
	)
	assert answer["peak"] == 120 and answer["absences"][0]["reason"] == "Sick"
	with as_user(user):
		assert len(api.cell(monday(), add_days(monday(), 6), user=user)["bookings"]) == 2


def test_a_member_sees_the_own_row_and_colleagues_in_the_own_projects(role, as_user):
	me, colleague, stranger = (make_engineer(role=role) for _n in range(3))
	shared = make_project(team=[{"user": me}, {"user": colleague}])
	hidden = make_project()
	make_allocation(me, project=shared.name, percent=40)
	make_allocation(colleague, project=shared.name, percent=50)
	make_allocation(colleague, project=hidden.name, percent=50)
	make_allocation(stranger, project=hidden.name)
	make(
		"SPM Absence",
		user=colleague,
		from_date=add_days(monday(), 4),
		to_date=add_days(monday(), 4),
		reason="Sick",
	)
	with as_user(me):
		answer = api.heat_map(monday(), count=1, role=role)
		away = api.cell(monday(), add_days(monday(), 6), user=colleague)["absences"]
		with pytest.raises(frappe.PermissionError):
			api.free(monday(), add_days(monday(), 4))
	assert set(people_of(answer)) == {me, colleague} and answer["partial"]
	assert people_of(answer)[colleague]["cells"][0]["confirmed"] == 16
	# Why a colleague is away is nobody's business but the planners'.
	assert away[0]["reason"] == "Away" and away[0]["name"] is None


def test_who_is_free_with_a_skill(role, project, as_user):
	skill = make_skill()
	free, half, full = (make_engineer(role=role) for _n in range(3))
	for user, level in ((free, 2), (half, 5), (full, 5)):
		make("SPM Person Skill", user=user, skill=skill, level=level)
	make_allocation(half, project=project.name, percent=50)
	make_allocation(full, project=project.name, percent=100)
	seller = make_user("SPM Sales User")
	end = add_days(monday(), 4)
	with as_user(seller):
		# Sales learns how much time there is, not what fills the rest.
		found = api.free(monday(), end, skill=skill)
		assert [(row["user"], row["free_hours"]) for row in found] == [(free, 40), (half, 20)]
		assert [row["user"] for row in api.free(monday(), end, skill=skill, level=3)] == [half]
		assert [row["user"] for row in api.free(monday(), end, skill=skill, hours=30)] == [free]


def test_a_full_day_is_not_made_good_by_an_empty_one(role, project):
	user, skill = make_engineer(role=role), make_skill()
	make("SPM Person Skill", user=user, skill=skill, level=3)
	make_allocation(user, project=project.name, percent=200, to_date=monday())
	(row,) = api.free(monday(), add_days(monday(), 1), skill=skill)
	assert row["free_hours"] == 8


def test_the_team_calendar_shows_bars_leave_and_holidays(role, project):
	user = make_engineer(role=role)
	make_allocation(user, project=project.name, percent=60, to_date=add_days(monday(), 60))
	make("SPM Absence", user=user, from_date=add_days(monday(), -3), to_date=monday(), reason="Leave")
	settings = frappe.get_doc("SPM Settings")
	settings.append("holidays", {"holiday_date": add_days(monday(), 2), "description": "Founders' day"})
	settings.save()
	answer = api.calendar(monday(), days=14, role=role)
	away, bar = answer["people"][0]["bars"]
	assert (away["kind"], away["from_date"], away["to_date"]) == ("away", monday(), monday())
	assert (bar["title"], bar["percent"], bar["to_date"]) == (project.project_name, 60, answer["end"])
	assert answer["days"][2]["holiday"] == "Founders' day" and not answer["days"][2]["is_working"]


@pytest.mark.parametrize("role_name", ["SPM Marketing User", "SPM Service Agent", "SPM Configurator"])
def test_roles_without_planning_are_kept_out(role_name, as_user):
	with as_user(make_user(role_name)), pytest.raises(frappe.PermissionError):
		api.heat_map(monday())


def test_answers_hold_no_rate_and_no_cost(role, project):
	user = make_engineer(role=role)
	make_allocation(user, project=project.name)
	text = frappe.as_json([api.heat_map(monday(), role=role), api.cell(monday(), monday(), user=user)])
	assert not any(word in text for word in ("rate", "cost", "amount"))

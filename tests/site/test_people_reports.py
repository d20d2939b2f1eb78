"""Reports about people: allocations in a period, utilisation, and the skills matrix, with their readers' limits."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.sales_crm_pm.report.spm_allocations import spm_allocations
from sales_crm_pm.sales_crm_pm.report.spm_skills_matrix import spm_skills_matrix
from sales_crm_pm.sales_crm_pm.report.spm_utilisation import spm_utilisation
from tests.factories import make, make_opportunity
from tests.factories_delivery import make_project
from tests.factories_people import make_allocation, make_engineer, make_role, make_skill, monday


@pytest.fixture
def role(site):
	return make_role()


def weeks(count: int, first: object = None) -> dict:
	first = first or monday()
	return {"from_date": first, "to_date": add_days(first, 7 * count - 1)}


def past() -> object:
	"""A Monday whose week is over: hours are entered once they are worked."""
	return monday(-2)


def sheet(user: str, project: str, lines: list[tuple[float, int]], status: str = "Approved"):
	"""A week's timesheet with (hours, billable) lines, one per day, as it stands after approval."""
	doc = make(
		"SPM Timesheet",
		user=user,
		week_start=past(),
		lines=[
			{"work_date": add_days(past(), n), "project": project, "hours": hours, "billable": billable}
			for n, (hours, billable) in enumerate(lines)
		],
	)
	frappe.db.set_value("SPM Timesheet Line", {"parent": doc.name}, "status", status)
	return doc


def test_allocations_count_the_hours_of_the_period_only(role):
	user = make_engineer(role=role)
	project, deal = make_project(), make_opportunity()
	frappe.db.set_value("SPM Opportunity", deal.name, "probability", 30)
	make_allocation(
		user,
		project=project.name,
		from_date=add_days(monday(), -7),
		to_date=add_days(monday(), 4),
		project_role=role,
		percent=50,
	)
	make_allocation(
		user,
		opportunity=deal.name,
		status="Tentative",
		project_role=role,
		to_date=add_days(monday(), 11),
		hours_per_day=10,
	)
	filters = {**weeks(1), "project_role": role}
	_columns, rows, _message, _chart, summary = spm_allocations.execute(filters)
	by_status = {row.status: row for row in rows}
	assert (by_status["Confirmed"].confirmed, by_status["Confirmed"].target_title) == (
		20,
		project.project_name,
	)
	assert (by_status["Tentative"].tentative, by_status["Tentative"].weighted) == (50, 15)
	assert {row["value"] for row in summary} >= {50, 15}
	(person,) = spm_allocations.execute({**filters, "group_by": "user"})[1]
	assert (person["count"], person.tentative, person.weighted) == (2, 50, 15)
	assert (
		spm_allocations.execute({**filters, "status": "Tentative"})[1][0].name == by_status["Tentative"].name
	)
	with pytest.raises(SPMError, match="two years"):
		spm_allocations.execute({"from_date": "2020-01-01", "to_date": "2026-01-01"})


def test_utilisation_is_billable_of_available_hours(role):
	project = make_project(status="In Progress")
	people = [make_engineer(role=role) for _n in range(2)]
	sheet(people[0], project.name, [(8, 1)] * 4 + [(8, 0)])
	make_allocation(people[0], project=project.name, percent=75, from_date=past())
	make_allocation(people[1], project=project.name, percent=50, billable=0, from_date=past())
	filters = {**weeks(1, past()), "project_role": role}
	_columns, rows, _message, chart, summary = spm_utilisation.execute(filters)
	found = {row.user: row for row in rows}
	first, second = (found[user] for user in people)
	assert (first.available, first.worked, first.billable, first.utilisation) == (40, 40, 32, 80)
	assert (first.planned_billable, first.planned_utilisation, first.planned_utilisation_color) == (
		30,
		75,
		"success",
	)
	assert (second.worked, second.utilisation, second.planned, second.planned_utilisation) == (0, 0, 20, 0)
	assert summary[1]["value"] == 40 and chart["data"]["datasets"][0]["values"] == [80, 0]


def test_leave_is_not_available_and_drafts_are_not_worked(role):
	user, away = make_engineer(role=role), make_engineer(role=role)
	sheet(user, make_project(status="In Progress").name, [(8, 1)], status="Draft")
	make("SPM Absence", user=away, from_date=past(), to_date=add_days(past(), 6))
	found = {row.user: row for row in spm_utilisation.execute({**weeks(1, past()), "project_role": role})[1]}
	assert (found[user].worked, found[user].utilisation) == (0, 0)
	assert (found[away].available, found[away].utilisation) == (0, None)


def test_a_member_sees_the_own_utilisation(role, as_user):
	me, stranger = make_engineer(role=role), make_engineer(role=role)
	sheet(stranger, make_project(status="In Progress").name, [(8, 1)])
	with as_user(me):
		rows = spm_utilisation.execute({**weeks(1, past()), "project_role": role})[1]
	assert [row.user for row in rows] == [me]


def test_the_skills_matrix_names_skills_that_hang_on_one_person(role):
	rare, common = make_skill(), make_skill()
	people = [make_engineer(role=role) for _n in range(2)]
	for user, levels in zip(people, ((5, 4), (2, 4)), strict=True):
		for skill, level in zip((rare, common), levels, strict=True):
			make("SPM Person Skill", user=user, skill=skill, level=level)
	columns, rows, message, _chart = spm_skills_matrix.execute({"project_role": role})
	number = next(c["fieldname"] for c in columns if c["label"] == rare)
	assert {row.user: row[number] for row in rows} == {people[0]: 5, people[1]: 2}
	assert rare in message and common not in message
	assert [row.user for row in spm_skills_matrix.execute({"skill": rare, "level": "3"})[1]] == [people[0]]


def test_a_member_sees_the_own_skills(role, as_user):
	skill = make_skill()
	me, other = make_engineer(role=role), make_engineer(role=role)
	for user in (me, other):
		make("SPM Person Skill", user=user, skill=skill, level=3)
	with as_user(me):
		assert [row.user for row in spm_skills_matrix.execute({"skill": skill})[1]] == [me]


def test_reports_cost_a_fixed_number_of_statements(role, assert_query_count):
	def fill(count):
		for _number in range(count):
			user = make_engineer(role=role)
			make_allocation(user, project=make_project().name, percent=20, project_role=role)

	filters = {**weeks(1), "project_role": role}
	fill(1)
	for report in (spm_allocations, spm_utilisation):
		report.execute(filters)
	fill(3)
	for report in (spm_allocations, spm_utilisation):
		with assert_query_count(8):
			assert len(report.execute(filters)[1]) == 4

"""The weekly page in a browser: hours typed as in a spreadsheet, handed in, approved; the same on a phone."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days

from tests.factories import unique
from tests.factories_delivery import make_task
from tests.factories_time import last_week, make_booked_project
from tests.support.browser import PHONE

SHEET = "SPM Timesheet"


@pytest.fixture
def team(committed):
	people = frappe._dict(
		manager=committed.user(f"{unique('pm-')}@example.com", "SPM Project Manager"),
		member=committed.user(f"{unique('dm-')}@example.com", "SPM Delivery Member"),
	)
	project = make_booked_project(people.manager, people.member, project_name=unique("Harbour "))
	committed.track("SPM Customer", project.customer)
	committed.track("SPM Project", project.name)
	task = make_task(project=project.name, assigned_to=people.member, subject="Wire the panels")
	committed.track("SPM Task", task.name)
	committed.commit()
	yield people.update(project=project.name, task=task.name)
	frappe.db.rollback()
	for sheet in frappe.get_all(SHEET, filters={"user": people.member}, pluck="name"):
		frappe.db.delete("SPM Timesheet Line", {"parent": sheet})
		frappe.db.delete("Comment", {"reference_doctype": SHEET, "reference_name": sheet})
		frappe.db.delete("Version", {"ref_doctype": SHEET, "docname": sheet})
		frappe.db.delete(SHEET, {"name": sheet})
	frappe.db.commit()


def hours_of(user: str) -> list[tuple]:
	frappe.db.rollback()
	return frappe.get_all(
		"SPM Timesheet Line",
		filters={"parent": ["in", frappe.get_all(SHEET, filters={"user": user}, pluck="name") or [""]]},
		fields=["work_date", "hours", "description", "status"],
		order_by="work_date",
		as_list=True,
	)


def test_a_week_is_typed_handed_in_and_approved(visit, team):
	start = last_week()
	window = visit(team.member)
	window.open(f"/desk/spm-week/{start}", ".spm-week-chip")
	page = window.page
	# A suggestion becomes a row; hours go in as in a spreadsheet, with the arrows and any way of writing them.
	page.locator(".spm-week-chip", has_text="Wire the panels").click()
	page.locator("[data-cell='0-0']").click()
	page.keyboard.type("7:30")
	page.keyboard.press("ArrowRight")
	page.keyboard.type("8")
	page.keyboard.press("ArrowRight")
	page.keyboard.type("6,25")
	page.keyboard.press("Enter")
	page.locator("[data-cell='0-1']").click()
	page.locator(".spm-week-describe input").fill("Panels of hall 2")
	page.get_by_text("Saved", exact=True).wait_for()
	assert page.locator("[data-cell='0-0']").input_value() == "7.5"
	assert [tuple(row) for row in hours_of(team.member)] == [
		(start, 7.5, None, "Draft"),
		(add_days(start, 1), 8, "Panels of hall 2", "Draft"),
		(add_days(start, 2), 6.25, None, "Draft"),
	]
	# What cannot be saved is said, and stays where it was typed.
	page.locator("[data-cell='0-3']").fill("20")
	page.locator("[data-cell='0-4']").click()
	frappe.db.set_value("SPM Project", team.project, "status", "Closed")
	frappe.db.commit()
	page.locator("[data-cell='0-4']").fill("4")
	page.locator("[data-cell='0-3']").click()
	page.locator(".spm-week-note", has_text="closed").wait_for()
	assert page.locator("[data-cell='0-4']").input_value() == "4"
	frappe.db.set_value("SPM Project", team.project, "status", "In Progress")
	frappe.db.commit()
	page.locator("[data-cell='0-3']").fill("7")
	page.locator("[data-cell='0-4']").click()
	page.get_by_text("Saved", exact=True).wait_for()
	assert [row[1] for row in hours_of(team.member)] == [7.5, 8, 6.25, 7, 4]
	window.shot("week")
	page.locator("button", has_text="Submit Week").click()
	page.locator(".modal.show .btn-primary", has_text="Yes").click()
	page.locator(".indicator-pill", has_text="Submitted").wait_for()
	assert page.locator("[data-cell='0-0']").is_disabled()

	boss = visit(team.manager)
	boss.open("/desk/spm-week/approve", ".spm-approval")
	boss.page.locator(".spm-approvals-all input").check()
	boss.shot("week-approve")
	boss.page.locator("button", has_text="Approve (1)").click()
	boss.page.locator(".spm-week-empty").wait_for()
	assert {row[3] for row in hours_of(team.member)} == {"Approved"}
	assert frappe.db.get_value("SPM Project", team.project, "actual_hours") == 32.75

	# On the phone one day at a time: last week's rows are taken over with one touch.
	phone = visit(team.member, viewport=PHONE)
	phone.open("/desk/spm-week", ".spm-week-strip")
	hand = phone.page
	hand.locator("button", has_text="Copy Last Week").click()
	hand.locator(".spm-week-card").wait_for()
	more = hand.locator(".spm-week-stepper .btn").last
	box = more.bounding_box()
	assert min(box["width"], box["height"]) >= 40, "too small for a thumb"
	before = hand.locator(".spm-week-stepper input").input_value() or "0"
	more.click()
	hand.get_by_text("Saved", exact=True).wait_for()
	assert float(hand.locator(".spm-week-stepper input").input_value()) == float(before) + 0.5
	assert hand.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
	phone.shot("week-phone")

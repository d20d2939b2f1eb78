"""Capacity and the Team tab in Chromium: a cell opens, a booking moves, somebody is free, a part is given."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, getdate

from tests.factories import make_customer, unique
from tests.factories_delivery import forget_customer, make_milestone, make_project
from tests.factories_people import make_allocation, monday
from tests.support.browser import PHONE

PANEL, DIALOG = ".spm-cap-panel", ".modal.show"


@pytest.fixture
def team(committed):
	"""A project manager with two engineers of a role of their own, one of them booked for 120 %."""
	manager = committed.user(f"{unique('plans-')}@example.com", "SPM Project Manager")
	role = committed.insert("SPM Project Role", role_name=unique("Smith ")).name
	people = []
	for name in ("Anna Busy", "Ben Free"):
		user = committed.user(f"{unique('smith-')}@example.com", "SPM Delivery Member", first_name=name)
		committed.insert("SPM Person Capacity", user=user, project_role=role)
		people.append(user)
	customer = make_customer(account_manager="Administrator").name
	project = make_project(
		customer=customer, project_manager=manager, team=[{"user": people[0], "raci": "Accountable"}]
	)
	milestone = make_milestone(project.name, title="Forged")
	rows = [
		make_allocation(people[0], project=project.name, percent=60, from_date=monday(0)) for _n in range(2)
	]
	committed.commit()

	def forget():
		frappe.db.delete("SPM Responsibility", {"project": project.name})
		frappe.db.delete("SPM Allocation", {"project": project.name})
		forget_customer(customer)

	committed.on_cleanup(forget)
	return frappe._dict(
		manager=manager, role=role, people=people, project=project.name, milestone=milestone.name, rows=rows
	)


def test_too_much_is_seen_opened_and_moved(visit, team):
	window = visit(team.manager)
	page = window.page
	window.open("/desk/spm-capacity", ".spm-heat, .spm-empty")
	page.select_option("select[aria-label='Role']", team.role)
	window.settle()
	over = page.locator(".spm-heat-cell.over")
	over.first.wait_for()
	# Told by word and number, not by colour alone.
	assert "120 %" in over.first.inner_text() and "▲" in over.first.inner_text()
	assert "over-allocated" in over.first.get_attribute("aria-label")
	over.first.focus()
	page.keyboard.press("ArrowRight")
	assert page.evaluate("document.activeElement.className").startswith("spm-heat-cell")
	over.first.click()
	page.locator(f"{PANEL} .spm-cap-booking").nth(1).wait_for()
	assert "120 %" in page.locator(PANEL).inner_text()
	window.shot("capacity-cell")
	page.locator(f"{PANEL} .spm-cap-actions button", has_text="Move").first.click()
	page.locator(DIALOG).wait_for()
	page.wait_for_timeout(400)
	target = add_days(monday(0), 14)
	page.evaluate(f"cur_dialog.set_value('from_date', '{target}')")
	page.locator(f"{DIALOG} .btn-modal-primary").click()
	page.locator(DIALOG).wait_for(state="hidden")
	window.settle()
	over.first.wait_for(state="detached")
	frappe.db.rollback()
	dates = frappe.get_all(
		"SPM Allocation", {"project": team.project}, pluck="from_date", order_by="from_date"
	)
	assert dates == [monday(0), getdate(target)]
	page.locator(f"{PANEL} .spm-cap-foot button", has_text="Who is free?").click()
	page.locator(f"{PANEL} .spm-cap-booking", has_text="Ben Free").wait_for()
	page.keyboard.press("Escape")
	page.locator(".spm-cap-bar button", has_text="Who is on what").click()
	page.locator(".spm-team-bar.confirmed").first.wait_for()
	window.assert_clean()


def test_the_page_fits_a_phone(visit, team):
	window = visit(team.manager, viewport=PHONE)
	page = window.page
	window.open("/desk/spm-capacity", ".spm-heat, .spm-empty")
	page.locator(".spm-cap-more").click()
	page.select_option("select[aria-label='Role']", team.role)
	window.settle()
	page.locator(".spm-heat-cell.over").first.click()
	page.locator(f"{PANEL} .spm-cap-booking").first.wait_for()
	window.shot("capacity-phone")
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	window.assert_clean()


def test_a_part_is_given_on_the_team_tab_and_work_handed_over(visit, team):
	anna, ben = team.people
	window = visit(team.manager)
	page = window.page
	window.open(f"/desk/spm-project/{team.project}", ".form-tabs")
	page.locator(".form-tabs .nav-link", has_text="Team").click()
	consulted = page.locator(".spm-raci button[aria-label^='Forged, Anna Busy: Consulted']")
	consulted.click()
	page.locator(
		".spm-raci button[aria-label^='Forged, Anna Busy: Consulted'][aria-pressed='true']"
	).wait_for()
	page.locator(".spm-team-member", has_text="Anna Busy").get_by_role("button", name="Hand Over").click()
	page.locator(f"{DIALOG} .spm-handover tr").first.wait_for()
	assert page.locator(f"{DIALOG} .spm-handover tr").count() == 3
	window.shot("hand-over")
	page.evaluate(f"cur_dialog.set_value('to', '{ben}')")
	page.evaluate(f"cur_dialog.set_value('last_day', '{add_days(monday(0), -1)}')")
	page.wait_for_timeout(500)
	page.locator(f"{DIALOG} .btn-modal-primary").click()
	page.locator(".spm-team-member", has_text="Ben Free").wait_for()
	frappe.db.rollback()
	assert set(frappe.get_all("SPM Allocation", {"project": team.project}, pluck="user")) == {ben}
	assert frappe.get_all("SPM Responsibility", {"project": team.project}, pluck="user") == [ben]
	row = frappe.db.get_value("SPM Project Member", {"parent": team.project, "user": ben}, "raci")
	assert row == "Accountable" and anna != ben

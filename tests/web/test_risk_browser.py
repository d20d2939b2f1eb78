"""The heat map and the panel of a project in a browser: by mouse and by keyboard, at a desk and on a phone."""

from __future__ import annotations

import frappe
import pytest

from tests.factories import make_customer
from tests.factories_delivery import forget_customer, make_project
from tests.factories_risk import make_lesson, make_risk
from tests.support.browser import DESKTOP, PHONE


@pytest.fixture
def project(committed):
	manager = committed.user("risk-manager@example.com", "SPM Project Manager", language="en")
	frappe.db.set_value("User", manager, "language", "en")
	customer = make_customer().name
	committed.on_cleanup(lambda: forget_customer(customer))
	doc = make_project(customer=customer, project_manager=manager)
	make_risk(doc.name, title="Parts come late", cost_impact=50_000, residual_probability=1, residual_impact=2)
	make_risk(doc.name, title="Test data is missing")
	make_risk(doc.name, title="Small thing", probability=1, impact=1)
	lesson = make_lesson(title="Order parts early")
	committed.track("SPM Lesson", lesson.name)
	committed.commit()
	return doc


def test_the_map_is_read_filtered_and_worked_with(project, visit, committed):
	window = visit("risk-manager@example.com", viewport=DESKTOP)
	window.open(f"/app/spm-risk-map?project={project.name}", ".spm-matrix")
	page = window.page
	page.locator(".spm-risk-list tbody tr").nth(2).wait_for()
	cell = page.locator("[data-cell='3,4']")
	assert "score 12, High Risk, 2 risks" in cell.get_attribute("aria-label")
	assert cell.inner_text().split() == ["2", "12"]
	assert "25,000" in page.locator(".spm-risk-list").inner_text().replace(".00", "")

	# By keyboard: a cell narrows the list, the same key widens it again.
	cell.focus()
	page.keyboard.press("Enter")
	assert page.locator(".spm-risk-list tbody tr").count() == 2
	assert page.locator("[data-cell='3,4']").get_attribute("aria-pressed") == "true"
	page.keyboard.press("Enter")
	assert page.locator(".spm-risk-list tbody tr").count() == 3

	# After the response one of them stands lower, the unjudged one where it was.
	page.locator("[data-when=after]").click()
	assert "1 risks" in page.locator("[data-cell='3,4']").get_attribute("aria-label")
	assert "1 risks" in page.locator("[data-cell='1,2']").get_attribute("aria-label")

	# On the project: write a risk down in one dialog, from the matrix.
	window.open(f"/app/spm-project/{project.name}", ".form-tabs")
	page.locator(".form-tabs .nav-link:has-text('Risks and Changes')").first.click()
	panel = page.locator(".spm-risk-panel")
	panel.locator("button:has-text('New Risk')").click()
	dialog = page.locator(".modal.show")
	dialog.locator("[data-fieldname=title] input").fill("The only expert leaves")
	dialog.locator("[data-p='5'][data-i='5']").click()
	assert "25" in dialog.locator(".spm-matrix-said").inner_text()
	dialog.locator(".btn-modal-primary").click()
	panel.locator("a:has-text('The only expert leaves')").wait_for()
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Project", project.name, ["open_risks", "worst_risk_band"]) == (
		4,
		"Critical Risk",
	)
	assert "Order parts early" in panel.locator(".spm-lessons").inner_text()

	# It happens: the issue opens and knows where it came from.
	panel.locator("a:has-text('The only expert leaves')").click()
	page.locator("button:has-text('It Happened'):visible").first.click()
	page.locator(".modal.show .btn-modal-primary").click()
	page.wait_for_url("**/spm-issue/**")
	window.settle()
	frappe.db.rollback()
	issue = frappe.get_last_doc("SPM Issue", {"project": project.name})
	assert issue.severity == "Critical" and issue.from_risk
	window.assert_clean()


def test_the_map_on_a_phone_in_chinese(project, visit):
	frappe.db.set_value("User", "risk-manager@example.com", "language", "zh")
	frappe.db.commit()
	window = visit("risk-manager@example.com", viewport=PHONE)
	window.open(f"/app/spm-risk-map?project={project.name}", ".spm-matrix")
	page = window.page
	page.locator(".spm-risk-list tbody tr").nth(2).wait_for()
	assert "几乎必然" in page.locator(".spm-matrix").inner_text()
	assert "高风险" in page.locator(".spm-risk-legend").inner_text()
	assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
	assert page.locator("[data-cell='3,4']").bounding_box()["height"] >= 40
	window.assert_clean()

"""The customer's pages in a browser: the survey in two taps, the project page on a phone, both languages."""

import frappe
import pytest
from frappe.utils import add_days, getdate

from tests.factories import make_contact
from tests.factories_delivery import (
	accept,
	forget_customer,
	make_customer_with_contacts,
	make_milestone,
	make_running_project,
)
from tests.support.browser import DESKTOP, PHONE

MINIMUM_TARGET = 40


@pytest.fixture
def world(committed):
	"""A portal user of a customer with a running project; returns (user, project, waiting milestone)."""
	tag = frappe.generate_hash(length=6)
	user = committed.user(f"portal-{tag}@example.com", "SPM Customer User", user_type="Website User")
	customer, _contacts = make_customer_with_contacts(0, customer_name=f"Harbour Works {tag}", language="zh")
	committed.on_cleanup(lambda: forget_customer(customer.name))
	contact = make_contact(customer.name, user=user, first_name="Li")
	project, milestones = make_running_project(
		(1, 3),
		customer=customer.name,
		project_name="Crane tracking for the north quay",
		contacts=[{"contact": contact.name}],
		scope="Forty cranes, positions every second.\nTraining for two shifts.",
	)
	accept(milestones[0].name)
	waiting = frappe.get_doc("SPM Milestone", milestones[1].name)
	waiting.append("deliverables", {"deliverable": "Test report", "version": "1.2"})
	waiting.acceptance_criteria = "Forty cranes are on the map"
	waiting.status = "Submitted"
	waiting.save()
	later = make_milestone(project.name, title="Hand-over to service", milestone_type="Decision", sequence=9)
	later = frappe.get_doc("SPM Milestone", later.name)
	later.forecast_date, later.delay_reason = add_days(getdate(), 20), "Supplier"
	later.save()
	committed.commit()
	return user, project, waiting


def assert_fits(window, least_target: int = MINIMUM_TARGET):
	"""No sideways scrolling, and everything to tap is big enough for a thumb."""
	page = window.page
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
		"the page scrolls sideways"
	)
	small = page.evaluate(
		"""(least) => [...document.querySelectorAll('.spm-page button, .spm-score, .spm-nps label, .spm-top-links a')]
			.filter((e) => e.offsetParent && e.getBoundingClientRect().height < least)
			.map((e) => e.outerHTML.slice(0, 80))""",
		least_target,
	)
	assert not small


@pytest.mark.parametrize(("lang", "heading", "button"), [("zh", "满意", "发送"), ("en", "How happy", "Send")])
def test_the_survey_takes_two_taps(world, visit, committed, lang, heading, button):
	from sales_crm_pm.loop import survey

	_user, project, waiting = world
	doc = frappe.get_doc("SPM Milestone", waiting.name)
	doc.status = "Accepted"
	doc.save()
	project = frappe.get_doc("SPM Project", project.name)
	project.status = "Delivered"
	project.save()
	name = survey.surveys_of(project.name)[0]
	link = survey.open_link(name)
	frappe.db.set_value("SPM Survey", name, "language", lang)
	committed.commit()

	window = visit(viewport=PHONE)
	window.open("/survey/" + link.rsplit("/", 1)[-1], ".spm-faces")
	assert heading in window.text()
	assert project.project_name in window.text()
	if lang == "zh":
		left = window.text().replace(project.project_name, "").replace("Sales CRM PM", "").replace("English", "")
		assert not [c for c in left if c.isascii() and c.isalpha()], left
	assert_fits(window)
	box = window.page.locator("button[type=submit]").bounding_box()
	assert box["y"] + box["height"] <= PHONE["height"], "the survey does not fit on one screen"
	window.shot(f"survey-{lang}")
	window.page.locator(".spm-score-5").click()
	window.page.get_by_role("button", name=button).click()
	window.page.locator("#spm-thanks").wait_for(state="visible")
	window.shot(f"survey-{lang}-thanks")
	window.assert_clean()
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Survey", name, ["status", "csat", "nps"]) == ("Answered", 5, -1)

	window.open("/survey/" + link.rsplit("/", 1)[-1], ".spm-thanks")
	assert window.page.locator("form").count() == 0


def test_a_wrong_survey_link_says_what_to_do(visit):
	window = visit(viewport=PHONE)
	window.open("/survey/nothing", ".spm-thanks")
	assert "open the link in our message once more" in window.text()
	window.assert_clean()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_project_page_on_a_phone(world, visit, committed, lang):
	user, project, waiting = world
	frappe.db.set_value("User", user, "language", lang)
	committed.commit()
	frappe.clear_cache(user=user)
	window = visit(user, viewport=PHONE)
	# Logging in opens a bare JSON answer, for which the browser looks for an icon of its own.
	window.problems.clear()
	window.open("/my-projects", ".spm-project-link")
	assert_fits(window)
	window.shot(f"portal-list-{lang}")
	window.page.locator(".spm-project-link").click()
	window.page.locator(".spm-hero").wait_for(state="visible")
	window.settle()
	assert_fits(window)
	window.page.screenshot(path=str(window.screenshots / f"portal-project-{lang}.png"), full_page=True)
	text = window.text()
	for word in {
		"en": ("Waiting for you", "Next", "What changed"),
		"zh": ("等待您确认", "下一步", "最近变化"),
	}[lang]:
		assert word in text
	if lang == "zh":
		for english in ("Accept", "Milestones", "Submitted", "Supplier"):
			assert english not in text
	window.page.locator(".spm-accept").click()
	window.page.locator(".spm-action").wait_for(state="detached")
	window.page.locator(".spm-message textarea").fill("When do you come?")
	window.page.locator(".spm-message button").click()
	window.page.locator(".spm-done").wait_for(state="visible")
	window.assert_clean()
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Milestone", waiting.name, "status") == "Accepted"
	assert frappe.db.exists("SPM Interaction", {"project": project.name, "content": "When do you come?"})


def test_asking_for_changes_on_a_wide_screen(world, visit):
	user, project, waiting = world
	window = visit(user, viewport=DESKTOP)
	window.problems.clear()
	window.open(f"/my-projects/{project.name}", ".spm-hero")
	window.page.locator(".spm-ask").click()
	window.page.locator(".spm-reason textarea").fill("Crane 7 is missing")
	window.shot("portal-project-wide")
	window.page.locator(".spm-reason button").click()
	window.page.locator(".spm-action").wait_for(state="detached")
	window.assert_clean()
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Milestone", waiting.name, ["status", "rejection_reason"]) == (
		"Rejected",
		"Crane 7 is missing",
	)


def test_another_company_and_a_guest(world, visit, committed):
	_user, project, _waiting = world
	stranger = committed.user(
		f"stranger-{frappe.generate_hash(length=6)}@example.com",
		"SPM Customer User",
		user_type="Website User",
	)
	window = visit(stranger, viewport=PHONE)
	answer = window.page.goto(f"{window.base}/my-projects/{project.name}")
	assert answer.status == 404
	assert project.project_name not in window.text()
	guest = visit(viewport=PHONE)
	guest.page.goto(f"{guest.base}/my-projects/{project.name}")
	assert "/login" in guest.page.url

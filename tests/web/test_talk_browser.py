"""Daily work in a browser: four taps on a phone, the entry on a form, a pasted chat, the list of work."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, today

from tests.factories import make_contact, make_customer, make_interaction, unique
from tests.support.browser import PHONE

CHAT = """Laura Stone  Yesterday 5:05 PM
Can we move the kick-off {mark}?

Tom Baker  Yesterday 5:06 PM
Sure, to Monday.
"""


@pytest.fixture
def seller(committed):
	return committed.user(f"{unique('seller-')}@example.com", "SPM Sales User")


@pytest.fixture
def customer(committed, seller):
	doc = make_customer(customer_name=unique("Harbour "), account_manager=seller)
	committed.track("SPM Customer", doc.name)
	contact = make_contact(doc.name, first_name="Laura", last_name="Stone")
	committed.track("Contact", contact.name)
	committed.commit()
	return doc


@pytest.fixture
def talks_of(committed, customer):
	"""The talks with the customer as they are stored now; they are deleted after the test."""

	def read() -> list:
		frappe.db.rollback()
		names = frappe.get_all("SPM Interaction", filters={"customer": customer.name}, pluck="name")
		for name in names:
			committed.track("SPM Interaction", name)
		return [frappe.get_doc("SPM Interaction", name) for name in names]

	yield read
	read()


def fits(window) -> bool:
	return window.page.evaluate(
		"document.documentElement.scrollWidth <= document.documentElement.clientWidth"
	)


def test_a_visit_is_logged_with_four_taps_on_a_phone(visit, seller, customer, talks_of):
	"""CR-02: customer, type, next date, save; the note has the cursor by itself."""
	window = visit(seller, viewport=PHONE)
	window.open("/desk/spm-quick-log", ".spm-party")
	page = window.page
	assert fits(window)
	taps = 0

	def tap(locator):
		nonlocal taps
		box = locator.bounding_box()
		assert min(box["width"], box["height"]) >= 40, "too small for a thumb"
		locator.click()
		taps += 1

	tap(page.locator(".spm-party", has_text=customer.customer_name))
	tap(page.locator(".spm-type").nth(1))
	assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
	page.keyboard.type("Walked through the hall")
	tap(page.locator(".spm-chip").nth(2))
	tap(page.locator(".spm-save button"))
	page.locator(".spm-quick-done").wait_for()
	window.settle()
	assert taps <= 4 and fits(window)
	window.shot("quick-log-phone")
	[talk] = talks_of()
	assert (talk.interaction_type, talk.content, talk.owner) == ("Visit", "Walked through the hall", seller)
	assert str(talk.next_date) == add_days(today(), 7) and talk.follow_up_status == "Open"
	window.assert_clean()


def test_what_was_typed_survives_a_reload_and_a_lost_network(visit, seller, customer, talks_of):
	window = visit(seller, viewport=PHONE)
	window.open("/desk/spm-quick-log", ".spm-party")
	page = window.page
	page.locator(".spm-party", has_text=customer.customer_name).click()
	page.locator(".spm-note-text").fill("In the cellar")
	window.open("/desk/spm-quick-log", ".spm-note-text")
	assert page.locator(".spm-note-text").input_value() == "In the cellar"
	window.context.set_offline(True)
	page.locator(".spm-save button").click()
	page.locator(".spm-quick-done").wait_for()
	assert talks_of() == []
	window.context.set_offline(False)
	page.wait_for_function(
		"!Object.keys(localStorage).some((k) => k.endsWith(':waiting') && localStorage[k] !== '[]')"
	)
	assert [talk.content for talk in talks_of()] == ["In the cellar"]


def test_the_entry_on_the_form_feeds_the_history_below_it(visit, seller, customer, talks_of):
	window = visit(seller)
	window.open(f"/desk/spm-customer/{customer.name}", ".spm-entry textarea")
	page = window.page
	page.locator(".spm-timeline .spm-empty").wait_for()
	page.locator(".spm-entry textarea").click()
	page.keyboard.type("They want two pumps")
	page.locator(".spm-entry .spm-chip").first.click()
	page.locator(".spm-entry-step").fill("Send the offer")
	page.locator(".spm-entry button[type=submit]").click()
	page.locator(".spm-event", has_text="They want two pumps").wait_for()
	window.settle()
	window.shot("customer-history")
	[talk] = talks_of()
	assert (talk.next_step, talk.interaction_type) == ("Send the offer", "Call")
	window.assert_clean()


def test_a_pasted_chat_is_shown_and_logged_once(visit, seller, customer, talks_of):
	window = visit(seller)
	window.open(f"/desk/spm-customer/{customer.name}", ".spm-entry textarea")
	page = window.page
	text = CHAT.format(mark=unique())
	for attempt in range(2):
		page.locator(".spm-entry textarea").fill(text)
		page.locator(".spm-entry textarea").click()
		page.locator(".spm-chat-head b", has_text="2 messages").wait_for()
		known = page.locator(".spm-chat-head .indicator-pill.orange")
		if attempt:
			known.wait_for()
		else:
			assert known.count() == 0
			window.shot("pasted-chat")
		page.locator(".spm-entry button[type=submit]").click()
		page.locator(".spm-chat").wait_for(state="detached")
		window.settle()
	[talk] = talks_of()
	assert talk.message_count == 2 and talk.contact
	assert page.locator(".spm-event", has_text="kick-off").count() == 1
	window.assert_clean()


def test_the_list_of_work_is_worked_off(visit, seller, customer, talks_of, as_user):
	with as_user(seller):
		make_interaction(customer=customer.name, next_step="Ring them up", next_date=today())
	frappe.db.commit()
	window = visit(seller)
	window.open("/desk/spm-my-work", ".spm-work-row")
	page = window.page
	row = page.locator(".spm-work-row", has_text="Ring them up")
	row.locator("button[data-toggle=dropdown]").click()
	row.locator(".dropdown-item").first.click()
	window.settle()
	assert str(talks_of()[0].next_date) == add_days(today(), 1)
	row.locator(".spm-work-actions > button").last.click()
	page.locator(".spm-empty").wait_for()
	window.settle()
	assert talks_of()[0].follow_up_status == "Done"
	window.open(f"/desk/spm-person/{seller}", ".spm-person-figures")
	assert page.locator(".spm-person-figures > div").count() == 7
	window.assert_clean()


@pytest.mark.parametrize("path", ["spm-my-work", "spm-person", "spm-quick-log"])
def test_the_pages_fit_a_phone(visit, seller, customer, path):
	window = visit(seller, viewport=PHONE)
	window.open(f"/desk/{path}", ".spm-talk > div")
	assert fits(window)

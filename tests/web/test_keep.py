"""Keeping customers over HTTP and in the browser: unsubscribing without login, building a segment by clicks."""

from __future__ import annotations

import frappe
import pytest

from sales_crm_pm.loop.sequences import control, mail
from tests.factories import make_contact, make_customer, unique
from tests.factories_keep import condition, make_segment, make_sequence
from tests.support.browser import PHONE
from tests.support.http import Client


@pytest.fixture
def enrolled(committed):
	"""A contact in a sequence whose first step lies ahead, committed for the server to see."""
	customer = make_customer(language="en")
	contact = make_contact(customer.name, email=f"{unique('c-')}@example.com")
	customer.db_set("primary_contact", contact.name)
	sequence = make_sequence({"action": "Task", "subject": "Call {0}", "wait_days": 30})
	control.enrol_by_hand(sequence.name, [customer.name])
	row = frappe.get_last_doc("SPM Sequence Enrolment", {"sequence": sequence.name})
	for doc in (customer, contact, sequence, row):
		committed.track(doc.doctype, doc.name)
	committed.on_cleanup(lambda: frappe.db.delete("Email Unsubscribe", {"email": row.email}))
	committed.commit()
	return row


def status_of(row):
	frappe.db.rollback()
	return frappe.db.get_value("SPM Sequence Enrolment", row.name, ["status", "stop_reason"])


class TestUnsubscribing:
	def test_the_button_of_a_mail_program_posts_without_login(self, server, enrolled):
		guest = Client(server)
		token = mail.token_of(enrolled.name)
		path = "/api/method/sales_crm_pm.api.v1.sequence.one_click?token={0}"
		form = {"List-Unsubscribe": "One-Click"}
		answer = guest.request("POST", path.format(token), data=form, status=200)
		assert enrolled.contact not in answer.text and enrolled.name not in answer.text
		assert status_of(enrolled) == ("Stopped", "Unsubscribed")
		guest.request("POST", path.format("x.y"), data=form, status=417)

	def test_opening_the_link_is_enough_and_a_mistake_is_taken_back(self, visit, enrolled):
		window = visit(viewport=PHONE)
		link = mail.page_link(enrolled.name).split("/mail-unsubscribe/")[1]
		window.open(f"/mail-unsubscribe/{link}", "#spm-done h1")
		window.shot("unsubscribed-phone")
		assert status_of(enrolled) == ("Stopped", "Unsubscribed")
		assert enrolled.email not in window.text()
		window.page.locator("#spm-undo").click()
		window.page.locator("#spm-kept h1").wait_for(state="visible")
		frappe.db.rollback()
		assert frappe.db.get_value("Contact", enrolled.contact, "unsubscribed") == 0
		window.assert_clean()

	def test_a_page_for_nobody(self, visit):
		window = visit()
		window.open("/mail-unsubscribe/nonsense", "#spm-unsubscribe p")
		assert "not valid" in window.text()

	def test_fetching_the_page_alone_unsubscribes_nobody(self, server, enrolled):
		"""Scanners open every link of a mail; they run no scripts."""
		link = mail.page_link(enrolled.name).split("/mail-unsubscribe/")[1]
		Client(server).request("GET", f"/mail-unsubscribe/{link}", status=200)
		assert status_of(enrolled)[0] == "Active"


def test_a_salesperson_builds_a_segment_by_clicks(visit, committed):
	seller = committed.user(f"{unique('seller-')}@example.com", "SPM Sales User")
	tag = unique("Tag ")
	mine = make_customer(account_manager=seller, market_segment=tag, customer_name=unique("Mine "))
	theirs = make_customer(market_segment=tag, customer_name=unique("Theirs "))
	for doc in (mine, theirs):
		committed.track(doc.doctype, doc.name)
	committed.commit()
	name = unique("Segment ")
	committed.on_cleanup(lambda: frappe.delete_doc_if_exists("SPM Segment", name, force=True))
	window = visit().login(seller)
	page = window.page
	window.open("/desk/spm-segment/new", ".spm-segment")
	page.locator("[data-fieldname='segment_name'] input").first.fill(name)
	page.get_by_role("button", name="First Condition").click()
	page.get_by_label("Record type").select_option("SPM Customer")
	page.locator(".spm-segment-problem", has_text="Fill in every condition").wait_for()
	page.get_by_label("Field", exact=True).select_option("market_segment")
	page.get_by_label("Comparison").select_option("is")
	page.get_by_label("Value").fill(tag)
	page.locator(".spm-segment-count", has_text="1").wait_for()
	result = page.locator(".spm-segment-result").inner_text()
	assert mine.customer_name in result and theirs.customer_name not in result
	window.shot("segment-built")
	page.locator(".primary-action:visible", has_text="Save").click()
	page.wait_for_url("**/spm-segment/Segment*")
	window.settle()
	frappe.db.rollback()
	stored = frappe.get_doc("SPM Segment", name)
	assert (stored.author, stored.member_count) == (seller, 1)
	window.assert_clean()


def test_the_forms_of_keeping_customers_open_without_an_error(visit, committed):
	marketing = committed.user(f"{unique('marketing-')}@example.com", "SPM Marketing User")
	tag = unique("Tag ")
	segment = make_segment(condition("SPM Customer", ("market_segment", "is", tag)), visibility="Everyone")
	sequence = make_sequence(
		{"action": "Task", "subject": "Call {0}"}, starts_by="Segment", segment=segment.name, status="Draft"
	)
	for doc in (segment, sequence):
		committed.track(doc.doctype, doc.name)
	committed.commit()
	window = visit().login(marketing)
	for path, ready in (
		(f"/desk/spm-segment/{segment.name}", ".spm-segment-count"),
		(f"/desk/spm-sequence/{sequence.name}", "[data-fieldname='steps'] .grid-row"),
		("/desk/spm-sequence", ".frappe-list"),
		("/desk/spm-referral/new", "[data-fieldname='referring_customer'] input"),
		("/desk/query-report/SPM Missed Visits", ".page-form [data-fieldname='tier']"),
	):
		window.open(path, ready)
	window.assert_clean()
	window.open(f"/desk/spm-sequence/{sequence.name}", "[data-fieldname='steps'] .grid-row")
	window.page.get_by_role("button", name="Rehearse").first.click()
	window.page.get_by_text("Nobody would start now.").wait_for()
	window.shot("sequence-rehearsed")
	window.assert_clean()

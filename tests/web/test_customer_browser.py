"""The customer's screens in a browser: lifecycle by a click, the map of people, the preview of tiers."""

from __future__ import annotations

import json

import pytest

from tests.factories import make_contact, make_customer, make_interaction, unique
from tests.support.browser import PHONE


@pytest.fixture
def bank(committed):
	"""A seller's customer with three people, seen by the web server."""
	import frappe

	seller = committed.user(f"{unique('seller-')}@example.com", "SPM Sales User")
	customer = make_customer(customer_name=unique("Harbour Bank "), account_manager=seller)
	committed.track("SPM Customer", customer.name)
	boss = make_contact(
		customer.name, first_name="Ada", buying_role="Decision Maker", stance="Opponent", influence="High"
	)
	team = [
		make_contact(customer.name, first_name=name, reports_to=boss.name, stance=stance)
		for name, stance in (("Bob", "Supporter"), ("Cleo", ""))
	]
	committed.track("Contact", boss.name)
	for contact in team:
		committed.track("Contact", contact.name)
	talk = make_interaction(customer=customer.name, contact=team[0].name)
	committed.track("SPM Interaction", talk.name)
	committed.on_cleanup(lambda: frappe.db.delete("SPM Lifecycle Log", {"customer": customer.name}))
	committed.commit()
	return frappe._dict(seller=seller, name=customer.name, boss=boss.name, bob=team[0].name)


def test_a_click_moves_the_customer_and_the_map_shows_its_people(visit, bank):
	import frappe

	window = visit()
	window.login(bank.seller)
	window.open(f"/desk/spm-customer/{bank.name}", ".spm-customer-head .is-current")
	assert "Following" in window.page.locator(".spm-customer-head .is-current").inner_text()

	window.page.locator(".spm-customer-head .spm-stage", has_text="Dormant").click()
	window.page.locator(".modal.show textarea").fill("No budget before summer")
	window.page.locator(".modal.show .btn-primary").click()
	window.page.locator(".spm-customer-head .is-current", has_text="Dormant").wait_for()
	window.settle()

	window.page.locator("#spm-customer-people_tab-tab").click()
	window.page.locator(".spm-person").first.wait_for()
	assert window.page.locator(".spm-person").count() == 3
	assert window.page.locator(".spm-people-tree ul .spm-person").count() == 2, "two report to the boss"
	assert "Nobody of us talks with Ada" in window.page.locator(".spm-people-gaps").inner_text()
	card = window.page.locator(".spm-person", has_text="Bob")
	card.locator(".spm-person-strength").click()
	points = [int(text.split("/")[0]) for text in card.locator(".spm-factors b").all_inner_texts()]
	assert sum(points) == int(card.locator(".spm-number").inner_text())
	window.page.locator(".spm-people-chip", has_text="Supporter").click()
	assert window.page.locator(".spm-person.is-faded").count() == 2
	window.shot("customer-people")

	window.page.locator("#spm-customer-history_tab-tab").click()
	assert "No budget before summer" in window.page.locator(".spm-moves").first.inner_text()
	window.assert_clean()
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Customer", bank.name, "lifecycle_stage") == "Dormant"


def test_on_a_phone_nothing_has_to_be_scrolled_sideways(visit, bank):
	window = visit(viewport=PHONE)
	window.login(bank.seller)
	window.open(f"/desk/spm-customer/{bank.name}", ".spm-customer-head .is-current")
	window.page.locator("#spm-customer-people_tab-tab").click()
	window.page.locator(".spm-person").first.wait_for()
	for box in window.page.locator(".spm-person").all():
		place = box.bounding_box()
		assert place["x"] >= 0 and place["x"] + place["width"] <= PHONE["width"]
	window.page.locator(".spm-person-main", has_text="Ada").click()
	window.page.wait_for_url(f"**/contact/{bank.boss}*".replace(" ", "%20"))
	window.settle()
	window.shot("customer-people-phone")
	window.assert_clean()


def test_a_rule_is_previewed_before_it_is_saved_and_does_then_exactly_that(visit, bank, committed):
	import frappe

	before = frappe.db.get_single_value("SPM Settings", "tier_method")
	frappe.db.set_single_value("SPM Settings", "tier_method", "Rules")
	committed.on_cleanup(lambda: frappe.db.set_single_value("SPM Settings", "tier_method", before))
	committed.commit()
	frappe.clear_document_cache("SPM Settings", "SPM Settings")
	manager = committed.user(f"{unique('boss-')}@example.com", "SPM Sales Manager")
	name = unique("Harbour rule ")
	rule = committed.insert(
		"SPM Tier Rule",
		rule_name=name,
		enabled=0,
		effect="Tier",
		tier="B",
		priority=1,
		conditions=json.dumps([["SPM Customer", "name", "=", bank.name]]),
	)
	window = visit()
	window.login(manager)
	window.open(f"/desk/spm-tier-rule/{rule.name}", ".filter-area .filter-box, .filter-box")
	window.page.locator("input[data-fieldname='enabled']").check()
	window.page.get_by_role("button", name="Preview", exact=True).click()
	dialog = window.page.locator(".modal.show .spm-tier-preview")
	dialog.wait_for()
	row = dialog.locator("tr", has_text="Harbour Bank")
	assert f"The rule “{name}” gives tier B." in row.inner_text()
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Customer", bank.name, "tier") != "B", "a preview writes nothing"
	window.shot("tier-preview")
	window.page.locator(".modal.show .btn-primary").click()
	window.page.wait_for_function("() => window.cur_frm && !cur_frm.is_dirty() && cur_frm.doc.enabled === 1")
	window.settle()
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Customer", bank.name, "tier") == "B"
	window.assert_clean()

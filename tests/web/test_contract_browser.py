"""The plan editor in a browser, at a desk and on a phone, in both languages."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import today

from tests.factories_contract import make_contract, plan_of
from tests.factories_delivery import forget_customer, make_customer_with_contacts
from tests.support.browser import DESKTOP, PHONE


@pytest.fixture
def contract(committed):
	customer, _contacts = make_customer_with_contacts(1)
	committed.on_cleanup(lambda: forget_customer(customer.name))
	doc = make_contract(
		customer=customer.name,
		amount=900,
		rows=[
			{"title": "First", "percent": 50, "trigger_date": today()},
			{"title": "Second", "percent": 50, "trigger_type": "Event", "event_name": "Go live"},
		],
	)
	committed.commit()
	return doc


def seller(committed, language: str) -> str:
	return committed.user(
		f"plan-{language}@example.com", "SPM Sales Manager", "SPM Sales User", language=language
	)


def open_plan(window, contract, tab: str):
	window.open(f"/app/spm-contract/{contract.name}", ".form-tabs")
	window.page.locator(f".form-tabs .nav-link:has-text('{tab}')").first.click()
	window.page.locator(".spm-plan tbody tr").first.wait_for()


def test_a_plan_is_edited_until_it_adds_up(contract, committed, visit):
	window = visit(seller(committed, "en"), viewport=DESKTOP)
	open_plan(window, contract, "Payment Plan")
	page = window.page
	page.locator(".spm-plan [data-action=edit]").click()
	editor = page.locator(".spm-plan-editor")
	editor.wait_for()
	save = page.locator(".modal.show .btn-modal-primary")
	assert save.is_enabled()
	editor.locator("[data-field=percent]").first.fill("30")
	assert "180.00 still to plan" in editor.inner_text()
	assert not save.is_enabled()
	editor.locator("[data-do=add]").click()
	editor.locator("[data-field=title]").last.fill("Third")
	assert "Adds up" in editor.inner_text()
	save.click()
	editor.wait_for(state="hidden")
	window.settle()
	frappe.db.rollback()
	assert [(row.title, row.amount) for row in plan_of(contract.name)] == [
		("First", 270),
		("Second", 450),
		("Third", 180),
	]
	assert "Third" in page.locator(".spm-plan").inner_text()
	window.assert_clean()


def test_money_is_recorded_on_a_phone_in_chinese(contract, committed, visit):
	window = visit(seller(committed, "zh"), viewport=PHONE)
	open_plan(window, contract, "回款计划")
	page = window.page
	assert "应收" in page.locator(".spm-plan").inner_text()
	assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
	page.locator(".spm-plan [data-action=receipt]").first.click()
	dialog = page.locator(".modal.show")
	dialog.locator("[data-fieldname=reference] input").fill("BANK-1")
	dialog.locator(".btn-modal-primary").click()
	page.locator(".spm-plan .indicator-pill:has-text('已回款')").first.wait_for()
	frappe.db.rollback()
	assert plan_of(contract.name)[0].status == "Paid"
	window.assert_clean()

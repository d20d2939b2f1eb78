"""Duplicates, merging and search as other programs and people at the desk meet them."""

from __future__ import annotations

import random

import frappe
import pytest

from tests.factories import unique
from tests.factories_delivery import forget_customer

API = "sales_crm_pm.api.v1."
LEAD, CUSTOMER = "/api/resource/SPM Lead", "/api/resource/SPM Customer"


@pytest.fixture
def seller(committed):
	return committed.user(f"{unique('seller-')}@example.com", "SPM Sales User")


@pytest.fixture
def rule(committed):
	"""Rules of the test's own, so that it does not matter what the site's admin has."""

	def make(record_type: str, **values):
		committed.insert("SPM Duplicate Rule", rule_name=unique("Rule "), record_type=record_type, **values)

	return make


def phone() -> str:
	return f"+49 89 {random.randrange(10**7, 10**8)}"


def made(committed, doctype: str, answer: dict) -> str:
	name = answer["data"]["name"]
	if doctype == "SPM Customer":
		committed.on_cleanup(lambda: forget_customer(name))
	else:
		committed.track(doctype, name)
	return name


class TestRest:
	def test_a_lead_twice(self, committed, http, seller, rule):
		rule("SPM Lead", by_phone=1)
		client, number = http.key(seller), phone()
		values = {"lead_name": unique("Lead "), "mobile": number, "lead_owner": seller}
		first = made(committed, "SPM Lead", client.post(LEAD, values))
		answer = client.post(LEAD, values | {"lead_name": unique("Lead ")}, status=417)
		assert [found["name"] for found in answer["duplicates"]] == [first]
		assert answer["may_ignore_duplicates"] is True
		again = {**values, "lead_name": unique("Lead "), "ignore_duplicates": 1}
		made(committed, "SPM Lead", client.post(LEAD, again))
		other = made(
			committed, "SPM Lead", client.post(LEAD, {"lead_name": unique("Lead "), "lead_owner": seller})
		)
		assert client.put(f"{LEAD}/{other}", {"phone": number}, status=417)["duplicates"]

	def test_a_colleagues_customer_stays_secret(self, committed, http, seller, rule):
		rule("SPM Customer", by_company=1, action="Refuse")
		holder = committed.user(f"{unique('holder-')}@example.com", "SPM Sales User")
		name = unique("Secret Works ")
		hidden = made(committed, "SPM Customer", http.key(holder).post(CUSTOMER, {"customer_name": name}))
		response = http.key(seller).request(
			"POST", CUSTOMER, status=417, json={"customer_name": f"{name} Ltd", "ignore_duplicates": 1}
		)
		assert hidden not in response.text and response.json()["may_ignore_duplicates"] is False
		assert response.json()["duplicates"][0]["hidden"] is True

	def test_merge_and_search(self, committed, http, seller):
		client, tag = http.key(seller), unique()
		keep = made(committed, "SPM Customer", client.post(CUSTOMER, {"customer_name": f"{tag} 宁波海川"}))
		gone = made(committed, "SPM Customer", client.post(CUSTOMER, {"customer_name": f"{tag} 青岛海信"}))
		found = client.call(API + "search.find", verb="GET", text=f"{tag} nbhc", doctypes="SPM Customer")
		assert [row["name"] for row in found] == [keep]
		assert client.call(
			API + "merge.preview", verb="GET", record_type="SPM Customer", survivor=keep, merged=gone
		)["fields"]
		done = client.call(
			API + "merge.run", record_type="SPM Customer", survivor=keep, merged=gone, take=["customer_name"]
		)
		committed.track("SPM Merge Log", done["log"])
		assert done["created"] is True
		client.get(f"{CUSTOMER}/{gone}", status=404)
		assert client.get(f"{CUSTOMER}/{keep}")["data"]["customer_name"] == f"{tag} 青岛海信"
		found = client.call(API + "search.find", verb="GET", text=f"{tag} qdhx")
		assert [row["name"] for row in found] == [keep]


class TestDesk:
	def test_hint_save_anyway_and_merge(self, committed, visit, seller, rule):
		rule("SPM Customer", by_company=1)
		name = unique("Copper Works ")
		first = committed.insert("SPM Customer", customer_name=name, account_manager=seller).name
		committed.on_cleanup(lambda: forget_customer(first))
		window = visit(seller)
		page = window.page
		window.open("/desk/spm-customer/new", ".form-layout")
		page.locator("input[data-fieldname=customer_name]:visible").first.fill(f"{name} GmbH")
		page.keyboard.press("Tab")
		page.locator(".spm-duplicates-box").get_by_text(name).wait_for()
		page.keyboard.press("Control+s")
		page.get_by_role("button", name="Save Anyway").click()
		page.wait_for_url("**/spm-customer/CUST-*")
		window.settle()
		second = page.evaluate("frappe.get_route()[2]")
		committed.on_cleanup(lambda: forget_customer(second))
		# A new form asks for its panels a moment later; nobody merges within that second.
		page.wait_for_timeout(3000)
		window.settle()
		# The refused first try is an error of the desk's own making; everything after it has to be clean.
		window.problems.clear()

		page.evaluate("([a, b]) => sales_crm_pm.merge.open('SPM Customer', a, b)", [first, second])
		page.locator(".spm-merge").get_by_text(f"{name} GmbH").last.click()
		page.locator(".modal.show").get_by_role("button", name="Merge", exact=True).click()
		page.wait_for_url(f"**/spm-customer/{first}")
		window.settle()
		frappe.db.rollback()
		assert frappe.db.get_value("SPM Customer", first, "customer_name") == f"{name} GmbH"
		assert not frappe.db.exists("SPM Customer", second)
		committed.track("SPM Merge Log", frappe.db.get_value("SPM Merge Log", {"merged_name": second}))
		window.assert_clean()

	def test_the_search_bar_speaks_pinyin(self, committed, visit, seller):
		lead = committed.insert("SPM Lead", lead_name="张三", organisation=unique("Org "), lead_owner=seller)
		window = visit(seller)
		page = window.page
		window.open("/desk/spm-lead", ".frappe-list")
		page.keyboard.press("Control+k")
		page.locator("#navbar-search").press_sequentially("zhangs")
		option = page.locator(f'.awesomplete a[href*="{lead.name}"]').first
		option.wait_for()
		assert "张三" in option.inner_text()
		option.click()
		page.wait_for_url(f"**/spm-lead/{lead.name}")
		window.assert_clean()

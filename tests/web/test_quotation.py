"""Quotations over HTTP and in the browser: the salesperson, the approver, and the customer without login."""

from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
import requests
from frappe.utils import getdate

from tests.factories import make_contact, make_customer, make_opportunity, make_product, unique
from tests.factories_delivery import forget_customer
from tests.support.browser import PHONE

API = "sales_crm_pm.api.v1.quotation."


@pytest.fixture
def people(committed, http):
	tag = unique()
	roles = {"seller": "SPM Sales User", "manager": "SPM Sales Manager", "rival": "SPM Sales User"}
	names = {job: committed.user(f"{job}-{tag}@example.com", role) for job, role in roles.items()}
	return frappe._dict({job: http(name) for job, name in names.items()}, names=names, guest=http())


@pytest.fixture
def deal(people, committed):
	seller = people.names["seller"]
	customer = make_customer(account_manager=seller, language="en", customer_name=unique("Quay "))
	contact = make_contact(customer.name, first_name="Ada", last_name="Stone")
	product = make_product(list_price=100)
	doc = make_opportunity(
		customer=customer.name,
		opportunity_owner=seller,
		title=unique("Cranes "),
		products=[{"product": product.name, "qty": 10, "rate": 100}],
		contacts=[{"contact": contact.name, "is_primary": 1}],
	)
	committed.track("SPM Pipeline", doc.pipeline)
	for stage in frappe.get_all("SPM Stage", {"pipeline": doc.pipeline}, pluck="name"):
		committed.track("SPM Stage", stage)
	committed.track("SPM Product", product.name)
	committed.track("Contact", contact.name)
	committed.on_cleanup(lambda: forget(customer.name))
	committed.commit()
	return doc


def forget(customer: str) -> None:
	for name in frappe.get_all("SPM Quotation", {"customer": customer}, pluck="name"):
		frappe.delete_doc("SPM Quotation", name, force=True, ignore_permissions=True, delete_permanently=True)
	forget_customer(customer)


def call(client, method, verb="POST", **values):
	return client.call(API + method, verb=verb, **values)


def refused(client, method, status=417, **values):
	return client.request("POST", f"/api/method/{API}{method}", status=status, json=values).json()


def test_from_the_deal_to_the_customer_s_answer(people, deal):
	made = call(people.seller, "create_from_opportunity", opportunity=deal.name)
	refused(people.rival, "create_from_opportunity", 403, opportunity=deal.name)
	refused(people.rival, "submit", 403, quotation=made["quotation"])
	people.seller.put(f"/api/resource/SPM Quotation/{made['quotation']}", {"discount_value": 15})

	# The seller cannot go around the approval by writing the status, nor approve.
	people.seller.request(
		"PUT", f"/api/resource/SPM Quotation/{made['quotation']}", status=417, json={"status": "Approved"}
	)
	waiting = call(people.seller, "submit", quotation=made["quotation"])
	assert (waiting["status"], waiting["approver_role"]) == ("Pending Approval", "SPM Sales Manager")
	refused(people.seller, "approve", quotation=made["quotation"])
	assert call(people.manager, "approve", quotation=made["quotation"])["status"] == "Approved"

	second = call(people.seller, "new_version", quotation=made["quotation"])
	found = call(people.seller, "compare", "GET", quotation=second["quotation"], other=made["quotation"])
	assert (found["old"]["version"], found["new"]["version"]) == (1, 2)
	versions = call(people.seller, "versions", "GET", quotation=made["quotation"])
	assert [row["status"] for row in versions] == ["Draft", "Superseded"]
	people.seller.put(f"/api/resource/SPM Quotation/{second['quotation']}", {"discount_value": 5})
	assert call(people.seller, "submit", quotation=second["quotation"])["status"] == "Approved"

	link = call(people.seller, "link", quotation=second["quotation"])["link"]
	token = link.rsplit("/", 1)[-1]
	page = people.guest.request("GET", f"/quotation/{token}", status=200).text
	assert deal.title in page and "950.00" in page and "Accept the quotation" in page
	assert people.guest.request(
		"GET", f"/api/method/{API}download", status=200, params={"token": token}
	).content.startswith(b"%PDF")
	refused(people.guest, "answer", token=("y" if token[0] == "x" else "x") + token[1:], accepted=True, name="Mallory")
	refused(people.guest, "answer", token=token, accepted=True, name=" ")
	said = call(people.guest, "answer", token=token, accepted=True, name="Ada Stone")
	assert list(said) == ["message"] and "accepted" in said["message"]

	doc = people.seller.get(f"/api/resource/SPM Quotation/{second['quotation']}")["data"]
	assert (doc["status"], doc["accepted_by"], doc["view_count"]) == ("Accepted", "Ada Stone", 1)
	assert doc["acceptance_ip"]
	assert people.seller.get(f"/api/resource/SPM Opportunity/{deal.name}")["data"]["amount"] == 950
	# What the guest may not do: read the record, or any other way in.
	people.guest.request("GET", f"/api/resource/SPM Quotation/{second['quotation']}", status=403)
	refused(people.guest, "accept", 403, quotation=second["quotation"], accepted_by="Mallory")


def test_two_offers_accepted_in_the_same_moment_are_one(people, deal):
	"""Two contacts tap at once: one is taken, the other is told; and two people make two versions, not one twice."""
	tokens, names = [], []
	for _ in range(2):
		name = call(people.seller, "create_from_opportunity", opportunity=deal.name)["quotation"]
		call(people.seller, "submit", quotation=name)
		tokens.append(call(people.seller, "link", quotation=name)["link"].rsplit("/", 1)[-1])
		names.append(name)

	def accept(token):
		body = {"token": token, "accepted": True, "name": "Ada"}
		return requests.post(
			f"{url}/api/method/{API}answer", json=body, headers=headers, timeout=120
		).status_code

	url, headers = people.guest.server.url, dict(people.guest.session.headers)
	with ThreadPoolExecutor(2) as pool:
		assert sorted(pool.map(accept, tokens)) == [200, 417]
	frappe.db.rollback()
	states = frappe.get_all("SPM Quotation", {"name": ["in", names]}, pluck="status")
	assert sorted(states) == ["Accepted", "Superseded"]

	draft = call(people.seller, "create_from_opportunity", opportunity=deal.name)["quotation"]
	cookies = people.seller.session.cookies.get_dict()

	def copy(_):
		return requests.post(
			f"{url}/api/method/{API}new_version",
			json={"quotation": draft},
			headers=headers,
			cookies=cookies,
			timeout=120,
		).status_code

	with ThreadPoolExecutor(2) as pool:
		done = list(pool.map(copy, range(2)))
	frappe.db.rollback()
	group = frappe.db.get_value("SPM Quotation", draft, "quotation_group")
	versions = frappe.get_all("SPM Quotation", {"quotation_group": group}, pluck="version")
	assert done.count(200) >= 1 and len(versions) == len(set(versions)) == done.count(200) + 1


def test_guessing_links_is_slowed_down(people):
	"""Ten answers an hour to one link, whatever they say."""
	token = unique("guess-")
	for _ in range(10):
		refused(people.guest, "answer", token=token, accepted=True, name="Mallory")
	refused(people.guest, "answer", 429, token=token, accepted=True, name="Mallory")


def test_price_for_a_line(people, deal):
	product = deal.products[0].product
	found = call(
		people.seller, "price", "GET", product=product, currency=deal.currency, qty=1, day=str(getdate())
	)
	assert found["rate"] == 100 and "cost" not in found


def test_made_on_the_deal_and_accepted_on_a_phone(people, deal, visit):
	desk = visit(people.names["seller"])
	desk.open(f"/desk/spm-opportunity/{deal.name}", ".spm-stage.is-current")
	desk.page.get_by_role("button", name="Create").first.click()
	desk.page.locator(".dropdown-item:visible", has_text="Quotation").first.click()
	desk.page.locator(".spm-quote-head").wait_for(state="visible")
	desk.settle()
	desk.shot("quotation-draft")
	desk.page.get_by_role("button", name="Release").first.click()
	desk.page.locator(".indicator-pill:visible", has_text="Approved").first.wait_for()
	desk.settle()
	desk.shot("quotation-approved")
	desk.assert_clean()

	frappe.db.rollback()
	name = frappe.db.get_value("SPM Quotation", {"opportunity": deal.name})
	link = call(people.seller, "link", quotation=name)["link"]
	phone = visit(viewport=PHONE)
	phone.open("/quotation/" + link.rsplit("/", 1)[-1], "#spm-accept")
	phone.page.get_by_label("Your name").fill("Ada Stone")
	phone.page.get_by_role("checkbox").check()
	phone.page.get_by_role("button", name="Accept the quotation").click()
	phone.page.locator("#spm-thanks").wait_for(state="visible")
	phone.shot("quotation-accepted-phone")
	phone.assert_clean()
	width = phone.page.evaluate("document.documentElement.scrollWidth")
	assert width <= PHONE["width"]
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Quotation", name, ["status", "accepted_by"]) == ("Accepted", "Ada Stone")

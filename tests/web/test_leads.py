"""Leads over HTTP and in the browser: a guest asks, many claim at once, turns are given once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
import requests

from sales_crm_pm.loop import lead_config
from tests.factories import unique
from tests.support.browser import PHONE

API = "sales_crm_pm.api.v1."


@pytest.fixture
def world(committed):
	"""Two salespeople, a pool open to them alone, and a campaign; all is removed again after the test."""
	sellers = [committed.user(f"{unique('seller-')}@example.com", "SPM Sales User") for _n in range(2)]
	territory = committed.insert("SPM Territory", territory_name=unique("North ")).name
	pool = committed.insert(
		"SPM Lead Pool",
		pool_name=unique("Pool "),
		max_open=0,
		max_per_day=0,
		cool_down_days=0,
		recycle_after_days=0,
		warn_days_before=0,
		territories=[{"territory": territory}],
		claimers=[{"user": user} for user in sellers],
	)
	campaign = committed.insert(
		"SPM Campaign", campaign_name=unique("Fair "), territory=territory, channel="Event"
	)
	lead_config.forget()
	committed.commit()

	def tidy():
		people = frappe.get_all(
			"SPM Lead", {"campaign": campaign.name, "lead_owner": ["is", "set"]}, pluck="lead_owner"
		)
		frappe.db.delete("Notification Log", {"for_user": ["in", [*people, *sellers]]})
		for name in frappe.get_all("SPM Lead", {"campaign": campaign.name}, pluck="name"):
			frappe.delete_doc("SPM Lead", name, force=True, ignore_permissions=True, delete_permanently=True)

	committed.on_cleanup(tidy)
	return frappe._dict(sellers=sellers, pool=pool.name, campaign=campaign, territory=territory)


def ask(client, world, status=200, **values):
	body = {
		"code": world.campaign.campaign_code,
		"lead_name": "Ada Byron",
		"organisation": unique("Byron "),
		"mobile": "+49 151 7654321",
		"email": f"{unique('ada-')}@example.com",
		"consent": 1,
		**values,
	}
	return client.call(f"{API}campaign.request", status=status, **body), body


def lead_of(body):
	frappe.db.rollback()
	return frappe.get_value(
		"SPM Lead", {"email": body["email"]}, ["name", "lead_owner", "campaign"], as_dict=True
	)


def test_a_guest_asks_and_sees_nothing(world, http, committed):
	guest = http()
	answer, body = ask(guest, world)
	assert set(answer) == {"thanks"}
	lead = lead_of(body)
	assert lead.campaign == world.campaign.name and not lead.lead_owner
	assert guest.request("GET", f"/api/resource/SPM Lead/{lead.name}").status_code in (401, 403)
	assert guest.request("GET", "/api/resource/SPM Pool Lead").status_code in (401, 403)
	assert guest.refused(f"{API}lead.claim", lead=lead.name).status in (401, 403)
	assert guest.refused(f"{API}campaign.qr", verb="GET", campaign=world.campaign.name).status in (401, 403)


def test_rest_shows_the_pool_masked_and_the_lead_after_claiming(world, http):
	_answer, body = ask(http(), world)
	lead = lead_of(body)
	seller = http(world.sellers[0])
	seller.request("GET", f"/api/resource/SPM Lead/{lead.name}", status=403)
	assert seller.get("/api/resource/SPM Lead", filters=[["name", "=", lead.name]])["data"] == []
	rows = seller.get("/api/resource/SPM Pool Lead", fields=["*"], filters=[["lead", "=", lead.name]])["data"]
	assert len(rows) == 1
	text = str(rows[0])
	assert rows[0]["title"] == body["organisation"]
	for secret in ("Byron'", "Ada Byron", body["email"], "7654321", "517654"):
		assert secret not in text.replace(body["organisation"], "")
	assert seller.call(f"{API}lead.claim", lead=lead.name)["claimed"] is True
	assert seller.get(f"/api/resource/SPM Lead/{lead.name}")["data"]["email"] == body["email"]
	again = http(world.sellers[1]).refused(f"{API}lead.claim", lead=lead.name)
	assert again.status == 417 and "was faster" in str(again)


def at_once(calls):
	"""Send calls at the same time: (client, method, body) each; gives the answers."""
	frappe.db.rollback()

	def send(call):
		client, method, body = call
		return requests.post(
			f"{client.server.url}/api/method/{API}{method}",
			json=body,
			headers=dict(client.session.headers),
			cookies=client.session.cookies.get_dict(),
			timeout=120,
		)

	with ThreadPoolExecutor(len(calls)) as threads:
		return list(threads.map(send, calls))


def test_of_many_who_claim_at_once_one_wins(world, http):
	_answer, body = ask(http(), world)
	lead = lead_of(body)
	clients = [http(user) for user in world.sellers]
	answers = at_once([(clients[n % 2], "lead.claim", {"lead": lead.name}) for n in range(8)])
	claimed = [a for a in answers if a.status_code == 200 and a.json()["message"]["claimed"]]
	assert len(claimed) == 1
	winner = claimed[0].json()["message"]["lead_owner"]
	assert {a.status_code for a in answers} <= {200, 417}
	assert all("was faster" in a.text for a in answers if a.status_code == 417)
	frappe.db.rollback()
	assert frappe.get_all("SPM Lead Move", {"lead": lead.name, "action": "Claimed"}, pluck="to_user") == [
		winner
	]
	assert not frappe.db.exists("SPM Pool Lead", {"lead": lead.name})


def test_a_quota_holds_when_somebody_claims_many_at_once(world, http, committed):
	guest = http()
	leads = [lead_of(ask(guest, world, mobile=f"+49 151 000000{n}")[1]).name for n in range(5)]
	pool = frappe.get_doc("SPM Lead Pool", world.pool)
	pool.max_open = 2
	pool.save()
	committed.commit()
	client = http(world.sellers[0])
	answers = at_once([(client, "lead.claim", {"lead": lead}) for lead in leads])
	assert sorted(a.status_code for a in answers) == [200, 200, 417, 417, 417]


def test_two_workers_never_give_the_same_turn_twice(world, http, committed, run_jobs):
	people = [*world.sellers, committed.user(f"{unique('seller-')}@example.com", "SPM Sales User")]
	committed.insert(
		"SPM Assignment Rule",
		rule_name=unique("Rule "),
		priority=-100,
		users=[{"user": user} for user in people],
		conditions=[{"fieldname": "campaign", "operator": "=", "value": world.campaign.name}],
	)
	lead_config.forget()
	committed.commit()
	guest = http()
	bodies = [
		{
			"code": world.campaign.campaign_code,
			"lead_name": "x",
			"email": f"{unique()}@example.com",
			"consent": 1,
		}
		for _n in range(12)
	]
	answers = at_once([(guest, "campaign.request", body) for body in bodies])
	assert {a.status_code for a in answers} == {200}, [a.text[:300] for a in answers if a.status_code != 200]
	frappe.db.rollback()
	run_jobs()  # the notices to the new owners
	owners = frappe.get_all("SPM Lead", {"campaign": world.campaign.name}, pluck="lead_owner")
	assert Counter(owners) == dict.fromkeys(people, 4)


def test_too_many_requests_from_one_address_are_refused(world, http, committed):
	frappe.db.set_single_value("SPM Settings", "lead_requests_per_hour", 2)
	committed.on_cleanup(lambda: frappe.db.set_single_value("SPM Settings", "lead_requests_per_hour", 20))
	committed.commit()
	frappe.clear_document_cache("SPM Settings")
	frappe.cache.delete_keys("rl:")
	guest = http()
	try:
		for _n in range(2):
			ask(guest, world)
		ask(guest, world, status=429)
	finally:
		frappe.cache.delete_keys("rl:")


def test_a_visitor_at_the_booth_fills_in_the_page_on_a_phone(world, visit, committed):
	window = visit(viewport=PHONE)
	window.open(f"/campaign/{world.campaign.campaign_code}?utm_source=poster", "#spm-campaign")
	email = f"{unique('booth-')}@example.com"
	window.page.fill("[name=lead_name]", "Booth Visitor")
	window.page.click("#spm-campaign .spm-button")
	assert window.page.locator("#spm-thanks").is_hidden()
	window.page.fill("[name=email]", email)
	window.page.check("[name=consent]")
	window.page.click("#spm-campaign .spm-button")
	window.page.locator("#spm-thanks").wait_for(state="visible")
	window.shot("campaign-page-thanks")
	frappe.db.rollback()
	lead = frappe.db.get_value(
		"SPM Lead", {"email": email}, ["utm_source", "campaign", "consent"], as_dict=True
	)
	assert (lead.utm_source, lead.campaign, lead.consent) == ("poster", world.campaign.name, 1)
	assert window.page.evaluate("document.documentElement.scrollWidth") <= 390
	window.assert_clean()


def test_a_salesperson_claims_from_the_list_and_reads_the_lead(world, visit, http, committed):
	_answer, body = ask(http(), world)
	lead = lead_of(body).name
	committed.commit()
	desk = visit(world.sellers[0])
	desk.open("/desk/spm-pool-lead", ".result .list-row")
	assert body["email"] not in desk.text()
	desk.page.locator(".list-row .btn-action").first.click()
	desk.page.wait_for_url(f"**/spm-lead/{lead}")
	desk.settle()
	desk.page.locator(".indicator-pill", has_text="Answer").first.wait_for(state="visible")
	desk.shot("lead-claimed")
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Lead", lead, "lead_owner") == world.sellers[0]
	desk.assert_clean()

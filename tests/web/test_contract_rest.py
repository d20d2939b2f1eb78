"""Contracts and payments over HTTP: as the people who use them, and many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
import requests
from frappe.utils import add_days, today

from tests.factories import make_opportunity
from tests.factories_contract import make_contract, make_milestone, plan_of
from tests.factories_delivery import forget_customer, make_customer_with_contacts
from tests.web.test_concurrency import at_once


@pytest.fixture
def contract(committed):
	"""A signed contract over 1,000 in ten payments; committed, and removed again."""
	customer, _contacts = make_customer_with_contacts(1)
	committed.on_cleanup(lambda: forget_customer(customer.name))
	rows = [{"title": f"r{n}", "amount": 100, "trigger_date": today()} for n in range(10)]
	doc = make_contract(customer=customer.name, rows=rows)
	committed.commit()
	return doc


def total(contract: str) -> float:
	frappe.db.rollback()
	return round(sum(row.amount for row in plan_of(contract)), 2)


def test_ten_who_plan_at_once_leave_one_plan_that_adds_up(contract, http):
	client = http("Administrator")
	version = client.call("sales_crm_pm.api.v1.contract.plan", verb="GET", contract=contract.name)["version"]
	calls = [
		(
			"contract.set_plan",
			{
				"contract": contract.name,
				"version": version,
				"rows": [{"title": f"mine {n}", "amount": 10 * n + 1}, {"title": "rest"}],
			},
		)
		for n in range(10)
	]
	answers = at_once(client, calls)
	assert sorted(a.status_code for a in answers) == [200] + [417] * 9
	refused = next(a for a in answers if a.status_code == 417).json()
	assert refused["exc_type"] == "PlanChangedError"
	won = next(n for n, a in enumerate(answers) if a.status_code == 200)
	frappe.db.rollback()
	assert [row.title for row in plan_of(contract.name)] == [f"mine {won}", "rest"]
	assert total(contract.name) == 1000


def test_single_rows_changed_at_once_by_every_way_never_break_the_sum(contract, committed, http):
	client = http("Administrator")
	rows = plan_of(contract.name)
	calls = []
	for n, row in enumerate(rows[:4]):
		calls.append(
			("payment.record_receipt", {"payment": row.name, "amount": 30 + n, "reference": f"R{n}"})
		)
		calls.append(("payment.invoice", {"payment": row.name, "invoice_no": f"I{n}"}))
	for n in range(3):
		calls.append(
			(
				"contract.change_amount",
				{"contract": contract.name, "change_amount": 11.11 * (n + 1), "reason": f"c{n}"},
			)
		)
	calls.append(
		("contract.change_amount", {"contract": contract.name, "change_amount": -150, "reason": "less"})
	)
	answers = at_once(client, calls)
	# Who was overtaken is told so and may repeat; nobody is answered with a broken plan.
	assert {a.status_code for a in answers} <= {200, 409, 417}, [a.text[-1500:] for a in answers if a.status_code in (404, 500)]
	done = [
		a
		for a, (path, _body) in zip(answers, calls, strict=True)
		if path == "contract.change_amount" and a.status_code == 200
	]
	assert len(done) == 4
	expected = round(1000 + 11.11 + 22.22 + 33.33 - 150, 2)
	frappe.db.rollback()
	found = frappe.db.get_value(
		"SPM Contract", contract.name, ["total_amount", "approved_changes", "received"], as_dict=True
	)
	assert (found.total_amount, found.approved_changes) == (expected, round(expected - 1000, 2))
	assert total(contract.name) == expected
	paid = sum(30 + n for n in range(4) if answers[2 * n].status_code == 200)
	assert found.received == paid


def test_rows_saved_and_deleted_over_rest_at_once_keep_the_sum(contract, http):
	client = http("Administrator")
	rows = plan_of(contract.name)

	def send(n):
		url = f"{client.server.url}/api/resource/SPM Payment/{rows[n].name}"
		options = {
			"headers": dict(client.session.headers),
			"cookies": client.session.cookies.get_dict(),
			"timeout": 120,
		}
		if n % 3 == 2:
			return requests.delete(url, **options)
		return requests.put(url, json={"amount": 90 + n}, **options)

	frappe.db.rollback()
	with ThreadPoolExecutor(8) as pool:
		answers = list(pool.map(send, range(8)))
	# The framework tells with 500 that a row is being changed by another and wants another try.
	others = [a for a in answers if a.status_code not in (200, 202, 409, 417)]
	assert {a.json().get("exc_type") for a in others} <= {"QueryTimeoutError"}, [a.text for a in others]
	assert sum(a.status_code < 300 for a in answers) >= 1
	assert total(contract.name) == 1000


def test_a_receipt_sent_six_times_counts_once(contract, http):
	name = plan_of(contract.name)[0].name
	body = {"payment": name, "amount": 40, "reference": "BANK-7", "received_date": add_days(today(), -1)}
	answers = at_once(http("Administrator"), [("payment.record_receipt", body)] * 6)
	assert [a.status_code for a in answers] == [200] * 6
	assert sum(a.json()["message"]["created"] for a in answers) == 1
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Payment", name, "received") == 40


def test_accepting_and_planning_at_once_agree(committed, http):
	customer, _contacts = make_customer_with_contacts(1)
	committed.on_cleanup(lambda: forget_customer(customer.name))
	project = frappe.get_doc(
		{
			"doctype": "SPM Project",
			"project_name": "P",
			"customer": customer.name,
			"project_manager": "Administrator",
		}
	).insert(ignore_permissions=True)
	milestone = make_milestone(project.name, acceptance_required=0)
	doc = make_contract(
		customer=customer.name,
		projects=[{"project": project.name}],
		rows=[
			{"title": "a", "percent": 50, "trigger_type": "Milestone", "milestone": milestone.name},
			{"title": "b", "percent": 50},
		],
	)
	committed.commit()
	client = http("Administrator")
	rows = [
		{"name": row.name, "title": row.title, "amount": amount}
		for row, amount in zip(plan_of(doc.name), (300, 700), strict=True)
	]
	answers = at_once(
		client,
		[
			("milestone.accept", {"milestone": milestone.name}),
			("contract.set_plan", {"contract": doc.name, "rows": rows, "version": doc.plan_version}),
		],
	)
	assert [a.status_code for a in answers] == [200, 200], [a.text[:300] for a in answers]
	frappe.db.rollback()
	assert [(row.amount, row.status) for row in plan_of(doc.name)] == [(300, "Due"), (700, "Due")]


def test_a_salesperson_s_day_over_rest(committed, http):
	seller = committed.user("contract-seller@example.com", "SPM Sales User")
	rival = committed.user("contract-rival@example.com", "SPM Sales User")
	customer, _contacts = make_customer_with_contacts(1)
	customer.db_set("account_manager", seller)
	committed.on_cleanup(lambda: forget_customer(customer.name))
	deal = make_opportunity(customer=customer.name, opportunity_owner=seller, amount=500)
	committed.track("SPM Pipeline", deal.pipeline)
	for stage in frappe.get_all("SPM Stage", {"pipeline": deal.pipeline}, pluck="name"):
		committed.track("SPM Stage", stage)
	committed.commit()
	client = http(seller)
	made = client.call("sales_crm_pm.api.v1.contract.create_from_opportunity", opportunity=deal.name)
	assert made["created"]
	name = made["contract"]
	assert client.call("sales_crm_pm.api.v1.contract.create_from_opportunity", opportunity=deal.name) == {
		"contract": name,
		"created": False,
	}
	plan = client.call("sales_crm_pm.api.v1.contract.plan", verb="GET", contract=name)
	assert plan["total"] == 500
	saved = client.call(
		"sales_crm_pm.api.v1.contract.set_plan",
		contract=name,
		version=plan["version"],
		rows=[{"title": "now", "percent": 40, "trigger_date": today()}, {"title": "later"}],
	)
	assert [row["amount"] for row in saved["rows"]] == [200, 300]
	frappe.db.rollback()
	doc = frappe.get_doc("SPM Contract", name)
	doc.signed_date = today()
	doc.submit()
	committed.commit()
	got = client.call(
		"sales_crm_pm.api.v1.payment.record_receipt",
		payment=saved["rows"][0]["name"],
		amount=200,
		reference="B1",
	)
	assert (got["status"], got["outstanding"]) == ("Paid", 0)
	# Who has no part in it learns nothing and changes nothing; approving a change takes a manager.
	stranger = http(rival)
	assert stranger.refused("sales_crm_pm.api.v1.contract.plan", verb="GET", contract=name).status == 403
	for path, body in (
		("contract.set_plan", {"contract": name, "rows": [{"title": "x", "percent": 100}], "version": 0}),
		("payment.record_receipt", {"payment": saved["rows"][1]["name"], "amount": 1, "reference": "x"}),
		("contract.create_from_opportunity", {"opportunity": deal.name}),
	):
		assert stranger.refused(f"sales_crm_pm.api.v1.{path}", **body).status == 403, path
	for path, body in (
		("change_amount", {"change_amount": 1, "reason": "x"}),
		("terminate", {"reason": "x"}),
	):
		assert client.refused(f"sales_crm_pm.api.v1.contract.{path}", contract=name, **body).status == 403, (
			path
		)

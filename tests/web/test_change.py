"""Change requests over HTTP: the endpoints' answers, and many at once on a real site."""

from __future__ import annotations

import frappe
import pytest

from tests.factories_change import forget_change_world, make_change, make_change_world
from tests.web.test_concurrency import at_once

REQUEST = "SPM Change Request"


@pytest.fixture
def world(committed):
	"""A running project with its contract; everything is removed again after the test."""
	settings = frappe.get_doc("SPM Settings")
	before = (settings.change_implement_at_once, settings.change_same_person)
	set_settings(0, 1)
	made = make_change_world()
	committed.commit()
	committed.on_cleanup(lambda: (forget_change_world(made), set_settings(*before)))
	return made


def set_settings(at_once: int, same_person: int) -> None:
	frappe.db.set_single_value(
		"SPM Settings", {"change_implement_at_once": at_once, "change_same_person": same_person}
	)
	frappe.clear_document_cache("SPM Settings")


def test_two_words_at_once_count_once_each_and_two_hands_carry_out_once(world, committed, http):
	"""Done when 4: nothing is counted twice and nothing is lost, whoever comes when."""
	doc = make_change(world, status="Assessed")
	committed.commit()
	client = http("Administrator")
	name = doc.name
	words = [
		("change_request.approve", {"change_request": name, "side": side, "version": 1, "comment": "Yes."})
		for side in ("Sales", "Delivery", "Customer")
		for _n in range(2)
	]
	answers = at_once(client, words)
	assert [a.status_code for a in answers] == [200] * 6, [a.text[:300] for a in answers]
	frappe.db.rollback()
	doc = frappe.get_doc(REQUEST, name)
	assert sorted(row.side for row in doc.approvals) == ["Customer", "Delivery", "Sales"]
	assert doc.status == "Approved" and doc.version == 1

	answers = at_once(client, [("change_request.implement", {"change_request": name})] * 4)
	assert [a.status_code for a in answers] == [200] * 4, [a.text[:300] for a in answers]
	assert {a.json()["message"]["status"] for a in answers} == {"Implemented"}
	frappe.db.rollback()
	assert frappe.db.get_value("SPM Contract", world.contract.name, "total_amount") == 120_000
	assert frappe.db.count("SPM Contract Change", {"change_request": name}) == 1
	assert frappe.db.count("SPM Baseline", {"change_request": name}) == 1
	assert frappe.db.get_value("SPM Project", world.project.name, "approved_changes") == 20_000


def test_the_walk_of_a_change_over_rest(world, committed, http):
	doc = make_change(world)
	committed.commit()
	client = http("Administrator")
	api = "sales_crm_pm.api.v1.change_request."
	answer = client.call(api + "submit", change_request=doc.name)
	assert (answer["status"], answer["waiting_for"]) == ("Submitted", [])
	answer = client.call(
		api + "assess",
		change_request=doc.name,
		impacts=[{"kind": "Price", "subject": "Extra", "price": 5_000, "line_cost": 2_000}],
	)
	assert (answer["status"], answer["waiting_for"]) == ("Assessed", ["Sales", "Delivery", "Customer"])
	assert answer["diff"]["price"]["after"] == 105_000 and answer["diff"]["cost"]["change"] == 2_000
	answer = client.call(api + "approve", change_request=doc.name, side="Sales")
	assert answer["waiting_for"] == ["Delivery", "Customer"]
	answer = client.call(api + "reject", change_request=doc.name, reason="Too dear.")
	assert answer["status"] == "Rejected"
	answer = client.call(api + "reopen", change_request=doc.name)
	assert (answer["status"], answer["version"]) == ("Submitted", 2)
	answer = client.call(api + "defer", change_request=doc.name, reason="Next year.")
	assert answer["status"] == "Deferred"

"""Change requests at the customer: on the portal and behind the personal link, never with a cost."""

from __future__ import annotations

import frappe
import pytest

from sales_crm_pm.exceptions import ChangeRequestError, StaleVersionError
from sales_crm_pm.loop import change_link, change_sheet
from sales_crm_pm.portal import changes, views
from tests.factories import make_user
from tests.factories_change import agree, make_change, make_change_world


@pytest.fixture
def world(site):
	frappe.db.set_single_value("SPM Settings", {"portal_enabled": 1, "portal_allow_changes": 1})
	frappe.clear_document_cache("SPM Settings")
	return make_change_world()


@pytest.fixture
def visitor(world):
	"""A person of the customer with a login on the portal."""
	user = make_user("SPM Customer User")
	customer = frappe.get_doc("SPM Customer", world.customer)
	customer.append("portal_users", {"user": user})
	customer.save(ignore_permissions=True)
	return user


def fresh(doc):
	return frappe.get_doc("SPM Change Request", doc.name)


def test_the_customer_asks_for_a_change_and_both_teams_hear_of_it(world, visitor, as_user):
	with as_user(visitor):
		doc = changes.request_change(world.project.name, "One more site", "We open in Leeds.", "New market")
		seen = views.project(world.project.name)["change_requests"]
	assert doc.status == "Submitted" and doc.channel == "Portal" and doc.requested_side == "Customer"
	assert [(row["change_request"], row["status"]) for row in seen] == [(doc.name, "Submitted")]
	told = frappe.get_all("Notification Log", {"document_name": doc.name}, pluck="for_user")
	assert {world.pm, world.seller, world.manager} <= set(told)


def test_the_customer_sees_scope_dates_and_price_and_nothing_else(world, visitor, as_user):
	lines = [
		{"kind": "Price", "price": 20_000, "line_cost": 8_765},
		{"kind": "Scope Text", "after_text": "Reports for the second site"},
		{
			"kind": "Move Milestone",
			"milestone": world.milestones[1].name,
			"new_date": frappe.utils.add_days(world.milestones[1].planned_date, 14),
		},
	]
	doc = make_change(world, lines=lines, status="Assessed", risk_impact="Our only expert is away")
	with as_user(visitor):
		page = views.project(world.project.name)
		(seen,) = page["change_requests"]
		text = frappe.as_json(page)
	assert seen["waits_for_you"] and page["can_change"]
	assert [row["days"] for row in seen["dates"]] == [14, 14]
	assert seen["scope"][0]["text"] == "Reports for the second site"
	assert "20,000" in seen["price"]["change"]
	for secret in ("8,765", "8765", "margin", "cost", "expert"):
		assert secret not in text
	with as_user(visitor):
		assert not fresh(doc).has_permission("read")
	sheet = frappe.as_json(change_sheet.change_sheet(doc))
	assert "8,765" not in sheet and "expert" not in sheet


def test_internal_changes_stay_inside(world, visitor, as_user):
	make_change(world, lines=[{"kind": "Estimate or Purchase", "line_cost": 900}], status="Assessed")
	make_change(world, status="Submitted")
	with as_user(visitor):
		assert views.project(world.project.name)["change_requests"] == []


def test_the_customer_agrees_and_declines_on_the_portal(world, visitor, as_user):
	doc = make_change(world, status="Assessed")
	with as_user(visitor):
		with pytest.raises(StaleVersionError):
			changes.approve(doc.name, 7)
		changes.approve(doc.name, 1)
		changes.approve(doc.name, 1)
	doc = fresh(doc)
	assert [(r.side, r.given_through) for r in doc.approvals] == [("Customer", "Portal")]
	assert doc.waiting_for == "Sales, Delivery"
	other = make_change(world, status="Assessed")
	with as_user(visitor):
		with pytest.raises(ChangeRequestError, match="Say why"):
			changes.decline(other.name, "")
		changes.decline(other.name, "Too dear for us.")
		changes.decline(other.name, "Too dear for us.")
	other = fresh(other)
	assert (other.status, other.decision_reason, other.decision) == ("Rejected", "Too dear for us.", "Reject")
	assert len(other.approvals) == 1


def test_the_last_word_of_the_customer_carries_it_out(world, visitor, as_user):
	doc = make_change(world, status="Assessed")
	agree(world, doc, "Sales", "Delivery", switch=as_user)
	with as_user(visitor):
		changes.approve(doc.name, 1)
		page = views.project(world.project.name)
	doc = fresh(doc)
	assert doc.status == "Implemented"
	assert page["change_requests"][0]["status"] == "Implemented"
	assert frappe.db.get_value("SPM Contract", world.contract.name, "total_amount") == 120_000


def test_a_stranger_of_another_customer_decides_nothing(world, as_user):
	doc = make_change(world, status="Assessed")
	stranger = make_user("SPM Customer User")
	with as_user(stranger):
		for call in (
			lambda: changes.approve(doc.name, 1),
			lambda: changes.decline(doc.name, "No"),
			lambda: changes.request_change(world.project.name, "A", "B"),
		):
			with pytest.raises(frappe.DoesNotExistError):
				call()


def test_the_personal_link_takes_one_answer(world, as_user):
	doc = make_change(world, status="Assessed")
	with as_user(world.seller):
		_doc, address = change_link.open_link(doc.name)
	token = address.rsplit("/", 1)[-1]
	with as_user("Guest"):
		with pytest.raises(ChangeRequestError, match="your name"):
			change_link.answer(token, True, 1, name=" ")
		change_link.answer(token, True, 1, name="Laura Stone")
		change_link.answer(token, True, 1, name="Laura Stone")
		with pytest.raises(ChangeRequestError, match="does not belong"):
			change_link.answer("wrong", True, 1, name="Somebody")
	(row,) = fresh(doc).approvals
	assert (row.side, row.person_name, row.given_through) == ("Customer", "Laura Stone", "Customer Link")
	assert "agreed" in change_link.why_closed(fresh(doc))
	assert fresh(doc).token_hash and token not in fresh(doc).token_hash


def test_only_what_concerns_the_customer_gets_a_link(world):
	inside = make_change(world, lines=[{"kind": "Estimate or Purchase", "line_cost": 900}], status="Assessed")
	with pytest.raises(ChangeRequestError, match="Only a change of price"):
		change_link.open_link(inside.name)


def test_the_paper_is_a_pdf_in_both_languages(world):
	doc = make_change(world, status="Assessed")
	for language, word in (("en", "Change Request"), ("zh", "变更申请")):
		frappe.db.set_value("SPM Customer", world.customer, "language", language)
		html = frappe.get_print("SPM Change Request", doc.name, "SPM Change Request")
		assert word in html and "8,000" not in html and "20,000" in html
	assert change_sheet.pdf(doc)[:5] == b"%PDF-"

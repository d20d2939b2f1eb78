"""Change requests: what a save derives, who must agree, versions, and who sees what."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, flt, getdate

from sales_crm_pm.exceptions import ChangeRequestError, StaleVersionError, TransitionError
from sales_crm_pm.loop import change_approval, change_diff, change_implementation, change_steps
from tests.factories_change import agree, make_change, make_change_world
from tests.factories_delivery import make_project, make_task


@pytest.fixture
def world(site):
	return make_change_world()


def fresh(doc):
	return frappe.get_doc("SPM Change Request", doc.name)


def test_a_request_knows_customer_deal_contract_and_people(world):
	doc = make_change(world)
	assert doc.status == "Draft" and doc.version == 1
	assert (doc.customer, doc.opportunity, doc.contract) == (
		world.customer,
		world.deal.name,
		world.contract.name,
	)
	assert (doc.project_manager, doc.account_manager) == (world.pm, world.seller)
	assert doc.currency == world.contract.currency


def test_the_difference_is_told_in_dates_price_payments_and_margin(world):
	doc = make_change(world, status="Assessed")
	found = change_diff.read(doc)
	moved = {row["name"]: row["days"] for row in found["milestones"]}
	assert moved[world.milestones[1].name] == 14
	assert found["price"]["before"] == 100_000 and found["price"]["after"] == 120_000
	assert [(row["before"], row["after"]) for row in found["payments"]] == [(0, 20_000)]
	# (100 000 − 60 000) / 100 000 = 40 %; (120 000 − 68 000) / 120 000 = 43.33 %
	assert (doc.margin_before, doc.margin_after) == (40, 43.33)
	assert doc.margin_impact == 12_000
	assert doc.needs_customer and doc.waiting_for == "Sales, Delivery, Customer"


def test_an_internal_change_needs_no_customer(world):
	doc = make_change(
		world,
		lines=[{"kind": "Estimate or Purchase", "category": "Purchase", "line_cost": 500}],
		status="Assessed",
	)
	assert not doc.needs_customer
	assert change_steps.requests.waiting_sides(doc) == ("Sales", "Delivery")


def test_management_is_asked_from_the_limits_on(world):
	frappe.db.set_single_value("SPM Settings", "change_management_amount", 20_000)
	frappe.clear_document_cache("SPM Settings")
	assert make_change(world, status="Assessed").needs_management
	small = make_change(world, lines=[{"kind": "Price", "price": 19_999}], status="Assessed")
	assert not small.needs_management


def test_lines_must_belong_to_the_project(world):
	other = make_task(make_project().name)
	with pytest.raises(ChangeRequestError, match="another project"):
		make_change(world, lines=[{"kind": "Drop Task", "task": other.name}])
	with pytest.raises(ChangeRequestError, match="say to which day"):
		make_change(world, lines=[{"kind": "Move Milestone", "milestone": world.milestones[0].name}])


def test_the_flow_refuses_jumps_and_bare_statuses(world, as_user):
	doc = make_change(world)
	doc.status = "Assessed"
	with pytest.raises(TransitionError):
		doc.save()
	doc = make_change(world, status="Assessed")
	doc.status = "Implemented"
	with pytest.raises(TransitionError):
		doc.save()
	doc = fresh(doc)
	doc.status = "Approved"
	with pytest.raises(TransitionError):
		doc.save()
	with pytest.raises(ChangeRequestError, match="Still to agree"):
		change_implementation.implement(doc.name)


def test_an_assessment_wants_lines_and_a_refusal_a_reason(world):
	empty = make_change(world, lines=[], status="Submitted")
	with pytest.raises(ChangeRequestError, match="Write down what changes"):
		change_steps.assess(empty.name)
	with pytest.raises(ChangeRequestError, match="Say why"):
		change_approval.reject(empty.name, " ")
	assert change_approval.reject(empty.name, "Too late for this release.").status == "Rejected"
	assert fresh(empty).decision == "Reject"
	assert change_steps.reopen(empty.name).status == "Submitted"
	assert fresh(empty).version == 2


def test_each_side_speaks_for_itself_only(world, as_user):
	doc = make_change(world, status="Assessed")
	with as_user(world.seller), pytest.raises(frappe.PermissionError):
		change_approval.approve(doc.name, "Delivery")
	with as_user(world.pm), pytest.raises(frappe.PermissionError):
		change_approval.approve(doc.name, "Sales")
	with as_user(world.pm), pytest.raises(frappe.PermissionError):
		change_approval.approve(doc.name, "Customer", remark="They said yes.")
	doc = agree(world, doc, "Delivery", switch=as_user)
	assert doc.waiting_for == "Sales, Customer"
	with as_user(world.seller):
		change_approval.approve(doc.name, "Sales")
	assert fresh(doc).waiting_for == "Customer"


def test_one_person_does_not_agree_for_two_sides_unless_the_settings_say_so(world):
	frappe.db.set_single_value("SPM Settings", "change_same_person", 0)
	frappe.clear_document_cache("SPM Settings")
	doc = make_change(world, status="Assessed")
	change_approval.approve(doc.name, "Sales")
	with pytest.raises(ChangeRequestError, match="somebody else"):
		change_approval.approve(doc.name, "Delivery")
	frappe.db.set_single_value("SPM Settings", "change_same_person", 1)
	frappe.clear_document_cache("SPM Settings")
	assert change_approval.approve(doc.name, "Delivery").waiting_for == "Customer"


def test_agreeing_twice_counts_once(world, as_user):
	doc = make_change(world, status="Assessed")
	agree(world, doc, "Sales", "Sales", switch=as_user)
	assert [row.side for row in fresh(doc).approvals] == ["Sales"]


def test_an_edit_makes_a_new_version_and_voids_what_was_agreed(world, as_user):
	doc = make_change(world, status="Assessed")
	doc = agree(world, doc, "Sales", "Delivery", switch=as_user)
	with as_user(world.pm):
		doc.lines[1].price = 25_000
		doc.save()
	doc = fresh(doc)
	assert doc.version == 2 and doc.status == "Assessed"
	assert [(row.side, row.is_void, row.void_reason) for row in doc.approvals] == [
		("Sales", 1, "The content changed in version 2"),
		("Delivery", 1, "The content changed in version 2"),
	]
	assert doc.waiting_for == "Sales, Delivery, Customer" and doc.price_impact == 25_000
	with as_user(world.manager), pytest.raises(StaleVersionError):
		change_approval.approve(doc.name, "Sales", version=1)
	# What is no content keeps the words that were given.
	agree(world, doc, "Sales", switch=as_user)
	doc = fresh(doc)
	doc.risk_impact = "None to speak of."
	doc.save()
	assert doc.version == 2 and doc.waiting_for == "Delivery, Customer"


def test_an_edit_after_all_have_agreed_sends_it_back(world, as_user):
	frappe.db.set_single_value("SPM Settings", "change_implement_at_once", 0)
	frappe.clear_document_cache("SPM Settings")
	doc = make_change(world, status="Assessed")
	doc = agree(world, doc, "Sales", "Delivery", "Customer", switch=as_user)
	assert doc.status == "Approved" and doc.decision == "Approve"
	with as_user(world.seller):
		doc.lines[1].price = 30_000
		doc.save()
	doc = fresh(doc)
	assert (doc.status, doc.version, doc.workflow_state) == ("Assessed", 2, "Assessed")
	# The salesperson's save has not emptied the costs that they cannot see.
	assert flt(doc.lines[1].line_cost) == 8_000 and doc.cost_impact == 8_000


def test_requests_cannot_write_what_is_derived(world, as_user):
	doc = make_change(world, status="Assessed")
	with as_user(world.pm):
		doc.price_impact = 1
		doc.needs_customer = 0
		doc.append("approvals", {"side": "Customer", "decision": "Approved", "version": 1})
		doc.save()
	doc = fresh(doc)
	assert doc.price_impact == 20_000 and doc.needs_customer and not doc.approvals


def test_costs_stay_with_who_may_see_them(world, as_user):
	doc = make_change(world, status="Assessed")
	secret = ("line_cost", "cost_impact", "margin_after", "impact_cost", "margin_impact")
	with as_user(world.seller):
		seen = frappe.as_json(fresh(doc).as_dict())
		assert not [word for word in secret if word in seen]
		assert "cost" not in change_diff.read(fresh(doc)) and "margin" not in change_diff.preview(fresh(doc))
		listed = change_steps.listed(project=world.project.name)
		assert [row["name"] for row in listed] == [doc.name]
		rows = frappe.get_list(
			"SPM Change Line",
			filters={"parent": doc.name},
			fields=["name", "line_cost"],
			parent_doctype="SPM Change Request",
		)
		assert len(rows) == 2 and not any("line_cost" in row for row in rows)
	with as_user(world.pm):
		found = change_diff.read(fresh(doc))
		assert found["cost"]["change"] == 8_000 and found["margin"]["after_percent"] == 43.33


def test_strangers_do_not_see_it(world, as_user):
	from tests.factories import make_user

	doc = make_change(world)
	stranger = make_user("SPM Sales User")
	with as_user(stranger):
		assert not frappe.get_list("SPM Change Request", {"name": doc.name})
		assert not fresh(doc).has_permission("read")
	other_pm = make_user("SPM Project Manager")
	with as_user(other_pm):
		assert not fresh(doc).has_permission("write")


def test_a_member_raises_a_change_and_writes_it_while_it_is_a_draft(world, as_user):
	from tests.factories import make_user

	member = make_user("SPM Delivery Member")
	project = frappe.get_doc("SPM Project", world.project.name)
	project.append("team", {"user": member, "project_role": "Engineer"})
	project.save(ignore_permissions=True)
	with as_user(member):
		doc = frappe.get_doc(
			{
				"doctype": "SPM Change Request",
				"project": project.name,
				"title": "Another interface",
				"description": "The old system has no export.",
			}
		).insert()
		doc.justification = "Found on site."
		doc.save()
		assert change_steps.submit(doc.name).status == "Submitted"
		assert not fresh(doc).has_permission("write")


def test_both_teams_are_told_at_once(world):
	doc = make_change(world, status="Submitted")
	told = frappe.get_all(
		"Notification Log",
		filters={"document_type": "SPM Change Request", "document_name": doc.name},
		pluck="for_user",
	)
	assert {world.pm, world.seller, world.manager} <= set(told)


def test_what_is_over_stays(world):
	doc = make_change(world, status="Submitted")
	change_approval.defer(doc.name, "Next year's budget.", add_days(getdate(), 90))
	doc = fresh(doc)
	assert doc.decision == "Defer" and doc.deferred_until_date == add_days(getdate(), 90)
	doc.title = "Another title"
	with pytest.raises(ChangeRequestError, match="stays as it was decided"):
		doc.save()

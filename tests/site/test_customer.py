"""Customers: what is refused, what follows from deals and talks."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, flt, getdate, now_datetime, today

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import customer_figures
from sales_crm_pm.rules import sales
from tests.factories import (
	make_contact,
	make_customer,
	make_interaction,
	make_loss_reason,
	make_opportunity,
	make_pipeline,
	make_user,
	make_won_opportunity,
)

FIGURES = [
	"won_count",
	"won_amount_base",
	"open_pipeline_base",
	"first_won_on",
	"last_won_on",
	"lifecycle_stage",
	"last_interaction_on",
	"next_followup_on",
	"health",
]


def figures(customer: str):
	return frappe.db.get_value("SPM Customer", customer, FIGURES, as_dict=True)


def test_name_is_tidied_and_defaults_are_set():
	doc = make_customer(customer_name="  Betasoloin   Ltd ")
	assert doc.customer_name == "Betasoloin Ltd"
	assert doc.lifecycle_stage == "Prospect"
	assert doc.name.startswith("CUST-")


def test_a_company_cannot_be_its_own_parent_at_any_depth():
	top = make_customer()
	middle = make_customer(parent_customer=top.name)
	low = make_customer(parent_customer=middle.name)
	top.parent_customer = low.name
	with pytest.raises(SPMError, match="its own parent"):
		top.save()


def test_team_members_are_unique_and_share_at_most_everything():
	user = make_user("SPM Sales User")
	with pytest.raises(SPMError, match="twice"):
		make_customer(team=[{"user": user}, {"user": user}])
	with pytest.raises(SPMError, match="more than 100"):
		make_customer(
			team=[{"user": user, "split_percent": 60}, {"user": "Administrator", "split_percent": 50}]
		)


def test_figures_follow_the_deals():
	customer = make_customer().name
	pipeline = make_pipeline()[0].name
	make_opportunity(customer=customer, pipeline=pipeline, amount=300)
	won = make_won_opportunity(customer=customer, pipeline=pipeline, amount=700)
	got = figures(customer)
	assert (got.won_count, flt(got.won_amount_base), flt(got.open_pipeline_base)) == (1, 700, 300)
	assert got.first_won_on == got.last_won_on == getdate(won.won_on)
	assert got.lifecycle_stage == "Converted"

	won.reload()
	won.amount = 900
	won.save()
	assert flt(figures(customer).won_amount_base) == 900
	won.delete()
	assert figures(customer).won_count == 0
	assert figures(customer).first_won_on is None


def test_a_deal_that_changes_hands_changes_both_customers():
	first, second = make_customer().name, make_customer().name
	deal = make_opportunity(customer=first, amount=50)
	deal.customer = second
	deal.save()
	assert flt(figures(first).open_pipeline_base) == 0
	assert flt(figures(second).open_pipeline_base) == 50


def test_what_a_request_brings_for_figures_is_ignored():
	doc = make_customer(won_count=99, health="Red", csat_avg=5)
	assert (doc.won_count, doc.csat_avg) == (None, None)
	make_won_opportunity(customer=doc.name)
	doc.reload()
	doc.won_count = 7
	doc.save()
	assert figures(doc.name).won_count == 1


def test_an_old_form_does_not_write_old_figures():
	doc = make_customer()
	form = frappe.get_doc("SPM Customer", doc.name)
	make_won_opportunity(customer=doc.name, amount=10)
	form.notes = "typed meanwhile"
	form.save()
	assert (figures(doc.name).won_count, flt(figures(doc.name).won_amount_base)) == (1, 10)


def test_talks_give_last_and_next_contact():
	customer = make_customer().name
	spoken = add_days(now_datetime(), -3)
	make_interaction(customer=customer, happened_on=spoken, next_date=add_days(today(), 9))
	later = make_interaction(
		customer=customer, happened_on=add_days(now_datetime(), 5), next_date=add_days(today(), 4)
	)
	got = figures(customer)
	assert getdate(got.last_interaction_on) == getdate(spoken)
	assert got.next_followup_on == getdate(add_days(today(), 4))
	make_opportunity(customer=customer, next_step="Call", next_step_date=add_days(today(), 2))
	assert figures(customer).next_followup_on == getdate(add_days(today(), 2))
	later.delete()
	assert figures(customer).next_followup_on == getdate(add_days(today(), 2))


def test_recomputing_everything_from_nothing_gives_the_same_numbers():
	pipeline = make_pipeline()[0].name
	reason = make_loss_reason().name
	customers = [make_customer().name for _ in range(3)]
	for number, customer in enumerate(customers):
		make_won_opportunity(customer=customer, pipeline=pipeline, amount=100 + number)
		make_opportunity(
			customer=customer, pipeline=pipeline, amount=10, next_step_date=add_days(today(), number)
		)
		lost = make_opportunity(customer=customer, pipeline=pipeline, amount=5)
		lost.status, lost.loss_reason = "Lost", reason
		lost.save()
		make_interaction(customer=customer)
	running = {c: figures(c) for c in customers}
	blank = {"won_count": 55, "won_amount_base": 1, "open_pipeline_base": 1, "last_interaction_on": None}
	frappe.db.set_value("SPM Customer", {"name": ["in", customers]}, blank, update_modified=False)
	customer_figures.refresh()
	assert {c: figures(c) for c in customers} == running


def test_a_refresh_costs_the_same_for_one_and_for_many(assert_query_count):
	customers = [make_customer().name for _ in range(8)]
	customer_figures.refresh(customers[:1])
	with assert_query_count(5):
		customer_figures.refresh(customers[:1])
	with assert_query_count(5):
		customer_figures.refresh(customers)


@pytest.mark.parametrize("stage", ["", "Prospect", "Following", "Converted", "Maintained", "Dormant", "Lost"])
@pytest.mark.parametrize("deals", ["none", "open", "won", "both"])
def test_the_statement_takes_the_same_steps_as_the_rule(stage, deals):
	customer = make_customer().name
	if deals in ("won", "both"):
		make_won_opportunity(customer=customer)
	if deals in ("open", "both"):
		make_opportunity(customer=customer)
	frappe.db.set_value("SPM Customer", customer, "lifecycle_stage", stage)
	customer_figures.refresh_deals([customer])
	expected = sales.lifecycle_after(
		stage, has_open=deals in ("open", "both"), has_won=deals in ("won", "both")
	)
	assert figures(customer).lifecycle_stage == expected


@pytest.mark.parametrize("lights", [[], ["Green"], ["Amber", "Green"], ["Red", "Amber"]])
@pytest.mark.parametrize("csat", [0, 1.5, 3, 4.5])
def test_health_by_statement_equals_health_by_rule(lights, csat):
	customer = make_customer().name
	for light in lights:
		name = frappe.generate_hash(length=10)
		frappe.qb.into("SPM Project").columns("name", "customer", "status", "health").insert(
			name, customer, "In Progress", light
		).run()
	frappe.db.set_value("SPM Customer", customer, "csat_avg", csat)
	customer_figures.refresh_health([customer])
	expected = sales.customer_health(
		active_projects=len(lights),
		red_projects=lights.count("Red"),
		amber_projects=lights.count("Amber"),
		csat_avg=csat,
		low_csat=frappe.get_cached_doc("SPM Settings").survey_low_score or 2,
	)
	assert (figures(customer).health or "") == expected


def test_deleting_a_customer_takes_its_own_contact_along():
	customer = make_customer()
	contact = make_contact(customer.name)
	customer.delete()
	assert not frappe.db.exists("Contact", contact.name)


def test_a_customer_with_deals_cannot_be_deleted():
	deal = make_opportunity()
	with pytest.raises(frappe.LinkExistsError):
		frappe.delete_doc("SPM Customer", deal.customer)

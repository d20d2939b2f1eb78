"""Referrals, advocates and retention: what events move, what they are worth, who sees it."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_to_date, getdate, now_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import conversion, referrals
from sales_crm_pm.sales_crm_pm.report.spm_advocates.spm_advocates import execute as advocates
from sales_crm_pm.sales_crm_pm.report.spm_customer_retention.spm_customer_retention import execute as kept
from sales_crm_pm.sales_crm_pm.report.spm_referral_revenue.spm_referral_revenue import execute as revenue
from tests.factories import (
	make,
	make_contact,
	make_customer,
	make_lead,
	make_loss_reason,
	make_opportunity,
	make_user,
	unique,
)
from tests.factories_delivery import make_project


def close_deal(deal, kind, **values):
	deal.reload()
	stage = frappe.db.get_value("SPM Stage", {"pipeline": deal.pipeline, "stage_type": kind})
	deal.update({"stage": stage, **values})
	deal.save()
	return deal


def won_on(customer, day, amount=1000.0, **values):
	deal = close_deal(make_opportunity(customer=customer, amount=amount, opened_on=day, **values), "Won")
	dates = {"won_on": day, "closed_on": day, "opened_on": add_days(day, -10)}
	frappe.db.set_value("SPM Opportunity", deal.name, dates)
	return deal


def referral_of(**filters):
	return frappe.get_last_doc("SPM Referral", filters)


class TestStatus:
	def test_a_lead_that_names_its_referrer_has_a_referral_that_follows_it_to_the_win(self):
		giver = make_customer().name
		lead = make_lead(referral_customer=giver, organisation=unique("Firm "))
		referral = referral_of(lead=lead.name)
		assert (referral.referring_customer, referral.status) == (giver, "New")
		assert referral.referred_name == lead.organisation
		lead.status = "Contacted"
		lead.save()
		assert referral_of(lead=lead.name).status == "Contacted"
		made = conversion.convert(lead.name)
		referral.reload()
		assert (referral.customer, referral.status) == (made.customer, "Contacted")
		deal = frappe.get_doc("SPM Opportunity", made.opportunity)
		deal.update({"amount": 7000, "pipeline": None, "stage": None})
		frappe.db.set_value(
			"SPM Opportunity", deal.name, {"status": "Won", "amount_base": 7000, "won_on": getdate()}
		)
		referrals.refresh({"lead": lead.name})
		referral.reload()
		assert (referral.status, referral.won_amount_base, referral.won_on) == ("Won", 7000, getdate())
		assert frappe.db.get_value("SPM Customer", giver, ["referral_count", "referral_won_base"]) == (
			1,
			7000,
		)

	def test_winning_and_losing_the_deal_moves_it_at_once(self):
		giver, taker = make_customer().name, make_customer().name
		deal = make_opportunity(customer=taker, amount=500)
		referral = make("SPM Referral", referring_customer=giver, opportunity=deal.name)
		assert (referral.customer, referral.status) == (taker, "Contacted")
		close_deal(deal, "Lost", loss_reason=make_loss_reason().name)
		referral.reload()
		assert referral.status == "Lost"
		other = make_opportunity(customer=taker, amount=800)
		by_customer = make("SPM Referral", referring_customer=giver, customer=taker)
		close_deal(other, "Won")
		by_customer.reload()
		assert (by_customer.status, by_customer.won_amount_base) == ("Won", 800)
		referral.reload()
		assert referral.status == "Lost", "another deal of the same customer was not referred"
		assert frappe.db.get_value("SPM Customer", giver, "referral_won_base") == 800

	def test_deals_from_before_the_referral_do_not_count(self):
		giver, taker = make_customer().name, make_customer().name
		won_on(taker, add_days(getdate(), -100))
		referral = make("SPM Referral", referring_customer=giver, customer=taker)
		assert (referral.status, referral.won_amount_base) == ("New", 0)

	def test_a_reward_that_was_given_stays_given(self):
		deal = make_opportunity(amount=300)
		referral = make("SPM Referral", referring_customer=make_customer().name, opportunity=deal.name)
		close_deal(deal, "Won")
		referral.reload()
		referral.status, referral.reward, referral.reward_amount = "Rewarded", "Dinner", 50
		referral.save()
		assert referral.rewarded_on == getdate()
		referrals.refresh_all()
		referral.reload()
		assert (referral.status, referral.won_amount_base) == ("Rewarded", 300)

	def test_changing_or_dropping_the_referrer_moves_the_figures(self):
		first, second = make_customer().name, make_customer().name
		referral = make("SPM Referral", referring_customer=first, referred_name="Somebody")
		referral.referring_customer = second
		referral.save()
		count = {n: frappe.db.get_value("SPM Customer", n, "referral_count") for n in (first, second)}
		assert count == {first: 0, second: 1}
		frappe.delete_doc("SPM Referral", referral.name)
		assert frappe.db.get_value("SPM Customer", second, "referral_count") == 0

	def test_naming_the_referrer_later_or_another_one(self):
		first, second = make_customer().name, make_customer().name
		lead = make_lead()
		assert not frappe.db.exists("SPM Referral", {"lead": lead.name})
		for giver in (first, second):
			lead.reload()
			lead.referral_customer = giver
			lead.save()
			assert referral_of(lead=lead.name).referring_customer == giver
		assert frappe.db.count("SPM Referral", {"lead": lead.name}) == 1

	def test_a_name_that_was_written_down_becomes_the_lead_s_referral(self):
		giver, name = make_customer().name, unique("Firm ")
		referral = make("SPM Referral", referring_customer=giver, referred_name=name)
		lead = make_lead(referral_customer=giver, lead_name=name)
		assert referral_of(lead=lead.name).name == referral.name

	def test_nobody_refers_nobody_or_itself(self):
		customer = make_customer().name
		with pytest.raises(SPMError):
			make("SPM Referral", referring_customer=customer)
		with pytest.raises(SPMError):
			make("SPM Referral", referring_customer=customer, customer=customer)

	def test_recomputing_from_nothing_gives_the_same(self, assert_query_count):
		giver = make_customer().name
		for amount in (100, 200):
			deal = make_opportunity(amount=amount)
			make("SPM Referral", referring_customer=giver, opportunity=deal.name)
			close_deal(deal, "Won")
		before = frappe.db.get_value("SPM Customer", giver, ["referral_count", "referral_won_base"])
		assert before == (2, 300)
		frappe.db.set_value("SPM Customer", giver, {"referral_count": 9, "referral_won_base": 9})
		referrals.refresh_all()
		assert frappe.db.get_value("SPM Customer", giver, ["referral_count", "referral_won_base"]) == before
		with assert_query_count(4):
			referrals.refresh({"referring_customer": giver})

	def test_who_sees_and_changes_it(self, as_user):
		seller, rival = make_user("SPM Sales User"), make_user("SPM Sales User")
		giver = make_customer(account_manager=seller).name
		referral = make("SPM Referral", referring_customer=giver, referred_name="x").name
		for user, may in ((seller, True), (rival, False), (make_user("SPM Marketing User"), True)):
			with as_user(user):
				assert (referral in frappe.get_list("SPM Referral", pluck="name")) is may
				assert frappe.has_permission("SPM Referral", "write", doc=referral) is may
		with as_user(rival), pytest.raises(frappe.PermissionError):
			frappe.get_doc(
				{"doctype": "SPM Referral", "referring_customer": giver, "referred_name": "x"}
			).insert()


class TestReports:
	def test_referral_revenue_per_customer(self, as_user):
		seller = make_user("SPM Sales User")
		giver = make_customer(account_manager=seller).name
		for amount, kind in ((100, "Won"), (250, "Won"), (900, "Lost")):
			deal = make_opportunity(amount=amount)
			make("SPM Referral", referring_customer=giver, opportunity=deal.name)
			close_deal(deal, kind, loss_reason=make_loss_reason().name if kind == "Lost" else None)
		make("SPM Referral", referring_customer=giver, referred_name="x")
		row = next(r for r in revenue({})[1] if r["customer"] == giver)
		assert (row["referrals"], row["open"], row["won"], row["lost"]) == (4, 1, 2, 1)
		assert (row["revenue"], row["rate"]) == (350, 66.7)
		with as_user(seller):
			assert [r["customer"] for r in revenue({})[1]] == [giver]
		with as_user(make_user("SPM Sales User")):
			assert revenue({})[1] == [] and revenue({})[4] == []
		assert revenue({"from_date": add_days(getdate(), 1)})[1] == []

	def test_advocates_are_promoters_references_and_referrers(self, as_user):
		seller = make_user("SPM Sales User")
		fan, reference, giver, critic = (make_customer(account_manager=seller).name for _n in range(4))
		contact = make_contact(fan)

		def answer(customer, nps, days_ago=0, contact=None):
			survey = make("SPM Survey", customer=customer, contact=contact)
			on = add_to_date(now_datetime(), days=-days_ago)
			values = {"status": "Answered", "nps": nps, "csat": 5, "answered_on": on}
			frappe.db.set_value("SPM Survey", survey.name, values)

		answer(fan, 9, contact=contact.name)
		answer(critic, 10, days_ago=90)
		answer(critic, 3, days_ago=1)
		frappe.db.set_value("SPM Customer", reference, "gives_references", 1)
		make("SPM Referral", referring_customer=giver, referred_name="x")
		only = {fan, reference, giver, critic}
		rows = {r["customer"]: r for r in advocates({})[1] if r["customer"] in only}
		assert set(rows) == {fan, reference, giver}
		assert (rows[fan]["nps"], rows[fan]["email"]) == (9, contact.email_id)
		assert {r["customer"] for r in advocates({"reason": "Promoter"})[1]} & only == {fan}
		with as_user(make_user("SPM Sales User")):
			assert not {r["customer"] for r in advocates({})[1]} & only
		with as_user(seller):
			assert {r["customer"] for r in advocates({})[1]} & only == {fan, reference, giver}

	def test_repurchase_retention_and_churn_with_their_rows(self, as_user):
		seller, territory = (
			make_user("SPM Sales User"),
			make("SPM Territory", territory_name=unique("T ")).name,
		)

		def customer():
			return make_customer(territory=territory, account_manager=seller).name

		again, once, kept_by_project, lost, back, renewed = (customer() for _n in range(6))
		won_on(again, "2025-05-01", 100)
		won_on(again, "2025-12-01", 100)
		won_on(once, "2025-10-01", 100)
		won_on(kept_by_project, "2024-06-01", 300)
		project = make_project("In Progress", customer=kept_by_project)
		frappe.db.set_value("SPM Project", project.name, "actual_start_date", "2024-07-01")
		won_on(lost, "2024-08-01", 100)
		won_on(back, "2022-01-01", 100)
		won_on(back, "2026-01-10", 100)
		won_on(renewed, "2024-09-01", 50)
		won_on(renewed, "2025-11-01", 50, opportunity_type="Renewal")
		filters = {"to_date": "2026-03-31", "months": "12", "territory": territory}
		rows = {row["customer"]: row for row in kept(filters)[1]}
		kinds = {again: "New Customer", once: "New Customer", lost: "Gone", back: "Came Back"}
		kinds |= {kept_by_project: "Kept", renewed: "Kept"}
		assert {name: row["kind"] for name, row in rows.items()} == kinds
		assert rows[again]["bought_again"] and not rows[renewed]["bought_again"]
		assert (rows[renewed]["wins"], rows[renewed]["renewals"]) == (0, 1)
		summary = {card["label"]: card["value"] for card in kept(filters)[4]}
		# 1 of 3 buyers bought again; 2 of the 3 customers of the start are still there.
		assert summary["Repurchase Rate"].startswith("33.3 %")
		assert summary["Retention Rate"].startswith("66.7 %") and summary["Churn"].startswith("33.3 %")
		# 100 of the 450 that the customers of the start had brought.
		assert summary["Churn by Value"].startswith("22.2 %")
		assert {r["customer"] for r in kept({**filters, "kind": "Lost"})[1]} == {lost}
		assert {r["customer"] for r in kept({**filters, "kind": "Bought Again"})[1]} == {again}
		with as_user(make_user("SPM Sales User")):
			assert kept(filters)[1] == [] and kept(filters)[3] is None and kept(filters)[4] == []
		with as_user(seller):
			assert {r["customer"] for r in kept(filters)[1]} == set(rows)

	def test_the_number_of_statements_does_not_grow(self):
		from tests.support.queries import counted_queries

		territory = make("SPM Territory", territory_name=unique("T ")).name
		for _n in range(6):
			won_on(make_customer(territory=territory).name, "2025-10-01")
		kept({"territory": territory})
		with counted_queries(12):
			kept({"territory": territory})

"""Leads, talks and feedback: what becomes of them, once however often it is asked."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, getdate, now_datetime, today

from sales_crm_pm.api.v1 import feedback as feedback_api
from sales_crm_pm.api.v1 import lead as api
from sales_crm_pm.exceptions import AlreadyConvertedError, SPMError
from tests.factories import (
	make,
	make_contact,
	make_customer,
	make_interaction,
	make_lead,
	make_opportunity,
	make_user,
	unique,
)


@pytest.fixture
def seller():
	return make_user("SPM Sales User")


class TestConversion:
	def test_a_lead_becomes_customer_contact_and_opportunity(self, seller, as_user):
		lead = make_lead(
			lead_name="Ada Byron",
			job_title="Plant Manager",
			email=f"{unique()}@example.com",
			mobile="+49 151 1234567",
			lead_owner=seller,
			source="Website",
			need="A second line\nwith robots",
			budget=5000,
		)
		with as_user(seller):
			done = api.convert(lead.name)
		assert set(done) == {"customer", "contact", "opportunity", "created"} and done["created"] is True
		customer = frappe.get_doc("SPM Customer", done["customer"])
		assert (customer.customer_name, customer.account_manager) == (lead.organisation, seller)
		assert (customer.source, customer.primary_contact) == ("Website", done["contact"])
		contact = frappe.get_doc("Contact", done["contact"])
		assert (contact.first_name, contact.last_name, contact.email_id) == ("Ada", "Byron", lead.email)
		assert (contact.designation, contact.mobile_no) == ("Plant Manager", "+49 151 1234567")
		assert contact.get_link_for("SPM Customer") == customer.name
		deal = frappe.get_doc("SPM Opportunity", done["opportunity"])
		assert (deal.lead, deal.customer, deal.opportunity_owner) == (lead.name, customer.name, seller)
		assert (deal.amount, deal.requirement, deal.deal_chain) == (5000, lead.need, lead.deal_chain)
		assert deal.contacts[0].contact == contact.name
		assert "A second line" in deal.title and "robots" not in deal.title
		lead.reload()
		assert (lead.status, lead.customer, lead.opportunity) == ("Converted", customer.name, deal.name)
		assert lead.contact == contact.name and lead.converted_on

	def test_asking_twice_makes_it_once(self, seller, as_user):
		lead = make_lead(lead_owner=seller)
		with as_user(seller):
			first = api.convert(lead.name)
			assert api.convert(lead.name) == {**first, "created": False}

	def test_the_opportunity_can_come_later(self, seller, as_user):
		lead = make_lead(lead_owner=seller)
		with as_user(seller):
			first = api.convert(lead.name, create_opportunity=False)
			assert first["opportunity"] is None
			second = api.convert(lead.name)
		assert second["customer"] == first["customer"] and second["opportunity"] and second["created"]

	def test_a_known_customer_and_contact_are_used_again(self, seller, as_user):
		customer = make_customer(account_manager=seller)
		contact = make_contact(customer.name)
		lead = make_lead(organisation=customer.customer_name, email=contact.email_id, lead_owner=seller)
		with as_user(seller):
			done = api.convert(lead.name)
		assert (done["customer"], done["contact"]) == (customer.name, contact.name)

	def test_a_customer_of_that_name_that_is_hidden_stays_hidden(self, seller, as_user):
		secret = make_customer(account_manager="Administrator")
		lead = make_lead(organisation=secret.customer_name, lead_owner=seller)
		with as_user(seller):
			assert api.convert(lead.name)["customer"] != secret.name

	def test_a_person_without_organisation_is_an_individual(self):
		lead = make_lead(organisation=None)
		customer = frappe.get_doc("SPM Customer", api.convert(lead.name)["customer"])
		assert (customer.customer_name, customer.customer_type) == (lead.lead_name, "Individual")

	def test_talks_go_over_to_the_customer_and_its_deal(self):
		lead = make_lead()
		talk = make_interaction(lead=lead.name)
		done = api.convert(lead.name)
		talk.reload()
		assert (talk.customer, talk.opportunity) == (done["customer"], done["opportunity"])
		assert talk.deal_chain == lead.deal_chain
		assert frappe.db.get_value("SPM Customer", done["customer"], "last_interaction_on")

	def test_somebody_else_s_lead_is_refused(self, seller, as_user):
		lead = make_lead(lead_owner="Administrator")
		with as_user(seller), pytest.raises(frappe.PermissionError):
			api.convert(lead.name)

	def test_a_lead_of_the_pool_is_claimed_and_then_converted(self, seller, as_user):
		lead = make_lead()
		frappe.db.set_value("SPM Lead", lead.name, "lead_owner", None)
		with as_user(seller):
			with pytest.raises(frappe.PermissionError):
				api.convert(lead.name)
			api.claim(lead.name)
			done = api.convert(lead.name)
		assert frappe.db.get_value("SPM Customer", done["customer"], "account_manager") == seller

	def test_who_may_not_sell_makes_no_half_conversion(self, as_user):
		marketing = make_user("SPM Marketing User")
		lead = make_lead()
		with as_user(marketing):
			frappe.db.savepoint("before_call")
			with pytest.raises(frappe.PermissionError):
				api.convert(lead.name)
			frappe.db.rollback(save_point="before_call")
			assert api.convert(lead.name, create_opportunity=False)["created"]

	def test_junk_is_not_converted(self):
		with pytest.raises(SPMError, match="junk"):
			api.convert(make_lead(status="Junk").name)

	def test_an_unknown_lead_is_not_found(self):
		with pytest.raises(frappe.DoesNotExistError):
			api.convert("LEAD-nothing")

	def test_the_status_is_not_set_by_hand(self):
		lead = make_lead()
		lead.status = "Converted"
		with pytest.raises(SPMError, match="Use the action Convert"):
			lead.save()
		lead.reload()
		api.convert(lead.name)
		lead.reload()
		lead.status = "New"
		with pytest.raises(AlreadyConvertedError):
			lead.save()


class TestInteraction:
	def test_customer_and_chain_come_from_the_deal(self):
		deal = make_opportunity()
		talk = make_interaction(opportunity=deal.name)
		assert (talk.customer, talk.deal_chain) == (deal.customer, deal.deal_chain)

	def test_it_must_belong_to_somebody(self):
		with pytest.raises(SPMError, match="Choose the customer"):
			make_interaction()

	def test_subject_and_delay(self, freeze):
		customer = make_customer().name
		with freeze("2026-03-02 12:00:00"):
			talk = make_interaction(
				customer=customer,
				happened_on="2026-03-01 10:30:00",
				content="They need\n a crane" + " x" * 90,
			)
		assert talk.logged_delay_hours == 25.5
		assert talk.subject.startswith("They need a crane") and len(talk.subject) <= 100
		talk.reload()
		talk.happened_on = "2026-03-02 11:00:00"
		talk.save()
		assert talk.logged_delay_hours == 25.5

	def test_a_lead_shows_its_last_and_next_talk(self):
		lead = make_lead()
		make_interaction(lead=lead.name, next_date=add_days(today(), 3))
		lead.reload()
		assert getdate(lead.last_followup_on) == getdate(now_datetime())
		assert getdate(lead.next_followup_on) == getdate(add_days(today(), 3))


class TestFeedback:
	@pytest.fixture
	def survey(self):
		"""An answered survey of a delivered deal."""
		deal = make_opportunity(customer=make_customer(account_manager="Administrator").name)
		doc = make("SPM Survey", customer=deal.customer, contact=make_contact(deal.customer).name)
		doc.db_set({"opportunity": deal.name, "status": "Answered", "comment": "We want <b>more</b>"})
		return doc

	def test_an_answer_becomes_a_deal_of_the_next_generation(self, survey):
		done = feedback_api.to_opportunity("SPM Survey", survey.name, title="Second plant", amount=900)
		assert set(done) == {"opportunity", "created"} and done["created"]
		deal, first = (
			frappe.get_doc("SPM Opportunity", done["opportunity"]),
			frappe.get_doc("SPM Opportunity", survey.opportunity),
		)
		assert (deal.title, deal.amount, deal.customer) == ("Second plant", 900, survey.customer)
		assert (deal.originated_from_type, deal.originated_from) == ("SPM Survey", survey.name)
		assert (deal.previous_opportunity, deal.generation) == (first.name, 2)
		assert deal.deal_chain and deal.deal_chain != first.deal_chain
		assert deal.contacts[0].contact == survey.contact
		assert "<b>" not in deal.requirement and "more" in deal.requirement
		survey.reload()
		assert (survey.follow_up_type, survey.follow_up) == ("SPM Opportunity", deal.name)

	def test_asking_twice_makes_it_once(self, survey):
		first = feedback_api.to_opportunity("SPM Survey", survey.name)
		assert feedback_api.to_opportunity("SPM Survey", survey.name) == {**first, "created": False}

	def test_a_service_agent_hands_it_to_the_account_manager(self, survey, as_user):
		agent = make_user("SPM Service Agent")
		with as_user(agent):
			done = feedback_api.to_opportunity("SPM Survey", survey.name)
		owner = frappe.db.get_value("SPM Customer", survey.customer, "account_manager")
		assert frappe.db.get_value("SPM Opportunity", done["opportunity"], "opportunity_owner") == owner

	def test_a_salesperson_keeps_what_they_found(self, as_user):
		seller = make_user("SPM Sales User")
		customer = make_customer(account_manager=seller).name
		talk = make_interaction(customer=customer, content="They need a crane")
		with as_user(seller):
			done = feedback_api.to_opportunity("SPM Interaction", talk.name)
		deal = frappe.get_doc("SPM Opportunity", done["opportunity"])
		assert (deal.opportunity_owner, deal.opportunity_type, deal.generation) == (seller, "New", 1)
		assert frappe.db.get_value("SPM Interaction", talk.name, "opportunity") == deal.name

	def test_what_may_not_be_read_may_not_be_sold(self, survey, as_user):
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			feedback_api.to_opportunity("SPM Survey", survey.name)

	def test_only_some_records_hold_demand(self):
		with pytest.raises(SPMError, match="cannot be made from"):
			feedback_api.to_opportunity("SPM Customer", make_customer().name)

	def test_a_talk_with_a_lead_has_no_customer_yet(self):
		talk = make_interaction(lead=make_lead().name)
		with pytest.raises(SPMError, match="Convert the lead first"):
			feedback_api.to_opportunity("SPM Interaction", talk.name)

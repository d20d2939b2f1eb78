"""The clock of a lead: it starts, pauses, is met or missed, and people are told."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import get_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import lead_response
from tests.factories import make, make_interaction, make_lead, make_user, unique
from tests.factories_lead import make_pool, make_pool_lead, make_target, no_rules

MONDAY = "2026-03-02 10:00:00"


@pytest.fixture(autouse=True)
def quiet(site):
	no_rules()
	make_pool()


@pytest.fixture
def seller():
	return make_user("SPM Sales User", "SPM Marketing User")


@pytest.fixture
def hours():
	days = [
		{"weekday": day, "start_time": "09:00:00", "end_time": "18:00:00"}
		for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
	]
	return make(
		"SPM Working Hours",
		hours_name=unique("Hours "),
		days=days,
		holidays=[{"holiday_date": "2026-03-03", "description": "Holiday"}],
	).name


def state(lead):
	lead.reload()
	return lead.sla_status


class TestTheClock:
	def test_it_starts_when_the_lead_arrives(self, freeze, hours):
		make_target(response_minutes=120, working_hours=hours)
		with freeze("2026-03-02 17:00:00"):
			lead = make_lead()
		assert lead.sla_status == "First Response Due"
		# One hour is left on Monday, Tuesday is a holiday.
		assert lead.response_by == get_datetime("2026-03-04 10:00:00")

	def test_the_company_s_holidays_count_as_well(self, freeze, hours):
		make_target(response_minutes=60, working_hours=hours)
		settings = frappe.get_doc("SPM Settings")
		settings.append("holidays", {"holiday_date": "2026-03-02"})
		settings.save()
		with freeze(MONDAY):
			assert make_lead().response_by == get_datetime("2026-03-04 10:00:00")

	def test_the_first_matching_target_counts(self):
		make_target(response_minutes=600, priority=20)
		fast = make_target(
			response_minutes=5,
			priority=10,
			conditions=[{"fieldname": "source", "operator": "=", "value": "Website"}],
		)
		assert make_lead(source="Website").response_target == fast.name
		assert make_lead(source="Trade Fair").response_target != fast.name

	def test_a_talk_in_time_fulfils(self, freeze):
		make_target()
		with freeze(MONDAY):
			lead = make_lead()
		with freeze("2026-03-02 10:40:00"):
			make_interaction(lead=lead.name, direction="Outgoing")
		assert state(lead) == "Fulfilled"
		assert (lead.first_responded_on, lead.response_minutes) == (get_datetime("2026-03-02 10:40:00"), 40)

	@pytest.mark.parametrize(
		"talk",
		[
			{"interaction_type": "Note"},
			{"direction": "Incoming"},
			{"outcome": "No Answer", "direction": "Outgoing"},
		],
	)
	def test_what_does_not_reach_the_lead_is_no_answer(self, talk):
		make_target()
		lead = make_lead()
		make_interaction(lead=lead.name, **talk)
		assert state(lead) == "First Response Due"

	def test_a_talk_too_late_is_a_failure_with_its_time(self, freeze):
		make_target()
		with freeze(MONDAY):
			lead = make_lead()
		with freeze("2026-03-02 11:30:00"):
			make_interaction(lead=lead.name, direction="Outgoing")
		assert state(lead) == "Failed" and lead.response_minutes == 90

	def test_a_talk_in_time_that_was_written_down_late_still_counts(self, freeze):
		make_target()
		with freeze(MONDAY):
			lead = make_lead()
		with freeze("2026-03-02 12:00:00"):
			lead_response.watch()
			assert state(lead) == "Failed"
			make_interaction(lead=lead.name, direction="Outgoing", happened_on="2026-03-02 10:30:00")
		assert state(lead) == "Fulfilled" and lead.response_minutes == 30

	def test_writing_again_starts_the_next_clock(self, freeze):
		make_target(rolling_minutes=30)
		with freeze(MONDAY):
			lead = make_lead()
			make_interaction(lead=lead.name, direction="Outgoing")
		with freeze("2026-03-02 15:00:00"):
			make_interaction(lead=lead.name, direction="Incoming")
		assert state(lead) == "Rolling Response Due"
		assert lead.response_by == get_datetime("2026-03-02 15:30:00")
		with freeze("2026-03-02 15:10:00"):
			make_interaction(lead=lead.name, direction="Outgoing")
		assert state(lead) == "Fulfilled" and lead.response_minutes == 0

	def test_it_stands_still_in_some_statuses_and_goes_on_with_what_was_left(self, freeze):
		make_target(pause_statuses=[{"status": "Nurture"}])
		with freeze(MONDAY):
			lead = make_lead()
		with freeze("2026-03-02 10:20:00"):
			lead.reload()
			lead.status = "Nurture"
			lead.save()
			assert not lead.response_by
		with freeze("2026-03-05 10:00:00"):
			assert lead_response.watch() == 0
			lead.reload()
			lead.status = "New"
			lead.save()
		assert lead.response_by == get_datetime("2026-03-05 10:40:00")

	def test_in_the_pool_it_may_stand_still(self, freeze, seller):
		make_target(clock_runs_in_pool=0)
		with freeze(MONDAY):
			lead = make_pool_lead()
			assert lead.sla_status == "First Response Due" and not lead.response_by
		with freeze("2026-03-09 10:00:00"):
			lead.reload()
			lead.lead_owner = seller
			lead.save()
		assert lead.response_by == get_datetime("2026-03-09 11:00:00")

	def test_nobody_writes_the_clock(self, seller, as_user):
		make_target()
		with as_user(seller):
			lead = frappe.get_doc(
				{"doctype": "SPM Lead", "lead_name": "x", "lead_owner": seller, "sla_status": "Fulfilled"}
			).insert()
			assert lead.sla_status == "First Response Due"
			lead.response_by = "2030-01-01"
			lead.save()
			assert get_datetime(lead.response_by).year != 2030

	def test_leads_without_a_target_have_no_clock(self):
		assert not make_lead().sla_status

	def test_a_target_needs_minutes(self):
		with pytest.raises(SPMError, match="minutes"):
			make_target(response_minutes=0)


class TestBeingLate:
	@pytest.fixture
	def told(self, monkeypatch):
		calls = []

		def note(doc, event):
			calls.append((event, doc.lead_owner, doc.get("response_manager")))

		monkeypatch.setattr("sales_crm_pm.loop.lead_pool.tell", note)
		return calls

	def test_the_owner_hears_it_first_and_the_manager_later_once(self, freeze, seller, told):
		boss = make_user("SPM Sales Manager")
		make_target(escalate_after_minutes=60, escalate_to=boss)
		with freeze(MONDAY):
			lead = make_lead(lead_owner=seller)
		told.clear()
		with freeze("2026-03-02 11:05:00"):
			lead_response.watch()
			assert told == [("lead_response_missed", seller, None)]
			lead_response.watch()
			assert len(told) == 1
		with freeze("2026-03-02 12:05:00"):
			lead_response.watch()
			lead_response.watch()
		assert told[1:] == [("lead_response_escalated", seller, boss)]
		assert state(lead) == "Failed" and lead.response_manager == boss

	def test_the_manager_of_the_territory(self, freeze, seller, told):
		boss = make_user("SPM Sales Manager")
		north = make("SPM Territory", territory_name=unique("North "), manager=boss).name
		city = make("SPM Territory", territory_name=unique("City "), parent_territory=north).name
		make_target(escalate_after_minutes=0)
		with freeze(MONDAY):
			lead = make_lead(lead_owner=seller, territory=city)
		with freeze("2026-03-02 11:05:00"):
			lead_response.watch()
		assert state(lead) == "Failed" and lead.response_manager == boss

	def test_who_answered_late_is_not_reported_to_the_manager(self, freeze, seller, told):
		make_target(escalate_after_minutes=60)
		with freeze(MONDAY):
			lead = make_lead(lead_owner=seller)
		with freeze("2026-03-02 11:05:00"):
			lead_response.watch()
		with freeze("2026-03-02 11:30:00"):
			make_interaction(lead=lead.name, direction="Outgoing")
		told.clear()
		with freeze("2026-03-02 12:30:00"):
			lead_response.watch()
		assert told == [] and state(lead) == "Failed"

	def test_the_notices_are_records_that_reach_the_person(self, freeze, seller):
		make_target()
		with freeze(MONDAY):
			lead = make_lead(lead_owner=seller, organisation=unique("Late "))
		with freeze("2026-03-02 11:05:00"):
			lead_response.watch()
		subjects = frappe.get_all(
			"Notification Log", {"for_user": seller, "document_name": lead.name}, pluck="subject"
		)
		assert any("waiting for an answer" in subject for subject in subjects), subjects
		assert any("A lead for you" in subject for subject in subjects), subjects


def test_watching_costs_the_same_for_many_leads_in_time(assert_query_count):
	make_target(response_minutes=600)
	for _n in range(5):
		make_lead()
	lead_response.watch()  # what the site itself is late with
	with assert_query_count(4):
		lead_response.watch()

"""Talks: who took part, what follows from them, and what they close."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_to_date, getdate, now_datetime, today

from sales_crm_pm.api.v1 import interaction as api
from sales_crm_pm.exceptions import SPMError
from tests.factories import (
	make_contact,
	make_customer,
	make_interaction,
	make_lead,
	make_opportunity,
	make_user,
	unique,
)

CHAT = """王建国  昨天 18:20
报价能不能再低一点?

李明  昨天 18:31
最多 3%,今晚给您新报价

王建国  昨天 18:35
好的
"""


@pytest.fixture
def seller():
	return make_user("SPM Sales User", first_name="明", last_name="李")


@pytest.fixture
def customer(seller):
	return make_customer(account_manager=seller)


def status_of(talk) -> str:
	return frappe.db.get_value("SPM Interaction", talk.name, "follow_up_status")


class TestFollowUp:
	def test_a_next_date_is_open_work_of_the_writer(self, customer, seller, as_user):
		with as_user(seller):
			talk = make_interaction(customer=customer.name, next_date=add_days(today(), 3), next_step="Call")
			plain = make_interaction(customer=make_customer(account_manager=seller).name)
		assert (talk.follow_up_status, talk.follow_up_by) == ("Open", seller)
		assert (plain.follow_up_status, plain.follow_up_by) == ("", None)
		assert getdate(frappe.db.get_value("SPM Customer", customer.name, "next_followup_on")) == getdate(
			add_days(today(), 3)
		)

	def test_a_later_talk_answers_what_was_due_and_not_what_is_to_come(self, customer, seller, as_user):
		with as_user(seller):
			due = make_interaction(
				customer=customer.name, happened_on=add_days(now_datetime(), -3), next_date=today()
			)
			coming = make_interaction(
				customer=customer.name,
				happened_on=add_days(now_datetime(), -2),
				next_date=add_days(today(), 9),
			)
			assert status_of(due) == "Done"  # the second talk named a next date of its own
			due = make_interaction(
				customer=customer.name,
				happened_on=add_days(now_datetime(), -1),
				next_date=add_days(today(), -1),
			)
			assert status_of(coming) == "Done"
			make_interaction(customer=customer.name)
		assert status_of(due) == "Done"

	def test_a_talk_without_a_next_date_leaves_later_plans(self, customer, seller, as_user):
		with as_user(seller):
			coming = make_interaction(
				customer=customer.name,
				happened_on=add_days(now_datetime(), -2),
				next_date=add_days(today(), 9),
			)
			make_interaction(customer=customer.name)
		assert status_of(coming) == "Open"

	def test_a_colleague_s_talk_answers_nothing_of_mine(self, customer, seller, as_user):
		with as_user(seller):
			due = make_interaction(
				customer=customer.name, happened_on=add_days(now_datetime(), -1), next_date=today()
			)
		make_interaction(customer=customer.name)
		assert status_of(due) == "Open"

	def test_a_deal_s_plan_is_answered_by_talks_about_that_deal_only(self, customer, seller, as_user):
		deal, other = (make_opportunity(customer=customer.name, opportunity_owner=seller) for _ in range(2))
		before = add_days(now_datetime(), -1)
		with as_user(seller):
			on_deal = make_interaction(opportunity=deal.name, happened_on=before, next_date=today())
			on_other = make_interaction(opportunity=other.name, happened_on=before, next_date=today())
			general = make_interaction(customer=customer.name, happened_on=before, next_date=today())
			make_interaction(opportunity=deal.name)
		assert (status_of(on_deal), status_of(on_other), status_of(general)) == ("Done", "Open", "Done")

	def test_the_deal_shows_it_as_its_next_step_until_it_is_done(self, customer, seller, as_user):
		deal = make_opportunity(customer=customer.name, opportunity_owner=seller)
		with as_user(seller):
			talk = make_interaction(
				opportunity=deal.name, next_step="Send offer", next_date=add_days(today(), 2)
			)
			step = frappe.db.get_value("SPM Opportunity", deal.name, ["next_step", "next_step_date"])
			assert step == ("Send offer", getdate(add_days(today(), 2)))
			api.postpone(talk.name, add_days(today(), 5))
			assert frappe.db.get_value("SPM Opportunity", deal.name, "next_step_date") == getdate(
				add_days(today(), 5)
			)
			api.finish(talk.name)
		assert frappe.db.get_value("SPM Opportunity", deal.name, ["next_step", "next_step_date"]) == (
			None,
			None,
		)

	def test_a_closed_deal_keeps_what_it_has(self, customer, seller):
		deal = make_opportunity(customer=customer.name)
		deal.db_set("status", "Lost")
		make_interaction(opportunity=deal.name, next_step="Again", next_date=today())
		assert not frappe.db.get_value("SPM Opportunity", deal.name, "next_step")

	def test_whoever_has_to_follow_up_sees_and_finishes_it_but_does_not_rewrite_the_talk(
		self, customer, as_user
	):
		colleague = make_user("SPM Sales User")
		talk = make_interaction(customer=customer.name, next_date=today(), follow_up_by=colleague)
		with as_user(colleague):
			seen = frappe.get_doc("SPM Interaction", talk.name)
			seen.check_permission("read")
			seen.content = "Something else"
			with pytest.raises(frappe.PermissionError):
				seen.save()
			assert api.finish(talk.name)["follow_up_status"] == "Done"
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.finish(talk.name)

	def test_a_new_date_opens_it_again(self, customer):
		talk = make_interaction(customer=customer.name, next_date=today())
		api.finish(talk.name, "Cancelled")
		talk.reload()
		talk.next_date = add_days(today(), 1)
		talk.save()
		assert talk.follow_up_status == "Open"

	def test_past_dates_from_a_file_are_no_work(self, customer, monkeypatch):
		monkeypatch.setitem(frappe.flags, "spm_bulk", True)
		old = make_interaction(customer=customer.name, next_date=add_days(today(), -30))
		new = make_interaction(customer=customer.name, next_date=add_days(today(), 30))
		assert (old.follow_up_status, new.follow_up_status) == ("Done", "Open")

	def test_one_more_talk_costs_no_more_than_before(self, customer, seller, as_user, assert_query_count):
		with as_user(seller):
			make_interaction(customer=customer.name, next_date=today())
			with assert_query_count(16):
				frappe.get_doc(
					{
						"doctype": "SPM Interaction",
						"customer": customer.name,
						"interaction_type": "Call",
						"content": "x",
						"next_date": add_days(today(), 1),
					}
				).insert()


class TestParticipants:
	def test_a_participant_sees_the_talk(self, customer, as_user):
		colleague = make_user("SPM Sales User")
		talk = make_interaction(customer=customer.name, participants=[{"user": colleague}])
		with as_user(colleague):
			assert frappe.get_list("SPM Interaction", pluck="name") == [talk.name]
			assert frappe.get_doc("SPM Interaction", talk.name).has_permission("read")

	def test_the_first_contact_is_the_main_one(self, customer):
		first, second = (make_contact(customer.name).name for _ in range(2))
		talk = make_interaction(
			customer=customer.name,
			participants=[{"user": "Administrator"}, {"contact": first}, {"contact": second}],
		)
		assert talk.contact == first

	@pytest.mark.parametrize(
		("rows", "message"),
		[([{"message_count": 1}], "row 1"), ([{"person_name": "Li"}, {"person_name": "Li"}], "row 2")],
	)
	def test_nobody_and_doubles_are_refused_with_their_row(self, customer, rows, message):
		with pytest.raises(SPMError, match=message):
			make_interaction(customer=customer.name, participants=rows)

	@pytest.mark.parametrize(("latitude", "longitude"), [(91, 0), (-91, 0), (0, 181), (10, -181)])
	def test_a_position_off_the_earth_is_refused(self, customer, latitude, longitude):
		with pytest.raises(SPMError, match="Latitude"):
			make_interaction(customer=customer.name, latitude=latitude, longitude=longitude)

	def test_a_check_in_is_stamped_once(self, customer):
		talk = make_interaction(
			customer=customer.name, latitude=31.2304, longitude=121.4737, place="Shanghai"
		)
		stamped = talk.checked_in_on
		assert stamped and talk.latitude == 31.2304
		talk.checked_in_on = add_days(stamped, -3)
		talk.save()
		assert talk.checked_in_on == stamped

	def test_edits_are_tracked(self, customer, live_mode):
		talk = make_interaction(customer=customer.name, content="First")
		talk.content = "Second"
		talk.save()
		assert "Second" in frappe.db.get_value("Version", {"docname": talk.name}, "data")


class TestQuickLog:
	def test_one_call_writes_it_down(self, customer, seller, as_user):
		with as_user(seller):
			done = api.log(
				"They want two more pumps",
				"Visit",
				customer=customer.name,
				next_date=add_days(today(), 7),
				next_step="Offer",
				latitude=31.2,
				longitude=121.4,
				files=["/private/files/a.jpg", "/private/files/b.jpg"],
			)
			talk = frappe.get_doc("SPM Interaction", done["interaction"])
		assert (talk.interaction_type, talk.follow_up_status, talk.owner) == ("Visit", "Open", seller)
		assert [row.file for row in talk.attachments] == ["/private/files/a.jpg", "/private/files/b.jpg"]
		assert talk.logged_delay_hours == 0

	def test_a_key_sent_twice_logs_once(self, customer, seller, as_user):
		key = unique("k")
		with as_user(seller):
			first = api.log("x", customer=customer.name, key=key)
			second = api.log("x", customer=customer.name, key=key)
		assert first["created"] and not second["created"] and first["interaction"] == second["interaction"]
		with pytest.raises(SPMError, match="key"):
			api.log("y", customer=customer.name, key=key)

	def test_a_stranger_s_customer_and_deal_are_refused(self, customer, as_user):
		deal = make_opportunity(customer=customer.name)
		with as_user(make_user("SPM Sales User")):
			for party in ({"customer": customer.name}, {"opportunity": deal.name}):
				with pytest.raises(frappe.PermissionError):
					api.log("x", **party)
		with as_user(make_user("SPM Configurator")), pytest.raises(frappe.PermissionError):
			api.log("x", customer=customer.name)

	def test_recent_ones_come_first_and_strangers_never(self, seller, as_user):
		early, late, own = (
			make_customer(account_manager=seller, customer_name=unique(word))
			for word in ("Early ", "Late ", "Own ")
		)
		stranger = make_customer(customer_name=unique("Stranger "))
		lead = make_lead(lead_owner=seller)
		with as_user(seller):
			make_interaction(customer=early.name, happened_on=add_to_date(now_datetime(), hours=-2))
			make_interaction(customer=late.name)
			offered = api.parties()
			assert [row["name"] for row in offered["recent"]] == [late.name, early.name]
			assert {row["name"] for row in offered["mine"]} == {own.name, lead.name}
			assert api.parties("Stranger")["found"] == []
			assert [row["name"] for row in api.parties(late.customer_name)["found"]] == [late.name]
		late.db_set("account_manager", "Administrator")
		late.db_set("owner", "Administrator")
		with as_user(seller):
			assert late.name not in {row["name"] for row in api.parties()["recent"]}
		assert stranger.name

	def test_the_choice_costs_the_same_for_any_number(self, seller, as_user, assert_query_count):
		counted = []
		with as_user(seller):
			api.parties()
			for _round in range(2):
				for _number in range(5):
					make_interaction(customer=make_customer(account_manager=seller).name)
				with assert_query_count(8) as queries:
					api.parties()
				counted.append(len(queries))
		assert counted[0] == counted[1]


class TestPastedChat:
	@pytest.fixture
	def contact(self, customer):
		return make_contact(customer.name, first_name="建国", last_name="王")

	def test_it_is_shown_before_it_is_logged(self, customer, contact, seller, as_user):
		with as_user(seller):
			shown = api.read_chat(CHAT)
		people = {row["name"]: row for row in shown["participants"]}
		assert (shown["count"], shown["channel"], shown["minutes"]) == (3, "WeChat", 15)
		assert people["王建国"]["contact"] == contact.name and people["王建国"]["count"] == 2
		assert people["李明"]["user"] == seller
		assert shown["customer"] == customer.name and not shown["is_known"]

	def test_it_becomes_one_talk_with_its_people_and_times(self, customer, contact, seller, as_user, freeze):
		with freeze("2026-03-04 15:00:00"), as_user(seller):
			done = api.log_chat(CHAT, customer=customer.name, next_date="2026-03-05", next_step="New offer")
			talk = frappe.get_doc("SPM Interaction", done["interaction"])
			assert str(talk.happened_on) == "2026-03-03 18:20:00"
			assert (talk.interaction_type, talk.duration_minutes, talk.message_count) == ("WeChat", 15, 3)
			assert talk.logged_delay_hours == pytest.approx(20.7)
		assert talk.contact == contact.name and talk.direction == "Incoming"
		assert [(row.contact, row.user, row.message_count) for row in talk.participants] == [
			(contact.name, None, 2),
			(None, seller, 1),
		]
		assert "18:31 李明: 最多 3%" in talk.content and talk.subject.startswith(("最多", "报价"))

	def test_pasting_it_again_gives_the_same_talk(self, customer, contact, seller, as_user):
		with as_user(seller):
			first = api.log_chat(CHAT, customer=customer.name)
			again = api.log_chat(CHAT + "\n\n", customer=customer.name)
			assert first["created"] and again == {"interaction": first["interaction"], "created": False}
			shown = api.read_chat(CHAT)
			assert (shown["is_known"], shown["known"]) == (True, first["interaction"])
		with as_user(make_user("SPM Sales User")):
			shown = api.read_chat(CHAT)
			assert (shown["is_known"], shown["known"], shown["customer"]) == (True, None, None)
			mine = make_customer(account_manager=frappe.session.user)
			with pytest.raises(frappe.PermissionError, match="logged already"):
				api.log_chat(CHAT, customer=mine.name)

	def test_who_was_not_recognised_is_told_by_name_and_can_be_corrected(self, customer, seller, as_user):
		other = make_contact(customer.name)
		with as_user(seller):
			done = api.log_chat(
				CHAT, customer=customer.name, people={"王建国": {"contact": other.name, "user": None}}
			)
			talk = frappe.get_doc("SPM Interaction", done["interaction"])
			assert talk.participants[0].contact == other.name
			text = CHAT.replace("王建国", "神秘人")
			talk = frappe.get_doc(
				"SPM Interaction", api.log_chat(text, customer=customer.name)["interaction"]
			)
		assert (talk.participants[0].contact, talk.participants[0].person_name) == (None, "神秘人")

	def test_contacts_of_customers_one_does_not_see_are_not_recognised(self, contact, as_user):
		with as_user(make_user("SPM Sales User")):
			people = {row["name"]: row["contact"] for row in api.read_chat(CHAT)["participants"]}
		assert people["王建国"] is None

	def test_a_note_is_no_conversation(self, customer, seller, as_user):
		with as_user(seller), pytest.raises(SPMError, match="No conversation"):
			api.log_chat("He will call back on Monday", customer=customer.name)

	def test_a_talk_with_nobody_is_refused(self, seller, as_user):
		with as_user(seller), pytest.raises(SPMError, match="Choose the customer"):
			api.log_chat(CHAT.replace("王建国", "谁"))

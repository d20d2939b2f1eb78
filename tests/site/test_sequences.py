"""Drip sequences: who joins, what leaves when, what stops it, and that nothing is ever sent twice."""

from __future__ import annotations

import re

import frappe
import pytest
from frappe.utils import add_days, get_datetime, getdate, now_datetime

from sales_crm_pm.api.v1 import sequence as api
from sales_crm_pm.exceptions import SPMError, TransitionError
from sales_crm_pm.loop.sequences import control, joining, mail, results, sending, stopping
from sales_crm_pm.loop.sequences.timing import Clock
from tests.factories import (
	make,
	make_contact,
	make_customer,
	make_interaction,
	make_loss_reason,
	make_opportunity,
	make_user,
	unique,
)
from tests.factories_delivery import make_project
from tests.factories_keep import condition, mail_step, make_segment, make_sequence, make_template

MONDAY = "2026-03-02 10:00:00"


@pytest.fixture(autouse=True)
def settings(site):
	"""Known limits, a mail account, and no other sequence at work."""
	frappe.db.set_value("SPM Sequence", {"status": "Active"}, "status", "Paused")
	frappe.db.set_single_value(
		"SPM Settings",
		{
			"marketing_limit_count": 0,
			"marketing_limit_days": 7,
			"marketing_workdays_only": 1,
			"quiet_from": "20:00:00",
			"quiet_until": "08:00:00",
		},
	)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")
	frappe.get_doc(
		{
			"doctype": "Email Account",
			"email_account_name": unique("SPM "),
			"email_id": f"{unique()}@example.com",
			"enable_outgoing": 1,
			"default_outgoing": 1,
			"smtp_server": "127.0.0.1",
			"no_smtp_authentication": 1,
		}
	).insert()


def setting(**values):
	frappe.db.set_single_value("SPM Settings", values)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")


def make_party(**values):
	"""A customer with one contact, who is the primary one; returns (customer, contact)."""
	language = values.pop("language", "en")
	customer = make_customer(language=language, **values)
	contact = make_contact(customer.name, first_name="Ann")
	customer.db_set("primary_contact", contact.name)
	return customer.name, contact


def start(sequence, customer):
	found = control.enrol_by_hand(sequence.name, [customer])
	assert found["enrolled"] == 1, found
	return frappe.get_last_doc("SPM Sequence Enrolment", {"sequence": sequence.name, "customer": customer})


def enrolment(sequence, customer):
	names = frappe.get_all(
		"SPM Sequence Enrolment", {"sequence": sequence.name, "customer": customer}, pluck="name"
	)
	assert len(names) <= 1
	return frappe.get_doc("SPM Sequence Enrolment", names[0]) if names else None


def mails(sequence):
	names = frappe.get_all("SPM Sequence Enrolment", {"sequence": sequence.name}, pluck="name")
	return frappe.get_all(
		"Email Queue",
		{"reference_doctype": "SPM Sequence Enrolment", "reference_name": ["in", names or [""]]},
		["name", "message", "reference_name"],
		order_by="creation",
	)


def text_of(message):
	return message.replace("\r\n", "\n").replace("=\n", "").replace("=3D", "=")


def close_deal(customer, kind, **values):
	deal = make_opportunity(customer=customer)
	deal.reload()
	deal.update(
		{"stage": frappe.db.get_value("SPM Stage", {"pipeline": deal.pipeline, "stage_type": kind}), **values}
	)
	deal.save()
	return deal


def run():
	return sending.run(commit=False)


class TestSending:
	def test_letters_leave_one_after_the_other_and_then_it_is_over(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), mail_step(3))
			customer, _contact = make_party()
			start(sequence, customer)
			assert run()["done"] == 1 and len(mails(sequence)) == 1
			assert run()["done"] == 0 and len(mails(sequence)) == 1
			row = enrolment(sequence, customer)
			assert (row.next_step, str(row.next_on), row.sent_count) == (2, "2026-03-05 10:00:00", 1)
		with freeze("2026-03-05 09:59:00"):
			assert run()["done"] == 0
		with freeze("2026-03-05 10:00:00"):
			assert run()["done"] == 1
			row = enrolment(sequence, customer)
			assert (row.status, row.active_key, row.next_on) == ("Finished", None, None)
			assert [d.step_no for d in deliveries(sequence)] == [1, 2]

	def test_a_letter_speaks_the_contact_s_language(self, freeze):
		with freeze(MONDAY):
			english = make_template("en")
			base = english.name.removesuffix(" (en)")
			make_template("zh", base)
			sequence = make_sequence(mail_step(0, english.name))
			for language in ("en", "zh", "fr"):
				start(sequence, make_party(language=language)[0])
			run()
			subjects = sorted(d.subject for d in deliveries(sequence))
			assert subjects == ["Dear Ann", "Dear Ann", "您好 Ann"]

	def test_no_mail_at_night_nor_on_a_weekend(self, freeze):
		with freeze("2026-03-06 21:00:00"):  # Friday evening
			sequence = make_sequence(mail_step(0))
			customer, _contact = make_party()
			start(sequence, customer)
			assert run()["done"] == 0
			assert str(enrolment(sequence, customer).next_on) == "2026-03-09 08:00:00"
		with freeze("2026-03-07 11:00:00"):
			# Somebody moved the date by hand: the runner still looks at the calendar.
			frappe.db.set_value(
				"SPM Sequence Enrolment", enrolment(sequence, customer).name, "next_on", now_datetime()
			)
			assert run()["done"] == 0 and mails(sequence) == []
		with freeze("2026-03-09 08:00:00"):
			assert run()["done"] == 1

	def test_waiting_in_working_days(self, freeze):
		with freeze("2026-03-05 10:00:00"):  # Thursday
			sequence = make_sequence(mail_step(0), mail_step(2, wait_unit="Working Days"))
			customer, _contact = make_party()
			start(sequence, customer)
			run()
			assert str(enrolment(sequence, customer).next_on) == "2026-03-09 10:00:00"

	def test_tasks_and_notifications_go_to_the_account_manager(self, freeze):
		with freeze(MONDAY):
			manager = make_user("SPM Sales User")
			customer, _contact = make_party(account_manager=manager, customer_name=unique("Firm "))
			name = frappe.db.get_value("SPM Customer", customer, "customer_name")
			sequence = make_sequence(
				{"action": "Task", "subject": "Call {0}", "due_days": 2},
				{"action": "Notification", "subject": "Think of {0}", "wait_days": 0},
			)
			start(sequence, customer)
			assert run()["done"] == 1 and run()["done"] == 1
			task = frappe.get_doc("SPM Task", deliveries(sequence)[0].task)
			assert (task.subject, task.assigned_to, task.customer) == (f"Call {name}", manager, customer)
			assert task.planned_end_date == getdate("2026-03-04")
			log = frappe.get_all("Notification Log", {"for_user": manager}, ["subject", "document_name"])
			assert [(row.subject, row.document_name) for row in log] == [(f"Think of {name}", customer)]

	def test_contacts_without_address_may_still_get_tasks(self, freeze):
		with freeze(MONDAY):
			customer, contact = make_party()
			frappe.db.set_value("Contact", contact.name, "email_id", None)
			by_mail = make_sequence(mail_step(0))
			assert control.enrol_by_hand(by_mail.name, [customer])["no_address"] == 1
			by_task = make_sequence({"action": "Task", "subject": "Call {0}"})
			assert control.enrol_by_hand(by_task.name, [customer])["enrolled"] == 1

	def test_the_limit_of_mails_per_contact_holds_over_all_sequences(self, freeze):
		setting(marketing_limit_count=1, marketing_limit_days=7)
		with freeze(MONDAY):
			customer, _contact = make_party()
			first, second = make_sequence(mail_step(0)), make_sequence(mail_step(0))
			start(first, customer)
			start(second, customer)
			assert run()["done"] == 1
			waiting = [s for s in (first, second) if enrolment(s, customer).status == "Active"]
			assert len(waiting) == 1
			assert str(enrolment(waiting[0], customer).next_on) == "2026-03-09 10:00:00"
		with freeze("2026-03-09 10:00:01"):
			assert run()["done"] == 1

	def test_answers_go_to_the_account_manager(self, freeze):
		with freeze(MONDAY):
			manager = make_user("SPM Sales User")
			customer, _contact = make_party(account_manager=manager)
			sequence = make_sequence(mail_step(0))
			start(sequence, customer)
			run()
			assert f"Reply-To: {manager}" in mails(sequence)[0].message

	def test_statements_do_not_grow_with_contacts_waiting(self, freeze):
		from tests.support.queries import counted_queries

		with freeze(MONDAY):
			sequence = make_sequence(mail_step(5))
			customers = [make_party()[0] for _n in range(12)]
			control.enrol_by_hand(sequence.name, customers)
			with counted_queries(25):
				run()


def deliveries(sequence):
	return frappe.get_all(
		"SPM Sequence Delivery", {"sequence": sequence.name}, ["*"], order_by="sent_on, step_no"
	)


class TestNeverTwice:
	def test_two_workers_with_the_same_list_send_once(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), mail_step(0))
			customer, _contact = make_party()
			name = start(sequence, customer).name
			due = sending.due_enrolments()
			one, other = sending.Batch(due, Clock()), sending.Batch(due, Clock())
			assert sending.advance(name, one) is True
			# The other worker has the contact on its list, too, and comes later.
			frappe.db.set_value("SPM Sequence Enrolment", name, "next_on", add_days(now_datetime(), 1))
			assert sending.advance(name, other) is False
			assert len(mails(sequence)) == 1

	def test_a_worker_that_died_after_queueing_does_not_send_again(self, freeze, monkeypatch):
		"""The enrolment was not moved on, but the delivery is there: the step counts as done."""
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), mail_step(1))
			customer, _contact = make_party()
			start(sequence, customer)
			monkeypatch.setattr(sending, "_move_on", lambda *args, **kwargs: None)
			run()
			assert enrolment(sequence, customer).next_step == 1
			monkeypatch.undo()
			assert run()["done"] == 0
			assert enrolment(sequence, customer).next_step == 2 and len(mails(sequence)) == 1

	def test_a_worker_that_died_before_the_commit_left_nothing(self, freeze, monkeypatch):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0))
			customer, _contact = make_party()
			start(sequence, customer)

			def killed(*args, **kwargs):
				raise RuntimeError("killed")

			monkeypatch.setattr(sending, "_move_on", killed)
			assert run()["done"] == 0
			assert mails(sequence) == [] and deliveries(sequence) == []
			monkeypatch.undo()
			with freeze("2026-03-03 10:00:00"):
				assert run()["done"] == 1 and len(mails(sequence)) == 1

	def test_the_key_of_a_delivery_is_unique_in_the_database(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0))
			start(sequence, make_party()[0])
			run()
			twin = frappe.copy_doc(frappe.get_doc("SPM Sequence Delivery", deliveries(sequence)[0].name))
			twin.delivery_key = deliveries(sequence)[0].delivery_key
			with pytest.raises(frappe.UniqueValidationError):
				twin.insert(ignore_permissions=True)

	def test_steps_put_in_another_order_send_nothing_again(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), mail_step(2), mail_step(2))
			customer, _contact = make_party()
			start(sequence, customer)
			run()
			sequence.reload()
			first, second, third = sequence.steps
			sequence.steps = [second, first, third]
			for idx, row in enumerate(sequence.steps, 1):
				row.idx = idx
			sequence.save()
		with freeze("2026-03-04 10:00:00"):
			run()
			assert len(mails(sequence)) == 1, "the letter that is second now has been read already"

	def test_a_broken_template_stops_its_contact_after_three_days_and_nobody_else(self, freeze):
		bad = make_template(response_html="{{ nothing.at.all }}")
		with freeze(MONDAY):
			broken, good = make_sequence(mail_step(0, bad.name)), make_sequence(mail_step(0))
			first, second = make_party()[0], make_party()[0]
			start(broken, first)
			start(good, second)
			assert run()["done"] == 1
		for day in ("2026-03-03 10:00:00", "2026-03-04 10:00:00"):
			with freeze(day):
				run()
		row = enrolment(broken, first)
		assert (row.status, row.stop_reason) == ("Stopped", "Failed")
		assert mails(broken) == [] and deliveries(broken) == []

	def test_without_a_mail_account_everything_waits(self, freeze, monkeypatch):
		def no_account(**kwargs):
			raise frappe.OutgoingEmailError("none")

		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0))
			customer, _contact = make_party()
			start(sequence, customer)
			monkeypatch.setattr(frappe, "sendmail", no_account)
			assert run()["done"] == 0
			monkeypatch.undo()
			assert enrolment(sequence, customer).status == "Active"
			assert run()["done"] == 1


class TestJoining:
	def test_a_contact_starts_once(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence()
			customer, _contact = make_party()
			start(sequence, customer)
			assert control.enrol_by_hand(sequence.name, [customer])["already"] == 1
			row = enrolment(sequence, customer)
			control.act(row.name, "stop")
			assert control.enrol_by_hand(sequence.name, [customer])["already"] == 1

	def test_and_again_after_the_days_that_were_set(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), again_after_days=30)
			customer, _contact = make_party()
			start(sequence, customer)
			run()
		with freeze("2026-03-20 10:00:00"):
			assert control.enrol_by_hand(sequence.name, [customer])["already"] == 1
		with freeze("2026-04-02 10:00:00"):
			assert control.enrol_by_hand(sequence.name, [customer])["enrolled"] == 1

	def test_members_of_a_dynamic_segment_join_as_they_come(self, freeze):
		with freeze(MONDAY):
			tag = unique()
			segment = make_segment(condition("SPM Customer", ("market_segment", "is", tag)))
			sequence = make_sequence(starts_by="Segment", segment=segment.name, stop_on_leaving_segment=1)
			first, _contact = make_party(market_segment=tag)
			assert run()["enrolled"] == 1 and run()["enrolled"] == 0
			second, _contact = make_party(market_segment=tag)
			assert run()["enrolled"] == 1
			assert enrolment(sequence, second).started_by == "Segment"
			frappe.db.set_value("SPM Customer", first, "market_segment", "")
			run()
			row = enrolment(sequence, first)
			assert (row.status, row.stop_reason) == ("Stopped", "Left the Segment")

	def test_ninety_days_after_the_acceptance(self, freeze):
		with freeze("2026-03-02 10:00:00"):
			sequence = make_sequence(starts_by="Event", event="Project Accepted", event_delay_days=90)
			customer, _contact = make_party()
			project = make_project("Accepted", customer=customer)
			frappe.db.set_value("SPM Project", project.name, "delivered_on", getdate())
			run()
			assert enrolment(sequence, customer) is None
		with freeze("2026-05-30 10:00:00"):
			run()
			assert enrolment(sequence, customer) is None
		with freeze("2026-06-01 10:00:00"):  # 31 May is the ninetieth day, a Sunday
			run()
			row = enrolment(sequence, customer)
			assert (row.reference_doctype, row.reference_name) == ("SPM Project", project.name)
			run()
			assert len(mails(sequence)) == 1

	def test_events_before_the_activation_start_nothing(self, freeze):
		customer, _contact = make_party()
		with freeze("2026-02-01 10:00:00"):
			close_deal(customer, "Won")
		with freeze(MONDAY):
			sequence = make_sequence(starts_by="Event", event="Opportunity Won", stop_on_won_deal=0)
			run()
			assert enrolment(sequence, customer) is None
			close_deal(customer, "Won")
			run()
			assert enrolment(sequence, customer)

	def test_a_lost_deal_and_a_promoter(self, freeze):
		with freeze(MONDAY):
			lost = make_sequence(starts_by="Event", event="Opportunity Lost")
			fans = make_sequence(starts_by="Event", event="Recommends Us")
			loser, _contact = make_party()
			deal = close_deal(loser, "Lost", loss_reason=make_loss_reason().name)
			fan, contact = make_party()
			survey = make("SPM Survey", customer=fan, contact=contact.name)
			frappe.db.set_value(
				"SPM Survey", survey.name, {"status": "Answered", "nps": 9, "answered_on": now_datetime()}
			)
			run()
			assert enrolment(lost, loser).reference_name == deal.name and enrolment(lost, fan) is None
			assert enrolment(fans, fan).reference_name == survey.name and enrolment(fans, loser) is None

	def test_unsubscribed_former_and_disabled_are_left_out(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence()
			quiet, contact = make_party()
			frappe.db.set_value("Contact", contact.name, "unsubscribed", 1)
			listed, contact = make_party()
			frappe.get_doc(
				{"doctype": "Email Unsubscribe", "email": contact.email_id, "global_unsubscribe": 1}
			).insert()
			closed, _contact = make_party(disabled=1)
			found = control.enrol_by_hand(sequence.name, [quiet, listed, closed])
			assert (found["enrolled"], found["unsubscribed"]) == (0, 2)

	def test_all_contacts_or_the_primary_one(self, freeze):
		with freeze(MONDAY):
			customer, contact = make_party()
			other = make_contact(customer)
			one, everybody = make_sequence(), make_sequence(contacts="All Contacts")
			assert [r.contact for r in joining.people(one, [customer])] == [contact.name]
			assert {r.contact for r in joining.people(everybody, [customer])} == {contact.name, other.name}
			found = control.enrol_by_hand(one.name, [customer], [other.name])
			assert found["enrolled"] == 1 and enrolment(one, customer).contact == other.name


class TestStopping:
	@pytest.fixture
	def running(self, freeze):
		"""A sequence whose first letter has gone out to one customer on Monday."""
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), mail_step(3), stop_on_open_deal=1)
			customer, contact = make_party()
			start(sequence, customer)
			run()
		return frappe._dict(sequence=sequence, customer=customer, contact=contact)

	def reason(self, running, freeze, day="2026-03-05 10:00:00"):
		with freeze(day):
			run()
		row = enrolment(running.sequence, running.customer)
		assert (row.active_key is None) is (row.status in ("Stopped", "Finished"))
		if row.status == "Stopped":
			assert len(mails(running.sequence)) == 1
		return row.stop_reason

	def letter(self, running, freeze, **values):
		with freeze("2026-03-03 10:00:00"):
			return make(
				"Communication",
				communication_type="Communication",
				communication_medium="Email",
				sent_or_received="Received",
				subject=values.pop("subject", "Re: hello"),
				content="x",
				**values,
			)

	def test_an_answer_by_mail(self, running, freeze):
		self.letter(running, freeze, sender=running.contact.email_id)
		assert self.reason(running, freeze) == "Answered"
		assert deliveries(running.sequence)[0].outcome == "Answered"

	def test_an_answer_from_another_address_in_the_same_thread(self, running, freeze):
		name = enrolment(running.sequence, running.customer).name
		self.letter(
			running,
			freeze,
			sender="private@example.com",
			reference_doctype="SPM Sequence Enrolment",
			reference_name=name,
		)
		assert self.reason(running, freeze) == "Answered"

	def test_an_automatic_reply_is_no_answer(self, running, freeze):
		for subject in ("Automatic reply: away", "自动回复：休假中"):
			self.letter(running, freeze, sender=running.contact.email_id, subject=subject)
		assert not self.reason(running, freeze)
		assert len(mails(running.sequence)) == 2

	def test_a_mail_that_came_back(self, running, freeze):
		name = enrolment(running.sequence, running.customer).name
		self.letter(
			running,
			freeze,
			sender="mailer-daemon@example.com",
			reference_doctype="SPM Sequence Enrolment",
			reference_name=name,
		)
		assert self.reason(running, freeze) == "Bounced"
		assert deliveries(running.sequence)[0].outcome == "Bounced"

	def test_a_mail_the_server_refused(self, running, freeze):
		frappe.db.set_value("Email Queue", mails(running.sequence)[0].name, "status", "Error")
		assert self.reason(running, freeze) == "Bounced"

	def test_a_call_that_came_in(self, running, freeze):
		with freeze("2026-03-03 10:00:00"):
			make_interaction(customer=running.customer, contact=running.contact.name, direction="Outgoing")
			run()
			assert enrolment(running.sequence, running.customer).status == "Active"
			make_interaction(customer=running.customer, contact=running.contact.name, direction="Incoming")
		assert self.reason(running, freeze) == "Answered"

	def test_deals(self, running, freeze):
		with freeze("2026-03-03 10:00:00"):
			deal = make_opportunity(customer=running.customer)
		assert self.reason(running, freeze) == "Opportunity Opened" and deal.name

	def test_a_deal_that_was_won(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), mail_step(3))
			customer, _contact = make_party()
			deal = make_opportunity(customer=customer)
			start(sequence, customer)
			run()
			assert enrolment(sequence, customer).status == "Active"
		with freeze("2026-03-03 10:00:00"):
			deal.reload()
			deal.stage = frappe.db.get_value("SPM Stage", {"pipeline": deal.pipeline, "stage_type": "Won"})
			deal.save()
		with freeze("2026-03-05 10:00:00"):
			run()
			assert enrolment(sequence, customer).stop_reason == "Opportunity Won"

	def test_the_contact_left(self, running, freeze):
		frappe.db.delete("Dynamic Link", {"parent": running.contact.name})
		assert self.reason(running, freeze) == "Left the Company"

	def test_a_rule_that_is_off_stops_nothing(self, running, freeze):
		running.sequence.reload()
		running.sequence.stop_on_answer = 0
		running.sequence.save()
		self.letter(running, freeze, sender=running.contact.email_id)
		assert not self.reason(running, freeze)

	def test_ending_the_sequence_lets_everybody_go(self, running, freeze):
		control.move(running.sequence.name, "Ended")
		assert enrolment(running.sequence, running.customer).stop_reason == "Sequence Ended"

	def test_a_paused_sequence_or_contact_gets_nothing_and_goes_on_later(self, running, freeze):
		control.move(running.sequence.name, "Paused")
		assert not self.reason(running, freeze) and len(mails(running.sequence)) == 1
		control.move(running.sequence.name, "Active")
		name = enrolment(running.sequence, running.customer).name
		control.act(name, "pause")
		with freeze("2026-03-06 10:00:00"):
			run()
			assert len(mails(running.sequence)) == 1
			assert control.act(name, "resume")["status"] == "Active"
			run()
			assert len(mails(running.sequence)) == 2
			with pytest.raises(TransitionError):
				control.act(name, "pause")


class TestUnsubscribing:
	@pytest.fixture
	def sent(self, freeze):
		with freeze(MONDAY):
			sequence, other = make_sequence(mail_step(0), mail_step(3)), make_sequence(mail_step(9))
			customer, contact = make_party()
			start(sequence, customer)
			start(other, customer)
			run()
		letter = text_of(mails(sequence)[0].message)
		token = re.search(r"/mail-unsubscribe/([\w.%-]+)", letter).group(1)
		return frappe._dict(
			sequence=sequence, other=other, customer=customer, contact=contact, letter=letter, token=token
		)

	def test_one_click_as_a_guest_ends_everything(self, sent, as_user, freeze):
		with as_user("Guest"):
			found = api.unsubscribe(sent.token)
		assert found["unsubscribed"] and found["email"].startswith("c-…@")
		for sequence in (sent.sequence, sent.other):
			row = enrolment(sequence, sent.customer)
			assert (row.status, row.stop_reason) == ("Stopped", "Unsubscribed")
		assert deliveries(sent.sequence)[0].outcome == "Unsubscribed"
		assert frappe.db.get_value("Contact", sent.contact.name, "unsubscribed") == 1
		key = {"email": sent.contact.email_id, "global_unsubscribe": 1}
		with as_user("Guest"):
			api.unsubscribe(sent.token)
		assert frappe.db.count("Email Unsubscribe", key) == 1
		with freeze("2026-03-12 10:00:00"):
			run()
		assert len(mails(sent.sequence)) == 1 and mails(sent.other) == []

	def test_a_mistake_can_be_taken_back(self, sent, as_user):
		with as_user("Guest"):
			api.unsubscribe(sent.token)
			assert api.unsubscribe(sent.token, undo=True)["unsubscribed"] is False
		assert frappe.db.get_value("Contact", sent.contact.name, "unsubscribed") == 0
		assert not frappe.db.exists("Email Unsubscribe", {"email": sent.contact.email_id})
		assert enrolment(sent.sequence, sent.customer).status == "Stopped"

	@pytest.mark.parametrize("token", ["", "x", "RU5SLTAwMDAwMDAx.AAAA", "é.é", "..", "RU5S"])
	def test_made_up_links_do_nothing(self, sent, as_user, token):
		with as_user("Guest"), pytest.raises(SPMError):
			api.unsubscribe(token)
		head, _dot, signature = sent.token.partition(".")
		with as_user("Guest"), pytest.raises(SPMError):
			api.unsubscribe(f"{head}.{signature[::-1]}")

	def test_the_mail_program_s_own_button(self, sent):
		assert f"api.v1.sequence.one_click?token={sent.token}>" in sent.letter.split("\n\n")[0].replace(
			"\n ", ""
		)
		assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in sent.letter

	def test_other_mails_carry_no_such_header(self):
		frappe.sendmail(recipients=["x@example.com"], subject="x", message="x", now=False)
		newest = frappe.get_last_doc("Email Queue")
		assert "List-Unsubscribe" not in newest.message

	def test_core_s_list_is_honoured_at_the_last_moment(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(1))
			customer, contact = make_party()
			start(sequence, customer)
		frappe.get_doc(
			{"doctype": "Email Unsubscribe", "email": contact.email_id, "global_unsubscribe": 1}
		).insert()
		with freeze("2026-03-03 10:00:00"):
			sending.send_due(commit=False)
			assert mails(sequence) == [] and deliveries(sequence) == []
			assert enrolment(sequence, customer).stop_reason == "Unsubscribed"

	def test_a_template_may_place_the_link_itself(self, freeze):
		with freeze(MONDAY):
			own = make_template(response_html='<p><a href="{{ unsubscribe_link }}">bye</a></p>')
			sequence = make_sequence(mail_step(0, own.name))
			start(sequence, make_party()[0])
			run()
			assert text_of(mails(sequence)[0].message).count("/mail-unsubscribe/") <= 2  # text and HTML part


class TestWhoMayWhat:
	def test_a_salesperson_starts_own_customers_only(self, freeze, as_user):
		with freeze(MONDAY):
			seller = make_user("SPM Sales User")
			sequence = make_sequence(visibility="Everyone")
			mine, _contact = make_party(account_manager=seller)
			theirs, _contact = make_party()
			with as_user(seller):
				found = api.enrol(sequence.name, [mine, theirs])
				assert (found["enrolled"], found["not_yours"]) == (1, 1)
				seen = frappe.get_list(
					"SPM Sequence Enrolment", {"sequence": sequence.name}, pluck="customer"
				)
				assert seen == [mine]
				with pytest.raises(frappe.PermissionError):
					api.pause(sequence.name)
				assert api.stop_contact(enrolment(sequence, mine).name)["status"] == "Stopped"
			start(sequence, theirs)
			with as_user(seller), pytest.raises(frappe.PermissionError):
				api.stop_contact(enrolment(sequence, theirs).name)

	def test_a_salesperson_s_sequence_never_reaches_customers_of_others(self, freeze, as_user):
		with freeze(MONDAY):
			seller, tag = make_user("SPM Sales User"), unique()
			shared = make_segment(
				condition("SPM Customer", ("market_segment", "is", tag)),
				visibility="Everyone",
				compute_as="Its Author",
			)
			template = make_template().name
			with as_user(seller):
				by_segment, by_event = (
					frappe.get_doc(
						{
							"doctype": "SPM Sequence",
							"sequence_name": unique(),
							"steps": [{"action": "Mail", "email_template": template}],
							**values,
						}
					).insert()
					for values in (
						{"starts_by": "Segment", "segment": shared.name},
						{"starts_by": "Event", "event": "Opportunity Won", "stop_on_won_deal": 0},
					)
				)
				for sequence in (by_segment, by_event):
					api.activate(sequence.name)
			mine, _contact = make_party(account_manager=seller, market_segment=tag)
			theirs, _contact = make_party(market_segment=tag)
			for customer in (mine, theirs):
				close_deal(customer, "Won")
			with as_user(seller):
				assert api.rehearse(by_segment.name)["contacts"] == 1
			run()
			for sequence in (by_segment, by_event):
				assert enrolment(sequence, mine) and not enrolment(sequence, theirs)

	def test_marketing_runs_sequences(self, freeze, as_user):
		with freeze(MONDAY):
			marketing = make_user("SPM Marketing User")
			customer, _contact = make_party()
			template = make_template().name
			with as_user(marketing):
				doc = frappe.get_doc(
					{
						"doctype": "SPM Sequence",
						"sequence_name": unique(),
						"steps": [{"action": "Mail", "email_template": template}],
					}
				).insert()
				assert api.activate(doc.name)["status"] == "Active"
				assert api.enrol(doc.name, [customer])["enrolled"] == 1
				assert api.rehearse(doc.name)["contacts"] == 0
				assert api.statistics(doc.name)["contacts"] == {"Active": 1}
				assert api.end(doc.name)["status"] == "Ended"

	def test_figures_count_what_the_reader_sees(self, freeze, as_user):
		with freeze(MONDAY):
			seller = make_user("SPM Sales User")
			sequence = make_sequence(mail_step(0))
			start(sequence, make_party(account_manager=seller)[0])
			start(sequence, make_party()[0])
			run()
			assert api.statistics(sequence.name)["steps"][0]["done"] == 2
			with as_user(seller):
				found = api.statistics(sequence.name)
				assert found["steps"][0]["done"] == 1 and found["contacts"] == {"Finished": 1}

	def test_a_request_moves_neither_sequence_nor_enrolment(self, freeze, as_user):
		with freeze(MONDAY):
			marketing = make_user("SPM Marketing User")
			sequence = make_sequence(mail_step(5), status="Draft")
			with as_user(marketing):
				doc = frappe.get_doc("SPM Sequence", sequence.name)
				doc.status = "Active"
				doc.save()
				assert doc.status == "Draft"
			control.move(sequence.name, "Active")
			row = start(sequence, make_party()[0])
			with as_user(marketing):
				doc = frappe.get_doc("SPM Sequence Enrolment", row.name)
				doc.status, doc.next_on, doc.email = "Finished", MONDAY, "other@example.com"
				doc.save()
				assert (doc.status, doc.email) == ("Active", row.email)
				with pytest.raises(frappe.PermissionError):
					frappe.get_doc({"doctype": "SPM Sequence Enrolment", "sequence": sequence.name}).insert()

	def test_others_see_no_private_sequence(self, as_user):
		with as_user(make_user("SPM Sales Manager")):
			private = make("SPM Sequence", sequence_name=unique(), visibility="Me", steps=[mail_step(0)])
		with as_user(make_user("SPM Sales User")):
			assert private.name not in frappe.get_list("SPM Sequence", pluck="name")
			with pytest.raises(frappe.PermissionError):
				api.statistics(private.name)

	def test_an_inactive_sequence_starts_nobody(self):
		sequence = make_sequence(status="Draft")
		with pytest.raises(SPMError):
			control.enrol_by_hand(sequence.name, [make_party()[0]])
		with pytest.raises(TransitionError):
			control.move(sequence.name, "Paused")

	@pytest.mark.parametrize(
		"values",
		[
			{"starts_by": "Segment"},
			{"starts_by": "Event"},
			{"starts_by": "Event", "event": "Lifecycle Stage Reached"},
			{"steps": []},
			{"steps": [{"action": "Task"}]},
			{"steps": [{"action": "Mail"}]},
		],
	)
	def test_what_is_missing_is_named(self, values):
		with pytest.raises((SPMError, frappe.MandatoryError)):
			make(
				"SPM Sequence",
				**{"sequence_name": unique(), "steps": [{"action": "Task", "subject": "x"}], **values},
			)


class TestRehearsal:
	def test_who_would_get_what_when_and_nothing_is_written(self, freeze):
		with freeze("2026-03-06 19:00:00"):  # Friday, an hour before the quiet hours
			tag = unique()
			segment = make_segment(condition("SPM Customer", ("market_segment", "is", tag)))
			sequence = make_sequence(
				mail_step(0),
				mail_step(1),
				{"action": "Task", "subject": "Call", "wait_days": 1},
				status="Draft",
				starts_by="Segment",
				segment=segment.name,
			)
			customer, contact = make_party(market_segment=tag)
			silent, other = make_party(market_segment=tag)
			frappe.db.set_value("Contact", other.name, "unsubscribed", 1)
			found = results.rehearse(sequence)
			assert found["contacts"] == 1 and found["left_out"] == {"unsubscribed": 1}
			assert found["days"] == [{"day": "2026-03-06", "mails": 1}, {"day": "2026-03-09", "mails": 1}]
			person = found["people"][0]
			assert (person["customer"], person["contact"]) == (customer, contact.name) and silent
			moments = [step["on"] for step in person["steps"]]
			assert moments == ["2026-03-06 19:00:00", "2026-03-09 08:00:00", "2026-03-10 08:00:00"]
			assert enrolment(sequence, customer) is None and mails(sequence) == []

	def test_what_was_rehearsed_is_what_happens(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), mail_step(4), mail_step(1, wait_unit="Working Days"))
			customer, _contact = make_party()
			plan = results.rehearse(sequence, [customer])["people"][0]["steps"]
			start(sequence, customer)
		for step in plan:
			with freeze(str(get_datetime(step["on"]))):
				assert run()["done"] == 1
		assert [str(d.sent_on) for d in deliveries(sequence)] == [step["on"] for step in plan]


def test_tokens_belong_to_one_enrolment():
	assert mail.token_of("ENR-00000001") != mail.token_of("ENR-00000002")
	assert mail.enrolment_of(mail.token_of("ENR-99999999")) is None


def test_stop_reasons_are_those_of_the_form():
	options = frappe.get_meta("SPM Sequence Enrolment").get_options("stop_reason").split("\n")
	used = {reason for reason, _query in stopping._rules(make_sequence(stop_on_open_deal=1))}
	assert used <= set(options)


class TestOtherRecords:
	"""Events of records that other parts of the app write."""

	def test_a_quotation_that_was_sent(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(starts_by="Event", event="Quotation Sent", event_delay_days=7)
			customer, _contact = make_party()
			deal = make_opportunity(customer=customer)
			quotation = frappe.get_doc(
				{"doctype": "SPM Quotation", "title": "x", "opportunity": deal.name, "customer": customer}
			)
			quotation.name = unique("QUO-")
			quotation.db_insert()
			frappe.db.set_value(
				"SPM Quotation", quotation.name, {"status": "Sent", "sent_on": now_datetime()}
			)
			run()
			assert enrolment(sequence, customer) is None
		with freeze("2026-03-09 10:00:00"):
			run()
			assert enrolment(sequence, customer).reference_name == quotation.name
			frappe.db.set_value("SPM Quotation", quotation.name, "status", "Accepted")

	def test_a_customer_that_fell_asleep(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(
				starts_by="Event", event="Lifecycle Stage Reached", event_stage="Dormant", stop_on_won_deal=0
			)
			asleep, _contact = make_party()
			awake, _contact = make_party()
			for customer in (asleep, awake):
				doc = frappe.get_doc("SPM Customer", customer)
				doc.lifecycle_stage = "Dormant"
				doc.save()
			frappe.db.set_value("SPM Customer", awake, "lifecycle_stage", "Following")
			run()
			assert enrolment(sequence, asleep) and not enrolment(sequence, awake)

	def test_a_contact_marked_as_having_left(self, freeze):
		with freeze(MONDAY):
			sequence = make_sequence(mail_step(0), mail_step(3))
			customer, contact = make_party()
			start(sequence, customer)
			run()
			frappe.db.set_value("Contact", contact.name, "left_company_on", getdate())
			run()
			assert enrolment(sequence, customer).stop_reason == "Left the Company"
			assert control.enrol_by_hand(sequence.name, [customer])["left"] == 1

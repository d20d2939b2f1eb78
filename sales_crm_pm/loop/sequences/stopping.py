"""What ends an enrolment before its last step; every rule is one statement over all enrolments of a sequence."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cint, getdate, now_datetime
from pypika.terms import Criterion

from sales_crm_pm.loop import segments
from sales_crm_pm.loop.sequences import DELIVERY, ENROLMENT, RUNNING

AUTOMATIC = ("Automatic reply%", "Auto:%", "Out of office%", "Autoreply%", "自动回复%", "自动答复%")
"""Subjects of answers that nobody wrote."""
DAEMONS = ("mailer-daemon@%", "postmaster@%")
OUTCOMES = {"Answered": "Answered", "Unsubscribed": "Unsubscribed", "Bounced": "Bounced"}
NAMES_PER_STATEMENT = 1000


def apply(sequence: Any) -> dict[str, int]:
	"""End the enrolments of a sequence that one of its rules stops; returns how many per reason."""
	stopped = {}
	for reason, query in _rules(sequence):
		names = query.distinct().run(pluck=True)
		if names:
			stop(names, reason)
			stopped[reason] = len(names)
	return stopped


def stop(names: list[str], reason: str) -> None:
	"""End these enrolments and note on the last mail of each what it led to."""
	enrolments, deliveries = DocType(ENROLMENT), DocType(DELIVERY)
	for start in range(0, len(names), NAMES_PER_STATEMENT):
		chunk = names[start : start + NAMES_PER_STATEMENT]
		if reason in OUTCOMES:
			(
				frappe.qb.update(deliveries)
				.join(enrolments)
				.on(enrolments.name == deliveries.enrolment)
				.set(deliveries.outcome, OUTCOMES[reason])
				.where(enrolments.name.isin(chunk) & (deliveries.action == "Mail"))
				.where((deliveries.outcome == "Sent") & (deliveries.sent_on == enrolments.last_sent_on))
				.run()
			)
		(
			frappe.qb.update(enrolments)
			.set(enrolments.status, "Stopped")
			.set(enrolments.stop_reason, reason)
			.set(enrolments.ended_on, now_datetime())
			.set(enrolments.next_on, None)
			.set(enrolments.active_key, None)
			.set(enrolments.modified, now_datetime())
			.where(enrolments.name.isin(chunk) & enrolments.status.isin(RUNNING))
			.run()
		)
		for name in chunk:
			frappe.clear_document_cache(ENROLMENT, name)


def _rules(sequence: Any):
	"""(reason, query of the enrolments it ends), the most telling reason first."""
	enrolment = DocType(ENROLMENT)
	running = (
		frappe.qb.from_(enrolment)
		.select(enrolment.name)
		.where((enrolment.sequence == sequence.name) & enrolment.status.isin(RUNNING))
	)
	yield "Unsubscribed", _unsubscribed(running, enrolment)
	yield "Left the Company", _left(running, enrolment)
	yield "Bounced", _refused_by_server(running, enrolment)
	yield "Bounced", _returned(running, enrolment)
	if cint(sequence.stop_on_answer):
		yield "Answered", _answered_by_mail(running, enrolment)
		yield "Answered", _answered_otherwise(running, enrolment)
	if cint(sequence.stop_on_ticket) and frappe.db.exists("DocType", "SPM Ticket"):
		ticket = DocType("SPM Ticket")
		yield (
			"Opened a Ticket",
			_joined(running, enrolment, ticket).where(ticket.creation >= enrolment.started_on),
		)
	deal = DocType("SPM Opportunity")
	of_another = deal.name != Coalesce(enrolment.reference_name, "")
	if cint(sequence.stop_on_won_deal):
		yield (
			"Opportunity Won",
			_joined(running, enrolment, deal)
			.where((deal.status == "Won") & (deal.modified >= enrolment.started_on) & of_another)
			.where(deal.won_on >= frappe.query_builder.functions.Date(enrolment.started_on)),
		)
	if cint(sequence.stop_on_open_deal):
		yield (
			"Opportunity Opened",
			_joined(running, enrolment, deal).where((deal.creation >= enrolment.started_on) & of_another),
		)
	if cint(sequence.stop_on_leaving_segment) and sequence.segment:
		yield (
			"Left the Segment",
			running.where(enrolment.customer.notin(segments.members_query(sequence.segment))),
		)


def _joined(running: Any, enrolment: Any, table: Any) -> Any:
	return running.inner_join(table).on(table.customer == enrolment.customer)


def _unsubscribed(running: Any, enrolment: Any) -> Any:
	contact, refusal = DocType("Contact"), DocType("Email Unsubscribe")
	refused = (
		frappe.qb.from_(refusal)
		.select(refusal.email)
		.where((refusal.global_unsubscribe == 1) & refusal.email.isnotnull())
	)
	return (
		running.inner_join(contact)
		.on(contact.name == enrolment.contact)
		.where((contact.unsubscribed == 1) | enrolment.email.isin(refused))
	)


def _left(running: Any, enrolment: Any) -> Any:
	"""The contact is marked as gone, or belongs to another customer by now."""
	contact, link = DocType("Contact"), DocType("Dynamic Link")
	query = (
		running.left_join(contact)
		.on(contact.name == enrolment.contact)
		.left_join(link)
		.on(
			(link.parenttype == "Contact")
			& (link.parent == enrolment.contact)
			& (link.link_doctype == "SPM Customer")
			& (link.link_name == enrolment.customer)
		)
	)
	gone = link.name.isnull()
	if frappe.get_meta("Contact").has_field("left_company_on"):
		gone |= contact.left_company_on <= getdate()
	return query.where(gone)


def _refused_by_server(running: Any, enrolment: Any) -> Any:
	delivery, queue = DocType(DELIVERY), DocType("Email Queue")
	return (
		running.inner_join(delivery)
		.on(delivery.enrolment == enrolment.name)
		.inner_join(queue)
		.on(queue.name == delivery.email_queue)
		.where(queue.status == "Error")
	)


def _returned(running: Any, enrolment: Any) -> Any:
	"""The mail came back: a daemon wrote about it."""
	letter = DocType("Communication")
	return _letters(running, enrolment, letter).where(
		Criterion.any(letter.sender.like(pattern) for pattern in DAEMONS)
	)


def _answered_by_mail(running: Any, enrolment: Any) -> Any:
	letter = DocType("Communication")
	query = _letters(running, enrolment, letter)
	for pattern in DAEMONS:
		query = query.where(Coalesce(letter.sender, "").not_like(pattern))
	for pattern in AUTOMATIC:
		query = query.where(Coalesce(letter.subject, "").not_like(pattern))
	return query


def _letters(running: Any, enrolment: Any, letter: Any) -> Any:
	"""Mails that came in about an enrolment or from its contact since it began."""
	return (
		running.inner_join(letter)
		.on(
			((letter.reference_doctype == ENROLMENT) & (letter.reference_name == enrolment.name))
			| ((letter.sender == enrolment.email) & enrolment.email.isnotnull())
		)
		.where(letter.sent_or_received == "Received")
		.where(letter.creation >= enrolment.started_on)
		.where(enrolment.sent_count > 0)
	)


def _answered_otherwise(running: Any, enrolment: Any) -> Any:
	"""Somebody logged that the contact called, wrote or came by."""
	talk = DocType("SPM Interaction")
	return (
		_joined(running, enrolment, talk)
		.where(talk.direction == "Incoming")
		.where((talk.contact == enrolment.contact) | talk.contact.isnull() | (talk.contact == ""))
		.where(talk.happened_on >= enrolment.started_on)
		.where((talk.interaction_type != "Note") & (enrolment.sent_count > 0))
	)

"""What a talk belongs to, and what it changes on the lead and the customer it was held with."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Max, Min
from frappe.utils import flt, get_datetime, getdate, now_datetime, strip_html
from pypika import Case

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import customer_figures, lead_pool, lead_response, lead_scoring, lifecycle, visits
from sales_crm_pm.rules import sales

PARTIES = (("opportunity", "SPM Opportunity"), ("project", "SPM Project"), ("lead", "SPM Lead"))
"""Where a talk gets its customer and deal chain from, the most telling first."""


def set_customer_and_chain(doc: Any) -> None:
	"""Fill customer and deal chain from the deal, project or lead that the talk names."""
	doc.deal_chain = None
	for fieldname, doctype in PARTIES:
		if not doc.get(fieldname):
			continue
		source = frappe.db.get_value(doctype, doc.get(fieldname), ["customer", "deal_chain"], as_dict=True)
		if source:
			doc.customer = doc.customer or source.customer
			doc.deal_chain = doc.deal_chain or source.deal_chain


def set_subject(doc: Any) -> None:
	"""Name a talk that has no subject by its first words."""
	if not doc.subject:
		words = " ".join(strip_html(doc.content or "").split())
		doc.subject = words[:100] or _(doc.interaction_type)


def set_delay(doc: Any) -> None:
	"""How many hours lay between the talk and its being written down, measured once."""
	if doc.is_new():
		doc.logged_delay_hours = sales.logged_delay_hours(get_datetime(doc.happened_on), now_datetime())
	else:
		doc.logged_delay_hours = doc.get_doc_before_save().logged_delay_hours


def set_main_contact(doc: Any) -> None:
	"""The first contact among the participants is the main one, unless somebody chose another."""
	if not doc.contact:
		doc.contact = next((row.contact for row in doc.get("participants") or () if row.contact), None)


def set_follow_up(doc: Any) -> None:
	"""A next date makes a follow-up that stays open until it is done, cancelled or answered by a later talk.

	Talks from a file tell the past: their dates that are over are not work to do.
	"""
	if not doc.next_date:
		doc.follow_up_status, doc.follow_up_by = "", None
		return
	before = doc.get_doc_before_save()
	moved = before and before.next_date and getdate(before.next_date) != getdate(doc.next_date)
	if moved and doc.follow_up_status == before.follow_up_status:
		doc.follow_up_status = "Open"
	if not doc.follow_up_status:
		over = (frappe.flags.spm_bulk or doc.import_run) and getdate(doc.next_date) < getdate()
		doc.follow_up_status = "Done" if over else "Open"
	doc.follow_up_by = doc.follow_up_by or doc.owner or frappe.session.user


def check_participants(doc: Any) -> None:
	"""Every row of the participants is somebody, once.

	:raises SPMError: naming the row
	"""
	seen = set()
	for row in doc.get("participants") or ():
		person = row.contact or row.user or (row.person_name or "").strip()
		if not person:
			frappe.throw(
				_("Participants, row {0}: choose a contact or a colleague, or write a name.").format(row.idx),
				exc=SPMError,
			)
		if person in seen:
			frappe.throw(
				_("Participants, row {0}: {1} is in the list twice. Remove one row.").format(
					row.idx, frappe.bold(row.person_name or person)
				),
				exc=SPMError,
			)
		seen.add(person)


def check_position(doc: Any) -> None:
	"""A position on the earth has both its values within their limits.

	:raises SPMError: when it has not
	"""
	latitude, longitude = flt(doc.latitude), flt(doc.longitude)
	if abs(latitude) > 90 or abs(longitude) > 180:
		frappe.throw(
			_(
				"Latitude is between -90 and 90, longitude between -180 and 180. Correct the position or clear it."
			),
			exc=SPMError,
		)
	if doc.is_new() and (latitude or longitude) and not doc.checked_in_on:
		doc.checked_in_on = now_datetime()


def check_subject_matter(doc: Any) -> None:
	"""A talk must be with somebody.

	:raises SPMError: when it names no customer, lead, opportunity or project
	"""
	if not (doc.customer or doc.lead or doc.opportunity or doc.project):
		frappe.throw(
			_("Choose the customer, lead, opportunity or project that this interaction belongs to."),
			exc=SPMError,
		)


def answer_follow_ups(doc: Any) -> None:
	"""Close the writer's earlier follow-ups with the same people that this talk answers; one statement.

	Those that were due are answered by the talk itself; those still to come are replaced when it names a next
	date of its own. A talk about a deal also answers what was planned with the customer in general, but not
	what was planned about another deal.
	"""
	talks = DocType("SPM Interaction")
	if doc.opportunity or doc.project:
		fieldname = "opportunity" if doc.opportunity else "project"
		party = talks[fieldname] == doc.get(fieldname)
		if doc.customer:
			party |= (talks.customer == doc.customer) & _in_general(talks)
	elif doc.lead:
		party = talks.lead == doc.lead
	else:
		party = (talks.customer == doc.customer) & _in_general(talks)
	query = (
		frappe.qb.update(talks)
		.set(talks.follow_up_status, "Done")
		.where(
			(talks.follow_up_by == doc.owner)
			& (talks.follow_up_status == "Open")
			& (talks.name != doc.name)
			& (talks.happened_on <= get_datetime(doc.happened_on))
			& party
		)
	)
	if not doc.next_date:
		query = query.where(talks.next_date <= getdate(doc.happened_on))
	query.run()


def _in_general(talks: Any) -> Any:
	"""Condition for talks about no deal and no project."""
	nothing = talks.opportunity.isnull() | (talks.opportunity == "")
	return nothing & (talks.project.isnull() | (talks.project == ""))


def show_follow_up(doc: Any) -> None:
	"""Bring last talk and next follow-up of the customer, the lead and the deal up to date."""
	before = doc.get_doc_before_save()
	customers = [doc.customer, before.customer if before else None]
	show_next_step(doc)
	customer_figures.refresh_talks(customers)
	visits.refresh(customers)
	if before is None and doc.customer and get_datetime(doc.happened_on) <= now_datetime():
		lifecycle.talked([doc.customer])
	for lead in {doc.lead, before.lead if before else None} - {None, ""}:
		refresh_lead(lead)
	lead_response.follow_talk(doc)


def show_next_step(doc: Any) -> None:
	"""Write an open follow-up into its running deal, where the board and the forecast look for it."""
	if not doc.opportunity or not (
		doc.has_value_changed("next_date")
		or doc.has_value_changed("next_step")
		or doc.has_value_changed("follow_up_status")
	):
		return
	deals = DocType("SPM Opportunity")
	query = frappe.qb.update(deals).where(
		(deals.name == doc.opportunity) & deals.status.isin(["Open", "On Hold"])
	)
	if doc.next_date and doc.follow_up_status == "Open":
		query.set(deals.next_step, (doc.next_step or doc.subject or "")[:140]).set(
			deals.next_step_date, getdate(doc.next_date)
		).run()
	elif before := doc.get_doc_before_save():
		if not before.next_date or before.follow_up_status != "Open":
			return
		# Only what this talk had written there; a step that somebody typed since stays.
		query.set(deals.next_step, None).set(deals.next_step_date, None).where(
			deals.next_step_date == getdate(before.next_date)
		).run()
	frappe.clear_document_cache("SPM Opportunity", doc.opportunity)


def refresh_lead(lead: str) -> None:
	"""Write a lead's last and next follow-up from its talks."""
	talks = DocType("SPM Interaction")
	upcoming = (talks.next_date >= getdate()) & (talks.follow_up_status == "Open")
	last_on, next_on = (
		frappe.qb.from_(talks)
		.select(
			Max(Case().when(talks.happened_on <= now_datetime(), talks.happened_on)),
			Min(Case().when(upcoming, talks.next_date)),
		)
		.where(talks.lead == lead)
		.run()
	)[0]
	values = {"last_followup_on": last_on}
	if next_on:
		# A date that somebody typed stays until a talk names a next one.
		values["next_followup_on"] = next_on
	values |= lead_pool.refresh_recycle_date(lead, last_on)
	frappe.db.set_value("SPM Lead", lead, values, update_modified=False)
	lead_scoring.refresh(lead)


def finish_follow_up(doc: Any, status: str = "Done") -> None:
	"""Mark the follow-up of a talk as done or cancelled, by whoever has to do it or may change the talk.

	:param doc: the talk
	:param status: "Done" or "Cancelled"
	:raises frappe.PermissionError: for anybody else
	"""
	if doc.follow_up_by != frappe.session.user:
		doc.check_permission("write")
	doc.follow_up_status = status
	doc.save(ignore_permissions=True)


def postpone_follow_up(doc: Any, next_date: Any) -> None:
	"""Move the follow-up of a talk to another day, by whoever has to do it or may change the talk.

	:raises frappe.PermissionError: for anybody else
	"""
	if doc.follow_up_by != frappe.session.user:
		doc.check_permission("write")
	doc.next_date = getdate(next_date)
	doc.follow_up_status = "Open"
	doc.save(ignore_permissions=True)

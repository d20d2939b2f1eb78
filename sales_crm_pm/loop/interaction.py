"""What a talk belongs to, and what it changes on the lead and the customer it was held with."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Max, Min
from frappe.utils import get_datetime, getdate, now_datetime, strip_html
from pypika import Case

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import customer_figures
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


def check_subject_matter(doc: Any) -> None:
	"""A talk must be with somebody.

	:raises SPMError: when it names no customer, lead, opportunity or project
	"""
	if not (doc.customer or doc.lead or doc.opportunity or doc.project):
		frappe.throw(
			_("Choose the customer, lead, opportunity or project that this interaction belongs to."),
			exc=SPMError,
		)


def show_follow_up(doc: Any) -> None:
	"""Bring last talk and next follow-up of the customer and the lead up to date."""
	before = doc.get_doc_before_save()
	customers = [doc.customer, before.customer if before else None]
	customer_figures.refresh_talks(customers)
	for lead in {doc.lead, before.lead if before else None} - {None, ""}:
		refresh_lead(lead)


def refresh_lead(lead: str) -> None:
	"""Write a lead's last and next follow-up from its talks."""
	talks = DocType("SPM Interaction")
	last_on, next_on = (
		frappe.qb.from_(talks)
		.select(
			Max(Case().when(talks.happened_on <= now_datetime(), talks.happened_on)),
			Min(Case().when(talks.next_date >= getdate(), talks.next_date)),
		)
		.where(talks.lead == lead)
		.run()
	)[0]
	values = {"last_followup_on": last_on}
	if next_on:
		# A date that somebody typed stays until a talk names a next one.
		values["next_followup_on"] = next_on
	frappe.db.set_value("SPM Lead", lead, values, update_modified=False)

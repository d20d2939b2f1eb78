"""A lead becomes a customer with a contact and, if wanted, an opportunity: once, however often it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import now_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import customer_figures, duplicates, lead_history

NOT_CONVERTIBLE = ("Junk",)

CUSTOMER_FIELDS = (
	"industry",
	"territory",
	"source",
	"no_of_employees",
	"website",
	"language",
	"campaign",
	"currency",
	"email",
	"phone",
)
ORIGIN_FIELDS = ("campaign", "utm_source", "utm_medium", "utm_campaign")
"""Where a deal came from; reports count won deals by them."""


@dataclass
class Conversion:
	"""What a lead has become."""

	customer: str
	contact: str
	opportunity: str | None
	created: bool


def convert(lead: str, create_opportunity: bool = True) -> Conversion:
	"""Make (or find) the customer, contact and opportunity of a lead, as the session's user.

	A customer of the same name (its legal form and spelling aside) that the user may see is used again; nothing
	is typed twice: source, profile, need and talks come along. Whatever else looks like a duplicate is refused
	or questioned by the rules, as in the form. A second call returns what the first one made, and adds the
	opportunity when only that is still missing.

	:param lead: name of the lead
	:param create_opportunity: also open an opportunity for it
	:raises frappe.DoesNotExistError: no such lead
	:raises frappe.PermissionError: the user may not write the lead or make one of the records
	:raises SPMError: the lead is junk
	"""
	# The lock makes two simultaneous conversions one: the second waits and then finds the first one's work.
	doc = frappe.get_doc("SPM Lead", lead, for_update=True)
	doc.check_permission("write")
	if doc.status in NOT_CONVERTIBLE:
		frappe.throw(
			_("{0} is marked as junk. Change the status before converting it.").format(
				frappe.bold(doc.lead_name)
			),
			exc=SPMError,
		)
	created = not doc.customer
	if created:
		doc.customer = _customer_of(doc)
		doc.contact = _contact_of(doc)
	if create_opportunity and not doc.opportunity:
		doc.opportunity = _open_opportunity(doc)
		created = True
	if created:
		doc.status = "Converted"
		doc.converted_on = doc.converted_on or now_datetime()
		doc.flags.derived = True
		doc.save()
		_hand_over_talks(doc)
		lead_history.hand_over(doc)
	return Conversion(doc.customer, doc.contact, doc.opportunity or None, created)


def _customer_of(lead: Any) -> str:
	name = (lead.organisation or lead.lead_name).strip()
	if known := duplicates.customers_called(name):
		return known[0]
	customer = frappe.new_doc("SPM Customer")
	customer.update(
		{
			"customer_name": name,
			"customer_type": "Company" if lead.organisation else "Individual",
			"account_manager": lead.lead_owner or frappe.session.user,
			"lifecycle_stage": "Prospect",
		}
	)
	for fieldname in CUSTOMER_FIELDS:
		customer.set(fieldname, lead.get(fieldname))
	customer.flags.not_duplicate_of = {("SPM Lead", lead.name)}
	return customer.insert().name


def _contact_of(lead: Any) -> str:
	if lead.email and (known := _contact_with(lead.email, lead.customer)):
		return known
	contact = frappe.new_doc("Contact")
	first, _space, last = lead.lead_name.strip().partition(" ")
	contact.update({"first_name": first, "last_name": last, "designation": lead.job_title})
	if lead.organisation:
		contact.company_name = lead.organisation
	if lead.email:
		contact.append("email_ids", {"email_id": lead.email, "is_primary": 1})
	if lead.mobile:
		contact.append("phone_nos", {"phone": lead.mobile, "is_primary_mobile_no": 1})
	if lead.phone and lead.phone != lead.mobile:
		contact.append("phone_nos", {"phone": lead.phone, "is_primary_phone": 1})
	contact.append("links", {"link_doctype": "SPM Customer", "link_name": lead.customer})
	contact.flags.not_duplicate_of = {("SPM Lead", lead.name)}
	contact.insert()
	if not frappe.db.get_value("SPM Customer", lead.customer, "primary_contact"):
		# Only fills a gap of the customer; no permission to write the customer is needed for that.
		frappe.db.set_value("SPM Customer", lead.customer, "primary_contact", contact.name)
	return contact.name


def _contact_with(email: str, customer: str) -> str | None:
	"""A contact of this customer that has the address already."""
	contacts = frappe.get_all("Contact Email", filters={"email_id": email}, pluck="parent")
	if not contacts:
		return None
	return frappe.db.get_value(
		"Dynamic Link",
		{
			"parenttype": "Contact",
			"parent": ["in", contacts],
			"link_doctype": "SPM Customer",
			"link_name": customer,
		},
		"parent",
	)


def _open_opportunity(lead: Any) -> str:
	opportunity = frappe.new_doc("SPM Opportunity")
	customer_name = frappe.db.get_value("SPM Customer", lead.customer, "customer_name")
	opportunity.update(
		{
			"title": _("{0}: {1}").format(customer_name, lead.need.strip().splitlines()[0][:80])
			if (lead.need or "").strip()
			else customer_name,
			"customer": lead.customer,
			"lead": lead.name,
			"opportunity_owner": lead.lead_owner or frappe.session.user,
			"source": lead.source,
			**{fieldname: lead.get(fieldname) for fieldname in ORIGIN_FIELDS},
			"amount": lead.budget,
			"currency": lead.currency,
			"requirement": lead.need,
			"deal_chain": lead.deal_chain,
		}
	)
	if lead.contact:
		opportunity.append("contacts", {"contact": lead.contact, "is_primary": 1})
	return opportunity.insert().name


def _hand_over_talks(lead: Any) -> None:
	"""Talks held with the lead become talks of the customer and its deal, in one statement."""
	values = {"customer": lead.customer, "deal_chain": lead.deal_chain}
	if lead.opportunity:
		values["opportunity"] = lead.opportunity
	frappe.db.set_value("SPM Interaction", {"lead": lead.name}, values, update_modified=False)
	customer_figures.refresh_talks([lead.customer])

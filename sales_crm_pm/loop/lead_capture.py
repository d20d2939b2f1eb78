"""Leads that come from outside: the web form, a campaign's page and QR code, and incoming mail."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import frappe
from frappe import _
from frappe.utils import cint, get_datetime, getdate, now_datetime, validate_email_address

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import lead_history, lead_response, lead_scoring
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules import mail_signature
from sales_crm_pm.rules.lead_pool import OPEN_STATUSES

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
LONGEST = 140
MAX_NEED = 2000


class SpamError(SPMError):
	"""A machine filled in the form."""


# What every new lead from outside goes through
# ---------------------------------------------


def complete(doc: Any) -> None:
	"""Fill in what follows from how a lead came: owner nobody, source, campaign, consent."""
	if frappe.flags.in_web_form and doc.is_new():
		from_web_form(doc)
	if doc.consent and not doc.consent_on:
		doc.consent_on = now_datetime()
	elif not doc.consent:
		doc.consent_on = None
	if doc.is_new() or doc.has_value_changed("campaign"):
		from_campaign(doc)
	doc.lead_name = doc.lead_name or name_from_address(doc.email) or doc.organisation


def from_web_form(doc: Any) -> None:
	"""A visitor's request has no owner yet and says where it came from.

	:raises SpamError: the field that people do not see is filled in
	:raises SPMError: consent is wanted and missing
	"""
	doc.flags.from_outside = True
	doc.lead_owner = None
	doc.status = "New"
	if doc.get("leave_empty"):
		frappe.throw(_("Your request could not be sent. Please call us."), exc=SpamError)
	settings = frappe.get_cached_doc("SPM Settings")
	if cint(settings.lead_consent_required) and not cint(doc.consent):
		frappe.throw(_("Please agree that we may contact you."), exc=SPMError)
	if not doc.email and not doc.mobile and not doc.phone:
		frappe.throw(_("Please leave an e-mail address or a phone number."), exc=SPMError)
	for fieldname, value in utm_of(doc.landing_page).items():
		if not doc.get(fieldname):
			doc.set(fieldname, value)
	if not doc.campaign and doc.utm_campaign:
		doc.campaign = campaign_called(doc.utm_campaign)
	if not doc.source and not doc.campaign and frappe.db.exists("SPM Source", "Website"):
		doc.source = "Website"


def from_campaign(doc: Any) -> None:
	"""Source and territory of the campaign, unless the lead names its own."""
	if not doc.campaign:
		return
	found = frappe.get_cached_value(
		"SPM Campaign", doc.campaign, ["source", "territory", "language"], as_dict=True
	)
	for fieldname in ("source", "territory", "language"):
		if found and found[fieldname] and not doc.get(fieldname):
			doc.set(fieldname, found[fieldname])


def utm_of(address: str | None) -> dict[str, str]:
	"""The marketing parameters in a page's address."""
	if not address:
		return {}
	query = parse_qs(urlsplit(address[:2000]).query)
	return {name: query[name][0][:LONGEST] for name in UTM if query.get(name)}


def campaign_called(word: str) -> str | None:
	"""The campaign with this short code or name."""
	return frappe.db.get_value("SPM Campaign", {"campaign_code": word}) or frappe.db.exists(
		"SPM Campaign", word
	)


def name_from_address(address: str | None) -> str | None:
	"""A readable name from the part of a mail address before the @."""
	local = (address or "").partition("@")[0]
	words = [w for w in local.replace("_", ".").replace("-", ".").split(".") if w]
	return " ".join(w.capitalize() if w.isascii() else w for w in words) or None


# The page of a campaign
# ----------------------


def request(campaign: Any, values: dict[str, Any], address: str) -> Any:
	"""Make a lead of what a visitor of a campaign's page sent.

	The same person asking the same campaign again adds to the lead that is there.

	:param campaign: the SPM Campaign, which must be open
	:param values: lead_name, organisation, job_title, mobile, email, need, consent
	:param address: address of the page with its marketing parameters
	:raises SPMError: something is missing or the page is closed
	"""
	if closed := why_closed(campaign):
		frappe.throw(closed, exc=SPMError)
	clean: dict[str, Any] = {
		name: " ".join(str(value or "").split())[:LONGEST]
		for name, value in values.items()
		if name not in ("need", "consent")
	}
	clean["need"] = str(values.get("need") or "").strip()[:MAX_NEED]
	clean["consent"] = cint(values.get("consent"))
	if not clean.get("lead_name"):
		frappe.throw(_("Please tell us your name."), exc=SPMError)
	if clean.get("email") and not validate_email_address(clean["email"]):
		frappe.throw(_("This e-mail address does not look right."), exc=SPMError)
	if known := _known(campaign.name, clean):
		if clean["need"] and clean["need"] not in (known.need or ""):
			known.need = f"{known.need}\n{clean['need']}".strip() if known.need else clean["need"]
			known.flags.ignore_permissions = True
			known.save()
		return known
	doc = frappe.new_doc("SPM Lead")
	doc.update({**clean, "campaign": campaign.name, "landing_page": address[:2000]})
	doc.update({k: v for k, v in utm_of(address).items() if not doc.get(k)})
	doc.utm_campaign = doc.utm_campaign or campaign.campaign_code
	doc.language = campaign.language or frappe.local.lang
	before, frappe.flags.in_web_form = frappe.flags.in_web_form, True
	try:
		doc.insert(ignore_permissions=True)
	finally:
		frappe.flags.in_web_form = before
	return doc


def _known(campaign: str, values: dict[str, Any]) -> Any:
	for fieldname in ("email", "mobile"):
		if not values.get(fieldname):
			continue
		name = frappe.db.get_value(
			"SPM Lead",
			{"campaign": campaign, fieldname: values[fieldname], "status": ["in", OPEN_STATUSES]},
		)
		if name:
			return frappe.get_doc("SPM Lead", name)
	return None


def why_closed(campaign: Any) -> str:
	"""Why the page of a campaign takes no requests, "" when it does."""
	today = getdate()
	if not campaign or not cint(campaign.page_is_open) or campaign.status == "Finished":
		return _("This page is closed. Please get in touch with us directly.")
	if campaign.start_date and getdate(campaign.start_date) > today:
		return _("This page is not open yet.")
	if campaign.end_date and getdate(campaign.end_date) < today:
		return _("This campaign has ended. Please get in touch with us directly.")
	return ""


# Mail
# ----


def before_insert_from_mail(doc: Any) -> None:
	"""A mail from a person whose lead is there adds to it.

	The framework makes a lead of every new thread and, when told that it exists, files the mail with the one
	it finds by the address.

	:raises frappe.DuplicateEntryError: to the framework's mail intake only
	"""
	doc.flags.from_outside = True
	doc.lead_owner = None
	doc.email = (doc.email or "").strip().lower()
	if "@" in (doc.lead_name or ""):
		# The sender gives no name; the framework writes the address instead.
		doc.lead_name = None
	if frappe.db.exists("SPM Lead", {"email": doc.email, "status": ["in", (*OPEN_STATUSES, "Converted")]}):
		raise frappe.DuplicateEntryError("SPM Lead", doc.email)
	if not doc.source:
		doc.source = frappe.db.exists("SPM Source", "E-mail")
	doc.currency = doc.currency or base_currency()


def is_from_mail(doc: Any) -> bool:
	"""Whether the framework's mail intake is making this lead: it sets subject and sender and nothing else."""
	return bool(
		doc.is_new() and doc.subject and doc.email and doc.flags.ignore_mandatory and not doc.lead_owner
	)


def follow_mail(mail: Any, method: str | None = None) -> None:
	"""Hook after a Communication: what a mail says about the lead, and what it does to the clock and the score."""
	if mail.reference_doctype != "SPM Lead" or not mail.reference_name:
		return
	if mail.communication_type != "Communication" or (mail.communication_medium or "Email") != "Email":
		return
	lead = mail.reference_name
	at = get_datetime(mail.communication_date or mail.creation or now_datetime())
	if mail.sent_or_received == "Received":
		if not _is_colleague(mail.sender):
			_read_signature(lead, mail)
			lead_response.asked_again(lead, at)
	else:
		lead_response.answered(lead, at)
		_note_contact(lead)
	lead_history.follow_converted(mail)
	lead_scoring.refresh(lead)


def _is_colleague(address: str | None) -> bool:
	return bool(
		address and frappe.db.exists("User", {"email": address, "enabled": 1, "user_type": "System User"})
	)


def _note_contact(lead: str) -> None:
	if frappe.db.get_value("SPM Lead", lead, "status") == "New":
		frappe.db.set_value("SPM Lead", lead, "status", "Contacted")


def _read_signature(lead: str, mail: Any) -> None:
	"""Fill gaps of the lead from a mail; what people have typed stays."""
	doc = frappe.db.get_value(
		"SPM Lead", lead, ["mobile", "phone", "organisation", "need", "email"], as_dict=True
	)
	if not doc or (doc.email or "").lower() != (mail.sender or "").lower():
		return
	# A mail without markup brings its words as plain text first.
	text = mail.content or mail.get("text_content") or ""
	mobile, phone = mail_signature.phones(text)
	found = {
		"mobile": mobile,
		"phone": phone,
		"organisation": mail_signature.company(text),
		"need": "\n".join(mail_signature.lines_of(text))[:MAX_NEED],
	}
	gaps = {fieldname: value for fieldname, value in found.items() if value and not doc[fieldname]}
	if not gaps:
		return
	full = frappe.get_doc("SPM Lead", lead)
	full.update(gaps)
	full.flags.ignore_permissions = True
	full.save()

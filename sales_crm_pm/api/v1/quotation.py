"""REST: quotations from the deal to the customer's answer, and what products cost."""

from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.rate_limiter import rate_limit

from sales_crm_pm.exceptions import QuotationClosedError
from sales_crm_pm.loop import (
	products,
	quotation_approval,
	quotation_customer,
	quotation_sheet,
	quotation_versions,
)
from sales_crm_pm.loop import quotation as quotations


@frappe.whitelist(methods=["POST"])
def create_from_opportunity(opportunity: str) -> dict[str, Any]:
	"""Make the quotation of an opportunity with its lines, customer, contact, currency and rate.

	:param opportunity: name of the SPM Opportunity
	:return: quotation, version, status, grand_total, currency
	:raises frappe.PermissionError: no right to write the opportunity
	"""
	frappe.get_doc("SPM Opportunity", opportunity).check_permission("write")
	return _standing(quotations.create_from_opportunity(opportunity))


@frappe.whitelist(methods=["POST"])
def new_version(quotation: str) -> dict[str, Any]:
	"""Copy a quotation into its next version; what was open before is superseded.

	:param quotation: name of any version
	:return: quotation (the new one), version, status, grand_total, currency
	"""
	return _standing(quotation_versions.new_version(_writable(quotation)))


@frappe.whitelist(methods=["GET"])
def versions(quotation: str) -> list[dict[str, Any]]:
	"""List the versions of a quotation, newest first.

	:param quotation: name of any version
	:return: dicts with name, version, status, grand_total, currency, creation
	"""
	doc = _readable(quotation)
	return frappe.get_list(
		"SPM Quotation",
		filters={"quotation_group": doc.quotation_group},
		fields=["name", "version", "status", "grand_total", "currency", "creation"],
		order_by="version desc",
		limit_page_length=100,
	)


@frappe.whitelist(methods=["GET"])
def compare(quotation: str, other: str) -> dict[str, Any]:
	"""Tell what changed between two versions.

	:param quotation: name of the one
	:param other: name of the other; the one with the lower version is taken as the old one
	:return: old, new, heads (fieldname, label, old, new) and lines (state, old, new)
	"""
	pair = sorted((_readable(quotation), _readable(other)), key=lambda doc: doc.version)
	return quotation_versions.compare(*pair)


@frappe.whitelist(methods=["POST"])
def submit(quotation: str) -> dict[str, Any]:
	"""Hand in a draft: released at once within the limits, else it waits for approval.

	:param quotation: name of the SPM Quotation
	:return: quotation, version, status, grand_total, currency, approver_role
	"""
	return _standing(quotation_approval.submit(_writable(quotation)))


@frappe.whitelist(methods=["POST"])
def approve(quotation: str) -> dict[str, Any]:
	"""Approve a quotation that waits for it.

	:param quotation: name of the SPM Quotation
	:return: quotation, version, status, grand_total, currency
	:raises ApprovalError: status 417, it is one's own or needs another role
	"""
	return _standing(quotation_approval.approve(_readable(quotation)))


@frappe.whitelist(methods=["POST"])
def send_back(quotation: str, reason: str) -> dict[str, Any]:
	"""Give a quotation that waits for approval back to the salesperson.

	:param quotation: name of the SPM Quotation
	:param reason: what has to change
	:return: quotation, version, status, grand_total, currency
	"""
	return _standing(quotation_approval.send_back(_readable(quotation), reason))


@frappe.whitelist(methods=["GET"])
def letter(quotation: str) -> dict[str, str]:
	"""Compose the mail that would go to the customer, in the customer's language.

	:param quotation: name of the SPM Quotation
	:return: recipients, subject, message
	"""
	return quotation_customer.letter(_writable(quotation))


@frappe.whitelist(methods=["POST"])
def send(
	quotation: str, recipients: str | None = None, subject: str | None = None, message: str | None = None
) -> dict[str, Any]:
	"""Send an approved quotation with its PDF; the mail is queued.

	:param quotation: name of the SPM Quotation
	:param recipients: addresses, that of the contact when not given
	:param subject: subject, that of the template when not given
	:param message: text (HTML), that of the template when not given
	:return: quotation, version, status, grand_total, currency, sent_to
	"""
	doc = quotation_customer.send(_writable(quotation), recipients, subject, message)
	return {**_standing(doc), "sent_to": doc.sent_to}


@frappe.whitelist(methods=["POST"])
def link(quotation: str) -> dict[str, Any]:
	"""Return the customer's link, to send it by a way other than mail; the quotation counts as sent.

	:param quotation: name of the SPM Quotation
	:return: quotation, version, status, grand_total, currency, link
	"""
	doc, address = quotation_customer.open_link(_writable(quotation))
	return {**_standing(doc), "link": address}


@frappe.whitelist(methods=["POST"])
def accept(
	quotation: str,
	accepted_by: str,
	accepted_on: str | None = None,
	file: str | None = None,
	note: str | None = None,
) -> dict[str, Any]:
	"""Record that the customer has accepted; the opportunity takes over amount and lines.

	:param quotation: name of the SPM Quotation
	:param accepted_by: who of the customer has said so
	:param accepted_on: when, now when not given
	:param file: address of the evidence, a file attached to the quotation
	:param note: evidence in words
	:return: quotation, version, status, grand_total, currency, opportunity, opportunity_status
	"""
	doc = quotation_customer.accept(_writable(quotation), accepted_by, accepted_on, file, note)
	status = frappe.db.get_value("SPM Opportunity", doc.opportunity, "status")
	return {**_standing(doc), "opportunity_status": status}


@frappe.whitelist(methods=["POST"])
def reject(quotation: str, reason: str) -> dict[str, Any]:
	"""Record that the customer does not want the quotation.

	:param quotation: name of the SPM Quotation
	:param reason: why
	:return: quotation, version, status, grand_total, currency
	"""
	return _standing(quotation_customer.reject(_writable(quotation), reason))


@frappe.whitelist(methods=["GET"])
def price(
	product: str,
	currency: str,
	day: date | None = None,
	qty: float = 1,
	exchange_rate: float = 1,
) -> dict[str, Any]:
	"""Suggest the price of a product in a currency on a day.

	:param product: name of the SPM Product
	:param currency: of the deal or quotation
	:param day: day of the offer, today when not given
	:param qty: quantity, for volume prices
	:param exchange_rate: of the currency to the base currency, for prices that exist in base currency only
	:return: product, currency, rate, unit, tax, recurring_interval, periods, parts
	"""
	frappe.has_permission("SPM Product", "read", throw=True)
	return products.suggest(product, currency, day, qty, exchange_rate)


@frappe.whitelist(methods=["GET"])
def pdf(quotation: str) -> None:
	"""Download the paper in the customer's language.

	:param quotation: name of the SPM Quotation
	"""
	doc = _readable(quotation)
	doc.check_permission("print")
	_download(doc)


# The customer with the link
# ------------------


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(key="token", limit=10, seconds=60 * 60)
@rate_limit(limit=60, seconds=60 * 60)
def answer(token: str, accepted: bool, name: str | None = None, reason: str | None = None) -> dict[str, Any]:
	"""Take the customer's answer that belongs to a personal link; names of records never leave here.

	:param token: the secret of the link
	:param accepted: yes or no
	:param name: who accepts
	:param reason: why not
	:return: message, a sentence for the customer
	"""
	doc = quotation_customer.answer_by_link(
		token, accepted, name or "", reason or "", frappe.local.request_ip or ""
	)
	return {"message": quotation_customer.why_closed(doc)}


@frappe.whitelist(allow_guest=True, methods=["GET"])
@rate_limit(key="token", limit=20, seconds=60 * 60)
@rate_limit(limit=60, seconds=60 * 60)
def download(token: str) -> None:
	"""Download the paper that belongs to a personal link.

	:param token: the secret of the link
	"""
	doc = quotation_customer.find_by_token(token)
	if not quotation_customer.may_look(doc):
		frappe.throw(quotation_customer.why_closed(doc), exc=QuotationClosedError)
	_download(doc)


def _download(doc: Document) -> None:
	frappe.local.response.filename = quotation_sheet.file_name(doc)
	frappe.local.response.filecontent = quotation_sheet.pdf(doc)
	frappe.local.response.type = "pdf"


def _readable(quotation: str) -> Document:
	doc = frappe.get_doc("SPM Quotation", quotation)
	doc.check_permission("read")
	return doc


def _writable(quotation: str) -> Document:
	doc = frappe.get_doc("SPM Quotation", quotation)
	doc.check_permission("write")
	return doc


def _standing(doc: Document) -> dict[str, Any]:
	return {
		"quotation": doc.name,
		"version": doc.version,
		"status": doc.status,
		"grand_total": doc.grand_total,
		"currency": doc.currency,
		"opportunity": doc.opportunity,
		"approver_role": doc.approver_role or "",
	}

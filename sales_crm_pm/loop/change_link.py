"""The personal link by which a customer without a login reads and decides a change request."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import get_url, now_datetime

from sales_crm_pm.exceptions import ChangeRequestError
from sales_crm_pm.loop import change_approval, change_implementation, secret_link
from sales_crm_pm.loop import change_request as requests

SHOWN = ("Assessed", "Approved", "Implemented", "Rejected", "Deferred")


def link(doc: Any) -> str:
	"""The customer's own link; it always shows the newest version."""
	return get_url(f"/change/{_token(doc)}")


def _token(doc: Any) -> str:
	return secret_link.secret("change", doc.name, str(doc.creation))


def open_link(name: str) -> tuple[Any, str]:
	"""Give the link of an assessed request and note that it goes out.

	:raises ChangeRequestError: it is not assessed yet, or the customer has no say in it
	"""
	doc = change_approval.locked(name)
	if doc.status not in SHOWN or not doc.needs_customer:
		frappe.throw(
			_("Assess the change first. Only a change of price, scope or dates goes to the customer."),
			exc=ChangeRequestError,
		)
	doc.flags.derived = True
	doc.sent_on = doc.sent_on or now_datetime()
	doc.token_hash = secret_link.fingerprint(_token(doc))
	doc.save()
	return doc, link(doc)


def find(token: str) -> Any:
	"""The request a link belongs to, or None."""
	name = secret_link.find(requests.DOCTYPE, token)
	return frappe.get_doc(requests.DOCTYPE, name) if name else None


def why_closed(doc: Any) -> str | None:
	"""Sentence that tells a visitor why a link takes no answer, or None when it does."""
	if doc is None or doc.status not in SHOWN:
		return _(
			"This link does not belong to a change request. Please open the link in our message once more."
		)
	if doc.status == "Deferred":
		return _("This change is put off. We will come back to you.")
	if doc.status == "Rejected":
		return _("This change was declined.")
	if doc.status in ("Approved", "Implemented") or not doc.waits_for_customer:
		return _("You have agreed to this change. Thank you!")
	return None


def note_view(doc: Any) -> None:
	"""Remember when the customer first looked."""
	if not doc.first_viewed_on:
		frappe.db.set_value(
			requests.DOCTYPE, doc.name, "first_viewed_on", now_datetime(), update_modified=False
		)


def answer(token: str, accepted: bool, version: int, name: str = "", reason: str = "") -> Any:
	"""Take the answer that came by a personal link; a double tap counts once.

	:param version: the version the visitor has seen
	:param name: who agrees
	:param reason: why not
	"""
	found = find(token)
	doc = change_approval.locked(found.name) if found else None
	if doc and (change_approval.has_customer_agreed(doc) if accepted else doc.status == "Rejected"):
		return doc
	if closed := why_closed(doc):
		frappe.throw(closed, title=_("This change takes no answer"), exc=ChangeRequestError)
	contact = doc.requested_contact
	if not accepted:
		return change_approval.reject_as_customer(
			doc, reason, change_approval.LINK, contact=contact, person_name=name.strip()
		)
	if not name.strip():
		frappe.throw(_("Please write your name."), exc=ChangeRequestError)
	return change_implementation.approve_as_customer(
		doc, version, change_approval.LINK, contact=contact, person_name=name.strip()
	)

"""The letter of a step: the contact's language, the values a template may use, and the way to unsubscribe."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import quote

import frappe
from frappe import _
from frappe.utils import escape_html, get_url
from frappe.utils.password import get_encryption_key

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.sequences import ENROLMENT, RUNNING
from sales_crm_pm.loop.sequences.stopping import stop

LANGUAGE_SUFFIX = re.compile(r" \(([a-zA-Z]{2,3}(?:-[a-zA-Z]{2,4})?)\)$")
PAGE = "/mail-unsubscribe/{0}"
ONE_CLICK = "/api/method/sales_crm_pm.api.v1.sequence.one_click?token={0}"


def template_for(name: str, language: str) -> str:
	"""The template in the contact's language: "Welcome (zh)" instead of "Welcome (en)" when there is one."""
	base = LANGUAGE_SUFFIX.sub("", name)
	wanted = [f"{base} ({code})" for code in (language, language.split("-")[0]) if code]
	found = set(frappe.get_all("Email Template", filters={"name": ["in", wanted]}, pluck="name"))
	return next((one for one in wanted if one in found), name)


def letter(template: str, enrolment: Any, facts: Any) -> dict[str, str]:
	"""Subject and body of a step's mail, always with a link to unsubscribe.

	:param template: name of the template, in the right language already
	:param facts: contact_name, first_name, customer_name, account_manager_name, company
	"""
	link = page_link(enrolment.name)
	values = {**facts, "unsubscribe_link": link}
	found = frappe.get_cached_doc("Email Template", template).get_formatted_email(values)
	if link not in found["message"]:
		language = enrolment.language
		found["message"] += (
			'<p style="font-size:12px;color:#7c7c7c;margin-top:32px">{} <a href="{}" style="color:#7c7c7c">{}</a></p>'
		).format(
			_("You get this mail because we work together.", language),
			escape_html(link),
			_("Unsubscribe", language),
		)
	return found


def send(enrolment: Any, found: dict[str, str], reply_to: str | None) -> str | None:
	"""Put the letter into the framework's queue; returns the queue's name, None when core holds it back."""
	frappe.sendmail(
		recipients=[enrolment.email],
		subject=found["subject"],
		message=found["message"],
		reply_to=reply_to,
		reference_doctype=ENROLMENT,
		reference_name=enrolment.name,
		# Ours is in the letter: core's would need the framework's signature of a name.
		add_unsubscribe_link=0,
	)
	queued = frappe.get_all(
		"Email Queue",
		filters={"reference_doctype": ENROLMENT, "reference_name": enrolment.name},
		order_by="creation desc",
		pluck="name",
		limit=1,
	)
	return queued[0] if queued else None


def add_list_unsubscribe(doc: Any, method: str | None = None) -> None:
	"""Hook before a mail is queued: give those of sequences the headers behind the mail program's own button.

	The framework would prefix headers it is given with "X-", so they go on top of the finished message.
	"""
	if doc.reference_doctype != ENROLMENT or not doc.message:
		return
	address = get_url(ONE_CLICK.format(quote(token_of(doc.reference_name))))
	# The lines of a message end alike.
	end = "\r\n" if "\r\n" in doc.message else "\n"
	headers = (f"List-Unsubscribe: <{address}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click")
	doc.message = end.join((*headers, doc.message))


def token_of(enrolment: str) -> str:
	"""The secret by which a contact may unsubscribe without login; made from the site's key, never stored."""
	secret = hmac.new(get_encryption_key().encode(), f"unsubscribe|{enrolment}".encode(), hashlib.sha256)
	signature = base64.urlsafe_b64encode(secret.digest()[:18]).decode()
	return f"{base64.urlsafe_b64encode(enrolment.encode()).decode().rstrip('=')}.{signature}"


def enrolment_of(token: str) -> str | None:
	"""The enrolment a token was made for, None for any other text."""
	head, _dot, _signature = (token or "").partition(".")
	try:
		name = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).decode()
	except ValueError:
		return None
	if not hmac.compare_digest(token_of(name).encode(), token.encode()):
		return None
	return name if frappe.db.exists(ENROLMENT, name) else None


def page_link(enrolment: str) -> str:
	"""Address of the page on which a contact unsubscribes."""
	return get_url(PAGE.format(quote(token_of(enrolment))))


def unsubscribe(token: str, undo: bool = False) -> dict[str, Any]:
	"""Take a contact off every sequence, and tell core; or put the contact back when that was a mistake.

	Doing it twice does it once. What was stopped stays stopped after an undo: nothing starts without a cause.

	:return: `email` (shortened) and `unsubscribed`
	:raises SPMError: the token belongs to nobody
	"""
	name = enrolment_of(token)
	if not name:
		frappe.throw(_("This link is not valid. Please use the link in our last mail."), exc=SPMError)
	row = frappe.db.get_value(ENROLMENT, name, ["contact", "email"], as_dict=True)
	if frappe.db.exists("Contact", row.contact):
		frappe.db.set_value("Contact", row.contact, "unsubscribed", 0 if undo else 1)
	known = frappe.get_all(
		"Email Unsubscribe", filters={"email": row.email, "global_unsubscribe": 1}, pluck="name"
	)
	if undo:
		for entry in known:
			frappe.delete_doc("Email Unsubscribe", entry, ignore_permissions=True, force=True)
	else:
		if row.email and not known:
			# The token has proved whose address it is; a guest has no rights of their own.
			frappe.get_doc(
				{"doctype": "Email Unsubscribe", "email": row.email, "global_unsubscribe": 1}
			).insert(ignore_permissions=True)
		running = frappe.get_all(
			ENROLMENT, filters={"contact": row.contact, "status": ["in", RUNNING]}, pluck="name"
		) + frappe.get_all(
			ENROLMENT, filters={"email": row.email or "-", "status": ["in", RUNNING]}, pluck="name"
		)
		stop(sorted(set(running)), "Unsubscribed")
	return {"email": shortened(row.email), "unsubscribed": not undo}


def shortened(email: str | None) -> str:
	"""An address its owner recognises and nobody else learns."""
	local, _at, domain = (email or "").partition("@")
	return f"{local[:2]}…@{domain}" if domain else ""

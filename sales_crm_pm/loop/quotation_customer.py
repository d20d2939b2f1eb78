"""A quotation at the customer's: sent, looked at, accepted or rejected, reminded of, expired."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.core.doctype.communication.email import make as make_communication
from frappe.email.doctype.email_account.email_account import EmailAccount
from frappe.utils import (
	add_days,
	cint,
	flt,
	get_datetime,
	get_url,
	getdate,
	now_datetime,
	strip_html,
	validate_email_address,
)

from sales_crm_pm.exceptions import (
	AnswerIncompleteError,
	QuotationClosedError,
	SPMError,
	throw_missing,
)
from sales_crm_pm.loop import quotation_sheet, secret_link, transitions
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.quotation import LIVE
from sales_crm_pm.loop.quotation_approval import notify
from sales_crm_pm.loop.quotation_versions import supersede
from sales_crm_pm.rules.quotation import as_deal_line

CUSTOMER_LINK, STAFF = "Customer Link", "Staff"
BATCH = 500
MAX_REASON = 1000
MAX_NAME = 140


# Steps of a save
# ------------------


def check_answer(doc: Any) -> None:
	"""Accepting needs who and when, rejecting a reason, wherever the status is changed.

	:raises SPMError: with `missing`
	"""
	before = doc.get_doc_before_save()
	if before is None or before.status == doc.status:
		return
	missing = []
	if doc.status == "Accepted":
		_check_acceptable(doc)
		missing = [f for f in ("accepted_by", "accepted_on") if not doc.get(f)]
		if (
			cint(frappe.get_cached_doc("SPM Settings").quotation_evidence_required)
			and doc.acceptance_source != CUSTOMER_LINK
			and not doc.acceptance_file
		):
			missing.append("acceptance_file")
	elif doc.status == "Rejected" and not (doc.reject_reason or "").strip():
		missing = ["reject_reason"]
	elif doc.status == "Sent" and not doc.sent_on:
		doc.sent_on = now_datetime()
	if missing:
		throw_missing(
			AnswerIncompleteError,
			_("Say what the customer has answered; use the buttons of the quotation."),
			[_(doc.meta.get_label(fieldname)) for fieldname in missing],
		)
	if doc.status == "Rejected":
		doc.rejected_on = now_datetime()


def _check_acceptable(doc: Any) -> None:
	if doc.valid_until and getdate(doc.accepted_on or now_datetime()) > getdate(doc.valid_until):
		frappe.throw(
			_("This quotation was valid until {0}. Make a new version.").format(
				frappe.utils.format_date(doc.valid_until)
			),
			title=_("Quotation Has Expired"),
			exc=QuotationClosedError,
		)
	other = frappe.db.get_value(
		"SPM Quotation",
		{"opportunity": doc.opportunity, "status": "Accepted", "name": ["!=", doc.name]},
		"name",
		for_update=True,  # what is there now, not when this transaction began to read
	)
	if other:
		frappe.throw(
			_("{0} of the same opportunity was accepted already.").format(frappe.bold(other)),
			exc=QuotationClosedError,
		)
	if frappe.db.get_value("SPM Opportunity", doc.opportunity, "status", for_update=True) == "Lost":
		frappe.throw(
			_("The opportunity is lost. Reopen it before you record the acceptance."),
			exc=QuotationClosedError,
		)


def follow_up(doc: Any) -> None:
	"""What a customer's answer changes elsewhere, in this transaction."""
	before = doc.get_doc_before_save()
	if before is None or before.status == doc.status:
		return
	if doc.status == "Accepted":
		_write_to_deal(doc)
		supersede(
			frappe.get_all(
				"SPM Quotation",
				filters={
					"opportunity": doc.opportunity,
					"status": ["in", LIVE],
					"name": ["!=", doc.name],
				},
				pluck="name",
			)
		)
		notify(
			doc,
			{doc.salesperson},
			lambda language: _("{0} was accepted by {2}: {1}", language),
			doc.accepted_by or "",
		)
	elif doc.status == "Rejected":
		notify(doc, {doc.salesperson}, lambda language: _("{0} was rejected by the customer: {1}", language))


def _write_to_deal(doc: Any) -> None:
	"""The deal is worth what was accepted, line by line."""
	deal = frappe.get_doc("SPM Opportunity", doc.opportunity, for_update=True)
	deal.currency, deal.exchange_rate = doc.currency, doc.exchange_rate
	rows = []
	for row in doc.items:
		if cint(row.is_optional):
			continue
		line = as_deal_line(
			flt(row.qty),
			cint(row.periods),
			flt(row.rate),
			flt(row.net_amount),
			flt(row.tax_rate),
			bool(row.tax_included),
		)
		rows.append(
			{
				"product": row.product,
				"description": " ".join(strip_html(row.description or "").split())[:140],
				"qty": line.qty,
				"rate": line.rate,
				"discount_percent": line.discount_percent,
			}
		)
	deal.set("products", rows)
	deal.amount = doc.net_total
	# Whoever may accept the quotation may not be somebody who writes deals (the customer with the link).
	deal.flags.from_quotation = True
	deal.save(ignore_permissions=True)


# What staff do
# ------------------


def letter(doc: Any) -> dict[str, str]:
	"""Recipient, subject and text of the mail, in the customer's language, for somebody to look at."""
	language = doc.paper_language or site_language()
	with quotation_sheet.speaking(language):
		sheet = quotation_sheet.quotation_sheet(doc)
		values = {
			"contact_name": sheet["contact_name"] or sheet["customer_name"],
			"title": sheet["title"],
			"number": sheet["number"],
			"version": sheet["version"],
			"total": sheet["total"],
			"valid_until": sheet["valid_until"],
			"quotation_link": link(doc),
			"company_name": sheet["company"]["name"],
			"salesperson": sheet["salesperson"]["name"],
		}
		written = _from_template(language, values)
	return {"recipients": _address_of(doc), **written}


def _from_template(language: str, values: dict[str, Any]) -> dict[str, str]:
	for name in (
		frappe.get_cached_doc("SPM Settings").quotation_email_template,
		f"SPM Quotation ({language.split('-')[0]})",
		"SPM Quotation (en)",
	):
		if name and frappe.db.exists("Email Template", name):
			found = frappe.get_doc("Email Template", name).get_formatted_email(values)
			return {"subject": found["subject"], "message": found["message"]}
	# An admin has removed every template: the offer still goes out.
	return {
		"subject": f"{values['title']} ({values['number']})",
		"message": '<p><a href="{0}">{0}</a></p>'.format(values["quotation_link"]),
	}


def _address_of(doc: Any) -> str:
	return (doc.contact and frappe.db.get_value("Contact", doc.contact, "email_id")) or ""


def link(doc: Any) -> str:
	"""The customer's own link to this version."""
	return get_url(f"/quotation/{_token(doc)}")


def _token(doc: Any) -> str:
	return secret_link.secret("quotation", doc.name, str(doc.creation), str(doc.version))


def send(
	doc: Any, recipients: str | None = None, subject: str | None = None, message: str | None = None
) -> Any:
	"""Send an approved quotation with its PDF; sending again is allowed, and the link stays the same.

	The mail is written after the transaction is committed; it and the PDF are kept with the quotation.

	:raises SPMError: it is not approved, or nobody to send it to
	"""
	_check_sendable(doc)
	draft = letter(doc)
	to = recipients or draft["recipients"]
	if not to:
		frappe.throw(
			_("Say to which address the quotation goes: its contact has no e-mail address."), exc=SPMError
		)
	validate_email_address(to, throw=True)
	if not EmailAccount.find_outgoing(match_by_doctype=doc.doctype):
		frappe.throw(
			_(
				"No e-mail account for outgoing mail is set up. Ask an administrator, or copy the link and send it yourself."
			),
			title=_("No E-mail Account"),
			exc=SPMError,
		)
	doc = _mark_sent(doc, to)
	frappe.enqueue(
		"sales_crm_pm.loop.quotation_customer.deliver",
		queue="short",
		enqueue_after_commit=True,
		quotation=doc.name,
		recipients=to,
		subject=subject or draft["subject"],
		message=message or draft["message"],
		sender=frappe.session.user,
	)
	return doc


def open_link(doc: Any) -> tuple[Any, str]:
	"""Mark an approved quotation as sent by another way (WeChat, paper) and give its link."""
	_check_sendable(doc)
	doc = _mark_sent(doc, doc.sent_to or "")
	return doc, link(doc)


def _check_sendable(doc: Any) -> None:
	if doc.status not in LIVE:
		frappe.throw(
			_("{0} is {1}. Only an approved quotation can be sent.").format(
				frappe.bold(doc.name), _(doc.status, context=doc.doctype)
			),
			exc=SPMError,
		)
	if doc.valid_until and getdate(doc.valid_until) < getdate():
		frappe.throw(_("The quotation has expired. Make a new version."), exc=SPMError)


def _mark_sent(doc: Any, to: str) -> Any:
	values = {
		"sent_on": now_datetime(),
		"sent_to": to[:140],
		"token_hash": secret_link.fingerprint(_token(doc)),
	}
	if doc.status == "Approved":
		return transitions.move(doc, "Sent", values)
	doc.flags.derived = True
	doc.update(values)
	return doc.save()


def deliver(quotation: str, recipients: str, subject: str, message: str, sender: str) -> None:
	"""Job: draw the PDF, keep it with the quotation and queue the mail as an entry of its timeline."""
	doc = frappe.get_doc("SPM Quotation", quotation)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": quotation_sheet.file_name(doc),
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"is_private": 1,
			"content": quotation_sheet.pdf(doc),
		}
	).insert(ignore_permissions=True)
	make_communication(
		doctype=doc.doctype,
		name=doc.name,
		subject=subject,
		content=message,
		recipients=recipients,
		sender=frappe.db.get_value("User", sender, "email"),
		communication_medium="Email",
		send_email=True,
		attachments=[file.name],
	)


def accept(
	doc: Any,
	accepted_by: str,
	accepted_on: Any = None,
	file: str | None = None,
	note: str | None = None,
) -> Any:
	"""Record that the customer has accepted, with the evidence; one that is accepted already stays as it is.

	:param accepted_by: who of the customer has said so
	:raises QuotationClosedError: it cannot be accepted (any more)
	"""
	doc = _locked(doc)
	if doc.status == "Accepted":
		return doc
	moment = get_datetime(accepted_on) if accepted_on else now_datetime()
	if moment > now_datetime():
		frappe.throw(_("An acceptance cannot lie in the future."), exc=SPMError)
	return transitions.move(
		doc,
		"Accepted",
		{
			"accepted_by": (accepted_by or "").strip()[:MAX_NAME],
			"accepted_on": moment,
			"acceptance_source": STAFF,
			"acceptance_file": file,
			"acceptance_note": note,
		},
	)


def reject(doc: Any, reason: str) -> Any:
	"""Record that the customer does not want it; one that is rejected already stays as it is."""
	doc = _locked(doc)
	if doc.status == "Rejected":
		return doc
	return transitions.move(doc, "Rejected", {"reject_reason": (reason or "").strip()[:MAX_REASON]})


def _locked(doc: Any) -> Any:
	"""The quotation as it is now, with customer, deal and quotation locked in the order everybody uses."""
	frappe.db.get_value("SPM Customer", doc.customer, "name", for_update=True)
	frappe.db.get_value("SPM Opportunity", doc.opportunity, "name", for_update=True)
	return frappe.get_doc("SPM Quotation", doc.name, for_update=True)


# What the customer does
# ------------------


def find_by_token(token: str) -> Any:
	"""The quotation a link belongs to, or None; says nothing about whether it can be answered."""
	name = secret_link.find("SPM Quotation", token)
	return frappe.get_doc("SPM Quotation", name) if name else None


def why_closed(doc: Any) -> str | None:
	"""Sentence that tells a visitor why a link takes no answer, or None when it does."""
	if doc is None or doc.status in ("Draft", "Pending Approval"):
		return _("This link does not belong to a quotation. Please open the link in our message once more.")
	if doc.status == "Superseded":
		return _("There is a newer version of this quotation. Please use the link in our latest message.")
	if doc.status == "Accepted":
		return _("You have accepted this quotation. Thank you!")
	if doc.status == "Rejected":
		return _("You have declined this quotation. We will get in touch with you.")
	if is_over(doc):
		return _("This quotation has expired. Simply answer our message and we will renew it.")
	return None


def is_over(doc: Any) -> bool:
	"""Whether its last day has passed."""
	return doc.status == "Expired" or bool(doc.valid_until and getdate(doc.valid_until) < getdate())


def may_look(doc: Any) -> bool:
	"""Whether the paper is still shown behind the link: also after the answer, not once it is replaced."""
	return doc is not None and doc.status in (*LIVE, "Accepted", "Rejected", "Expired")


def note_view(doc: Any) -> None:
	"""Count a look of the customer at the page."""
	values = {"view_count": cint(doc.view_count) + 1}
	if not doc.first_viewed_on:
		values["first_viewed_on"] = now_datetime()
	frappe.db.set_value("SPM Quotation", doc.name, values, update_modified=False)


def answer_by_link(token: str, accepted: bool, name: str = "", reason: str = "", ip: str = "") -> Any:
	"""Take the answer that came by a personal link.

	:param name: who accepts
	:param reason: why not
	:param ip: network address the answer came from
	:raises QuotationClosedError: the link takes no answer (any more)
	"""
	found = find_by_token(token)
	doc = _locked(found) if found else None
	if doc and doc.status == ("Accepted" if accepted else "Rejected"):
		# A double tap.
		return doc
	if closed := why_closed(doc):
		frappe.throw(closed, title=_("This quotation is closed"), exc=QuotationClosedError)
	if not cint(frappe.get_cached_doc("SPM Settings").quotation_online_acceptance):
		frappe.throw(
			_("Please answer our message; this page only shows the quotation."), exc=QuotationClosedError
		)
	if accepted:
		if not name.strip():
			frappe.throw(_("Please write your name."), exc=QuotationClosedError)
		values = {
			"accepted_by": name.strip()[:MAX_NAME],
			"accepted_on": now_datetime(),
			"acceptance_source": CUSTOMER_LINK,
			"acceptance_ip": ip[:140],
		}
		return transitions.move_by_rule(doc, "Accepted", values)
	if not reason.strip():
		frappe.throw(_("Please tell us why, so that we can make a better offer."), exc=QuotationClosedError)
	return transitions.move_by_rule(
		doc, "Rejected", {"reject_reason": reason.strip()[:MAX_REASON], "acceptance_ip": ip[:140]}
	)


# What time does
# ------------------


def expire_and_remind() -> None:
	"""Daily job: expire what is over, and remind the salesperson once of what soon will be."""
	_for_each(
		frappe.get_all(
			"SPM Quotation",
			filters={"status": ["in", LIVE], "valid_until": ["<", getdate()]},
			pluck="name",
			limit=BATCH,
		),
		lambda doc: transitions.move_by_rule(doc, "Expired"),
	)
	days = cint(frappe.get_cached_doc("SPM Settings").quotation_reminder_days)
	if not days:
		return
	_for_each(
		frappe.get_all(
			"SPM Quotation",
			filters={
				"status": ["in", LIVE],
				"valid_until": ["between", [getdate(), add_days(getdate(), days)]],
				"reminded_on": ["is", "not set"],
			},
			pluck="name",
			limit=BATCH,
		),
		_remind,
	)


def _remind(doc: Any) -> None:
	frappe.db.set_value("SPM Quotation", doc.name, "reminded_on", getdate(), update_modified=False)
	notify(
		doc,
		{doc.salesperson},
		lambda language: _("{0} is valid until {2} only: {1}", language),
		frappe.utils.format_date(doc.valid_until),
	)


def _for_each(names: list[str], action) -> None:
	for name in names:
		frappe.db.savepoint("quotation")
		try:
			action(frappe.get_doc("SPM Quotation", name, for_update=True))
		except Exception:
			frappe.db.rollback(save_point="quotation")
			frappe.log_error(
				title="Quotation that is or gets too old",
				reference_doctype="SPM Quotation",
				reference_name=name,
			)

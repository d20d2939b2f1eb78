"""Mail sequences: switch them, start contacts, stop them, rehearse, and unsubscribe without login."""

from typing import Any

import frappe
from frappe.rate_limiter import rate_limit

from sales_crm_pm.loop.sequences import control, mail, results


@frappe.whitelist(methods=["POST"])
def activate(sequence: str) -> dict[str, str]:
	"""Switch a sequence on (again); contacts join and get their steps from the next run on."""
	return _move(sequence, "Active")


@frappe.whitelist(methods=["POST"])
def pause(sequence: str) -> dict[str, str]:
	"""Hold a sequence: its contacts stay where they are and get nothing."""
	return _move(sequence, "Paused")


@frappe.whitelist(methods=["POST"])
def end(sequence: str) -> dict[str, str]:
	"""End a sequence and let its contacts go."""
	return _move(sequence, "Ended")


@frappe.whitelist(methods=["POST"])
def enrol(sequence: str, customers: list, contacts: list | None = None) -> dict[str, int]:
	"""Start contacts of customers by hand; only those of customers the user may write.

	Args:
	        sequence: an active sequence that the user may read.
	        customers: names of customers.
	        contacts: only these contacts; otherwise those the sequence speaks to.

	Returns how many were enrolled, already in it, without address, unsubscribed, left, not_yours.
	"""
	frappe.get_doc("SPM Sequence", sequence).check_permission("read")
	frappe.has_permission("SPM Sequence Enrolment", "write", throw=True)
	return control.enrol_by_hand(
		sequence, _names(customers), _names(contacts) if contacts is not None else None
	)


@frappe.whitelist(methods=["POST"])
def stop_contact(enrolment: str) -> dict[str, Any]:
	"""End a sequence for one contact."""
	return _act(enrolment, "stop")


@frappe.whitelist(methods=["POST"])
def pause_contact(enrolment: str) -> dict[str, Any]:
	"""Hold a sequence for one contact."""
	return _act(enrolment, "pause")


@frappe.whitelist(methods=["POST"])
def resume_contact(enrolment: str) -> dict[str, Any]:
	"""Go on with a sequence for one contact."""
	return _act(enrolment, "resume")


@frappe.whitelist(methods=["GET"])
def statistics(sequence: str) -> dict[str, Any]:
	"""Return what was sent, answered, unsubscribed, bounced per step, and the contacts per status and reason."""
	frappe.get_doc("SPM Sequence", sequence).check_permission("read")
	return results.statistics(sequence)


@frappe.whitelist(methods=["POST"])
def rehearse(sequence: str, customers: list | None = None) -> dict[str, Any]:
	"""Return who would get what when if the sequence started now; nothing is written or sent.

	Args:
	        sequence: name of the sequence.
	        customers: chosen by hand; otherwise those of its segment or event.
	"""
	doc = frappe.get_doc("SPM Sequence", sequence)
	doc.check_permission("write")
	chosen = control.writable_customers(_names(customers)) if customers is not None else None
	return results.rehearse(doc, chosen)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(key="token", limit=20, seconds=60 * 60)
@rate_limit(limit=120, seconds=60 * 60)
def unsubscribe(token: str, undo: bool = False) -> dict[str, Any]:
	"""Take the owner of a mail's link off all sequences, or put them back; no login, no record's name.

	Returns email (shortened) and unsubscribed.
	"""
	return mail.unsubscribe(token, undo)


@frappe.whitelist(allow_guest=True, methods=["POST"])
@rate_limit(key="token", limit=20, seconds=60 * 60)
@rate_limit(limit=120, seconds=60 * 60)
def one_click(token: str, **form: str) -> dict[str, Any]:
	"""Unsubscribe by the button of a mail program (RFC 8058), which sends a form field of its own along.

	Returns email (shortened) and unsubscribed.
	"""
	return mail.unsubscribe(token)


def _move(sequence: str, status: str) -> dict[str, str]:
	frappe.get_doc("SPM Sequence", sequence).check_permission("write")
	return {"sequence": sequence, "status": control.move(sequence, status)}


def _act(enrolment: str, action: str) -> dict[str, Any]:
	frappe.get_doc("SPM Sequence Enrolment", enrolment).check_permission("write")
	return control.act(enrolment, action)


def _names(values: list) -> list[str]:
	return [value for value in values if isinstance(value, str) and value]

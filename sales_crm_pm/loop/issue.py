"""The issue log: what went wrong, who deals with it, and how it ended."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, getdate, now_datetime, today

from sales_crm_pm.exceptions import SPMError, TransitionError
from sales_crm_pm.loop import notices, risk
from sales_crm_pm.loop.money import base_currency

STEPS: dict[str, tuple[str, ...]] = {
	"Open": ("In Progress", "Resolved", "Closed"),
	"In Progress": ("Open", "Resolved", "Closed"),
	"Resolved": ("Closed", "In Progress"),
	"Closed": ("In Progress",),
}
SOLVED = ("Resolved", "Closed")


def set_defaults(doc: Document) -> None:
	"""Who raised it and when, and the currency of its cost."""
	if doc.is_new():
		doc.raised_by = frappe.session.user
	doc.raised_on = doc.raised_on or today()
	doc.base_currency = base_currency()


def check_step(doc: Document) -> None:
	"""Refuse a jump, an end without a word how it was solved, and a due date before it was raised.

	:raises SPMError: saying what is missing
	"""
	before = doc.get_doc_before_save()
	if before and before.status != doc.status and doc.status not in STEPS[before.status]:
		frappe.throw(
			_("{0} is {1}; it can become: {2}.").format(
				frappe.bold(doc.title),
				_(before.status, context="SPM Issue"),
				", ".join(_(s, context="SPM Issue") for s in STEPS[before.status]),
			),
			exc=TransitionError,
		)
	if doc.status in SOLVED and not (doc.resolution or "").strip():
		frappe.throw(_("Say how {0} was solved.").format(frappe.bold(doc.title)), exc=SPMError)
	if doc.due_date and getdate(doc.due_date) < getdate(doc.raised_on):
		frappe.throw(_("An issue cannot be due before it was raised."), exc=SPMError)


def stamp(doc: Document) -> None:
	"""Note when and by whom it was solved; a reopened issue is not solved."""
	before = doc.get_doc_before_save()
	if before and before.status == doc.status:
		return
	if doc.status not in SOLVED:
		doc.resolved_on = doc.resolved_by = doc.closed_on = None
		return
	doc.resolved_on = doc.resolved_on or now_datetime()
	doc.resolved_by = doc.resolved_by or frappe.session.user
	doc.closed_on = now_datetime() if doc.status == "Closed" else None


def after_save(doc: Document) -> None:
	"""Numbers of the projects concerned; a new owner hears of it."""
	before = doc.get_doc_before_save()
	if not before or before.project != doc.project or before.status != doc.status:
		risk.write([doc.project, before.project if before else None])
	if doc.status in risk.ISSUE_OPEN and (not before or before.issue_owner != doc.issue_owner):
		notices.send(
			[doc.issue_owner],
			doc.doctype,
			doc.name,
			lambda language: _("You own the issue {0} now.", language).format(
				frappe.bold(escape_html(doc.title))
			),
		)


def let_go_of_risk(doc: Document) -> None:
	"""A deleted issue must not be kept by the risk it came from."""
	if doc.from_risk:
		frappe.db.set_value("SPM Risk", doc.from_risk, "became_issue", None, update_modified=False)

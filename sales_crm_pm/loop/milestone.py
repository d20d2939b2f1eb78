"""Milestones: what handing in and accepting need, why they are late, who hears of it, and taking it back."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, cstr, date_diff, escape_html

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import notices, transitions

STAFF, PORTAL = "Staff", "Portal"


# Checks of a save
# ------------------


def check(doc: Any) -> None:
	"""Ask for what the settings want before a milestone is handed in, accepted, or expected later.

	A customer is never asked why we are late, and need not tick our checklist.

	:raises SPMError: saying what is missing
	"""
	before = doc.get_doc_before_save()
	if before is None or doc.flags.by_rule:
		return
	settings = frappe.get_cached_doc("SPM Settings")
	moved = before.status != doc.status
	if moved and doc.status == "Submitted" and cint(settings.get("acceptance_needs_deliverables")):
		open_rows = [row.deliverable for row in doc.deliverables if not (row.is_delivered or row.file)]
		_throw_if(open_rows, _("These deliverables of {0} are still missing: {1}."), doc)
	if moved and doc.status == "Accepted" and cint(settings.get("acceptance_needs_criteria")):
		open_rows = [row.criterion for row in doc.criteria if not row.is_met]
		_throw_if(open_rows, _("These points of the acceptance of {0} are not met yet: {1}."), doc)
	if cint(settings.get("delay_reason_required")) and not doc.delay_reason:
		_check_delay(doc, before, cint(settings.get("delay_tolerance_days")))


def _throw_if(titles: list[str], sentence: str, doc: Any) -> None:
	if titles:
		frappe.throw(
			sentence.format(frappe.bold(escape_html(doc.title)), escape_html(", ".join(titles))), exc=SPMError
		)


def _check_delay(doc: Any, before: Any, tolerance: int) -> None:
	if not doc.baseline_date:
		return
	if before.status != doc.status and doc.status == "Accepted":
		day = doc.actual_date
	elif cstr(before.forecast_date or "") != cstr(doc.forecast_date or ""):
		day = doc.forecast_date
	else:
		return
	late = date_diff(day, doc.baseline_date) if day else 0
	if late > tolerance:
		frappe.throw(
			_("{0} is {1} days later than its baseline date. Choose the reason of the delay.").format(
				frappe.bold(escape_html(doc.title)), late
			),
			title=_("Why Is It Late?"),
			exc=SPMError,
		)


# What follows
# ------------------


def after_change(doc: Any) -> None:
	"""Tell both teams what happened, once the transaction is committed; asks the database nothing before."""
	before = doc.get_doc_before_save()
	if before is None:
		return
	event = None
	if before.status != doc.status and doc.status in ("Submitted", "Accepted", "Rejected"):
		event = doc.status
	elif before.status == "Accepted" and doc.status == "In Progress":
		event = "Reopened"
	elif doc.forecast_date and cstr(before.forecast_date or "") != cstr(doc.forecast_date):
		event = "Forecast"
	if event:
		frappe.enqueue(
			"sales_crm_pm.loop.milestone.tell",
			queue="short",
			enqueue_after_commit=True,
			milestone=doc.name,
			event=event,
			actor=frappe.session.user,
		)


def tell(milestone: str, event: str, actor: str) -> None:
	"""Job: a note for those of sales and delivery whom an event of a milestone concerns, without who caused it."""
	doc = frappe.db.get_value(
		"SPM Milestone",
		milestone,
		["title", "project", "milestone_owner", "accountable", "forecast_date", "rejection_reason"],
		as_dict=True,
	)
	project = doc and frappe.db.get_value(
		"SPM Project", doc.project, ["project_name", "project_manager", "account_manager"], as_dict=True
	)
	if not project:
		return
	people = {doc.milestone_owner, doc.accountable, project.project_manager, project.account_manager}
	title, home = frappe.bold(escape_html(doc.title)), escape_html(project.project_name)

	def sentence(language: str) -> str:
		if event == "Submitted":
			return _("{0} of {1} waits for acceptance.", language).format(title, home)
		if event == "Accepted":
			return _("{0} of {1} is accepted.", language).format(title, home)
		if event == "Rejected":
			reason = escape_html(doc.rejection_reason or "")
			return _("{0} of {1} was rejected: {2}", language).format(title, home, reason)
		if event == "Reopened":
			return _("{0} of {1} is open again.", language).format(title, home)
		day = frappe.utils.format_date(doc.forecast_date)
		return _("{0} of {1} is now expected on {2}.", language).format(title, home, day)

	notices.send(people - {actor}, "SPM Milestone", milestone, sentence)


# What people do
# ------------------


def reopen(doc: Any, reason: str) -> Any:
	"""Take an acceptance back that should not have been recorded.

	The rule: as long as no payment was invoiced or received because of it. The milestone goes on, its dates
	of acceptance are emptied, and payments that it released wait again, in the same transaction.

	:raises SPMError: it is not accepted, no reason is given, or a payment was settled because of it
	"""
	if doc.status != "Accepted":
		frappe.throw(_("{0} is not accepted; there is nothing to take back.").format(doc.title), exc=SPMError)
	if not (reason or "").strip():
		frappe.throw(_("Say why the acceptance is taken back."), exc=SPMError)
	status = frappe.db.get_value("SPM Project", doc.project, "status")
	if status in ("Accepted", "Closed", "Cancelled"):
		frappe.throw(
			_("The project is {0}; its milestones stay as they are.").format(
				_(status, context="SPM Project")
			),
			exc=SPMError,
		)
	settled = frappe.get_all(
		"SPM Payment",
		filters={"milestone": doc.name},
		or_filters={"invoiced_on": ["is", "set"], "received": [">", 0]},
		pluck="title",
	)
	if settled:
		frappe.throw(
			_("The payment {0} was invoiced or received because of this acceptance. Cancel it first.").format(
				frappe.bold(escape_html(settled[0]))
			),
			title=_("Settled Payment"),
			exc=SPMError,
		)
	doc = transitions.move_by_rule(
		doc,
		"In Progress",
		{
			"accepted_on": None,
			"accepted_by": None,
			"acceptance_source": None,
			"actual_date": None,
			"submitted_on": None,
		},
	)
	doc.add_comment("Comment", _("Acceptance taken back: {0}").format(escape_html(reason.strip())))
	return doc

"""Change requests (变更申请): what a save of one derives, checks and versions.

All sides agree to one version of one content. The content is what the customer reads and what the plan, the
contract and the estimate will become; its fingerprint tells whether a word that was given still stands.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import cint, cstr, flt, format_date, get_datetime, now_datetime

from sales_crm_pm.exceptions import ChangeRequestError
from sales_crm_pm.loop import change_diff, transitions
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.rules import change as rules

DOCTYPE = "SPM Change Request"
OPEN = ("Draft", "Submitted", "Assessed", "Approved")
DECIDING = ("Assessed", "Approved")
"""States in which words are given, so that a change of the content makes a new version."""
OVER = ("Implemented", "Rejected", "Deferred")
CLOSED_PROJECT = ("Closed", "Cancelled")

TERMS = ("title", "description", "contract", "payment_mode", "payment_due_date")
LINE_CONTENT = (
	"kind",
	"subject",
	"task",
	"milestone",
	"predecessor",
	"successor",
	"assigned_to",
	"category",
	"scope_part",
	"start_date",
	"new_date",
	"days",
	"hours",
	"price",
	"line_cost",
	"after_text",
)
PROJECT_FACTS = (
	"customer",
	"opportunity",
	"deal_chain",
	"project_manager",
	"account_manager",
	"currency",
	"exchange_rate",
	"base_currency",
	"status",
	"project_name",
)


# Before the checks
# ------------------


def set_from_project(doc: Any) -> None:
	"""Customer, deal and people follow the project; the money is that of the contract, else of the project."""
	project = frappe.db.get_value("SPM Project", doc.project, PROJECT_FACTS, as_dict=True)
	if not project:
		return
	doc.flags.project_row = project
	for fieldname in ("customer", "opportunity", "deal_chain", "project_manager", "account_manager"):
		doc.set(fieldname, project.get(fieldname))
	if doc.is_new() and not doc.contract:
		doc.contract = only_contract(doc.project)
	money = project
	if doc.contract:
		money = (
			frappe.db.get_value(
				"SPM Contract", doc.contract, ["currency", "exchange_rate", "base_currency"], as_dict=True
			)
			or project
		)
	doc.base_currency = money.base_currency or base_currency()
	doc.currency = money.currency or doc.base_currency
	doc.exchange_rate = 1 if doc.currency == doc.base_currency else flt(money.exchange_rate) or 1
	for row in doc.lines:
		row.currency, row.base_currency = doc.currency, doc.base_currency


def only_contract(project: str) -> str | None:
	"""The signed contract of a project, when there is exactly one."""
	link, contract = DocType("SPM Contract Project"), DocType("SPM Contract")
	rows = (
		frappe.qb.from_(link)
		.inner_join(contract)
		.on(contract.name == link.parent)
		.select(contract.name)
		.where((link.parenttype == "SPM Contract") & (link.project == project))
		.where((contract.docstatus == 1) & (contract.status == "Active"))
		.limit(2)
		.run()
	)
	return rows[0][0] if len(rows) == 1 else None


def set_lines(doc: Any) -> None:
	"""Fill in what a line says by itself: the name of what it changes, and what was there before it was carried out."""
	tasks = _rows("SPM Task", [r.task for r in doc.lines], change_diff.TASK_FACTS)
	milestones = _rows("SPM Milestone", [r.milestone for r in doc.lines], change_diff.MILESTONE_FACTS)
	doc.flags.tasks, doc.flags.milestones = tasks, milestones
	if doc.status not in OPEN:
		return
	for row in doc.lines:
		if row.kind in ("Change Task", "Drop Task") and row.task in tasks:
			task = tasks[row.task]
			row.subject = task.subject
			row.before_text = _span(task.planned_start_date, task.planned_end_date, task.estimate_hours)
		elif row.kind == "Move Milestone" and row.milestone in milestones:
			milestone = milestones[row.milestone]
			row.subject = milestone.title
			row.before_text = format_date(milestone.planned_date)
		elif not row.subject:
			row.subject = (row.category and _(row.category)) or _(row.kind, context="SPM Change Line")


def _rows(doctype: str, names: list[str | None], fields: tuple[str, ...]) -> dict[str, frappe._dict]:
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	rows = frappe.get_all(doctype, filters={"name": ["in", wanted]}, fields=list(fields))
	return {row.name: row for row in rows}


def _span(start: Any, end: Any, hours: Any) -> str:
	days = " – ".join(format_date(day) for day in (start, end) if day)
	return " · ".join(part for part in (days, _("{0} h").format(f"{flt(hours):g}") if hours else "") if part)


def set_version(doc: Any) -> None:
	"""A changed content is a new version, and no word that was given for the old one stands any more.

	The difference of the plans belongs to the content: whoever agrees, agrees to dates. It is worked out when the
	lines change, when the request is assessed, and when somebody asks for it (`flags.assess_again`).
	"""
	before = doc.get_doc_before_save()
	lines_changed = before is None or lines_hash(doc) != lines_hash(before)
	is_assessed = before is not None and doc.status == "Assessed" and before.status != doc.status
	doc.flags.lines_changed = lines_changed
	if lines_changed:
		check_lines(doc)
	if lines_changed or is_assessed or doc.flags.assess_again:
		change_diff.write(doc)
	doc.content_hash = rules.fingerprint(
		{"lines": lines_hash(doc), "plan": change_diff.agreed_dates(doc)}, ()
	)
	if before is None:
		doc.version = 1
		return
	reopened = before.status in ("Rejected", "Deferred") and doc.status not in OVER
	changed = doc.content_hash != before.content_hash and before.status in DECIDING
	if not (reopened or changed):
		return
	doc.version = cint(before.version) + 1
	reason = (
		_("Opened again as version {0}").format(doc.version)
		if reopened
		else _("The content changed in version {0}").format(doc.version)
	)
	doc.flags.voided = void_agreements(doc, reason)
	if doc.status == before.status == "Approved":
		# Nobody has agreed to this yet.
		transitions.set_by_rule(doc, "Assessed")


def lines_hash(doc: Any) -> str:
	"""Fingerprint of what people have written: the words, the way of paying and the lines."""
	return rules.fingerprint(
		{fieldname: doc.get(fieldname) for fieldname in TERMS},
		({fieldname: row.get(fieldname) for fieldname in LINE_CONTENT} for row in doc.lines),
	)


def void_agreements(doc: Any, reason: str) -> list[Any]:
	"""Take the force out of all words given so far; they stay in the list. Gives those that had any."""
	voided = [row for row in doc.approvals if not row.is_void]
	for row in voided:
		row.is_void, row.void_reason = 1, reason[:140]
	return voided


# Checks
# ------------------


def check(doc: Any) -> None:
	"""Refuse changes of what is over, and requests of projects that are over.

	:raises ChangeRequestError: saying why
	"""
	before = doc.get_doc_before_save()
	if before and before.status in OVER and doc.status in OVER and lines_hash(doc) != lines_hash(before):
		_refuse(
			_("{0} is {1}; its content stays as it was decided.").format(
				frappe.bold(doc.name), _(doc.status, context=DOCTYPE)
			)
		)
	project = doc.flags.project_row
	if before is None and project and project.status in CLOSED_PROJECT:
		_refuse(
			_("{0} is {1}; nothing of it can be changed any more.").format(
				frappe.bold(project.project_name), _(project.status, context="SPM Project")
			)
		)


def check_lines(doc: Any) -> None:
	"""Refuse lines and a contract that have nothing to do with the project.

	:raises ChangeRequestError: naming the row, the field and what to do
	"""
	_check_contract(doc)
	for row in doc.lines:
		_check_line(doc, row)


def _check_contract(doc: Any) -> None:
	if not doc.contract:
		return
	contract = frappe.db.get_value("SPM Contract", doc.contract, ["customer", "docstatus"], as_dict=True)
	if not contract or contract.customer != doc.customer:
		_refuse(_("The contract {0} belongs to another customer.").format(frappe.bold(doc.contract)))
	if contract.docstatus != 1:
		_refuse(
			_("The contract {0} is not signed. Choose a signed one, or leave the field empty.").format(
				frappe.bold(doc.contract)
			)
		)


def _check_line(doc: Any, row: Any) -> None:
	"""Each kind of line wants what it changes, of this project."""
	if row.kind in ("Change Task", "Drop Task"):
		task = doc.flags.tasks.get(row.task)
		if not task:
			_refuse_row(row, "task", _("choose the task."))
		if task.project != doc.project:
			_refuse_row(row, "task", _("the task belongs to another project."))
		if doc.status in OPEN and task.status in ("Completed", "Cancelled"):
			_refuse_row(
				row, "task", _("{0} is {1} already.").format(task.subject, _(task.status, context="SPM Task"))
			)
	if row.kind == "Move Milestone":
		milestone = doc.flags.milestones.get(row.milestone)
		if not milestone:
			_refuse_row(row, "milestone", _("choose the milestone."))
		if not row.new_date:
			_refuse_row(row, "new_date", _("say to which day."))
		if doc.status in OPEN and milestone.status in ("Accepted", "Cancelled"):
			_refuse_row(
				row,
				"milestone",
				_("{0} is {1} already.").format(
					milestone.title, _(milestone.status, context="SPM Milestone")
				),
			)
	if row.milestone:
		milestone = doc.flags.milestones.get(row.milestone)
		if not milestone or milestone.project != doc.project:
			_refuse_row(row, "milestone", _("the milestone belongs to another project."))
	if row.kind == "Scope Text" and not cstr(row.after_text).strip():
		_refuse_row(row, "after_text", _("write the words of the scope."))
	if cint(row.days) < 0 or flt(row.hours) < 0:
		_refuse_row(row, "days", _("days and hours cannot be negative; drop the task instead."))


def _refuse_row(row: Any, fieldname: str, what: str) -> None:
	_refuse(_("Change {0}, {1}: {2}").format(row.idx, _(row.meta.get_label(fieldname)), what))


def _refuse(message: str) -> None:
	frappe.throw(message, exc=ChangeRequestError)


# Steps
# ------------------


def follow_status(doc: Any) -> None:
	"""What moving to a status means for the dates and figures of the request itself.

	:raises ChangeRequestError: a step that lacks a reason, or that only `implement` takes
	"""
	before = doc.get_doc_before_save()
	is_moved = bool(before) and before.status != doc.status
	if is_moved:
		_note_step(doc, before)
	set_standing(doc)


def _note_step(doc: Any, before: Any) -> None:
	now, user = now_datetime(), frappe.session.user
	if doc.status == "Submitted":
		doc.submitted_on = now if before.status == "Draft" or not doc.submitted_on else doc.submitted_on
		doc.decision = doc.decision_reason = doc.decided_on = doc.deferred_until_date = None
		doc.cycle_days = 0
	elif doc.status == "Assessed" and before.status != "Approved":
		_check_assessed(doc)
		doc.assessed_on, doc.assessed_by = now, user
	elif doc.status == "Approved":
		doc.approved_on = doc.decided_on = now
		doc.decision = "Approve"
	elif doc.status in ("Rejected", "Deferred"):
		if not cstr(doc.decision_reason).strip():
			_refuse(_("Say why, so that whoever asked for the change can understand it."))
		doc.decided_on = now
		doc.decision = {"Rejected": "Reject", "Deferred": "Defer"}[doc.status]
	elif doc.status == "Implemented" and not doc.flags.implementing:
		_refuse(_("A change is carried out with its button, so that plan, contract and budget follow."))
	if doc.status == "Assessed" and before.status == "Approved":
		doc.approved_on = doc.decided_on = doc.decision = None
	if doc.decided_on and doc.submitted_on:
		doc.cycle_days = rules.cycle_days(get_datetime(doc.submitted_on), get_datetime(doc.decided_on))


def _check_assessed(doc: Any) -> None:
	if not doc.lines:
		_refuse(
			_(
				"Write down what changes first: tasks, dates, price or scope in the table on the tab {0}."
			).format(frappe.bold(_("Impact")))
		)


def set_standing(doc: Any) -> None:
	"""Who still has to agree, as words and as ticks that lists of work can ask for."""
	limits = management_limits()
	# Without a price there is no margin to fall below anything.
	margin_after = flt(doc.margin_after) if flt(doc.margin_before) or flt(doc.margin_after) else None
	doc.needs_management = int(
		rules.management_wanted(
			limits,
			flt(doc.price_impact_base),
			flt(doc.cost_impact),
			cint(doc.schedule_impact_days),
			margin_after,
		)
	)
	doc.needs_customer = int(change_diff.concerns_customer(doc))
	waiting = waiting_sides(doc) if doc.status == "Assessed" else ()
	doc.waiting_for = ", ".join(waiting)
	doc.waits_for_sales = int(rules.SALES in waiting)
	# To assess it and to carry it out is the project manager's, too.
	doc.waits_for_delivery = int(rules.DELIVERY in waiting or doc.status in ("Submitted", "Approved"))
	doc.waits_for_customer = int(rules.CUSTOMER in waiting)


def management_limits() -> rules.Limits:
	"""From where on management has to agree, from the settings."""
	settings = frappe.get_cached_doc("SPM Settings")
	return rules.Limits(
		flt(settings.change_management_amount),
		cint(settings.change_management_days),
		flt(settings.change_management_margin),
	)


def needed_sides(doc: Any) -> tuple[str, ...]:
	return rules.needed_sides(bool(doc.needs_customer), bool(doc.needs_management))


def waiting_sides(doc: Any) -> tuple[str, ...]:
	"""Sides that have not agreed to this content yet."""
	agreed = rules.agreed_sides(agreements(doc), cint(doc.version), doc.content_hash)
	return rules.waiting_sides(needed_sides(doc), agreed)


def agreements(doc: Any) -> list[rules.Agreement]:
	return [
		rules.Agreement(
			row.side,
			row.decision,
			cint(row.version),
			row.content_hash or "",
			bool(row.is_void),
			row.person or "",
		)
		for row in doc.approvals
	]

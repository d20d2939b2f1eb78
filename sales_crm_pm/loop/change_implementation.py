"""Carrying out a change request: plan, baseline, contract, payments, budget, scope and forecast in one transaction.

Either all of it happens or nothing: nothing is committed in between, mails and notes go out after the commit, and
whoever comes second finds the request carried out already. Locks are taken in the order that everybody uses:
customer, project, contract, request.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Sum
from frappe.utils import cint, cstr, flt, getdate, now_datetime

from sales_crm_pm.exceptions import ChangeRequestError, StaleVersionError
from sales_crm_pm.loop import change_approval, change_diff, change_plan, payment_plan, transitions
from sales_crm_pm.loop import change_request as requests
from sales_crm_pm.loop.quotation_approval import notify
from sales_crm_pm.rules import change as rules
from sales_crm_pm.rules.money import rounded

SCOPE_FIELDS = {
	"Scope": "scope",
	"Out of Scope": "out_of_scope",
	"Acceptance Criteria": "acceptance_criteria",
}
SAVEPOINT = "change_implementation"


# Words that may end in carrying it out
# ------------------


def approve(name: str, side: str, **word: Any) -> Any:
	"""As `change_approval.approve`; the last word carries the change out when the settings want it at once."""
	return _at_once(change_approval.approve(name, side, **word))


def approve_as_customer(doc: Any, version: int, through: str, **word: Any) -> Any:
	"""As `change_approval.approve_as_customer`; the last word may carry the change out."""
	return _at_once(change_approval.approve_as_customer(doc, version, through, **word))


def _at_once(doc: Any) -> Any:
	"""Carry out what all have agreed to. When that fails by a rule of ours, the word that was given still counts:
	only what the attempt wrote is taken back, and who runs the project is told why."""
	if doc.status != "Approved" or not cint(frappe.get_cached_doc("SPM Settings").change_implement_at_once):
		return doc
	frappe.db.savepoint(SAVEPOINT)
	try:
		return _carry_out(doc)
	except frappe.ValidationError as e:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_messages()
		doc = frappe.get_doc(requests.DOCTYPE, doc.name)
		reason = frappe.utils.strip_html(cstr(e))
		notify(
			doc,
			{doc.project_manager},
			lambda language: _("{0} is agreed but could not be carried out: {1}. {2}", language),
			reason,
		)
		doc.add_comment("Info", _("could not be carried out yet: {0}").format(reason))
		return doc


# Carrying out
# ------------------


def implement(name: str) -> Any:
	"""Carry out a change request that all sides have agreed to; doing it twice does it once.

	:return: the saved request, `Implemented`
	:raises ChangeRequestError: somebody has not agreed yet, or the project is over
	:raises StaleVersionError: the plan has moved, so that the change would not come to what was agreed
	"""
	doc = change_approval.locked(name)
	if doc.status == "Implemented":
		return doc
	if rules.DELIVERY not in change_approval.sides_of(doc):
		frappe.throw(
			_("Only whoever runs the project can carry out its changes."), exc=frappe.PermissionError
		)
	return _carry_out(doc)


def _carry_out(doc: Any) -> Any:
	_check(doc)
	project = frappe.get_doc("SPM Project", doc.project, for_update=True)
	_check_project(project)
	requests.set_from_project(doc)
	requests.set_lines(doc)
	requests.check_lines(doc)
	plan = _check_plan(doc)
	before = change_plan.first_baseline(doc)
	change_plan.carry_out(doc, plan)
	if doc.contract and flt(doc.price_impact):
		payment_plan.set_contract_amount(
			doc.contract,
			doc.price_impact,
			f"{doc.name} {doc.title}",
			spread=doc.payment_mode == change_diff.SPREAD,
			due_date=max(getdate(doc.payment_due_date), getdate()),
			change_request=doc.name,
		)
	_write_project(doc, plan)
	_write_deal(doc)
	after = change_plan.new_baseline(doc)
	doc.flags.derived = doc.flags.implementing = True
	return transitions.move_by_rule(
		doc,
		"Implemented",
		{
			"implemented_on": now_datetime(),
			"implemented_by": frappe.session.user,
			"baseline_before": before,
			"baseline_after": after,
		},
	)


def _check(doc: Any) -> None:
	if waiting := requests.waiting_sides(doc):
		frappe.throw(
			_("{0} cannot be carried out yet. Still to agree: {1}.").format(
				frappe.bold(doc.name), ", ".join(_(side, context="SPM Change Approval") for side in waiting)
			),
			exc=ChangeRequestError,
		)
	if doc.status != "Approved":
		frappe.throw(
			_("{0} is {1}; only an approved change is carried out.").format(
				frappe.bold(doc.name), _(doc.status, context=requests.DOCTYPE)
			),
			exc=ChangeRequestError,
		)


def _check_project(project: Any) -> None:
	if project.status in requests.CLOSED_PROJECT:
		frappe.throw(
			_("{0} is {1}; nothing of it can be changed any more.").format(
				frappe.bold(project.project_name), _(project.status, context="SPM Project")
			),
			exc=ChangeRequestError,
		)


def _check_plan(doc: Any) -> change_plan.Outlook:
	"""What all have agreed to must still be what happens: the plan may have moved since the assessment."""
	plan = change_plan.outlook(doc)
	days, milestones = change_diff.agreed_dates(doc)
	now = {m.name: cstr(m.after)[:10] or None for m in rules.moves(plan.milestones)}
	if plan.days != days or now != milestones:
		frappe.throw(
			_(
				"The plan has moved since {0} was assessed, so the change would lead to other dates than were agreed. Assess it again; the sides then agree to the new dates."
			).format(frappe.bold(doc.name)),
			title=_("The Plan Has Moved"),
			exc=StaleVersionError,
		)
	return plan


def _write_project(doc: Any, plan: change_plan.Outlook) -> None:
	"""Approved changes, budget, end and scope of the project; what it shows elsewhere follows from its own save."""
	# Read again: tasks and payments have written figures into it.
	project = frappe.get_doc("SPM Project", doc.project, for_update=True)
	project.approved_changes_base = rounded(
		approved_of({"project": doc.project}) + flt(doc.price_impact_base)
	)
	rate = 1 if project.currency == doc.base_currency else flt(project.exchange_rate) or 1
	project.approved_changes = (
		rounded(flt(project.approved_changes) + flt(doc.price_impact))
		if project.currency == doc.currency
		else rounded(project.approved_changes_base / rate)
	)
	if plan.days:
		project.planned_end_date = plan.end_after
	change_plan.add_estimate(doc, project)
	for row in doc.lines:
		if row.kind == "Scope Text":
			fieldname = SCOPE_FIELDS[row.scope_part or "Scope"]
			text = f"{cstr(row.after_text).strip()} ({doc.name})"
			project.set(fieldname, "\n".join(part for part in (project.get(fieldname), text) if part))
	# Who may carry out changes was checked; the customer's own word has no right to the project.
	project.flags.derived = project.flags.approved_change = True
	project.save(ignore_permissions=True)


def _write_deal(doc: Any) -> None:
	"""The deal shows what it has come to; what was won, and when, stays as it was (the forecast counts a change
	in the month in which it is carried out)."""
	if not doc.opportunity or not flt(doc.price_impact):
		return
	deal = frappe.db.get_value(
		"SPM Opportunity", doc.opportunity, ["currency", "exchange_rate", "base_currency"], as_dict=True
	)
	in_base = approved_of({"opportunity": doc.opportunity}) + flt(doc.price_impact_base)
	rate = 1 if deal.currency == deal.base_currency else flt(deal.exchange_rate) or 1
	frappe.db.set_value(
		"SPM Opportunity",
		doc.opportunity,
		"approved_changes",
		rounded(in_base / rate),
		update_modified=False,
	)


def approved_of(filters: dict[str, str]) -> float:
	"""Sum of the changes that were carried out, in base currency, from nothing: of a project or of a deal."""
	t = DocType(requests.DOCTYPE)
	query = frappe.qb.from_(t).select(Sum(t.price_impact_base)).where(t.status == "Implemented")
	for fieldname, value in filters.items():
		query = query.where(t[fieldname] == value)
	return flt(query.run()[0][0])

"""Who has to agree to a quotation before the customer sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt, now_datetime
from frappe.utils.user import get_users_with_role

from sales_crm_pm.exceptions import ApprovalError
from sales_crm_pm.loop import notices, transitions
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.rules import pricing

LIMIT_FIELDS = (
	"title",
	"limit_on",
	"max_discount",
	"min_margin",
	"approver_role",
	"level",
	"role",
	"tier",
	"from_amount",
)


# Steps of a save
# ------------------


def set_need(doc: Any) -> None:
	"""Whether this draft needs approval when the session's user offers it, by whom, and why.

	A broken margin limit is not told apart: whoever may not see margins learns only that it needs approval.
	"""
	need = pricing.approval_needed(
		_limits(),
		roles=frappe.get_roles(),
		tier=(frappe.db.get_value("SPM Customer", doc.customer, "tier") if doc.customer else "") or "",
		amount_base=flt(doc.base_net_total),
		discount_percent=flt(doc.effective_discount),
		margin_percent=flt(doc.margin_percent) if flt(doc.cost_base) else None,
	)
	doc.needs_approval = int(bool(need))
	doc.approver_role = need.approver_role if need else None
	doc.approval_level = need.level if need else 0
	doc.approval_reasons = "\n".join(dict.fromkeys(_reason(limit) for limit in need.limits)) if need else None


def _limits() -> list[pricing.Limit]:
	return [
		pricing.Limit(
			title=row.title,
			kind=row.limit_on,
			threshold=flt(row.min_margin if row.limit_on == pricing.MARGIN else row.max_discount),
			approver_role=row.approver_role,
			level=cint(row.level),
			role=row.role or "",
			tier=row.tier or "",
			from_amount=flt(row.from_amount),
		)
		for row in frappe.get_all(
			"SPM Discount Limit", filters={"disabled": 0}, fields=LIMIT_FIELDS, order_by="level, name"
		)
	]


def _reason(limit: pricing.Limit) -> str:
	language = site_language()
	if limit.kind == pricing.MARGIN:
		return _("The price needs a second look.", language)
	return _("The discount is above {0} %.", language).format(f"{limit.threshold:g}")


def check_step(doc: Any) -> None:
	"""Refuse to skip an approval that is needed, and an approval by the wrong person; note who did what.

	:raises ApprovalError: saying who can take the step
	"""
	before = doc.get_doc_before_save()
	if (
		before is None
		or before.status == doc.status
		or doc.status not in ("Pending Approval", "Approved", "Draft")
	):
		return
	now, user = now_datetime(), frappe.session.user
	if doc.status == "Pending Approval":
		if not doc.needs_approval:
			frappe.throw(_("This quotation needs no approval. Release it."), exc=ApprovalError)
		doc.submitted_by, doc.submitted_on, doc.sent_back_reason = user, now, None
	elif doc.status == "Approved" and before.status == "Draft":
		if doc.needs_approval:
			frappe.throw(
				_("This quotation needs the approval of: {0}. Submit it for approval.").format(
					_(doc.approver_role)
				),
				title=_("Approval Needed"),
				exc=ApprovalError,
			)
		doc.approved_by, doc.approved_on = user, now
	elif doc.status == "Approved":
		_check_approver(doc, user)
		doc.approved_by, doc.approved_on = user, now
	elif doc.status == "Draft":
		doc.submitted_by = doc.submitted_on = doc.approved_by = doc.approved_on = None


def _check_approver(doc: Any, user: str) -> None:
	if user in (doc.submitted_by, doc.owner, doc.salesperson):
		frappe.throw(
			_("This is your own quotation, so somebody else has to approve it."),
			title=_("Somebody else must approve"),
			exc=ApprovalError,
		)
	if not approver_roles(doc) & set(frappe.get_roles(user)):
		frappe.throw(
			_("Only these roles may approve this quotation: {0}.").format(
				", ".join(_(role) for role in sorted(approver_roles(doc)))
			),
			exc=ApprovalError,
		)


def approver_roles(doc: Any) -> set[str]:
	"""The role that must approve, and those that approve on a higher level."""
	higher = frappe.get_all(
		"SPM Discount Limit",
		filters={"disabled": 0, "level": [">", cint(doc.approval_level)]},
		pluck="approver_role",
		distinct=True,
	)
	return {role for role in (doc.approver_role, *higher) if role}


def tell(doc: Any) -> None:
	"""Let those know whose turn it is, after this transaction is committed."""
	before = doc.get_doc_before_save()
	if before is None or before.status == doc.status:
		return
	if doc.status == "Pending Approval":
		people = set(get_users_with_role(doc.approver_role)) - {doc.submitted_by, doc.owner}
		notify(doc, people, lambda language: _("{0} waits for your approval: {1}", language))
	elif before.status == "Pending Approval" and doc.status == "Approved":
		notify(
			doc,
			{before.submitted_by, doc.salesperson},
			lambda language: _("{0} is approved: {1}", language),
		)
	elif before.status == "Pending Approval" and doc.status == "Draft":
		notify(
			doc,
			{before.submitted_by, doc.salesperson},
			lambda language: _("{0} was sent back: {1}", language),
		)


def notify(doc: Any, people: set[str | None], sentence: Callable[[str], str], *more: str) -> None:
	"""A note in the desk for people other than the one who acts (mail is the Workflow's own switch).

	:param sentence: gives the sentence in a language, with the number, the title and `more` as places to fill
	"""
	values = (frappe.bold(doc.name), *map(frappe.utils.escape_html, (doc.title or "", *more)))
	notices.send(people, doc.doctype, doc.name, lambda language: sentence(language).format(*values))


# What people do
# ------------------


def submit(doc: Any) -> Any:
	"""Hand a draft in: to the approver when one is needed, else it is released at once.

	:return: the saved document, Pending Approval or Approved
	"""
	if doc.status in ("Pending Approval", "Approved"):
		return doc
	# Reckoned anew: limits, prices and the person may have changed since the draft was saved.
	doc.save()
	return transitions.move(doc, "Pending Approval" if doc.needs_approval else "Approved")


def approve(doc: Any) -> Any:
	"""Approve a quotation that waits; one that is approved already stays so."""
	return transitions.move(doc, "Approved")


def send_back(doc: Any, reason: str) -> Any:
	"""Give a quotation that waits back to the salesperson, saying why."""
	if not (reason or "").strip():
		frappe.throw(_("Say what has to change."), exc=ApprovalError)
	return transitions.move(doc, "Draft", {"sent_back_reason": reason.strip()})

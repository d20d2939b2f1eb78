"""Who approves a project: rules by type and contract price, never the person who asked for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.utils import cint, escape_html, flt, now_datetime
from frappe.utils.user import get_users_with_role

from sales_crm_pm.exceptions import ApprovalError
from sales_crm_pm.loop import transitions
from sales_crm_pm.loop.figures import site_language


def applying_rules(project: Any) -> list[frappe._dict]:
	"""The approval rules that a project falls under, the one that counts last."""
	rows = frappe.get_all(
		"SPM Project Approval Rule",
		filters={"disabled": 0, "from_amount": ["<=", flt(project.price_base)]},
		fields=["title", "project_type", "from_amount", "approver_role", "level"],
		order_by="level, from_amount, name",
	)
	return [row for row in rows if not row.project_type or row.project_type == project.project_type]


def note_step(project: Any) -> None:
	"""Check and note a step of the approval; call it in `validate`, when the status has changed.

	:raises ApprovalError: the wrong person approves, or sends back without a reason
	"""
	before = project.get_doc_before_save()
	if before is None or before.status == project.status or project.flags.by_rule:
		return
	if project.status == "Pending Approval":
		rules = applying_rules(project)
		project.approver_role = rules[-1].approver_role if rules else None
		project.submitted_by, project.submitted_on = frappe.session.user, now_datetime()
		project.approved_by = project.approved_on = project.sent_back_reason = None
	elif before.status == "Pending Approval" and project.status == "Approved":
		_check_approver(project, before)
		project.approved_by, project.approved_on = frappe.session.user, now_datetime()
	elif before.status == "Pending Approval" and project.status == "Draft":
		if not (project.sent_back_reason or "").strip():
			frappe.throw(
				_("Say what has to change, so that it can be submitted again."),
				title=_("Reason Needed"),
				exc=ApprovalError,
			)


def _check_approver(project: Any, before: Any) -> None:
	user = frappe.session.user
	if user == "Administrator":
		return
	if user in (before.submitted_by, before.project_manager):
		frappe.throw(
			_("You submitted {0} or manage it, so somebody else has to approve it.").format(
				frappe.bold(project.project_name)
			),
			title=_("Somebody else must approve"),
			exc=ApprovalError,
		)
	# Reckoned anew: price, type and rules may have changed since it was submitted.
	rules = applying_rules(project)
	if not rules:
		return
	needed = rules[-1]
	higher = frappe.get_all(
		"SPM Project Approval Rule",
		filters={"disabled": 0, "level": [">", cint(needed.level)]},
		pluck="approver_role",
	)
	allowed = {needed.approver_role, *higher}
	if not allowed & set(frappe.get_roles(user)):
		frappe.throw(
			_("By the rule {0}, only these roles may approve this project: {1}.").format(
				frappe.bold(_(needed.title)), ", ".join(_(role) for role in sorted(allowed))
			),
			title=_("Approval Needed"),
			exc=ApprovalError,
		)


def tell(project: Any) -> None:
	"""Let those know whose turn it is; call it in `on_update`."""
	before = project.get_doc_before_save()
	if before is None or before.status == project.status or project.flags.by_rule:
		return
	if project.status == "Pending Approval":
		people = set(get_users_with_role(project.approver_role)) if project.approver_role else set()
		_notify(project, people, lambda language: _("{0} waits for your approval.", language))
	elif before.status == "Pending Approval" and project.status in ("Approved", "Draft"):
		people = {before.submitted_by, project.project_manager, project.account_manager}
		if project.status == "Approved":
			_notify(project, people, lambda language: _("{0} is approved.", language))
		else:
			_notify(
				project,
				people,
				lambda language: _("{0} was sent back: {1}", language),
				project.sent_back_reason,
			)


def _notify(project: Any, people: set[str | None], sentence: Callable[[str], str], *more: str) -> None:
	notify_people("SPM Project", project.name, project.project_name, people, sentence, *more)


def notify_people(
	doctype: str, name: str, title: str, people: set[str | None], sentence: Callable[[str], str], *more: str
) -> None:
	"""A note in the desk for people other than the one who acts, each in the own language.

	:param sentence: gives the sentence in a language, with the title and `more` as places to fill
	"""
	wanted = sorted(p for p in people if p and p not in (frappe.session.user, "Administrator", "Guest"))
	if not wanted:
		return
	languages = frappe.get_all(
		"User", filters={"name": ["in", wanted], "enabled": 1}, fields=["name", "language"], as_list=True
	)
	by_language: dict[str, list[str]] = {}
	for user, language in languages:
		by_language.setdefault(language or site_language(), []).append(user)
	for language, users in sorted(by_language.items()):
		enqueue_create_notification(
			users,
			{
				"type": "Alert",
				"document_type": doctype,
				"document_name": name,
				"subject": sentence(language).format(
					frappe.bold(escape_html(title)), *map(escape_html, more)
				),
				"from_user": frappe.session.user,
			},
		)


# What people do
# ------------------


def submit(project: Any) -> Any:
	"""Submit a draft for approval; one that waits already stays so."""
	return transitions.move(project, "Pending Approval")


def approve(project: Any) -> Any:
	"""Approve a project that waits (立项)."""
	return transitions.move(project, "Approved")


def send_back(project: Any, reason: str) -> Any:
	"""Give a project that waits back to its manager, saying why."""
	return transitions.move(project, "Draft", {"sent_back_reason": (reason or "").strip()})

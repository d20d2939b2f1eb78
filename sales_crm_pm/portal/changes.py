"""Change requests on the portal: the customer asks for one, sees what it means, agrees or refuses."""

from __future__ import annotations

from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, getdate

from sales_crm_pm.exceptions import ChangeRequestError
from sales_crm_pm.loop import change_approval, change_implementation, change_sheet, transitions
from sales_crm_pm.loop import change_request as requests
from sales_crm_pm.portal import access

MOST = 20
MAX_TEXT = 4000


def changes(project: str) -> list[dict[str, Any]]:
	"""What the customer sees of the change requests of a project that is open to the session's user.

	Their own requests from the start, ours once they are assessed and concern the customer.
	"""
	names = frappe.get_all(
		requests.DOCTYPE,
		filters={"project": project, "status": ["!=", "Draft"]},
		fields=["name", "status", "requested_side", "needs_customer", "assessed_on"],
		order_by="waits_for_customer desc, requested_on desc, name desc",
		limit=MOST * 3,
	)
	shown = [row for row in names if _is_shown(row)][:MOST]
	return [as_seen(frappe.get_doc(requests.DOCTYPE, row.name)) for row in shown]


def waiting(projects: list[str]) -> dict[str, int]:
	"""How many changes of each project wait for the customer's word."""
	rows = frappe.get_all(
		requests.DOCTYPE,
		filters={"project": ["in", projects or [""]], "status": "Assessed", "waits_for_customer": 1},
		pluck="project",
	)
	return dict(Counter(rows))


def _is_shown(row: Any) -> bool:
	if row.requested_side == "Customer":
		return True
	return bool(cint(row.needs_customer) and row.assessed_on)


def as_seen(doc: Any) -> dict[str, Any]:
	"""One request in the words of the customer: scope, dates and price, never cost."""
	sheet = change_sheet.change_sheet(doc, language=frappe.local.lang)
	# Before it is assessed nobody knows what it will mean.
	assessed = bool(doc.assessed_on)
	return {
		"change_request": doc.name,
		"title": sheet["title"],
		"description": sheet["description"],
		"status": doc.status,
		"version": sheet["version"],
		"date": sheet["date"],
		"dates": sheet["dates"] if assessed else [],
		"price": sheet["price"] if assessed else None,
		"payments": sheet["payments"] if assessed else [],
		"scope": sheet["scope"] if assessed else [],
		"reason": doc.decision_reason if doc.status in ("Rejected", "Deferred") else None,
		"waits_for_you": bool(doc.waits_for_customer),
	}


def request_change(project: str, title: str, description: str, reason: str | None = None) -> Any:
	"""Hand in a change request of the customer; both teams are told at once.

	:raises frappe.DoesNotExistError: the project is not shared with the session's user
	"""
	doc, is_preview = access.open_project(project)
	if is_preview:
		frappe.throw(_("This is a preview; only the customer can write here."), exc=frappe.PermissionError)
	_check_allowed()
	title, description = (title or "").strip(), (description or "").strip()
	if not title or not description:
		frappe.throw(
			_("Please give your wish a title and describe it in a few words."), exc=ChangeRequestError
		)
	request = frappe.get_doc(
		{
			"doctype": requests.DOCTYPE,
			"title": title[:140],
			"project": doc.name,
			"requested_side": "Customer",
			"requested_contact": access.contact_of(frappe.session.user, doc.customer),
			"channel": "Portal",
			"requested_on": getdate(),
			"description": description[:MAX_TEXT],
			"justification": (reason or "").strip()[:MAX_TEXT],
		}
		# Who asks was checked by `open_project`; the portal role itself has no rights on records.
	).insert(ignore_permissions=True)
	return transitions.move_by_rule(request, "Submitted")


def approve(name: str, version: int) -> Any:
	"""Agree to a change in the customer's name; agreeing twice counts once."""
	doc = _open(name)
	contact = access.contact_of(frappe.session.user, doc.customer)
	return change_implementation.approve_as_customer(
		doc, version, change_approval.PORTAL, contact=contact, person_name=_own_name()
	)


def decline(name: str, reason: str) -> Any:
	"""Refuse a change in the customer's name, saying why."""
	doc = _open(name)
	contact = access.contact_of(frappe.session.user, doc.customer)
	return change_approval.reject_as_customer(
		doc, reason, change_approval.PORTAL, contact=contact, person_name=_own_name()
	)


def _own_name() -> str:
	return frappe.db.get_value("User", frappe.session.user, "full_name") or ""


def _open(name: str) -> Any:
	"""A request, locked, that the session's user may decide for the customer.

	:raises frappe.DoesNotExistError: it is none of this customer's, or not shared
	"""
	row = frappe.db.get_value(
		requests.DOCTYPE,
		name,
		["name", "project", "status", "requested_side", "needs_customer", "assessed_on"],
		as_dict=True,
	)
	project = row and frappe.get_doc("SPM Project", row.project)
	if (
		not project
		or row.status == "Draft"
		or not access.has_website_permission(project)
		or not _is_shown(row)
	):
		raise frappe.DoesNotExistError(_("There is no such change, or it is not shared with you."))
	_check_allowed()
	return change_approval.locked(name)


def _check_allowed() -> None:
	if not cint(frappe.get_cached_doc("SPM Settings").portal_allow_changes):
		frappe.throw(
			_("Changes on the portal are switched off. Please write to us."), exc=frappe.PermissionError
		)

"""REST: everything that somebody has to do, in one list, and one page per colleague."""

from typing import Any

import frappe
from frappe import _

from sales_crm_pm.insight import person as people_page
from sales_crm_pm.insight import work as insight
from sales_crm_pm.loop import work as loop
from sales_crm_pm.permissions.rules import DESK_ROLES, SYSTEM_MANAGER


@frappe.whitelist(methods=["GET"])
def mine(
	start: int = 0,
	length: int = 50,
	kinds: str | list[str] | None = None,
	when: str | list[str] | None = None,
	search: str | None = None,
	user: str | None = None,
) -> dict[str, Any]:
	"""Follow-ups, tasks, milestones, payments and decisions of the caller or a colleague, most overdue first.

	:param start: how many rows to skip
	:param length: how many to return, at most 200
	:param kinds: only these kinds (a list, or words with commas between them)
	:param when: only these: overdue, today, week, later, undated
	:param search: only rows that hold these words
	:param user: a colleague; then only what the caller may see
	:return: total, rows (kind, due, days, title, doctype, name, status, priority, about_doctype, about,
	    about_title), counts {kind: {when: number}}, kinds (kind, label, icon, actions), user
	:raises frappe.PermissionError: no role of this app
	"""
	_check_role()
	user = _colleague(user).name if user else frappe.session.user
	page = insight.page(
		user,
		start=max(0, start),
		length=min(max(1, length), insight.MAX_LENGTH),
		kinds=_words(kinds),
		when=_words(when),
		search=(search or "").strip(),
	)
	return {**page, "kinds": insight.kinds_of_work(), "user": user}


@frappe.whitelist(methods=["GET"])
def person(user: str | None = None, length: int = 20) -> dict[str, Any]:
	"""One page about a colleague: tasks, follow-ups, deals, contracts, projects, load and promptness of logging.

	:param user: the caller when not given
	:return: profile, figures, load, logging, work, opportunities, projects, contracts, base_currency; only what
	    the caller may see
	:raises frappe.PermissionError: no role of this app, or nobody who works with it
	"""
	_check_role()
	return people_page.page(_colleague(user or frappe.session.user), min(max(1, length), insight.MAX_LENGTH))


@frappe.whitelist(methods=["GET"])
def people(search: str | None = None) -> list[dict[str, Any]]:
	"""Colleagues: name, full_name, image.

	:raises frappe.PermissionError: no role of this app
	"""
	_check_role()
	return people_page.people((search or "").strip())


@frappe.whitelist(methods=["POST"])
def done(doctype: str, name: str) -> dict[str, Any]:
	"""Finish a follow-up (SPM Interaction) or a task (SPM Task); doing it twice does it once.

	:return: doctype, name
	:raises frappe.PermissionError: no right to finish it
	"""
	loop.done(doctype, name)
	return {"doctype": doctype, "name": name}


@frappe.whitelist(methods=["POST"])
def postpone(doctype: str, name: str, date: str) -> dict[str, Any]:
	"""Move a follow-up, a lead's or deal's next step or a task to another day.

	:return: doctype, name, date
	:raises frappe.PermissionError: no right to change it
	"""
	loop.postpone(doctype, name, date)
	return {"doctype": doctype, "name": name, "date": date}


def _check_role() -> None:
	if not {SYSTEM_MANAGER, *DESK_ROLES} & set(frappe.get_roles()):
		frappe.throw(_("You need a role of Sales CRM PM to see this."), exc=frappe.PermissionError)


def _colleague(user: str) -> Any:
	"""The user, if it is somebody who works here; who exists otherwise is nobody's business."""
	doc = frappe.get_cached_doc("User", user) if frappe.db.exists("User", user) else None
	roles = {row.role for row in doc.roles} if doc else set()
	if (
		not doc
		or not doc.enabled
		or not (user == frappe.session.user or {SYSTEM_MANAGER, *DESK_ROLES} & roles)
	):
		frappe.throw(_("{0} is not a colleague.").format(frappe.bold(user)), exc=frappe.PermissionError)
	return doc


def _words(given: str | list[str] | None) -> list[str]:
	if isinstance(given, str):
		given = frappe.parse_json(given) if given.startswith("[") else given.split(",")
	return [word.strip() for word in given or () if word.strip()]

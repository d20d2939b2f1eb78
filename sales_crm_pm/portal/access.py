"""Which projects a customer's own people may see on the portal."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import getdate

PORTAL_ROLE = "SPM Customer User"
# A plan that is not approved yet, or a project that was called off, is nobody's business outside.
SHOWN = ("Approved", "In Progress", "On Hold", "Delivered", "Accepted", "Closed")


def customers_of(user: str | None = None) -> list[str]:
	"""Return the customers a portal user belongs to.

	Either the customer lists the user among its portal users, or the user's Contact is linked to it.
	Without the portal role, or with the portal switched off, there are none.
	"""
	user = user or frappe.session.user
	if user == "Guest" or PORTAL_ROLE not in frappe.get_roles(user):
		return []
	if not frappe.get_cached_doc("SPM Settings").portal_enabled:
		return []
	listed, contact, link = DocType("SPM Customer Portal User"), DocType("Contact"), DocType("Dynamic Link")
	by_list = (
		frappe.qb.from_(listed)
		.left_join(contact)
		.on(contact.name == listed.contact)
		.select(listed.parent)
		.where((listed.parenttype == "SPM Customer") & (listed.user == user))
		.where(contact.left_company_on.isnull() | (contact.left_company_on > getdate()))
	)
	by_contact = (
		frappe.qb.from_(link)
		.inner_join(contact)
		.on((contact.name == link.parent) & (link.parenttype == "Contact"))
		.select(link.link_name)
		.where((link.link_doctype == "SPM Customer") & (contact.user == user))
		.where(Coalesce(contact.portal_enabled, 1) == 1)
		.where(contact.left_company_on.isnull() | (contact.left_company_on > getdate()))
	)
	return sorted({row[0] for row in [*by_list.run(), *by_contact.run()]})


def has_website_permission(
	doc: Any, ptype: str = "read", user: str | None = None, verbose: bool = False
) -> bool:
	"""Tell the framework whether a portal user may read a project or milestone; nothing else is granted."""
	if ptype not in ("read", "print"):
		return False
	customers = customers_of(user)
	if not customers or doc.get("customer") not in customers:
		return False
	if doc.doctype == "SPM Milestone":
		if not doc.visible_to_customer:
			return False
		return frappe.db.get_value("SPM Project", doc.project, "status") in SHOWN
	return doc.status in SHOWN


def open_project(name: str) -> tuple[Any, bool]:
	"""Return a project for the session's user, and whether it is only a preview by our own staff.

	Raises DoesNotExistError for every other project, existing or not, so that nobody learns which exist.
	"""
	doc = frappe.get_doc("SPM Project", name) if frappe.db.exists("SPM Project", name) else None
	if doc and has_website_permission(doc):
		return doc, False
	if doc and doc.has_permission("read"):
		return doc, True
	frappe.clear_messages()
	raise frappe.DoesNotExistError(_("There is no such project, or it is not shared with you."))


def open_milestone(name: str) -> Any:
	"""Return a milestone that waits for this customer's word.

	Raises DoesNotExistError when it is not shared, PermissionError when the portal may not accept.
	"""
	doc = frappe.get_doc("SPM Milestone", name) if frappe.db.exists("SPM Milestone", name) else None
	if not doc or not has_website_permission(doc):
		raise frappe.DoesNotExistError(_("There is no such milestone, or it is not shared with you."))
	if not frappe.get_cached_doc("SPM Settings").portal_allow_acceptance:
		frappe.throw(
			_("Acceptance on the portal is switched off. Please write to us."), exc=frappe.PermissionError
		)
	return doc


def contact_of(user: str, customer: str) -> str | None:
	"""Return the Contact that stands for a portal user at a customer."""
	listed = frappe.db.get_value("SPM Customer Portal User", {"parent": customer, "user": user}, "contact")
	return listed or frappe.db.get_value("Contact", {"user": user}, "name")

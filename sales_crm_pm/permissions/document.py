"""Checks on one document (hook `has_permission`), by the same declarations as the lists.

The document's own values are looked at first; only when they do not decide is the database asked, with the
very condition that lists use.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType

from sales_crm_pm.permissions import query
from sales_crm_pm.permissions.grants import Grant, Person, is_everything
from sales_crm_pm.permissions.rules import CORE_DOCTYPES, RULES, SYSTEM_MANAGER

READING = frozenset({None, "", "read", "select", "print", "email", "report", "export"})
"""Rights for which seeing the record is enough; all others change it or hand it on."""


def has_permission(doc: Any, ptype: str | None = None, user: str | None = None, debug: bool = False) -> bool:
	"""Whether the user's rights reach this document. Never grants what the user's roles do not allow.

	:param doc: document of a DocType in `rules.RULES`
	:param ptype: the right asked about, "read" when not given
	:return: always True or False, because None means different things to different framework versions
	"""
	user = user or frappe.session.user
	rule = RULES.get(doc.get("doctype"))
	if user == "Administrator" or rule is None:
		return True
	person = Person.of(user)
	if SYSTEM_MANAGER in person.roles or not query.concerns(doc.doctype, person):
		return True
	if ptype == "create" or doc.get("__islocal") or not doc.get("name"):
		return not hidden_links(doc, person)

	reading = ptype in READING
	grants = rule.read if reading else rule.write
	# Contact and Address say whom they belong to in rows that the request itself may just have replaced.
	if doc.doctype not in CORE_DOCTYPES and any(grant.holds(doc, person) for grant in grants):
		return True
	return is_stored_for(doc.doctype, doc.name, grants, person, "read" if reading else "write")


def is_stored_for(doctype: str, name: str, grants: tuple[Grant, ...], person: Person, right: str) -> bool:
	"""Ask the database whether any of the grants (or a share) reaches the stored record; one statement."""
	table = DocType(doctype)
	found = query.rows(doctype, grants, person, shared_for=right)
	if found is None:
		return False
	statement = frappe.qb.from_(table).select(table.name).where(table.name == name).limit(1)
	if not is_everything(found):
		statement = statement.where(found)
	return bool(statement.run())


def hidden_links(doc: Any, person: Person, before: Any = None) -> list[str]:
	"""Records that the document newly points to although the person may not see them.

	Pointing one's own opportunity at a stranger's customer would otherwise open that customer.

	:param before: the stored version; links that were there before are not asked about again
	:return: names of the hidden records, empty when all is well
	"""
	if doc.doctype in CORE_DOCTYPES:
		pairs = [
			(row.get("link_doctype"), row.get("link_name"))
			for row in doc.get("links") or []
			if row.get("link_doctype") in RULES
		]
	else:
		pairs = [
			(target, doc.get(fieldname))
			for fieldname, target in RULES[doc.doctype].links
			if doc.get(fieldname) and (before is None or before.get(fieldname) != doc.get(fieldname))
		]
	return [
		name
		for target, name in pairs
		if name and not is_stored_for(target, name, RULES[target].read, person, "read")
	]


def check_change(doc: Any) -> None:
	"""Refuse a save that gave itself the right to be made.

	The framework asks for write permission on the values the request brings. Somebody who puts their own
	name into the owner field would pass; therefore the stored version is asked as well, and so is every
	record the document is newly pointed at. Costs no statement when the stored values decide.

	:param doc: document whose stored version is loaded (`check_if_latest` has run)
	:raises frappe.PermissionError: when the stored version may not be written, or a new link is hidden
	"""
	before = doc.get_doc_before_save()
	if before is None or doc.flags.ignore_permissions or frappe.session.user == "Administrator":
		return
	before.check_permission("write")
	person = Person.of()
	if SYSTEM_MANAGER in person.roles:
		return
	if hidden := hidden_links(doc, person, before):
		frappe.throw(
			_("You cannot use {0} here, because you do not have access to it.").format(", ".join(hidden)),
			exc=frappe.PermissionError,
		)

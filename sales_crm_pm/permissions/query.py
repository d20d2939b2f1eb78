"""Conditions for lists, reports, exports, searches and counts (hook `permission_query_conditions`)."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.core.doctype.server_script.server_script_utils import get_server_script_map
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.desk.reportview import build_match_conditions
from frappe.query_builder import DocType
from pypika.terms import Criterion, LiteralValue

from sales_crm_pm.permissions.grants import (
	EVERYTHING,
	REACHED,
	Grant,
	Person,
	Seen,
	Through,
	any_of,
	is_everything,
	selects_of,
	united,
)
from sales_crm_pm.permissions.rules import CHILD_TABLES, CORE_DOCTYPES, DESK_ROLES, RULES, SYSTEM_MANAGER

NOTHING = "(1 = 0)"
"""Deny all. A falsy answer would mean "no restriction" to the framework."""


def condition(doctype: str, user: str | None = None) -> str:
	"""SQL condition on `tab<doctype>` for the rows this user may read.

	:param doctype: one of those in `rules.RULES`
	:param user: the session's user when not given
	:return: a bracketed condition, "" when the user may read every row, `(1 = 0)` when none
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	person = Person.of(user)
	if SYSTEM_MANAGER in person.roles or not concerns(doctype, person):
		return ""
	return render(_reach(doctype, person))


def _reach(doctype: str, person: Person) -> Criterion | str | None:
	"""The rows this person may read, as one set of names that the database finds by indexes before it looks at
	the table. Right for whole lists; for records at hand, `rows` asks less."""
	grants = RULES[doctype].read
	# Most contacts of a site may belong to nobody of ours; they are not a set worth collecting first.
	if doctype in CORE_DOCTYPES or any(grant.is_broad(person) for grant in grants):
		return rows(doctype, grants, person, shared_for="read")
	found = selects_of(grants, doctype, person)
	if is_everything(found):
		return EVERYTHING
	return DocType(doctype).name.isin(united([*found, _shares(doctype, person, "read")]))


def _shares(doctype: str, person: Person, right: str):
	"""Query for the names of the records that are shared with the person for a right (`read` or `write`).

	The framework adds shares to lists only when User Permissions apply; documents honour them always.
	"""
	shares = DocType("DocShare")
	return (
		frappe.qb.from_(shares)
		.select(shares.share_name.as_(REACHED))
		.where(
			(shares.share_doctype == doctype)
			& ((shares.user == person.sql) | (shares.everyone == 1))
			& (shares[right] == 1)
		)
	)


def concerns(doctype: str, person: Person) -> bool:
	"""Whether our rules speak about this person: core's own DocTypes are left alone without a role of ours."""
	return doctype not in CORE_DOCTYPES or bool(person.roles & DESK_ROLES)


def rows(doctype: str, grants: tuple[Grant, ...], person: Person, shared_for: str) -> Criterion | str | None:
	"""The rows that grants reach, plus those shared with the person for that right (`read` or `write`)."""
	table = DocType(doctype)
	found = any_of(grants, table, person)
	if is_everything(found):
		return EVERYTHING
	shared = table.name.isin(_shares(doctype, person, shared_for))
	return shared if found is None else found | shared


def render(found: Criterion | str | None) -> str:
	"""Finished SQL of what `rows` gives, always bracketed: version 15 joins conditions without brackets."""
	if found is None:
		return NOTHING
	if is_everything(found):
		return ""
	return f"({found.get_sql(with_namespace=True, quote_char='`')})"


def readable_rows(
	doctype: str, user: str | None = None, seen: tuple[str, str] | None = None
) -> Criterion | None:
	"""Condition for statements built with the query builder, by the same rules as `condition`.

	:param seen: (link field, record type) when the statement asks only for rows whose field names one
	    record of that type, which the user is known to be allowed to read; reasons that follow from it then
	    cost the database nothing
	:return: None when the user may read every row; a condition that is never true when the user's roles do
	    not open the DocType at all
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return None
	if not frappe.has_permission(doctype, "read", user=user):
		return LiteralValue(NOTHING)
	person = Person.of(user)
	if SYSTEM_MANAGER in person.roles or not concerns(doctype, person):
		return None
	found = rows(doctype, _following(RULES[doctype].read, seen), person, shared_for="read")
	if found is None:
		return LiteralValue(NOTHING)
	return None if is_everything(found) else found


def writable_rows(doctype: str, user: str | None = None) -> Criterion | None:
	"""As `readable_rows`, for the rows that the user may change.

	:return: None when the user may change every row
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return None
	if not frappe.has_permission(doctype, "write", user=user):
		return LiteralValue(NOTHING)
	person = Person.of(user)
	if SYSTEM_MANAGER in person.roles or not concerns(doctype, person):
		return None
	found = rows(doctype, RULES[doctype].write, person, shared_for="write")
	if found is None:
		return LiteralValue(NOTHING)
	return None if is_everything(found) else found


def _following(grants: tuple[Grant, ...], seen: tuple[str, str] | None) -> tuple[Grant, ...]:
	"""The grants with those answered that follow from a record the user is known to see."""
	if seen is None:
		return grants
	fieldname, doctype = seen
	if fieldname == "name":
		return (Seen(),)
	following = [
		grant
		for grant in grants
		if isinstance(grant, Through)
		and (grant.fieldname, grant.doctype, grant.grants) == (fieldname, doctype, RULES[doctype].read)
		and not grant.roles
	]
	# First what costs least: the database stops at the first reason that holds.
	others = [grant for grant in grants if grant not in following]
	return (*(Seen(grant.unless) for grant in following), *others)


def readable_names(doctype: str, user: str | None = None) -> Any | Criterion | None:
	"""The rows a user may read as a query of their names (each once), for statements that start from them.

	A sum over what one salesperson sees of 300,000 deals begins with the few thousand names, not with the deals.

	:return: None when the user may read every row; a query with the column `REACHED`; a condition when there
	    is no set to start from, or when User Permissions, another app or an admin's script narrow the rows
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return None
	if not frappe.has_permission(doctype, "read", user=user):
		return LiteralValue(NOTHING)
	if _is_narrowed(doctype, user):
		return LiteralValue(build_match_conditions(doctype, user=user) or "(1 = 1)")
	person = Person.of(user)
	if SYSTEM_MANAGER in person.roles or not concerns(doctype, person):
		return None
	found = selects_of(RULES[doctype].read, doctype, person)
	if is_everything(found):
		return None
	return united([*found, _shares(doctype, person, "read")]).distinct()


def readable_set(doctype: str, user: str | None = None) -> Criterion | None:
	"""The rows a user may read as a condition, for statements over the whole table: sums, reports, exports.

	:return: None when the user may read every row
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return None
	if not frappe.has_permission(doctype, "read", user=user):
		return LiteralValue(NOTHING)
	found = (
		build_match_conditions(doctype, user=user)
		if _is_narrowed(doctype, user)
		else condition(doctype, user)
	)
	return LiteralValue(f"({found})") if found else None


def _is_narrowed(doctype: str, user: str) -> bool:
	"""Whether more than our own rules decide: User Permissions, another app's hook, or an admin's script."""
	hooks = frappe.get_hooks("permission_query_conditions", {})
	if len(hooks.get(doctype, [])) + len(hooks.get("*", [])) > 1:
		return True
	return bool(get_user_permissions(user)) or bool(
		get_server_script_map().get("permission_query", {}).get(doctype)
	)


def visible_names(doctype: str, names: list[str], user: str | None = None) -> set[str]:
	"""Those of `names` that the user may read by our row rules, found with one statement.

	The role's right to the DocType is not looked at; check it before.
	"""
	if not names:
		return set()
	user = user or frappe.session.user
	table = DocType(doctype)
	query = frappe.qb.from_(table).select(table.name).where(table.name.isin(list(names)))
	if user != "Administrator":
		person = Person.of(user)
		found = rows(doctype, RULES[doctype].read, person, shared_for="read")
		if SYSTEM_MANAGER not in person.roles and not is_everything(found):
			query = query.where(found)
	return set(query.run(pluck=True))


def child(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for rows of our child tables: those of parents the user may read.

	Version 16 joins the parent by itself; version 15 checks only the right to the parent's type and would
	hand out the rows of every parent.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	parts = [readable_rows(parent, user) for parent in CHILD_TABLES[doctype]]
	table = DocType(doctype)
	inside = [
		table.parent.isin(_names(parent, part)) & (table.parenttype == parent)
		for parent, part in zip(CHILD_TABLES[doctype], parts, strict=True)
	]
	return render(Criterion.any(inside))


def _names(doctype: str, part: Criterion | None):
	table = DocType(doctype)
	names = frappe.qb.from_(table).select(table.name)
	return names if part is None else names.where(part)


def customer(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Customer."""
	return condition("SPM Customer", user)


def lead(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Lead."""
	return condition("SPM Lead", user)


def pool_lead(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Pool Lead."""
	return condition("SPM Pool Lead", user)


def lead_move(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Lead Move."""
	return condition("SPM Lead Move", user)


def absence(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Absence."""
	return condition("SPM Absence", user)


def interaction(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Interaction."""
	return condition("SPM Interaction", user)


def opportunity(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Opportunity."""
	return condition("SPM Opportunity", user)


def quotation(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Quotation."""
	return condition("SPM Quotation", user)


def project(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Project."""
	return condition("SPM Project", user)


def milestone(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Milestone."""
	return condition("SPM Milestone", user)


def task(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Task."""
	return condition("SPM Task", user)


def baseline(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Baseline."""
	return condition("SPM Baseline", user)


def baseline_row(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Baseline Row."""
	return condition("SPM Baseline Row", user)


def risk(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Risk."""
	return condition("SPM Risk", user)


def issue(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Issue."""
	return condition("SPM Issue", user)


def lesson(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Lesson."""
	return condition("SPM Lesson", user)


def survey(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Survey."""
	return condition("SPM Survey", user)


def contract(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Contract."""
	return condition("SPM Contract", user)


def payment(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Payment."""
	return condition("SPM Payment", user)


def timesheet(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Timesheet."""
	return condition("SPM Timesheet", user)


def cost_entry(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Cost Entry."""
	return condition("SPM Cost Entry", user)


def sequence(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Sequence."""
	return condition("SPM Sequence", user)


def sequence_enrolment(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Sequence Enrolment."""
	return condition("SPM Sequence Enrolment", user)


def sequence_delivery(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Sequence Delivery."""
	return condition("SPM Sequence Delivery", user)


def referral(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Referral."""
	return condition("SPM Referral", user)


def segment(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Segment."""
	return condition("SPM Segment", user)


def segment_member(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Segment Member."""
	return condition("SPM Segment Member", user)


def lifecycle_log(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Lifecycle Log."""
	return condition("SPM Lifecycle Log", user)


def tier_change(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Tier Change."""
	return condition("SPM Tier Change", user)


def forecast_entry(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Forecast Entry."""
	return condition("SPM Forecast Entry", user)


def progress_snapshot(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Progress Snapshot."""
	return condition("SPM Progress Snapshot", user)


def import_run(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Import Run."""
	return condition("SPM Import Run", user)


def import_record(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Import Record."""
	return condition("SPM Import Record", user)


def merge_log(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Merge Log."""
	return condition("SPM Merge Log", user)


def duplicate_exception(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Duplicate Exception."""
	return condition("SPM Duplicate Exception", user)


def change_request(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Change Request."""
	return condition("SPM Change Request", user)


def contact(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for core's Contact."""
	return condition("Contact", user)


def address(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for core's Address."""
	return condition("Address", user)


def allocation(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Allocation."""
	return condition("SPM Allocation", user)


def person_capacity(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Person Capacity."""
	return condition("SPM Person Capacity", user)


def person_skill(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Person Skill."""
	return condition("SPM Person Skill", user)


def responsibility(user: str | None = None, doctype: str | None = None) -> str:
	"""Condition for SPM Responsibility."""
	return condition("SPM Responsibility", user)

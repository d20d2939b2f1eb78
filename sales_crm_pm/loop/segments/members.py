"""Who belongs to a segment now, how many they are, and freezing that answer."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from frappe.utils import now_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.segments import compiler
from sales_crm_pm.loop.segments.catalog import CUSTOMER
from sales_crm_pm.loop.segments.definition import parse
from sales_crm_pm.permissions.query import readable_rows

MEMBER = "SPM Segment Member"
SAMPLE = 8
MOST_PER_PAGE = 500
ROWS_PER_STATEMENT = 500
SHOWN = ("name", "customer_name", "tier", "lifecycle_stage", "account_manager", "last_interaction_on")
BY_AUTHOR = "Its Author"


def members_query(segment: Any, viewer: str | None = None, columns: tuple[str, ...] = ("name",)) -> Any:
	"""The customers of a segment as a query that can be run or nested.

	:param segment: the record or its name
	:param viewer: shows only customers this user may see; None (counts, plans and sequences) asks and shows
	    with the rights of the segment's author
	:param columns: columns of the customer
	"""
	doc = frappe.get_cached_doc("SPM Segment", segment) if isinstance(segment, str) else segment
	author = doc.author or doc.owner
	customers = DocType(CUSTOMER)
	query = frappe.qb.from_(customers).select(*[customers[column] for column in columns])
	if doc.members_mode == "Frozen":
		member = DocType(MEMBER)
		query = query.where(
			customers.name.isin(
				frappe.qb.from_(member).select(member.customer).where(member.segment == doc.name)
			)
		)
	else:
		asked_by = author if viewer is None or doc.compute_as == BY_AUTHOR else viewer
		query = _where(query, parse(doc.definition), asked_by)
	return _visible(query, viewer or author)


def matching(definition: str | dict, user: str, columns: tuple[str, ...] = ("name",)) -> Any:
	"""The customers that fit a question that is not saved yet, seen and asked by the same user."""
	customers = DocType(CUSTOMER)
	query = frappe.qb.from_(customers).select(*[customers[column] for column in columns])
	return _visible(_where(query, parse(definition), user), user)


def count(query: Any) -> int:
	"""How many rows a query of this module has; one statement."""
	inner = query.as_("members")
	return frappe.qb.from_(inner).select(Count("*")).run()[0][0]


def preview(definition: str | dict, user: str | None = None) -> dict[str, Any]:
	"""How many customers fit while a question is being built, and the first few of them.

	:return: `count` and `sample` (rows with the columns of `SHOWN`)
	:raises SPMError: naming the condition that is not complete
	"""
	user = user or frappe.session.user
	query = matching(definition, user, SHOWN)
	return {"count": count(query), "sample": _sorted(query).limit(SAMPLE).run(as_dict=True)}


def page(segment: str, start: int = 0, length: int = 50, user: str | None = None) -> dict[str, Any]:
	"""One page of a segment's customers that the user may see.

	:return: `count` and `members` (rows with the columns of `SHOWN`)
	"""
	query = members_query(segment, user or frappe.session.user, SHOWN)
	rows = _sorted(query).limit(max(1, min(length, MOST_PER_PAGE))).offset(max(0, start)).run(as_dict=True)
	return {"count": count(query), "members": rows}


def freeze(segment: str) -> int:
	"""Keep today's customers of a segment as its members from now on; returns how many.

	The caller checks permission. Freezing a frozen segment anew asks its conditions again.
	"""
	doc = frappe.get_doc("SPM Segment", segment, for_update=True)
	question = frappe.get_doc("SPM Segment", segment)
	question.members_mode = "Dynamic"
	names = [row[0] for row in members_query(question).run()]
	frappe.db.delete(MEMBER, {"segment": doc.name})
	if names:
		now, user = now_datetime(), frappe.session.user
		frappe.db.bulk_insert(
			MEMBER,
			["name", "creation", "modified", "owner", "modified_by", "segment", "customer"],
			[(frappe.generate_hash(length=12), now, now, user, user, doc.name, name) for name in names],
			chunk_size=ROWS_PER_STATEMENT,
		)
	doc.flags.derived = True
	doc.members_mode = "Frozen"
	doc.member_count, doc.counted_on = len(names), now_datetime()
	doc.save(ignore_permissions=True)
	return len(names)


def refresh_counts() -> None:
	"""Nightly job: write how many customers each dynamic segment has; one that fails leaves the others alone."""
	for name in frappe.get_all("SPM Segment", filters={"members_mode": "Dynamic"}, pluck="name"):
		frappe.db.savepoint("segment")
		try:
			values = {"member_count": count(members_query(name)), "counted_on": now_datetime()}
			frappe.db.set_value("SPM Segment", name, values, update_modified=False)
		except SPMError:
			# A field or record type it asks about has gone; its form says so.
			frappe.db.rollback(save_point="segment")
			frappe.clear_last_message()
		except Exception:
			frappe.db.rollback(save_point="segment")
			frappe.log_error(
				title=_("Counting a segment"), reference_doctype="SPM Segment", reference_name=name
			)


def _where(query: Any, parsed: dict[str, Any], user: str) -> Any:
	found = compiler.criterion(parsed, user)
	return query if found is None else query.where(found)


def _visible(query: Any, viewer: str) -> Any:
	readable = readable_rows(CUSTOMER, viewer)
	return query if readable is None else query.where(readable)


def _sorted(query: Any) -> Any:
	customers = DocType(CUSTOMER)
	return query.orderby(customers.customer_name).orderby(customers.name)

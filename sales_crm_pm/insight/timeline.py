"""The history of a customer: talks, remarks, mail, stages, milestones and answers in one order.

One UNION is counted and paged by the database, so that 500 events cost what 5 do. Each part is joined to the
records it belongs to and narrowed to those the user may see.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count
from frappe.utils import strip_html
from pypika import Order
from pypika.terms import Criterion, NullValue, ValueWrapper

from sales_crm_pm.permissions.query import readable_rows

TEXT_LENGTH = 500


def page(customer: str, start: int, length: int) -> dict[str, Any]:
	"""Events of a customer, newest first.

	:param start: how many to skip
	:param length: how many to return
	:return: `total` and `rows`, each with kind, on, title, text, doctype, name, user
	"""
	events = _events(customer)
	total = frappe.qb.from_(events).select(Count("*")).run()[0][0]
	if not total:
		return {"total": 0, "rows": []}
	rows = (
		frappe.qb.from_(events)
		.select(
			events.kind, events.at, events.title, events.text, events.doctype, events.docname, events.user
		)
		.orderby(events.at, order=Order.desc)
		.orderby(events.docname, order=Order.desc)
		.orderby(events.kind)
		.limit(length)
		.offset(start)
		.run(as_dict=True)
	)
	return {"total": total, "rows": [_shown(row) for row in rows]}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
	text = " ".join(strip_html(row.text or "").split())
	return {
		"kind": row.kind,
		"on": row.at,
		"title": row.title or "",
		"text": text[:TEXT_LENGTH],
		"doctype": row.doctype,
		"name": row.docname,
		"user": row.user,
	}


def _events(customer: str) -> Any:
	parts = [
		_talks(customer),
		_stages(customer),
		_milestones(customer),
		_answers(customer),
		*_remarks(customer, "Comment"),
		*_remarks(customer, "Communication"),
	]
	union = parts[0]
	for part in parts[1:]:
		union = union.union_all(part)
	return union.as_("events")


def _part(query: Any, kind: str, at: Any, title: Any, text: Any, doctype: str, name: Any, user: Any) -> Any:
	return query.select(
		ValueWrapper(kind).as_("kind"),
		at.as_("at"),
		title.as_("title"),
		text.as_("text"),
		ValueWrapper(doctype).as_("doctype"),
		name.as_("docname"),
		user.as_("user"),
	)


def _narrowed(query: Any, doctype: str) -> Any:
	seen = readable_rows(doctype)
	return query if seen is None else query.where(seen)


def _talks(customer: str) -> Any:
	t = DocType("SPM Interaction")
	query = _narrowed(frappe.qb.from_(t).where(t.customer == customer), "SPM Interaction")
	return _part(
		query, "interaction", t.happened_on, t.subject, t.content, "SPM Interaction", t.name, t.owner
	)


def _stages(customer: str) -> Any:
	log, deal = DocType("SPM Opportunity Stage Log"), DocType("SPM Opportunity")
	query = (
		frappe.qb.from_(log)
		.inner_join(deal)
		.on((log.parent == deal.name) & (log.parenttype == "SPM Opportunity"))
		.where(deal.customer == customer)
	)
	query = _narrowed(query, "SPM Opportunity")
	text = Coalesce(log.reason, "")
	return _part(
		query, "stage", log.entered_on, log.to_stage, text, "SPM Opportunity", deal.name, log.changed_by
	)


def _milestones(customer: str) -> Any:
	m = DocType("SPM Milestone")
	query = frappe.qb.from_(m).where((m.customer == customer) & m.accepted_on.isnotnull())
	query = _narrowed(query, "SPM Milestone")
	return _part(
		query, "milestone", m.accepted_on, m.title, m.status, "SPM Milestone", m.name, m.milestone_owner
	)


def _answers(customer: str) -> Any:
	s = DocType("SPM Survey")
	query = frappe.qb.from_(s).where((s.customer == customer) & s.answered_on.isnotnull())
	query = _narrowed(query, "SPM Survey")
	return _part(query, "survey", s.answered_on, s.csat, s.comment, "SPM Survey", s.name, NullValue())


def _remarks(customer: str, source: str) -> list[Any]:
	"""Comments or mails on the customer itself and on its deals and projects that the user may see."""
	t = DocType(source)
	is_comment = source == "Comment"
	kind = "comment" if is_comment else "communication"
	own = t.comment_type == "Comment" if is_comment else t.communication_type == "Communication"
	at = t.creation if is_comment else t.communication_date
	title = t.comment_by if is_comment else t.subject

	def part(query: Any, doctype: str) -> Any:
		return _part(query, kind, at, title, t.content, doctype, t.reference_name, t.owner)

	parts = [
		part(
			frappe.qb.from_(t).where(
				Criterion.all([own, t.reference_doctype == "SPM Customer", t.reference_name == customer])
			),
			"SPM Customer",
		)
	]
	for doctype in ("SPM Opportunity", "SPM Project"):
		record = DocType(doctype)
		query = (
			frappe.qb.from_(t)
			.inner_join(record)
			.on((t.reference_doctype == doctype) & (t.reference_name == record.name))
			.where(own & (record.customer == customer))
		)
		parts.append(part(_narrowed(query, doctype), doctype))
	return parts

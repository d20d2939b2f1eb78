"""The history of a customer, deal, project, lead or contact: every kind of event in one order.

What can happen is declared in timeline_sources.py. Here the entries become one UNION that the database pages:
each part is narrowed to the rows the user may see, put in order by an index and cut at the end of the page,
so that a page of a customer with 5,000 events costs what one with 50 does. A second statement counts per kind.
"""

from __future__ import annotations

import re
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from frappe.utils import cstr, strip_html
from pypika import Order
from pypika.functions import Cast, Substring
from pypika.terms import Criterion, LiteralValue, NullValue, ValueWrapper

from sales_crm_pm.insight.timeline_sources import CONTACT, CUSTOMER, REMARKED, SOURCES, Source
from sales_crm_pm.permissions.query import readable_rows, render
from sales_crm_pm.permissions.rules import RULES

TEXT_LENGTH = 500
RAW_LENGTH = 4000
"""Characters of markup that are read to show TEXT_LENGTH characters of text."""
REMARKS = {"comment": "Comment", "communication": "Communication"}
SUBJECTS = tuple(sorted({target for source in SOURCES for target in source.links}))
"""Record types that have a timeline."""
BY_KIND = {(source.kind, source.doctype): source for source in SOURCES}


def page(
	name: str,
	start: int,
	length: int,
	doctype: str = CUSTOMER,
	kinds: list[str] | None = None,
	search: str | None = None,
) -> dict[str, Any]:
	"""Events of a record that the caller may read (checked by the caller of this), newest first.

	:param name: the record whose history it is
	:param start: how many to skip
	:param length: how many to return
	:param doctype: its record type, one of SUBJECTS
	:param kinds: only these kinds of events; all when empty
	:param search: only events whose title or text holds these words
	:return: `total` and `rows`, each with kind, on, title, text, doctype, name, user, user_name, about, entry; and
	    `counts` per kind, whatever `kinds` are asked for
	"""
	parts = _parts(Slice(name, doctype, (search or "").strip()))
	counts = _counts(parts)
	asked = set(kinds or ()) & set(counts) if kinds else set(counts)
	total = sum(counts[kind] for kind in asked)
	if start >= total:
		return {"total": total, "rows": [], "counts": counts}
	wanted = [part for part in parts if part.kind in asked]
	union = _union([part.cut(start + length) for part in wanted]).as_("events")
	users = DocType("User")
	rows = (
		frappe.qb.from_(union)
		.left_join(users)
		.on(users.name == union.user)
		# A star: the builder would write out the whole union once more for every column named here.
		.select("*", LiteralValue("`tabUser`.`full_name`").as_("user_name"))
		.orderby(union.at, order=Order.desc)
		.orderby(union.entry, order=Order.desc)
		.orderby(union.kind)
		.limit(length)
		.offset(start)
		.run(as_dict=True)
	)
	return {"total": total, "rows": [_shown(row) for row in rows], "counts": counts}


def kinds_of(doctype: str = CUSTOMER) -> list[dict[str, str]]:
	"""The kinds of events that a timeline of this record type can hold: kind, label, icon, color."""
	found = {
		source.kind: {
			"kind": source.kind,
			"label": _(source.label or source.doctype),
			"icon": source.icon,
			"color": source.color,
		}
		for source in SOURCES
		if doctype in source.links
	}
	found["comment"] = {"kind": "comment", "label": _("Comment"), "icon": "message-square", "color": "gray"}
	found["communication"] = {
		"kind": "communication",
		"label": _("E-mail", context="SPM Interaction"),
		"icon": "mail",
		"color": "blue",
	}
	return list(found.values())


def add_indexes() -> None:
	"""Give every table of the registry its index on (record, date); those that are there already stay."""
	wanted: dict[str, set[tuple[str, str]]] = {}
	for source in SOURCES:
		if not source.child and frappe.db.table_exists(source.doctype):
			columns = {column for column in source.links.values() if column != "name"}
			wanted.setdefault(source.doctype, set()).update((column, source.on) for column in columns)
	for doctype, pairs in wanted.items():
		for column, date in sorted(pairs):
			# The link's own index serves small slices; deals and projects hold few events of one kind.
			if column == "customer":
				frappe.db.add_index(doctype, [column, date], f"timeline_{column}_{date}")


class Slice:
	"""Whose history is asked for, and what of it the session's user may see, each condition written out once."""

	def __init__(self, name: str, doctype: str, search: str):
		self.name, self.doctype, self.search = name, doctype, search
		self._may_read: dict[str, bool] = {}
		self._visible: dict[tuple[str, str], Criterion | None] = {}

	def may_read(self, doctype: str) -> bool:
		"""Whether the user's roles open a record type."""
		if doctype not in self._may_read:
			self._may_read[doctype] = bool(frappe.has_permission(doctype, "read"))
		return self._may_read[doctype]

	def narrowed(self, query: Any, doctype: str, column: str = "") -> Any:
		"""A query over the table of a record type, narrowed to rows that the user may see.

		:param column: that names the record of this history in every row of the query
		"""
		key = (doctype, column)
		if key not in self._visible:
			seen = (column, self.doctype) if column else None
			found = readable_rows(doctype, seen=seen) if doctype in RULES else None
			# Finished SQL: rendering the same nested conditions again and again took longer than the database.
			self._visible[key] = None if found is None else LiteralValue(render(found))
		visible = self._visible[key]
		return query if visible is None else query.where(visible)

	def found(self, query: Any, terms: list[Any]) -> Any:
		"""The query narrowed to rows in which one of the terms holds the words that are searched for."""
		if not self.search:
			return query
		pattern = "%" + re.sub(r"([%_\\])", r"\\\1", self.search) + "%"
		return query.where(Criterion.any(term.like(pattern) for term in terms if term is not None))


class Part:
	"""One branch of the union: a query without columns and the terms that make up a row of it."""

	def __init__(self, kind: str, query: Any, row: Any, doctype: Any, name: Any, **terms: Any):
		self.kind, self.query = kind, query
		null = NullValue()
		text = terms.get("text")
		self.terms = {
			"kind": ValueWrapper(kind),
			"at": Cast(terms["at"], "datetime"),
			"title": Cast(terms["title"], "char"),
			"text": null if text is None else Substring(text, 1, RAW_LENGTH),
			"doctype": doctype,
			"docname": name,
			"user": terms.get("user") or null,
			"about": terms.get("about") or null,
			"entry": row,
		}
		self.order = (terms["at"], row)

	def cut(self, length: int) -> Any:
		"""The newest events of this branch, as a table of its own (branches may not be ordered otherwise)."""
		query = self.query.select(*(term.as_(column) for column, term in self.terms.items()))
		for term in self.order:
			query = query.orderby(term, order=Order.desc)
		newest = query.limit(length).as_("newest")
		return frappe.qb.from_(newest).select("*")

	def count(self) -> Any:
		return self.query.select(ValueWrapper(self.kind).as_("kind"), Count("*").as_("events"))


def _union(queries: list[Any]) -> Any:
	union = queries[0]
	for query in queries[1:]:
		union = union.union_all(query)
	return union


def _counts(parts: list[Part]) -> dict[str, int]:
	counts: dict[str, int] = {}
	if parts:
		union = _union([part.count() for part in parts]).as_("counted")
		for kind, events in frappe.qb.from_(union).select("*").run():
			if events:
				counts[kind] = counts.get(kind, 0) + events
	return counts


def _parts(slice_: Slice) -> list[Part]:
	parts = [
		_events(source, slice_)
		for source in SOURCES
		if slice_.doctype in source.links and slice_.may_read(source.doctype)
	]
	for kind in REMARKS:
		if part := _remarks(kind, slice_):
			parts.append(part)
	parts.append(_mails_with_people(slice_))
	return parts


def _events(source: Source, slice_: Slice) -> Part:
	record = DocType(source.doctype)
	column = source.links[slice_.doctype]
	query = frappe.qb.from_(record)
	table = record
	if source.child:
		table = DocType(source.child)
		query = (
			frappe.qb.from_(table)
			.inner_join(record)
			.on((table.parent == record.name) & (table.parenttype == source.doctype))
		)
	query = query.where(_belongs(source, record, column, slice_.name) & table[source.on].isnotnull())
	for fieldname, value in source.where.items():
		query = query.where(
			table[fieldname].isin(value) if isinstance(value, tuple) else table[fieldname] == value
		)
	query = slice_.narrowed(query, source.doctype, column)
	title, text = table[source.title], table[source.text] if source.text else None
	if source.title_of:
		master = DocType(source.title_of[0])
		query = query.left_join(master).on(master.name == title)
		title = master[source.title_of[1]]
	about = record[source.about] if source.about else None
	query = slice_.found(query, [title, text, about])
	return Part(
		source.kind,
		query,
		table.name,
		ValueWrapper(source.doctype),
		record.name,
		at=table[source.on],
		title=title,
		text=text,
		user=table[source.user] if source.user else None,
		about=about,
	)


def _belongs(source: Source, record: Any, column: str, name: str) -> Criterion:
	"""Whether a record is of this timeline: by its own column or, for contacts, by its rows of participants."""
	own = record[column] == name
	if column != source.links.get(CONTACT) or not source.participants:
		return own
	child, fieldname = source.participants
	rows = DocType(child)
	present = (
		frappe.qb.from_(rows)
		.select(rows.parent)
		.where((rows.parenttype == source.doctype) & (rows[fieldname] == name))
	)
	return own | record.name.isin(present)


def _remarks(kind: str, slice_: Slice) -> Part | None:
	"""Comments or mails on the record itself and on what hangs on it, as far as the user may see that."""
	table = DocType(REMARKS[kind])
	places = [
		_place(remarked, columns[slice_.doctype], slice_)
		for remarked, columns in REMARKED.items()
		if slice_.doctype in columns and slice_.may_read(remarked)
	]
	if not places:
		return None
	place = _union(places).as_("place")
	query = (
		frappe.qb.from_(place)
		.inner_join(table)
		.on((table.reference_doctype == place.doctype) & (table.reference_name == place.docname))
	)
	if kind == "comment":
		query = query.where(table.comment_type == "Comment")
		at, title = table.creation, table.comment_by
	else:
		query = query.where(table.communication_type == "Communication")
		at, title = table.communication_date, table.subject
	query = slice_.found(query, [title, table.content])
	return Part(
		kind,
		query,
		table.name,
		# Written out, because the builder renders the whole table behind a column to compare it.
		LiteralValue("`place`.`doctype`"),
		LiteralValue("`place`.`docname`"),
		at=at,
		title=title,
		text=table.content,
		user=table.owner,
		about=LiteralValue("`place`.`title`"),
	)


def _place(remarked: str, column: str, slice_: Slice) -> Any:
	"""The records of one type in this timeline on which remarks may hang, narrowed to those the user may see."""
	record = DocType(remarked)
	title = frappe.get_meta(remarked).get_title_field()
	query = (
		frappe.qb.from_(record)
		.select(ValueWrapper(remarked).as_("doctype"), record.name.as_("docname"), record[title].as_("title"))
		.where(record[column] == slice_.name)
	)
	return slice_.narrowed(query, remarked, column)


def _mails_with_people(slice_: Slice) -> Part:
	"""Mails that hang on no record of ours but went to or came from a contact of this one.

	The framework links each mail with the contacts of its addresses and with what those belong to. A mail
	that hangs on a deal is told by the deal, to those who may see it.
	"""
	links, mails = DocType("Communication Link"), DocType("Communication")
	query = (
		frappe.qb.from_(links)
		.inner_join(mails)
		.on((links.parent == mails.name) & (links.parenttype == "Communication"))
		.where((links.link_doctype == slice_.doctype) & (links.link_name == slice_.name))
		.where(mails.communication_type == "Communication")
	)
	loose = mails.reference_doctype.isnull() | mails.reference_doctype.isin(("", "Communication"))
	if slice_.doctype == CONTACT:
		loose |= Criterion.any(
			_visible_reference(mails, remarked, slice_)
			for remarked in REMARKED
			if remarked != CONTACT and slice_.may_read(remarked)
		)
	query = slice_.found(query.where(loose), [mails.subject, mails.content])
	return Part(
		"communication",
		query,
		mails.name,
		ValueWrapper("Communication"),
		mails.name,
		at=mails.communication_date,
		title=mails.subject,
		text=mails.content,
		user=mails.owner,
	)


def _visible_reference(mails: Any, doctype: str, slice_: Slice) -> Criterion:
	record = DocType(doctype)
	names = slice_.narrowed(frappe.qb.from_(record).select(record.name), doctype)
	return (mails.reference_doctype == doctype) & mails.reference_name.isin(names)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
	# The text may have been cut in the middle of a tag.
	text = " ".join(strip_html(re.sub(r"<[^>]*$", "", cstr(row.text))).split())
	return {
		"kind": row.kind,
		"on": row.at,
		"title": _title(row),
		"text": text[:TEXT_LENGTH],
		"doctype": row.doctype,
		"name": row.docname,
		"user": row.user,
		"user_name": row.user_name or row.user,
		"about": cstr(row.about),
		"entry": row.entry,
	}


def _title(row: dict[str, Any]) -> str:
	"""What happened, in the reader's language where the record holds one of a few words."""
	title = cstr(row.title)
	source = BY_KIND.get((row.kind, row.doctype))
	if not title or source is None:
		return title
	return source.title_pattern.format(_(title, context=source.doctype) if source.title_is_word else title)

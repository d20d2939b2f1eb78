"""The vocabulary of permission rules: each grant is one reason why somebody may do something with a record.

A grant can answer twice: as a condition for a query (`criterion`) and from a document's own values (`holds`).
`holds` costs no statement; it says True when the values already decide, and False when they do not, which
then means "ask the database". So one declaration serves lists and documents, and they cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.query_builder import DocType
from pypika.terms import Criterion, LiteralValue, Term


@dataclass(frozen=True)
class Person:
	"""Who asks: a user with their roles."""

	user: str
	roles: frozenset[str]

	@classmethod
	def of(cls, user: str | None = None) -> Person:
		"""The given user, or the one of the session."""
		user = user or frappe.session.user
		return cls(user, frozenset(frappe.get_roles(user)))

	@property
	def sql(self) -> Term:
		"""The user's name as an escaped SQL literal: hooks must return finished SQL, so no parameters."""
		return LiteralValue(frappe.db.escape(self.user, percent=False))


EVERYTHING = "everything"
"""What `criterion` gives when a grant opens all records, so that no condition is needed."""


def is_everything(found: Any) -> bool:
	"""Whether an answer of `criterion` opens all records (conditions overload ==, so it cannot be compared)."""
	return isinstance(found, str)


class Grant:
	"""Base of all reasons."""

	def criterion(self, table: Any, person: Person) -> Criterion | str | None:
		"""Condition on `table`, EVERYTHING, or None when this reason never applies to this person."""
		raise NotImplementedError

	def holds(self, doc: Any, person: Person) -> bool:
		"""Whether the document's own values already give the right; False means undecided."""
		return False


@dataclass(frozen=True)
class Roles(Grant):
	"""All records, for these roles."""

	names: frozenset[str]

	def __init__(self, *names: str):
		object.__setattr__(self, "names", frozenset(names))

	def criterion(self, table, person):
		return EVERYTHING if self.names & person.roles else None

	def holds(self, doc, person):
		return bool(self.names & person.roles)


@dataclass(frozen=True)
class People(Grant):
	"""Records that name the user in one of these fields."""

	fields: tuple[str, ...]

	def __init__(self, *fields: str):
		object.__setattr__(self, "fields", fields)

	def criterion(self, table, person):
		return Criterion.any(table[fieldname] == person.sql for fieldname in self.fields)

	def holds(self, doc, person):
		return any((doc.get(fieldname) or "").lower() == person.user.lower() for fieldname in self.fields)


@dataclass(frozen=True)
class Team(Grant):
	"""Records that list the user in a child table."""

	doctype: str
	child: str
	parentfield: str = "team"

	def criterion(self, table, person):
		rows = DocType(self.child)
		return table.name.isin(
			frappe.qb.from_(rows)
			.select(rows.parent)
			.where((rows.parenttype == self.doctype) & (rows.user == person.sql))
		)

	def holds(self, doc, person):
		# Only rows that are in memory anyway: a lazily loaded document would fetch them one table at a time.
		rows = doc.__dict__.get(self.parentfield) if hasattr(doc, "__dict__") else doc.get(self.parentfield)
		return any(row.get("user") == person.user for row in rows or [])


@dataclass(frozen=True)
class Unclaimed(Grant):
	"""Records that nobody holds yet (the public pool), for these roles."""

	fieldname: str
	roles: frozenset[str]

	def __init__(self, fieldname: str, *roles: str):
		object.__setattr__(self, "fieldname", fieldname)
		object.__setattr__(self, "roles", frozenset(roles))

	def criterion(self, table, person):
		if not self.roles & person.roles:
			return None
		return table[self.fieldname].isnull() | (table[self.fieldname] == "")

	def holds(self, doc, person):
		return bool(self.roles & person.roles) and not doc.get(self.fieldname)


@dataclass(frozen=True)
class While(Grant):
	"""Records in one of these states, for these roles: whoever has to decide must be able to write the decision."""

	fieldname: str
	values: tuple[str, ...]
	roles: frozenset[str]

	def criterion(self, table, person):
		return table[self.fieldname].isin(self.values) if self.roles & person.roles else None


@dataclass(frozen=True)
class Through(Grant):
	"""Records whose link field names another record that the user has a right to by its own grants.

	With `roles` the reason counts only for people with one of them, with `unless` only while those other
	fields are empty.
	"""

	fieldname: str
	doctype: str
	grants: tuple[Grant, ...]
	roles: frozenset[str] = field(default=frozenset())
	unless: tuple[str, ...] = ()

	def criterion(self, table, person):
		if self.roles and not self.roles & person.roles:
			return None
		target = DocType(self.doctype)
		inner = any_of(self.grants, target, person)
		if inner is None:
			return None
		column = table[self.fieldname]
		if is_everything(inner):
			found = column.isnotnull() & (column != "")
		else:
			found = column.isin(frappe.qb.from_(target).select(target.name).where(inner))
		return Criterion.all([found, *are_empty(table, self.unless)])


@dataclass(frozen=True)
class Seen(Grant):
	"""Records of one that the person is known to see (the reader of it asks for them), `unless` as in Through."""

	unless: tuple[str, ...] = ()

	def criterion(self, table, person):
		return Criterion.all(are_empty(table, self.unless)) if self.unless else EVERYTHING


def are_empty(table: Any, fieldnames: tuple[str, ...]) -> list[Criterion]:
	"""Conditions that these link fields name nothing."""
	return [table[fieldname].isnull() | (table[fieldname] == "") for fieldname in fieldnames]


@dataclass(frozen=True)
class NamedBy(Grant):
	"""Records that another record names in its link field, when the user has a right to that other record."""

	doctype: str
	fieldname: str
	grants: tuple[Grant, ...]

	def criterion(self, table, person):
		other = DocType(self.doctype)
		inner = any_of(self.grants, other, person)
		if inner is None:
			return None
		query = frappe.qb.from_(other).select(other[self.fieldname])
		if not is_everything(inner):
			query = query.where(inner)
		# An empty link in the sub-select would do no harm to IN, but it cannot match anything either.
		return table.name.isin(query.where(other[self.fieldname].isnotnull()))


@dataclass(frozen=True)
class Listing(Grant):
	"""Records whose child table names another record that the user has a right to by its own grants."""

	parenttype: str
	child: str
	fieldname: str
	doctype: str
	grants: tuple[Grant, ...]

	def criterion(self, table, person):
		rows, target = DocType(self.child), DocType(self.doctype)
		inner = any_of(self.grants, target, person)
		if inner is None:
			return None
		query = frappe.qb.from_(rows).select(rows.parent).where(rows.parenttype == self.parenttype)
		if not is_everything(inner):
			query = query.where(
				rows[self.fieldname].isin(frappe.qb.from_(target).select(target.name).where(inner))
			)
		return table.name.isin(query)


@dataclass(frozen=True)
class LinkedTo(Grant):
	"""Core's Contact and Address: linked by Dynamic Link to a record the user may see."""

	parenttype: str
	doctype: str
	grants: tuple[Grant, ...]

	def criterion(self, table, person):
		links, target = DocType("Dynamic Link"), DocType(self.doctype)
		inner = any_of(self.grants, target, person)
		if inner is None:
			return None
		query = (
			frappe.qb.from_(links)
			.select(links.parent)
			.where((links.parenttype == self.parenttype) & (links.link_doctype == self.doctype))
		)
		if not is_everything(inner):
			query = query.where(
				links.link_name.isin(frappe.qb.from_(target).select(target.name).where(inner))
			)
		return table.name.isin(query)


@dataclass(frozen=True)
class NotLinkedTo(Grant):
	"""Core's Contact and Address: linked to no record of these DocTypes, so none of our business."""

	parenttype: str
	doctypes: tuple[str, ...]

	def criterion(self, table, person):
		links = DocType("Dynamic Link")
		return table.name.notin(
			frappe.qb.from_(links)
			.select(links.parent)
			.where((links.parenttype == self.parenttype) & links.link_doctype.isin(self.doctypes))
		)


def any_of(grants: tuple[Grant, ...], table: Any, person: Person) -> Criterion | str | None:
	"""All reasons joined by OR: a condition, EVERYTHING, or None when no reason can ever apply.

	:param grants: the reasons, any of which is enough
	:param table: query builder table of the records asked about
	"""
	parts = []
	for grant in grants:
		part = grant.criterion(table, person)
		if part is None:
			continue
		if is_everything(part):
			return EVERYTHING
		parts.append(part)
	return Criterion.any(parts) if parts else None

"""The vocabulary of permission rules: each grant is one reason why somebody may do something with a record.

A grant can answer three times: as a condition on records at hand (`criterion`), as queries that find the records
it reaches (`selects`), and from a document's own values (`holds`). `holds` costs no statement; it says True when
the values already decide, and False when they do not, which then means "ask the database". So one declaration
serves lists and documents, and they cannot disagree.

A condition joins the reasons by OR, and no database can use an index for each side of an OR whose sides are
sub-selects: a list of 300,000 deals would be read to the end for somebody who has sixty. Queries that find the
records each use their own index; together they are a UNION ALL that the database fills first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import frappe
from frappe.query_builder import DocType
from pypika.terms import Criterion, LiteralValue, Term

from sales_crm_pm.permissions import teams


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


REACHED = "reached"
"""Name of the one column of queries that find records."""


def _pick(table: Any, column: str) -> Any:
	"""Query for one column of a table, without the rows where it is empty."""
	query = frappe.qb.from_(table).select(table[column].as_(REACHED))
	return query if column == "name" else query.where(table[column].isnotnull())


class Grant:
	"""Base of all reasons."""

	def criterion(self, table: Any, person: Person) -> Criterion | str | None:
		"""Condition on `table`, EVERYTHING, or None when this reason never applies to this person."""
		raise NotImplementedError

	def selects(self, doctype: str, person: Person, column: str = "name") -> list[Any] | str:
		"""Queries for `column` of the records of a DocType that this reason reaches.

		:return: queries of one column each, together all records (some perhaps twice); none when the reason
		    never applies to this person; EVERYTHING when it opens all records
		"""
		table = DocType(doctype)
		found = self.criterion(table, person)
		if found is None or is_everything(found):
			return EVERYTHING if found else []
		return [_pick(table, column).where(found)]

	def is_broad(self, person: Person) -> bool:
		"""Whether this reason opens a large part of the table, so that reading the table is better than collecting
		the names first."""
		return False

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

	def selects(self, doctype, person, column="name"):
		table = DocType(doctype)
		return [_pick(table, column).where(table[fieldname] == person.sql) for fieldname in self.fields]

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
		return table.name.isin(frappe.qb.from_(rows).select(rows.parent).where(self._is_theirs(rows, person)))

	def selects(self, doctype, person, column="name"):
		rows, table = DocType(self.child), DocType(doctype)
		if column == "name":
			query = frappe.qb.from_(rows).select(rows.parent.as_(REACHED))
		else:
			query = (
				frappe.qb.from_(rows)
				.inner_join(table)
				.on(table.name == rows.parent)
				.select(table[column].as_(REACHED))
				.where(table[column].isnotnull())
			)
		return [query.where(self._is_theirs(rows, person))]

	def _is_theirs(self, rows, person):
		return (rows.parenttype == self.doctype) & (rows.user == person.sql)

	def holds(self, doc, person):
		# Only rows that are in memory anyway: a lazily loaded document would fetch them one table at a time.
		rows = doc.__dict__.get(self.parentfield) if hasattr(doc, "__dict__") else doc.get(self.parentfield)
		return any(row.get("user") == person.user for row in rows or [])


@dataclass(frozen=True)
class Led(Grant):
	"""Records that name, in one of these fields, somebody whom the user leads: managers see their teams' records."""

	fields: tuple[str, ...]

	def __init__(self, *fields: str):
		object.__setattr__(self, "fields", fields)

	def criterion(self, table, person):
		found = self._parts(table, person)
		return Criterion.any(found) if found else None

	def selects(self, doctype, person, column="name"):
		table = DocType(doctype)
		return [_pick(table, column).where(part) for part in self._parts(table, person)]

	def holds(self, doc, person):
		users = teams.led_by(person.user)
		return any(doc.get(fieldname) in users for fieldname in self.fields) if users else False

	def _parts(self, table, person):
		users = sorted(teams.led_by(person.user))
		literals = [LiteralValue(frappe.db.escape(user, percent=False)) for user in users]
		return [table[fieldname].isin(literals) for fieldname in self.fields] if users else []


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
class Filled(Grant):
	"""Records in which this field has a value; only of use together with another reason (`Both`)."""

	fieldname: str

	def criterion(self, table, person):
		return table[self.fieldname].isnotnull() & (table[self.fieldname] != "")

	def holds(self, doc, person):
		return bool(doc.get(self.fieldname))


@dataclass(frozen=True)
class Both(Grant):
	"""Records for which all of these reasons hold."""

	grants: tuple[Grant, ...]

	def __init__(self, *grants: Grant):
		object.__setattr__(self, "grants", grants)

	def criterion(self, table, person):
		parts = [grant.criterion(table, person) for grant in self.grants]
		if any(part is None for part in parts):
			return None
		narrowing = [part for part in parts if not is_everything(part)]
		return Criterion.all(narrowing) if narrowing else EVERYTHING

	def holds(self, doc, person):
		return all(grant.holds(doc, person) for grant in self.grants)


@dataclass(frozen=True)
class OpenTo(Grant):
	"""Records of a pool that names the person or one of their roles; one that names nobody is open to `roles`."""

	fieldname: str
	child: str
	roles: frozenset[str]

	def criterion(self, table, person):
		rows = DocType(self.child)
		mine = [LiteralValue(frappe.db.escape(role, percent=False)) for role in sorted(person.roles)]
		named = (
			frappe.qb.from_(rows)
			.select(rows.parent)
			.where((rows.user == person.sql) | rows.role.isin(mine or [""]))
		)
		found = table[self.fieldname].isin(named)
		if self.roles & person.roles:
			column = table[self.fieldname]
			found |= column.isnull() | column.notin(frappe.qb.from_(rows).select(rows.parent))
		return found


@dataclass(frozen=True)
class While(Grant):
	"""Records in one of these states, for these roles: whoever has to decide must be able to write the decision."""

	fieldname: str
	values: tuple[str, ...]
	roles: frozenset[str]

	def criterion(self, table, person):
		return table[self.fieldname].isin(self.values) if self.roles & person.roles else None


@dataclass(frozen=True)
class HoldsRole(Grant):
	"""Records in one of these states that name a role of the user: who decides is a value, not a rule of ours."""

	fieldname: str
	status_field: str
	values: tuple[str, ...]

	def criterion(self, table, person):
		roles = [role for role in person.roles if role not in ("All", "Guest")]
		if not roles:
			return None
		return table[self.fieldname].isin(roles) & table[self.status_field].isin(self.values)


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
		inner = reached(self.grants, self.doctype, person)
		if inner is None:
			return None
		column = table[self.fieldname]
		found = (column.isnotnull() & (column != "")) if is_everything(inner) else column.isin(inner)
		return Criterion.all([found, *are_empty(table, self.unless)])

	def is_broad(self, person):
		if self.roles and not self.roles & person.roles:
			return False
		return is_everything(selects_of(self.grants, self.doctype, person))

	def selects(self, doctype, person, column="name"):
		table = DocType(doctype)
		found = self.criterion(table, person)
		if found is None:
			return []
		# Most links of this kind are empty. Without being told to leave those out, MariaDB takes the average of
		# rows per value for the rows of any value and rather reads the whole index.
		return [_pick(table, column).where(table[self.fieldname].isnotnull() & found)]


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
		inner = reached(self.grants, self.doctype, person, self.fieldname)
		if inner is None:
			return None
		if is_everything(inner):
			inner = _pick(DocType(self.doctype), self.fieldname)
		return table.name.isin(inner)

	def is_broad(self, person):
		return is_everything(selects_of(self.grants, self.doctype, person))

	def selects(self, doctype, person, column="name"):
		if column != "name":
			return super().selects(doctype, person, column)
		found = selects_of(self.grants, self.doctype, person, self.fieldname)
		return [_pick(DocType(self.doctype), self.fieldname)] if is_everything(found) else found


@dataclass(frozen=True)
class Listing(Grant):
	"""Records whose child table names another record that the user has a right to by its own grants."""

	parenttype: str
	child: str
	fieldname: str
	doctype: str
	grants: tuple[Grant, ...]

	def criterion(self, table, person):
		rows = DocType(self.child)
		inner = reached(self.grants, self.doctype, person)
		if inner is None:
			return None
		query = frappe.qb.from_(rows).select(rows.parent).where(rows.parenttype == self.parenttype)
		if not is_everything(inner):
			query = query.where(rows[self.fieldname].isnotnull() & rows[self.fieldname].isin(inner))
		return table.name.isin(query)

	def is_broad(self, person):
		return is_everything(selects_of(self.grants, self.doctype, person))


@dataclass(frozen=True)
class LinkedTo(Grant):
	"""Core's Contact and Address: linked by Dynamic Link to a record the user may see."""

	parenttype: str
	doctype: str
	grants: tuple[Grant, ...]

	def criterion(self, table, person):
		links = DocType("Dynamic Link")
		inner = reached(self.grants, self.doctype, person)
		if inner is None:
			return None
		query = (
			frappe.qb.from_(links)
			.select(links.parent)
			.where((links.parenttype == self.parenttype) & (links.link_doctype == self.doctype))
		)
		if not is_everything(inner):
			query = query.where(links.link_name.isin(inner))
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


def selects_of(
	grants: tuple[Grant, ...], doctype: str, person: Person, column: str = "name"
) -> list[Any] | str:
	"""Queries for `column` of all records that any of the grants reaches; EVERYTHING when one opens all."""
	found = []
	for grant in grants:
		part = grant.selects(doctype, person, column)
		if is_everything(part):
			return EVERYTHING
		found.extend(part)
	return found


def reached(grants: tuple[Grant, ...], doctype: str, person: Person, column: str = "name") -> Any:
	"""One sub-select of what any of the grants reaches, EVERYTHING, or None when no reason can ever apply."""
	found = selects_of(grants, doctype, person, column)
	return found if is_everything(found) else united(found)


def united(queries: list[Any]) -> Any:
	"""One sub-select out of several of one column; None when there is none.

	UNION ALL on purpose: IN does not mind doubles, and MariaDB reads it before the outer table, where it would
	look up a UNION once for every outer row as soon as there is an ORDER BY with a LIMIT.
	"""
	if len(queries) < 2:
		return queries[0] if queries else None
	union = queries[0]
	for query in queries[1:]:
		union = union.union_all(query)
	union = union.as_("reach")
	return frappe.qb.from_(union).select(union[REACHED])

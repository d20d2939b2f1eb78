"""Everything on a site that names a record: links, dynamic links and the framework's own notes.

Found from the DocTypes as they are now, so custom fields, child tables and other apps' records are included.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from pypika.terms import ValueWrapper

# Columns that name a record without being links: (table, column with the record type, column with the name).
NOTES = (
	("File", "attached_to_doctype", "attached_to_name"),
	("Version", "ref_doctype", "docname"),
	("Notification Log", "document_type", "document_name"),
	("Email Queue", "reference_doctype", "reference_name"),
	("Error Log", "reference_doctype", "reference_name"),
	("Milestone", "reference_type", "reference_name"),
	("View Log", "reference_doctype", "reference_name"),
	("Workflow Action", "reference_doctype", "reference_name"),
	("Tag Link", "document_type", "document_name"),
	("DocShare", "share_doctype", "share_name"),
	("Document Follow", "ref_doctype", "ref_docname"),
	("Energy Point Log", "reference_doctype", "reference_name"),
	("Reminder", "reminder_doctype", "reminder_docname"),
	("Data Import Log", "", "docname"),
)
# Rewritten from the record itself, or a record of what was.
LEFT_ALONE = frozenset({"SPM Search Key", "SPM Merge Log Count", "Deleted Document", "Data Import Log"})


@dataclass(frozen=True)
class Reference:
	"""A column that may name a record; with `type_field` only where that column names the record's type."""

	table: str
	fieldname: str
	type_field: str = ""
	is_child: bool = False
	unique: bool = False
	label: str = ""


@dataclass(frozen=True)
class SingleReference:
	"""A field of a settings page that may name a record."""

	table: str
	fieldname: str
	type_field: str = ""


def to_records_of(doctype: str) -> tuple[list[Reference], list[SingleReference]]:
	"""All columns that may name a record of this type, and all fields of settings pages."""
	types = {
		row.name: row
		for row in frappe.get_all(
			"DocType", filters={"is_virtual": 0}, fields=["name", "issingle", "istable"], limit_page_length=0
		)
	}
	fields = _fields()
	columns, unique = _columns(), _unique_columns()
	found: dict[tuple[str, str], Reference] = {}
	singles: list[SingleReference] = []
	for table, named in fields.items():
		if table not in types or table in LEFT_ALONE:
			continue
		for fieldname, df in named.items():
			if df["fieldtype"] == "Link" and df["options"] == doctype:
				type_field = ""
			elif df["fieldtype"] == "Dynamic Link" and df["options"]:
				type_field = df["options"]
			else:
				continue
			if types[table].issingle:
				singles.append(SingleReference(table, fieldname, type_field))
			elif fieldname in columns[table] and (not type_field or type_field in columns[table]):
				found[table, fieldname] = Reference(
					table,
					fieldname,
					type_field,
					bool(types[table].istable),
					fieldname in unique[table],
					df["label"] or "",
				)
	for table, type_field, fieldname in NOTES:
		if table in types and table not in LEFT_ALONE and {type_field, fieldname} <= columns[table]:
			found.setdefault((table, fieldname), Reference(table, fieldname, type_field))
	return sorted(found.values(), key=lambda r: (r.table, r.fieldname)), singles


def _fields() -> dict[str, dict[str, dict]]:
	"""Link and Dynamic Link fields by table, standard and custom, with what admins changed about them."""
	found: dict[str, dict[str, dict]] = defaultdict(dict)
	kinds = ["Link", "Dynamic Link"]
	for doctype, parent in (("DocField", "parent"), ("Custom Field", "dt")):
		rows = frappe.get_all(
			doctype,
			filters={"fieldtype": ["in", kinds]},
			fields=[f"{parent} as dt", "fieldname", "fieldtype", "options", "label"],
			limit_page_length=0,
		)
		for row in rows:
			found[row.dt][row.fieldname] = row
	changes = frappe.get_all(
		"Property Setter",
		filters={"property": ["in", ["options", "fieldtype"]]},
		fields=["doc_type", "field_name", "property", "value"],
		limit_page_length=0,
	)
	for change in changes:
		if change.field_name in found.get(change.doc_type, {}):
			found[change.doc_type][change.field_name][change.property] = change.value
	return found


def _columns() -> dict[str, set[str]]:
	"""Columns that are really there: a field may be virtual, or its table not made yet."""
	schema = frappe.qb.Schema("information_schema").columns
	rows = (
		frappe.qb.from_(schema)
		.select(schema.table_name, schema.column_name)
		.where(schema.table_schema == frappe.conf.db_name)
		.run()
	)
	found: dict[str, set[str]] = defaultdict(set)
	for table, column in rows:
		found[table.removeprefix("tab")].add(column)
	return found


def _unique_columns() -> dict[str, set[str]]:
	"""Columns that take each value once, by table."""
	schema = frappe.qb.Schema("information_schema").statistics
	rows = (
		frappe.qb.from_(schema)
		.select(schema.table_name, schema.index_name, schema.column_name)
		.where((schema.table_schema == frappe.conf.db_name) & (schema.non_unique == 0))
		.run()
	)
	members: dict[tuple[str, str], list[str]] = defaultdict(list)
	for table, index, column in rows:
		members[table.removeprefix("tab"), index].append(column)
	found: dict[str, set[str]] = defaultdict(set)
	for (table, index), named in members.items():
		if index != "PRIMARY" and len(named) == 1:
			found[table].add(named[0])
	return found


def count(doctype: str, name: str, references: list[Reference]) -> dict[Reference, int]:
	"""How many rows name a record, per column that has any; one statement."""
	query = None
	for number, reference in enumerate(references):
		table = DocType(reference.table)
		part = (
			frappe.qb.from_(table)
			.select(ValueWrapper(number), Count("*"))
			.where(table[reference.fieldname] == name)
		)
		if reference.type_field:
			part = part.where(table[reference.type_field] == doctype)
		query = part if query is None else query.union_all(part)
	return {references[number]: rows for number, rows in query.run() if rows} if query is not None else {}


def owners(doctype: str, name: str, reference: Reference) -> dict[str, int]:
	"""Of which record types the child rows are that name a record."""
	table = DocType(reference.table)
	query = (
		frappe.qb.from_(table)
		.select(table.parenttype, Count("*"))
		.where(table[reference.fieldname] == name)
		.groupby(table.parenttype)
	)
	if reference.type_field:
		query = query.where(table[reference.type_field] == doctype)
	return dict(query.run())


def copied_fields(doctype: str) -> list[tuple[str, str, str, str]]:
	"""Fields that hold a copy of a linked record's value, as (table, link field, copy, source field)."""
	links = defaultdict(set)
	for table, named in _fields().items():
		for fieldname, df in named.items():
			if df["fieldtype"] == "Link" and df["options"] == doctype:
				links[table].add(fieldname)
	found = []
	for source, parent in (("DocField", "parent"), ("Custom Field", "dt")):
		rows = frappe.get_all(
			source,
			filters={"fetch_from": ["like", "%.%"]},
			fields=[f"{parent} as dt", "fieldname", "fetch_from"],
			limit_page_length=0,
		)
		for row in rows:
			link, _dot, field = row.fetch_from.partition(".")
			if link in links.get(row.dt, ()) and row.dt not in LEFT_ALONE:
				found.append((row.dt, link, row.fieldname, field))
	return found


def refresh_copies(doctype: str, name: str, values: dict) -> None:
	"""Write new values of a record into the copies that drafts and open records hold of them.

	What is submitted keeps what it said on the day it was signed.

	:param values: {field of the record: its value}
	"""
	columns = _columns()
	for table, link, copy, field in copied_fields(doctype):
		if field in values and {link, copy} <= columns[table]:
			frappe.db.set_value(
				table, {link: name, "docstatus": 0}, copy, values[field], update_modified=False
			)

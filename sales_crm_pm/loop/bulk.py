"""Write many small records of one type in a handful of statements, as valid as one by one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import frappe
from frappe.model.document import Document, bulk_insert
from frappe.query_builder import DocType
from frappe.utils import cint
from frappe.utils.global_search import update_global_search
from pypika import Case

FEW = 10
ROWS_PER_STATEMENT = 250


def reserve_names(doctype: str, count: int) -> list[str] | None:
	"""Take the next `count` names of a record type's series at once.

	Returns None when the type is not named by a plain series (an admin may have changed that, or made a
	Document Naming Rule): then each record has to be named by the framework.
	"""
	series = re.fullmatch(r"([^.#]+)\.(#+)\.?", frappe.get_meta(doctype).autoname or "")
	if not series or frappe.db.exists("Document Naming Rule", {"document_type": doctype, "disabled": 0}):
		return None
	prefix, digits = series.group(1), len(series.group(2))
	table = DocType("Series")
	current = frappe.qb.from_(table).select(table.current).where(table.name == prefix).for_update().run()
	if current:
		last = cint(current[0][0])
		frappe.qb.update(table).set(table.current, last + count).where(table.name == prefix).run()
	else:
		last = 0
		frappe.qb.into(table).columns(table.name, table.current).insert(prefix, count).run()
	return [f"{prefix}{number:0{digits}d}" for number in range(last + 1, last + count + 1)]


def insert_many(docs: list[Document]) -> None:
	"""Insert new documents of one type that already carry their names (`reserve_names`).

	Their own validation and the framework's run for each; what `on_update` and `after_insert` of the type
	would do for others, the caller does once for all. A few are inserted in the ordinary way.
	"""
	if len(docs) <= FEW:
		for doc in docs:
			doc.flags.in_bulk = True
			doc.insert(ignore_permissions=True, set_name=doc.name)
		return
	for doc in docs:
		doc.flags.in_bulk = True
		doc.flags.ignore_permissions = True
		doc.set("__islocal", True)
		doc._action = "save"
		doc._doc_before_save = None
		doc._set_defaults()
		doc.set_user_and_timestamp()
		doc.set_docstatus()
		doc.set_parent_in_children()
		doc.set_name_in_children()
		doc.run_before_save_methods()
		doc._validate()
	bulk_insert(docs[0].doctype, docs)
	for doc in docs:
		update_global_search(doc)


def name_and_insert(docs: list[Document], before_insert: Callable[[], None] | None = None) -> None:
	"""Name and insert new documents of one type; together when their names come from a plain series.

	:param before_insert: called when all have their names, for links from one to another
	"""
	if not docs:
		return
	names = reserve_names(docs[0].doctype, len(docs))
	if names:
		for doc, name in zip(docs, names, strict=True):
			doc.name = name
		if before_insert:
			before_insert()
		insert_many(docs)
		return
	for doc in docs:
		doc.flags.in_bulk = True
		doc.insert(ignore_permissions=True)
	if before_insert:
		before_insert()
		for doc in docs:
			if doc.get("depends_on"):
				doc.save(ignore_permissions=True)


def insert_rows(doctype: str, rows: list[dict], ignore_duplicates: bool = False) -> None:
	"""Insert rows of one table with few statements.

	Written with placeholders and not with the query builder, which spends longer on printing a statement of
	20,000 values than the database on executing it. Column names come from the DocType, never from a file.

	:param doctype: DocType of the rows
	:param rows: dicts with the same keys
	:param ignore_duplicates: leave out rows whose name is there already
	"""
	if not rows:
		return
	columns = list(rows[0])
	verb = "INSERT IGNORE" if ignore_duplicates else "INSERT"
	head = "{} INTO `tab{}` ({}) VALUES ".format(verb, doctype, ", ".join(f"`{column}`" for column in columns))
	one = "({})".format(", ".join(["%s"] * len(columns)))
	for start in range(0, len(rows), ROWS_PER_STATEMENT):
		part = rows[start : start + ROWS_PER_STATEMENT]
		values = [row[column] for row in part for column in columns]
		frappe.db.sql(head + ", ".join([one] * len(part)), values)  # nosemgrep


def write_many(doctype: str, values: dict[str, dict[str, Any]]) -> None:
	"""Write fields of records in one statement, without touching their modification time."""
	if len(values) == 1:
		((name, fields),) = values.items()
		frappe.db.set_value(doctype, name, fields, update_modified=False)
		return
	if not values:
		return
	table = DocType(doctype)
	query = frappe.qb.update(table).where(table.name.isin(list(values)))
	for fieldname in dict.fromkeys(f for fields in values.values() for f in fields):
		column = Case()
		for name, fields in values.items():
			if fieldname in fields:
				column = column.when(table.name == name, fields[fieldname])
		query = query.set(table[fieldname], column.else_(table[fieldname]))
	query.run()
	for name in values:
		frappe.clear_document_cache(doctype, name)


def update_rows(doctype: str, rows: list[dict]) -> None:
	"""Write different values into many rows with one statement.

	The rows must exist and be locked by this transaction: a row that is gone would be made again. Column names
	come from the DocType, never from a request.

	:param doctype: DocType of the rows
	:param rows: dicts with the same keys, `name` among them
	"""
	if not rows:
		return
	columns = list(rows[0])
	one = "({})".format(", ".join(["%s"] * len(columns)))
	statement = "INSERT INTO `tab{}` ({}) VALUES {} ON DUPLICATE KEY UPDATE {}".format(
		doctype,
		", ".join(f"`{column}`" for column in columns),
		", ".join([one] * len(rows)),
		", ".join(f"`{column}` = VALUES(`{column}`)" for column in columns if column != "name"),
	)
	frappe.db.sql(statement, [row[column] for row in rows for column in columns])  # nosemgrep

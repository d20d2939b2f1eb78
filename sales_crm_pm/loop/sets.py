"""Writing different values to many rows with few statements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.utils import now_datetime
from pypika import Case

ROWS_PER_STATEMENT = 200


def update_rows(doctype: str, values: dict[str, dict[str, Any]]) -> None:
	"""Write `{name: {field: value}}`; a field that a row does not name keeps its value there.

	Sets neither `modified` nor anything else, because derived values are not edits.
	"""
	table = DocType(doctype)
	names = sorted(values)
	for start in range(0, len(names), ROWS_PER_STATEMENT):
		chunk = names[start : start + ROWS_PER_STATEMENT]
		query = frappe.qb.update(table).where(table.name.isin(chunk))
		for fieldname in dict.fromkeys(field for name in chunk for field in values[name]):
			case = Case()
			for name in chunk:
				if fieldname in values[name]:
					case = case.when(table.name == name, values[name][fieldname])
			query = query.set(table[fieldname], case.else_(table[fieldname]))
		query.run()
	forget(doctype, names)


def forget(doctype: str, names: Iterable[str] | None) -> None:
	"""Drop these documents (all of the type when None) from the cache."""
	if names is None:
		frappe.clear_document_cache(doctype)
	for name in names or ():
		frappe.clear_document_cache(doctype, name)


def insert_logs(doctype: str, rows: list[dict[str, Any]]) -> None:
	"""Insert rows of a log that nobody edits, with names of their own, in one statement per thousand."""
	if not rows:
		return
	moment, user = now_datetime(), frappe.session.user
	fields = list(rows[0])
	frappe.db.bulk_insert(
		doctype,
		["name", "creation", "modified", "owner", "modified_by", "docstatus", "idx", *fields],
		[
			(
				frappe.generate_hash(length=12),
				moment,
				moment,
				user,
				user,
				0,
				0,
				*(row[field] for field in fields),
			)
			for row in rows
		],
	)

"""Names of people and records for reports, one statement per kind; the rows were checked by the caller."""

from __future__ import annotations

from collections.abc import Iterable

import frappe


def names_of(doctype: str, fieldname: str, keys: Iterable[str | None]) -> dict[str, str]:
	"""What each of these records is called; a record without a name keeps its key."""
	wanted = sorted({key for key in keys if key})
	if not wanted:
		return {}
	rows = frappe.get_all(
		doctype,
		filters={"name": ["in", wanted]},
		fields=["name", fieldname],
		as_list=True,
		limit_page_length=0,
	)
	return {key: title or key for key, title in rows}


def people(users: Iterable[str | None]) -> dict[str, str]:
	"""Full names of users."""
	return names_of("User", "full_name", users)

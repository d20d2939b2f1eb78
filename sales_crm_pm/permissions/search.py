"""Two places where the framework answers by name without asking for the row: global search and link titles.

Both are replaced through the hook `override_whitelisted_methods` by the same call followed by the row rules.
"""

from typing import Any

import frappe
from frappe.desk.search import get_link_title as core_get_link_title
from frappe.utils import cint
from frappe.utils.global_search import search as core_search

from sales_crm_pm.permissions.rules import RULES

FETCH_FACTOR = 10
"""How many times more results are fetched than asked for, since hidden ones fall out afterwards."""
MAX_FETCH = 1000


@frappe.whitelist()
def search(text: str, start: int | str = 0, limit: int | str = 20, doctype: str = "") -> list[dict[str, Any]]:
	"""Global search of the desk, showing only records that the user may see.

	:param text: words, several phrases separated by &
	:param start: how many visible results to skip
	:param limit: how many results at most
	:param doctype: only this record type
	:return: rows with doctype, name, content, rank
	"""
	start, limit = cint(start), min(cint(limit) or 20, 100)
	found = core_search(text, 0, min((start + limit) * FETCH_FACTOR, MAX_FETCH), doctype)
	return visible(found)[start : start + limit]


def visible(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""The rows among `found` (each with doctype and name) that the user may see; one list per type."""
	names: dict[str, list[str]] = {}
	for row in found:
		if row["doctype"] in RULES:
			names.setdefault(row["doctype"], []).append(row["name"])
	allowed = {doctype: _listed(doctype, list(set(wanted))) for doctype, wanted in names.items()}
	return [row for row in found if row["doctype"] not in RULES or row["name"] in allowed[row["doctype"]]]


def _listed(doctype: str, names: list[str]) -> set[str]:
	"""Those of `names` that the user's own list would show, with roles, ownership rules and shares."""
	if not frappe.has_permission(doctype, "read"):
		return set()
	return set(
		frappe.get_list(doctype, filters={"name": ["in", names]}, pluck="name", limit_page_length=len(names))
	)


@frappe.whitelist()
def get_link_title(doctype: str, docname: str) -> str | None:
	"""Title of a linked record for a form field; only its number when the user may not see the record."""
	if doctype in RULES and not frappe.has_permission(doctype, "read", doc=docname):
		return docname
	return core_get_link_title(doctype, docname)

"""Places where the framework answers without asking for the row: link titles and connections.

The third, global search, has its own module (insight/search.py).

They are replaced through the hook `override_whitelisted_methods` by the same call followed by the row rules.
"""

from typing import Any

import frappe
from frappe.desk.notifications import get_open_count as core_get_open_count
from frappe.desk.search import get_link_title as core_get_link_title

from sales_crm_pm.permissions.rules import RULES

MOST_COUNTED = 100


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


@frappe.whitelist()
def get_open_count(doctype: str, name: str, items: str | list | None = None) -> dict[str, Any]:
	"""Numbers on the connections of a form, counting only what a click on them would show.

	:param doctype: type of the form's record
	:param name: the form's record, which the user must be able to read
	:param items: record types to count, all connections when not given
	:raises frappe.PermissionError: no right to read the record
	"""
	# Asked here because the framework's own refusal stumbles over its search for time-outs.
	frappe.has_permission(doctype, "read", doc=name, throw=True)
	answer = core_get_open_count(doctype, name, items)
	found = answer.get("count")
	if not isinstance(found, dict):
		# The framework gives an empty list when counting took too long.
		return answer
	links = frappe.get_meta(doctype).get_dashboard_data()
	own_fields = links.get("non_standard_fieldnames") or {}
	for row in found.get("external_links_found") or ():
		if row["doctype"] in RULES:
			fieldname = own_fields.get(row["doctype"], links.get("fieldname"))
			row["count"], row["open_count"] = _visible_count(row["doctype"], {fieldname: name}), 0
	return answer


def _visible_count(doctype: str, filters: dict[str, str]) -> int:
	"""How many records of the user's own list match, at most as many as the framework counts."""
	if not frappe.has_permission(doctype, "read"):
		return 0
	return len(frappe.get_list(doctype, filters=filters, pluck="name", limit_page_length=MOST_COUNTED))

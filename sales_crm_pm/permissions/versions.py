"""Keep costs and margins out of the change history that everybody sees below a form.

The framework sends a document's last changes to whoever may read the document, whatever the permission
level of the changed field. Changes of such fields are therefore filed apart, under a document name that no
form asks for; the record type "Version" itself is for System Managers only.
"""

from __future__ import annotations

import json
from typing import Any

import frappe

APP_PREFIX = "SPM "
RESTRICTED = "{0} (restricted)"
"""Document name under which changes of restricted fields are filed."""


def file_restricted_changes_apart(doc: Any, method: str | None = None) -> None:
	"""Hook before a Version is inserted: split off changes of fields with a permission level above 0.

	:param doc: the new Version
	"""
	if not (doc.ref_doctype or "").startswith(APP_PREFIX) or doc.flags.restricted_part:
		return
	data = json.loads(doc.data or "{}")
	open_part, restricted_part = split(data, restricted_fields(doc.ref_doctype))
	if not restricted_part["changed"] and not restricted_part["row_changed"]:
		return
	doc.data = frappe.as_json(open_part, indent=None, separators=(",", ":"))
	apart = frappe.new_doc("Version")
	apart.update(
		{
			"ref_doctype": doc.ref_doctype,
			"docname": RESTRICTED.format(doc.docname),
			"data": frappe.as_json(restricted_part, indent=None, separators=(",", ":")),
		}
	)
	apart.flags.restricted_part = True
	# The change itself was allowed; its record is written on behalf of the system like every Version.
	apart.insert(ignore_permissions=True)


def restricted_fields(doctype: str) -> dict[str, set[str]]:
	"""Fields above level 0 of a DocType ("" as key) and of its tables (fieldname of the table as key)."""
	meta = frappe.get_meta(doctype)
	found = {"": {df.fieldname for df in meta.fields if df.permlevel}}
	for table in meta.get_table_fields():
		found[table.fieldname] = {
			df.fieldname for df in frappe.get_meta(table.options).fields if df.permlevel
		}
	return found


def split(data: dict, restricted: dict[str, set[str]]) -> tuple[dict, dict]:
	"""Divide the data of a Version into what everybody may see and what not.

	:param data: `changed`, `row_changed`, `added`, `removed` as the framework writes them
	:param restricted: as `restricted_fields` gives them
	:return: (open part, restricted part), each in the framework's shape
	"""
	own = restricted.get("", set())
	visible = dict(data)
	visible["changed"] = [c for c in data.get("changed") or [] if c[0] not in own]
	hidden = {
		"changed": [c for c in data.get("changed") or [] if c[0] in own],
		"row_changed": [],
		"added": [],
		"removed": [],
	}
	visible["row_changed"] = []
	for table, index, row_name, changes in data.get("row_changed") or []:
		secret = restricted.get(table, set())
		if seen := [c for c in changes if c[0] not in secret]:
			visible["row_changed"].append([table, index, row_name, seen])
		if unseen := [c for c in changes if c[0] in secret]:
			hidden["row_changed"].append([table, index, row_name, unseen])
	for kind in ("added", "removed"):
		visible[kind] = [
			[table, {k: v for k, v in row.items() if k not in restricted.get(table, set())}]
			for table, row in data.get(kind) or []
		]
	return visible, hidden

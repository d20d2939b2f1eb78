"""Records that are here twice by the site's rules, side by side, to be merged or told apart."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from sales_crm_pm.insight.duplicate_pairs import pairs

TYPES = ("SPM Customer", "SPM Lead", "Contact")


def execute(filters: dict | None = None) -> tuple[list[dict[str, Any]], list[dict[str, Any]], str | None]:
	"""Columns, rows and a sentence for the report."""
	doctype = (filters or {}).get("record_type") or TYPES[0]
	frappe.has_permission(doctype, "read", throw=True)
	rows = pairs(doctype)
	for row in rows:
		row["record_type"] = doctype
	said = None if rows else _("No two records are the same by the rules.")
	return get_columns(doctype), rows, said


def get_columns(doctype: str) -> list[dict[str, Any]]:
	"""The older record left, the newer one right."""
	return [
		{"fieldname": "first_title", "label": _("Older Record"), "fieldtype": "Data", "width": 190},
		{"fieldname": "first_owner", "label": _("Owner"), "fieldtype": "Data", "width": 110},
		{"fieldname": "second_title", "label": _("Newer Record"), "fieldtype": "Data", "width": 190},
		{"fieldname": "second_owner", "label": _("Owner"), "fieldtype": "Data", "width": 110},
		{"fieldname": "reasons", "label": _("What Is the Same"), "fieldtype": "Data", "width": 190},
		{"fieldname": "second_created", "label": _("Created On"), "fieldtype": "Date", "width": 110},
		{"fieldname": "actions", "label": _("Actions"), "fieldtype": "Data", "width": 210},
	]

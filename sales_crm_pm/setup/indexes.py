"""Indexes on columns that no field of a record type stands for."""

import frappe

from sales_crm_pm.permissions.rules import RULES


def add_owner_indexes() -> None:
	"""Index the maker of records where having made a record is a reason to see it (permissions/rules.py).

	The framework indexes creation and modified, but not owner; without it a list of one's own records reads all.
	"""
	for doctype in RULES:
		if doctype.startswith("SPM ") and frappe.db.table_exists(doctype):
			frappe.db.add_index(doctype, ["owner"])

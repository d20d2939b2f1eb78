"""REST: uniting two records of the same customer, contact or lead."""

from dataclasses import asdict
from typing import Any

import frappe

from sales_crm_pm.loop import merge


@frappe.whitelist(methods=["GET", "POST"])
def preview(record_type: str, survivor: str, merged: str) -> dict[str, Any]:
	"""Both records side by side and how many rows would move; nothing changes.

	:param record_type: SPM Customer, Contact or SPM Lead
	:param survivor: the record that would stay
	:param merged: the record that would go
	:return: fields (fieldname, label, survivor, merged, taken), counts (doctype, label, rows), titles of both
	:raises frappe.PermissionError: no right to write both
	"""
	return merge.preview(record_type, survivor, merged)


@frappe.whitelist(methods=["POST"])
def run(record_type: str, survivor: str, merged: str, take: list[str] | str | None = None) -> dict[str, Any]:
	"""Unite two records; the first stays and nothing names the other one any more.

	:param record_type: SPM Customer, Contact or SPM Lead
	:param survivor: the record that stays
	:param merged: the record that goes
	:param take: fields whose value comes from the record that goes; empty fields are filled anyhow
	:return: survivor, merged, log (SPM Merge Log), created (false when it was done before), moved
	:raises frappe.PermissionError: no right to write both
	"""
	return asdict(merge.merge(record_type, survivor, merged, frappe.parse_json(take or "[]")))

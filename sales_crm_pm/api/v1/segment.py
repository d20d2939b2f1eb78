"""Segments: what can be asked, who fits while one asks, who belongs."""

from typing import Any

import frappe

from sales_crm_pm.loop import segments


@frappe.whitelist(methods=["GET"])
def catalog() -> dict[str, Any]:
	"""Return the record types, fields and operators that the session's user may build conditions from."""
	frappe.has_permission("SPM Segment", "read", throw=True)
	return segments.catalog()


@frappe.whitelist(methods=["POST"])
def preview(definition: dict | str) -> dict[str, Any]:
	"""Count the customers that fit a question and show the first few; nothing is saved.

	Args:
	        definition: match and groups, as the builder writes them.

	Returns count and sample. An incomplete condition is refused, naming group and condition.
	"""
	frappe.has_permission("SPM Segment", "create", throw=True)
	frappe.has_permission("SPM Customer", "read", throw=True)
	return segments.preview(definition)


@frappe.whitelist(methods=["GET"])
def members(segment: str, start: int = 0, length: int = 50) -> dict[str, Any]:
	"""Return one page of a segment's customers, only those the user may see, and how many there are.

	Args:
	        segment: name of the segment.
	        start: how many customers to skip.
	        length: page length, at most 500.
	"""
	frappe.get_doc("SPM Segment", segment).check_permission("read")
	frappe.has_permission("SPM Customer", "read", throw=True)
	return segments.page(segment, start, length)


@frappe.whitelist(methods=["POST"])
def freeze(segment: str) -> dict[str, Any]:
	"""Keep the customers that fit now as the segment's members; doing it again asks anew.

	Returns segment and count.
	"""
	frappe.get_doc("SPM Segment", segment).check_permission("write")
	return {"segment": segment, "count": segments.freeze(segment)}

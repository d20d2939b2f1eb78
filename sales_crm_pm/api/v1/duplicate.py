"""REST: records that are here already."""

from typing import Any

import frappe

from sales_crm_pm.loop import duplicates


@frappe.whitelist(methods=["GET", "POST"])
def check(record_type: str, values: dict[str, Any] | str, name: str | None = None) -> list[dict[str, Any]]:
	"""What saving these values would be told, without saving anything.

	:param record_type: SPM Customer, SPM Lead or Contact
	:param values: field values of the record, tables as lists of rows
	:param name: the stored record that the values belong to
	:return: per record found: doctype, reasons, action (Warn or Refuse), hidden, ask (whom), hints; and name
	    and title when the caller may see it
	:raises frappe.PermissionError: no right to make such records, or to change this one
	"""
	if name:
		frappe.get_doc(record_type, name).check_permission("write")
	else:
		frappe.has_permission(record_type, "create", throw=True)
	return [match.as_dict() for match in duplicates.preview(record_type, frappe.parse_json(values), name)]


@frappe.whitelist(methods=["POST"])
def dismiss(
	record_type: str, name: str, other_type: str, other_name: str, reason: str | None = None
) -> dict[str, Any]:
	"""Remember that two records are not the same, so that neither the check nor the report names them again.

	:param record_type: type of the first record
	:param name: the first record
	:param other_type: type of the second record
	:param other_name: the second record
	:param reason: why they differ
	:return: name of the SPM Duplicate Exception and created (false when it was there already)
	:raises frappe.PermissionError: no right to see both records or to make exceptions
	"""
	frappe.has_permission("SPM Duplicate Exception", "create", throw=True)
	frappe.has_permission(record_type, "read", doc=name, throw=True)
	frappe.has_permission(other_type, "read", doc=other_name, throw=True)
	exception, created = duplicates.dismiss((record_type, name), (other_type, other_name), reason)
	return {"name": exception, "created": created}

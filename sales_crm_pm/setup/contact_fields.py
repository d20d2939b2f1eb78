"""What sales knows about a person beyond core's Contact: custom fields, made and taken back by code."""

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from sales_crm_pm.setup.customer_data import CONTACT_FIELDS


def create() -> None:
	"""Add the fields that are missing; what an admin changed about one that is there stays."""
	create_custom_fields(CONTACT_FIELDS, ignore_validate=True, update=False)


def delete() -> None:
	"""Take the fields away again (uninstall)."""
	for doctype, fields in CONTACT_FIELDS.items():
		names = [field["fieldname"] for field in fields]
		for name in frappe.get_all(
			"Custom Field", filters={"dt": doctype, "fieldname": ["in", names]}, pluck="name"
		):
			frappe.delete_doc("Custom Field", name, force=True)
		frappe.clear_cache(doctype=doctype)

import frappe
from frappe.model.document import Document


class SPMSearchKey(Document):
	"""A row per beginning of a record, see loop/search_keys.py; not a document anybody opens."""


def on_doctype_update():
	"""Look-ups go by record type and beginning; maintenance goes by record."""
	frappe.db.add_index("SPM Search Key", ["reference_doctype", "search_key", "reference_name"], "spm_by_key")
	frappe.db.add_index(
		"SPM Search Key", ["reference_doctype", "reference_name", "search_key"], "spm_by_record"
	)

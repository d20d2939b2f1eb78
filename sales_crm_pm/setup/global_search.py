"""Our record types in the desk's global search.

The framework reads the hook `global_search_doctypes` only in the setup wizard. On a site that was set up
before the app came, somebody has to add them; on uninstall somebody has to take them out.
"""

import frappe

SETTINGS = "Global Search Settings"
ROWS = "Global Search DocType"


def add_to_global_search() -> None:
	"""Add our types to the search's list, after those that are there; nothing before the setup wizard ran."""
	settings = frappe.get_doc(SETTINGS)
	listed = {row.document_type for row in settings.allowed_in_global_search}
	wanted = [row["doctype"] for row in frappe.get_hooks("global_search_doctypes").get("Default", [])]
	missing = [name for name in wanted if name.startswith("SPM ") and name not in listed]
	if not listed or not missing:
		return
	for name in missing:
		settings.append("allowed_in_global_search", {"document_type": name})
	settings.save(ignore_permissions=True)


def remove_from_global_search() -> None:
	"""Take our types out of the search's list and their words out of its index."""
	frappe.db.delete(ROWS, {"document_type": ["like", "SPM %"]})
	frappe.db.delete("__global_search", {"doctype": ["like", "SPM %"]})
	frappe.clear_document_cache(SETTINGS, SETTINGS)

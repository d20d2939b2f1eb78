"""Who sees the app on the apps screen."""

import frappe


def has_app_permission() -> bool:
	"""Tell whether the current user holds one of the app's desk roles (or is an administrator)."""
	roles = set(frappe.get_roles())
	return bool(
		"System Manager" in roles or any(r.startswith("SPM ") and r != "SPM Customer User" for r in roles)
	)

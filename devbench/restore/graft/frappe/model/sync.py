# The DocTypes of every installed app are brought up to date, not the framework's alone.


def sync_all(force=0, reset_permissions=False):
	"""Bring the DocTypes of every installed app up to date."""
	_patch_mode(True)

	for app in frappe.get_installed_apps():
		sync_for(app, force, reset_permissions=reset_permissions)

	_patch_mode(False)

	frappe.clear_cache()

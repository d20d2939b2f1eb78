"""Call sites that lost their app: hooks, versions, patches, translations and files belong to one each."""

from devbench.restore.edit import Edit

EDITS = [
	# patches of every app, one app after the other
	Edit(
		"frappe/modules/patch_handler.py",
		'\t"""Single-tenant: patches from frappe only."""\n',
		'\t"""Return the patches of all installed apps that belong to one phase (or to both)."""\n',
	),
	Edit(
		"frappe/modules/patch_handler.py",
		'\treturn get_patches_from_app("frappe", patch_type=patch_type)',
		"\treturn [\n"
		"\t\tpatch\n"
		"\t\tfor app in frappe.get_installed_apps()\n"
		"\t\tfor patch in get_patches_from_app(app, patch_type=patch_type)\n"
		"\t]",
	),
	# migrate keeps the list of versions and runs each app's own hooks
	Edit(
		"frappe/migrate.py",
		'''		print("Executing `after_migrate` hooks...")
		for fn in frappe.get_hooks("after_migrate"):
			frappe.get_attr(fn)()
''',
		'''		print("Updating installed applications...")
		frappe.get_single("Installed Applications").update_versions()

		print("Executing `after_migrate` hooks...")
		for app in frappe.get_installed_apps():
			for fn in frappe.get_hooks("after_migrate", app_name=app):
				frappe.get_attr(fn)()
''',
	),
	# the setup wizard writes down per app that it was finished
	Edit(
		"frappe/desk/page/setup_wizard/setup_wizard.py",
		'''	# Single-tenant: signal setup complete via System Settings
	frappe.db.set_single_value("System Settings", "setup_complete", 1)
	frappe.clear_cache(doctype="System Settings")
''',
		'''	frappe.db.set_value("Installed Application", {"app_name": app_name}, "is_setup_complete", 1)
	frappe.local.request_cache.clear()
	frappe.db.set_single_value("System Settings", "setup_complete", frappe.is_setup_complete())
	frappe.clear_cache(doctype="Installed Applications")
	frappe.clear_cache(doctype="System Settings")
''',
	),
]

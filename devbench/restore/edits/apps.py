"""Call sites that lost their app: hooks, versions, patches, translations and files belong to one each."""

from devbench.restore.edit import Edit

BOOT = "frappe/boot.py"
ICON = "frappe/desk/doctype/desktop_icon/desktop_icon.py"
INVITATION = "frappe/core/doctype/user_invitation/user_invitation.py"
WIZARD = "frappe/desk/page/setup_wizard/setup_wizard.py"
HOOKS_AUDIT = "frappe/custom/report/audit_system_hooks/audit_system_hooks.py"

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
		"""		print("Executing `after_migrate` hooks...")
		for fn in frappe.get_hooks("after_migrate"):
			frappe.get_attr(fn)()
""",
		"""		print("Updating installed applications...")
		frappe.get_single("Installed Applications").update_versions()

		print("Executing `after_migrate` hooks...")
		for app in frappe.get_installed_apps():
			for fn in frappe.get_hooks("after_migrate", app_name=app):
				frappe.get_attr(fn)()
""",
	),
	# the setup wizard writes down per app that it was finished
	Edit(
		WIZARD,
		"""	# Single-tenant: signal setup complete via System Settings
	frappe.db.set_single_value("System Settings", "setup_complete", 1)
	frappe.clear_cache(doctype="System Settings")
""",
		"""	frappe.db.set_value("Installed Application", {"app_name": app_name}, "is_setup_complete", 1)
	frappe.local.request_cache.clear()
	frappe.db.set_single_value("System Settings", "setup_complete", frappe.is_setup_complete())
	frappe.clear_cache(doctype="Installed Applications")
	frappe.clear_cache(doctype="System Settings")
""",
	),
	Edit(
		WIZARD,
		'frappe.get_hooks().get("setup_wizard_stages")',
		'frappe.get_hooks(app_name=app_name).get("setup_wizard_stages")',
	),
	# what the desk is told about the apps
	Edit(
		BOOT,
		'	# Single-tenant: only frappe\n	for app_name in ["frappe"]:',
		"	for app_name in frappe.get_installed_apps():",
	),
	Edit(
		BOOT,
		'		apps = frappe.get_hooks("add_to_apps_screen")',
		'		apps = frappe.get_hooks("add_to_apps_screen", app_name=app_name)',
	),
	Edit(BOOT, 'frappe.get_hooks("app_title")', 'frappe.get_hooks("app_title", app_name=app_name)'),
	Edit(BOOT, 'frappe.get_hooks("app_home")', 'frappe.get_hooks("app_home", app_name=app_name)'),
	Edit(BOOT, 'frappe.get_hooks("app_logo_url")', 'frappe.get_hooks("app_logo_url", app_name=app_name)'),
	Edit(BOOT, 'installed_apps = {"frappe"}', "installed_apps = set(frappe.get_installed_apps())"),
	Edit(
		BOOT,
		'	# Single-tenant: only frappe\n	for app in ["frappe"]:',
		"	for app in frappe.get_installed_apps():",
	),
	# the screen of apps
	Edit(
		"frappe/apps.py",
		'app_details = frappe.get_hooks("add_to_apps_screen")\n		if not len(app_details)',
		'app_details = frappe.get_hooks("add_to_apps_screen", app_name=app)\n		if not len(app_details)',
	),
	Edit(
		"frappe/apps.py",
		'app_details = frappe.get_hooks("add_to_apps_screen")\n		if not app_details',
		'app_details = frappe.get_hooks("add_to_apps_screen", app_name=app)\n		if not app_details',
	),
	Edit(
		"frappe/apps.py",
		"""	apps = frappe.get_hooks("add_to_apps_screen")
	app = next(""",
		"""	apps = frappe.get_hooks("add_to_apps_screen", app_name=app_name)
	app = next(""",
	),
	Edit(
		"frappe/apps.py",
		"Single-tenant: always /desk when no other apps.",
		"Return where a person lands after login.",
	),
	# annotations are written into the controllers of the apps that ask for it
	Edit(
		"frappe/core/doctype/doctype/doctype.py",
		'frappe.get_hooks("export_python_type_annotations")',
		'frappe.get_hooks("export_python_type_annotations", app_name=app)',
	),
	# invitations belong to an app
	Edit(
		INVITATION,
		'		user_invitation_hook = frappe.get_hooks("user_invitation")\n		if not',
		'		user_invitation_hook = frappe.get_hooks("user_invitation", app_name=self.app_name)\n		if not',
		2,
	),
	Edit(
		INVITATION,
		'frappe.get_hooks("user_invitation")\n		only_for',
		'frappe.get_hooks("user_invitation", app_name=app_name)\n		only_for',
	),
	Edit(
		INVITATION,
		'frappe.get_hooks("user_invitation")\n		if not',
		'frappe.get_hooks("user_invitation", app_name=app)\n		if not',
	),
	Edit(
		INVITATION,
		'frappe.get_hooks("app_title")[0]',
		'frappe.get_hooks("app_title", app_name=self.app_name)[0]',
	),
	# the report that shows each app's hooks in its own column
	Edit(HOOKS_AUDIT, "delist(frappe.get_hooks(hook))", "delist(frappe.get_hooks(hook, app_name=app))"),
	Edit(
		HOOKS_AUDIT,
		"fmt_hook_values(frappe.get_hooks(hook))",
		"fmt_hook_values(frappe.get_hooks(hook, app_name=app))",
	),
	Edit(
		"frappe/desk/doctype/changelog_feed/changelog_feed.py",
		'frappe.get_hooks("app_title")[0]',
		'frappe.get_hooks("app_title", app_name=app_name)[0]',
	),
	# icons of the desktop
	Edit(
		ICON,
		"""			if frappe.get_hooks()["app_title"][0] == self.label or self.app == a:
				permission_method = frappe.get_hooks()["add_to_apps_screen"][0].get(
					"has_permission", None
				)
""",
		"""			app_hooks = frappe.get_hooks(app_name=a)
			if app_hooks["app_title"][0] == self.label or self.app == a:
				screens = app_hooks.get("add_to_apps_screen") or [{}]
				permission_method = screens[0].get("has_permission")
""",
	),
	Edit(
		ICON,
		'app_title = frappe.get_hooks("app_title")[0]\n				app_icon',
		'app_title = frappe.get_hooks("app_title", app_name=app_name)[0]\n				app_icon',
	),
	Edit(
		ICON,
		'frappe.get_hooks("app_title")[0]\n		app_details',
		'frappe.get_hooks("app_title", app_name=a)[0]\n		app_details',
	),
	Edit(
		ICON,
		'frappe.get_hooks("add_to_apps_screen")\n',
		'frappe.get_hooks("add_to_apps_screen", app_name=a)\n',
	),
	Edit(
		"frappe/utils/install.py",
		'	frappe.get_hooks()\n	app_title = frappe.get_hooks()["app_title"][0]',
		'	app_title = frappe.get_hooks(app_name=app_name)["app_title"][0]',
	),
	# otherwise every app adds the DocTypes of all apps, and finishing the setup wizard fails
	Edit(
		"frappe/desk/doctype/global_search_settings/global_search_settings.py",
		'frappe.get_hooks(hook="global_search_doctypes")',
		'frappe.get_hooks(hook="global_search_doctypes", app_name=app)',
	),
	# files named in hooks lie in the app that names them
	Edit(
		"frappe/desk/form/meta.py",
		"code_hook = frappe.get_hooks(hook, default={})",
		"code_hook = frappe.get_hooks(hook, default={}, app_name=app_name)",
	),
	# translations: what belongs to an app
	Edit(
		"frappe/gettext/translate.py",
		'frappe.get_hooks("ignore_translatable_strings_from", [])',
		'frappe.get_hooks("ignore_translatable_strings_from", [], app)',
	),
	Edit(
		"frappe/translate.py",
		'frappe.get_hooks("fixtures") or []',
		'frappe.get_hooks("fixtures", app_name=app_name) or []',
		2,
	),
	Edit(
		"frappe/translate.py",
		'frappe.get_hooks("app_include_js") or []',
		'frappe.get_hooks("app_include_js", app_name=app_name) or []',
	),
	Edit(
		"frappe/translate.py",
		'frappe.get_hooks("web_include_js") or []',
		'frappe.get_hooks("web_include_js", app_name=app_name) or []',
	),
	Edit("frappe/translate.py", "frappe.local.app_path", "frappe.local.sites_path"),
	Edit(
		"frappe/testing/environment.py",
		'frappe.get_hooks("before_tests")',
		'frappe.get_hooks("before_tests", app_name=app)',
	),
	# title, description and version of each app
	Edit(
		"frappe/utils/change_log.py",
		"app_hooks = frappe.get_hooks()",
		"app_hooks = frappe.get_hooks(app_name=app)",
	),
	Edit(
		"frappe/utils/fixtures.py",
		'frappe.get_hooks("fixture_auto_order")',
		'frappe.get_hooks("fixture_auto_order", app_name=app)',
	),
	Edit(
		"frappe/utils/fixtures.py",
		'frappe.get_hooks("fixtures")',
		'frappe.get_hooks("fixtures", app_name=app)',
	),
	# scripts may ask for the hooks of one app
	Edit(
		"frappe/utils/safe_exec.py",
		"def get_hooks(hook: str | None = None, default=None) -> frappe._dict:",
		"def get_hooks(hook: str | None = None, default=None, app_name: str | None = None) -> frappe._dict:",
	),
	Edit(
		"frappe/utils/safe_exec.py",
		"hooks = frappe.get_hooks(hook=hook, default=default)",
		"hooks = frappe.get_hooks(hook=hook, default=default, app_name=app_name)",
	),
	# the client of the realtime server needs the apps to find their handlers
	Edit(
		"frappe/realtime.py",
		'		"user_type": user_type,\n	}',
		'		"user_type": user_type,\n		"installed_apps": frappe.get_installed_apps(),\n	}',
	),
	# what is kept about apps is dropped with the rest
	Edit(
		"frappe/cache_manager.py",
		'	"app_modules",\n	"module_app",\n',
		'	"app_hooks",\n	"installed_apps",\n	"all_apps",\n	"app_modules",\n	"installed_app_modules",\n	"module_app",\n	"module_installed_app",\n',
	),
	Edit("frappe/cache_manager.py", 'global_cache_keys = (\n	"app_hooks",\n', "global_cache_keys = (\n"),
	Edit(
		"frappe/modules/utils.py",
		'frappe.get_hooks(hook="app_publisher")[0]',
		'frappe.get_hooks(hook="app_publisher", app_name=app)[0]',
	),
]

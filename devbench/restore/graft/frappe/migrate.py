# Every installed app is migrated, and each app's hooks are its own.


class SiteMigration:  # graft: members
	@atomic
	def pre_schema_updates(self):
		"""Executes `before_migrate` hooks"""
		overrides = defaultdict(list)
		for app in frappe.get_installed_apps():
			for fn in frappe.get_hooks("before_migrate", app_name=app):
				frappe.get_attr(fn)()

			for doctype in frappe.get_hooks("override_doctype_class", {}, app_name=app):
				overrides[doctype].append(app)

		for doctype, app_names in overrides.items():
			if len(app_names) > 1:
				click.secho(
					f"The controller for {doctype} is overridden by multiple apps: {comma_and(app_names, add_quotes=False)}.",
					fg="yellow",
				)

import json

import frappe
from frappe import _
from frappe.model.document import Document


class InvalidAppOrder(frappe.ValidationError):
	pass


class InstalledApplications(Document):
	"""What is installed on the site, in which version, and whether its setup wizard was finished."""

	def update_versions(self):
		"""Write the list anew from the apps that are installed; what was finished stays finished."""
		# both tables belong to this record and may be missing on a site that is being made
		if not frappe.db.table_exists("Installed Application"):
			return

		columns = ["app_name", "app_version", "git_branch", "has_setup_wizard", "is_setup_complete"]
		before = frappe.get_all("Installed Application", fields=columns, order_by="idx")
		finished = {row.app_name: row.is_setup_complete for row in before}

		self.set("installed_applications", [])
		for app in frappe.utils.get_installed_apps_info():
			app_name = app.get("app_name")
			has_setup_wizard = app_name == "frappe" or bool(
				frappe.get_hooks("setup_wizard_stages", app_name=app_name)
				or frappe.get_hooks("setup_wizard_complete", app_name=app_name)
			)
			self.append(
				"installed_applications",
				{
					"app_name": app_name,
					"app_version": app.get("version") or "UNVERSIONED",
					"git_branch": app.get("branch") or "UNVERSIONED",
					"has_setup_wizard": int(has_setup_wizard),
					"is_setup_complete": self._is_finished(app_name, has_setup_wizard, finished),
				},
			)

		after = [{column: row.get(column) for column in columns} for row in self.installed_applications]
		if after == before:
			# a migrate without news writes nothing
			return

		self.save()
		frappe.clear_cache(doctype="System Settings")
		frappe.db.set_single_value("System Settings", "setup_complete", frappe.is_setup_complete())

	def _is_finished(self, app_name, has_setup_wizard, finished) -> int:
		if finished.get(app_name):
			return 1
		if app_name == "frappe":
			# people exist, so somebody has been through the wizard
			people = {"user_type": "System User", "name": ("not in", ["Administrator", "Guest"])}
			return int(bool(frappe.get_all("User", people, limit=1)))
		return int(not has_setup_wizard)


@frappe.whitelist()
def update_installed_apps_order(new_order: list[str] | str):
	"""Change the order in which the hooks of the apps apply; the framework always stays first."""
	frappe.only_for("System Manager")

	if isinstance(new_order, str):
		new_order = json.loads(new_order)

	existing_order = frappe.get_installed_apps(_ensure_on_bench=True)

	if not isinstance(new_order, list) or set(existing_order) != set(new_order):
		frappe.throw(
			_("You are only allowed to update order, do not remove or add apps."), exc=InvalidAppOrder
		)

	new_order = ["frappe", *(app for app in new_order if app != "frappe")]
	frappe.db.set_global("installed_apps", json.dumps(new_order))

	version = frappe.new_doc("Version")
	version.ref_doctype = "DefaultValue"
	version.docname = "installed_apps"
	version.data = frappe.as_json(
		{"changed": [["current", json.dumps(existing_order), json.dumps(new_order)]]}
	)
	version.flags.ignore_links = True  # there is no record of that name, only a default value
	version.flags.ignore_permissions = True
	version.insert()
	frappe.clear_cache()


@frappe.whitelist()
def get_installed_app_order() -> list[str]:
	"""Return the installed apps in the order in which their hooks apply."""
	frappe.only_for("System Manager")

	return frappe.get_installed_apps(_ensure_on_bench=True)


@frappe.request_cache
def get_setup_wizard_completed_apps() -> list[str]:
	"""Return the apps whose setup wizard was finished."""
	return _apps({"has_setup_wizard": 1, "is_setup_complete": 1})


@frappe.request_cache
def get_setup_wizard_not_required_apps() -> list[str]:
	"""Return the apps that have no setup wizard."""
	return _apps({"has_setup_wizard": 0})


@frappe.request_cache
def get_apps_with_incomplete_dependencies(current_app: str) -> list[str]:
	"""Return the apps that `current_app` needs and whose setup wizard was not finished."""
	needed = ["frappe", *frappe.get_hooks("required_apps", app_name=current_app)]
	return get_setup_wizard_pending_apps([part for name in needed for part in name.split("/")])


def get_setup_wizard_pending_apps(apps: list[str] | None = None) -> list[str]:
	"""Return the apps whose setup wizard is still to be done, only those among `apps` if given."""
	filters = {"has_setup_wizard": 1, "is_setup_complete": 0}
	if apps:
		filters["app_name"] = ("in", apps)
	return _apps(filters)


def _apps(filters: dict) -> list[str]:
	return frappe.get_all("Installed Application", filters=filters, order_by="idx", pluck="app_name")

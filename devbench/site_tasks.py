"""Work on sites, done by the bench's own Python: `python -m devbench.site_tasks TASK '{"site": …}'`.

`devbench.site` starts it; nothing else needs to. It is run in the folder of the sites.
"""

import json
import os
import sys


def new_site(site: str, admin_password: str, db_name: str | None = None, force: bool = False, **_) -> None:
	"""Make a site with the framework installed; a half-made one is taken away again.

	Raises whatever the framework raises, after undoing.
	"""
	import frappe
	from frappe.config import get_common_site_config
	from frappe.installer import _new_site
	from frappe.utils import CallbackManager

	common = get_common_site_config(".")
	undo = CallbackManager()
	try:
		_new_site(
			db_name,
			site,
			db_root_username=common.get("root_login") or "root",
			db_root_password=common.get("root_password") or "",
			admin_password=admin_password,
			force=force,
			rollback_callback=undo,
			# the same user from the socket and from the port
			mariadb_user_host_login_scope="%",
		)
	except BaseException:
		try:
			undo.run()
		except Exception as error:
			print(f"could not undo everything: {error}", file=sys.stderr)
		raise
	finally:
		frappe.destroy()


def install_app(site: str, app: str, force: bool = False, **_) -> None:
	"""Install an app of the bench on a site, if it is not installed.

	An installation that failed half-way is taken off the list of apps, so that the next run repeats it
	(over what is there already) instead of believing that all is well.
	"""
	import frappe
	from frappe.installer import install_app, remove_from_installed_apps

	with _connected(site):
		if app in frappe.get_installed_apps() and not force:
			return
		half_made = bool(frappe.get_all("Module Def", {"app_name": app}, limit=1))
		try:
			install_app(app, force=force or half_made)
			frappe.db.commit()
		except BaseException:
			frappe.db.rollback()
			frappe.flags.in_install = False
			remove_from_installed_apps(app)
			frappe.db.commit()
			raise


def remove_app(site: str, app: str, **_) -> None:
	"""Remove an app and all its records from a site."""
	import frappe
	from frappe.installer import remove_app

	with _connected(site):
		remove_app(app, yes=True, no_backup=True)
		frappe.db.commit()


def migrate(site: str, **_) -> None:
	"""Bring a site's database to the state of the code."""
	import frappe
	from frappe.migrate import SiteMigration

	try:
		SiteMigration(skip_search_index=True).run(site)
	finally:
		frappe.destroy()


def finish_setup(
	site: str,
	language: str = "English",
	country: str = "United States",
	time_zone: str = "America/New_York",
	currency: str = "USD",
	full_name: str | None = None,
	email: str | None = None,
	password: str | None = None,
	**_,
) -> None:
	"""Go through the setup wizard, if nobody has yet. Without an email no further user is made."""
	import frappe
	from frappe.desk.page.setup_wizard import setup_wizard

	with _connected(site):
		if frappe.is_setup_complete():
			return
		args = {
			"language": language,
			"country": country,
			"timezone": time_zone,
			"currency": currency,
			"full_name": full_name,
			"email": email,
			"password": password,
			"enable_telemetry": 0,
		}
		setup_wizard.setup_complete(frappe.as_json(args))
		frappe.db.commit()
		if not frappe.is_setup_complete():
			raise SystemExit("The setup wizard did not finish.")


def list_apps(site: str, **_) -> None:
	"""Print the installed apps as JSON in the last line."""
	import frappe

	with _connected(site):
		print(json.dumps(frappe.get_installed_apps()))


def drop_site(site: str, **_) -> None:
	"""Drop a site's database, its database user and its folder."""
	import shutil

	import frappe
	from frappe.config import get_common_site_config
	from frappe.database import drop_user_and_database

	common = get_common_site_config(".")
	frappe.init(site)
	path = os.path.realpath(frappe.local.site_path)
	db_name, db_user = frappe.conf.db_name, frappe.conf.db_user
	frappe.flags.root_login = common.get("root_login") or "root"
	frappe.flags.root_password = common.get("root_password") or ""
	drop_user_and_database(db_name, db_user)
	frappe.cache.delete_keys("")
	frappe.destroy()
	shutil.rmtree(path, ignore_errors=True)


class _connected:
	"""A site, connected as Administrator; rolled back and closed at the end."""

	def __init__(self, site: str):
		self.site = site

	def __enter__(self):
		import frappe

		frappe.init(self.site)
		frappe.connect()

	def __exit__(self, exc_type, *_):
		import frappe

		if exc_type and frappe.db:
			frappe.db.rollback()
		frappe.destroy()


TASKS = {
	task.__name__.replace("_", "-"): task
	for task in (new_site, install_app, remove_app, migrate, finish_setup, list_apps, drop_site)
}


def main() -> None:
	"""Run the task named by the first argument with the keyword arguments in the second, as JSON."""
	TASKS[sys.argv[1]](**json.loads(sys.argv[2]))


if __name__ == "__main__":
	main()

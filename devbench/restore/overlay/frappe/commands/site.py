"""Commands that make, change and remove sites."""

import os
import shutil
import sys

import click

import frappe
from frappe.commands import each_site, get_site, on_site, pass_context
from frappe.exceptions import SiteNotSpecifiedError
from frappe.utils import CallbackManager


@click.command("new-site")
@click.argument("site")
@click.option("--db-name")
@click.option("--db-password")
@click.option("--db-host")
@click.option("--db-port", type=int)
@click.option("--db-socket")
@click.option("--db-root-username", "--mariadb-root-username")
@click.option("--db-root-password", "--mariadb-root-password")
@click.option("--mariadb-user-host-login-scope")
@click.option("--admin-password", default=None)
@click.option("--source-sql", "--source_sql", help="restore this backup of a database")
@click.option("--install-app", multiple=True)
@click.option("--set-default", is_flag=True, default=False)
@click.option("--force", is_flag=True, default=False)
@click.option("--verbose", is_flag=True, default=False)
def new_site(site, set_default=False, install_app=(), **options):
	"Create a new site"
	from frappe.installer import _new_site

	undo = CallbackManager()
	try:
		_new_site(options.pop("db_name"), site, install_apps=install_app, rollback_callback=undo, **options)
	except Exception:
		undo.run()
		raise
	finally:
		frappe.destroy()
	if set_default:
		use(site)


@click.command("install-app")
@click.argument("apps", nargs=-1)
@click.option("--force", is_flag=True, default=False)
@pass_context
def install_app(context, apps, force=False):
	"Install apps on the site"
	from frappe.installer import install_app as _install_app

	for _site in each_site(context):
		for app in apps:
			_install_app(app, verbose=context.verbose, force=force)


@click.command("uninstall-app")
@click.argument("app")
@click.option("--yes", "-y", is_flag=True, default=False)
@click.option("--dry-run", is_flag=True, default=False)
@click.option("--no-backup", is_flag=True, default=False)
@click.option("--force", is_flag=True, default=False)
@pass_context
def uninstall(context, app, dry_run, yes, no_backup, force):
	"Remove an app and all linked modules from the site"
	from frappe.installer import remove_app

	for _site in each_site(context):
		remove_app(app_name=app, dry_run=dry_run, yes=yes, no_backup=no_backup, force=force)


@click.command("list-apps")
@pass_context
def list_apps(context):
	"List the apps installed on the site"
	for site in each_site(context):
		if len(context.sites) > 1:
			click.echo(site)
		for app in frappe.get_single("Installed Applications").installed_applications:
			click.echo(f"{app.app_name} {app.app_version} {app.git_branch}")


@click.command("migrate")
@click.option("--skip-failing", is_flag=True)
@click.option("--skip-search-index", is_flag=True)
@click.option("--skip-fixtures", is_flag=True)
@pass_context
def migrate(context, skip_failing=False, skip_search_index=False, skip_fixtures=False):
	"Run patches, sync schema and rebuild files/translations"
	from frappe.migrate import SiteMigration

	if not context.sites:
		raise SiteNotSpecifiedError
	for site in context.sites:
		click.secho(f"Migrating {site}", fg="green")
		SiteMigration(
			skip_failing=skip_failing, skip_search_index=skip_search_index, skip_fixtures=skip_fixtures
		).run(site=site)


@click.command("reinstall")
@click.option("--admin-password")
@click.option("--db-root-username", "--mariadb-root-username")
@click.option("--db-root-password", "--mariadb-root-password")
@click.option("--yes", is_flag=True, default=False)
@pass_context
def reinstall(context, admin_password, db_root_username, db_root_password, yes):
	"Reinstall the site: all its data is lost"
	from frappe.installer import _new_site

	site = get_site(context)
	if not yes:
		click.confirm("This will wipe your database. Are you sure you want to reinstall?", abort=True)
	with on_site(site):
		installed = frappe.get_installed_apps()
		db_name, db_password = frappe.conf.db_name, frappe.conf.db_password
	_new_site(
		db_name,
		site,
		db_password=db_password,
		db_root_username=db_root_username,
		db_root_password=db_root_password,
		admin_password=admin_password,
		install_apps=installed,
		force=True,
	)


@click.command("restore")
@click.argument("sql-file-path")
@click.option("--db-root-username", "--mariadb-root-username")
@click.option("--db-root-password", "--mariadb-root-password")
@click.option("--admin-password")
@click.option("--with-public-files")
@click.option("--with-private-files")
@pass_context
def restore(
	context,
	sql_file_path,
	db_root_username=None,
	db_root_password=None,
	admin_password=None,
	with_public_files=None,
	with_private_files=None,
):
	"Restore the site from a backup of its database"
	from frappe.installer import _new_site, extract_files
	from frappe.utils.password import update_password

	site = get_site(context)
	frappe.init(site)
	db_name, db_password = frappe.conf.db_name, frappe.conf.db_password
	_new_site(
		db_name,
		site,
		db_password=db_password,
		db_root_username=db_root_username,
		db_root_password=db_root_password,
		source_sql=os.path.abspath(sql_file_path),
		force=True,
	)
	frappe.destroy()
	for archive in filter(None, (with_public_files, with_private_files)):
		os.remove(extract_files(site, os.path.abspath(archive)))
	if admin_password:
		with on_site(site):
			update_password("Administrator", admin_password)
	click.secho(f"Site {site} has been restored", fg="green")


@click.command("backup")
@click.option("--with-files", default=False, is_flag=True)
@click.option("--compress", default=False, is_flag=True)
@click.option("--backup-path", default=None)
@click.option("--verbose", default=False, is_flag=True)
@pass_context
def backup(context, with_files=False, compress=False, backup_path=None, verbose=False):
	"Backup the site: database and, on request, files"
	from frappe.utils.backups import scheduled_backup

	for _site in each_site(context):
		odb = scheduled_backup(
			ignore_files=not with_files,
			backup_path=backup_path,
			compress=compress,
			verbose=verbose or context.verbose,
			force=True,
		)
		odb.print_summary()


@click.command("set-admin-password")
@click.argument("admin-password", required=False)
@click.option("--logout-all-sessions", is_flag=True, default=False)
@pass_context
def set_admin_password(context, admin_password=None, logout_all_sessions=False):
	"Set Administrator password for the site"
	from frappe.sessions import clear_sessions
	from frappe.utils.password import update_password

	password = admin_password or click.prompt("Administrator's password", hide_input=True)
	for _site in each_site(context):
		update_password(user="Administrator", pwd=password)
		if logout_all_sessions:
			clear_sessions(user="Administrator", force=True)


@click.command("add-system-manager")
@click.argument("email")
@click.option("--first-name")
@click.option("--last-name")
@click.option("--password")
@pass_context
def add_system_manager(context, email, first_name, last_name, password):
	"Add a new system manager to the site"
	import frappe.utils.user

	for _site in each_site(context):
		frappe.utils.user.add_system_manager(
			email, first_name, last_name, send_welcome_email=False, password=password
		)


@click.command("run-patch")
@click.argument("module")
@click.option("--force", is_flag=True)
@pass_context
def run_patch(context, module, force):
	"Run a particular patch"
	from frappe.modules.patch_handler import run_single

	for _site in each_site(context):
		run_single(module, force=force or context.force)


@click.command("reload-doc")
@click.argument("module")
@click.argument("doctype")
@click.argument("docname")
@pass_context
def reload_doc(context, module, doctype, docname):
	"Reload schema for a DocType"
	for _site in each_site(context):
		frappe.reload_doc(module, doctype, docname, force=context.force)


@click.command("reload-doctype")
@click.argument("doctype")
@pass_context
def reload_doctype(context, doctype):
	"Reload schema for a DocType"
	for _site in each_site(context):
		frappe.reload_doctype(doctype, force=context.force)


@click.command("use")
@click.argument("site")
def _use(site, sites_path="."):
	"Set the default site"
	use(site, sites_path)


def use(site, sites_path="."):
	"""Make a site the one that commands and nameless requests are for."""
	from frappe.installer import update_site_config

	if not os.path.exists(os.path.join(sites_path, site)):
		click.echo(f"Site {site} does not exist")
		sys.exit(1)
	frappe.init("", sites_path=sites_path, force=True)
	update_site_config(
		"default_site", site, site_config_path=os.path.join(sites_path, "common_site_config.json")
	)
	click.echo(f"Current Site set to {site}")


@click.command("drop-site")
@click.argument("site")
@click.option("--db-root-username", "--mariadb-root-username", "--root-login")
@click.option("--db-root-password", "--mariadb-root-password", "--root-password")
@click.option("--archived-sites-path", default="../archived/sites")
@click.option("--no-backup", is_flag=True, default=False)
@click.option("--force", is_flag=True, default=False)
def drop_site(site, db_root_username, db_root_password, archived_sites_path, no_backup, force):
	"Remove a site: its database is dropped, its folder is put aside"
	from frappe.database import drop_user_and_database
	from frappe.utils.backups import scheduled_backup

	frappe.init(site)
	if not no_backup:
		frappe.connect()
		scheduled_backup(ignore_files=False, force=True)
	if db_root_username:
		frappe.flags.root_login = db_root_username
	if db_root_password:
		frappe.flags.root_password = db_root_password
	drop_user_and_database(frappe.conf.db_name, frappe.conf.db_user)
	frappe.cache.delete_keys("")

	os.makedirs(archived_sites_path, exist_ok=True)
	target = os.path.join(archived_sites_path, site)
	number = 1
	while os.path.exists(target):
		target = os.path.join(archived_sites_path, f"{site}{number}")
		number += 1
	shutil.move(os.path.realpath(frappe.local.site_path), target)


commands = [
	_use,
	add_system_manager,
	backup,
	drop_site,
	install_app,
	list_apps,
	migrate,
	new_site,
	reinstall,
	reload_doc,
	reload_doctype,
	restore,
	run_patch,
	set_admin_password,
	uninstall,
]

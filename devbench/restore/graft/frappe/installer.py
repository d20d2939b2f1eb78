# Making a site, and installing and removing any app of the bench, not the framework alone.

import hashlib

from frappe.modules.utils import sync_customizations


def _is_scheduler_enabled(site) -> bool:
	enable_scheduler = False
	try:
		frappe.init(site)
		frappe.connect()
		enable_scheduler = cint(frappe.db.get_single_value("System Settings", "enable_scheduler"))
	except Exception:
		pass
	finally:
		if frappe.db:
			frappe.db.close()

	return bool(enable_scheduler)


def _new_site(
	db_name,
	site,
	db_root_username=None,
	db_root_password=None,
	admin_password=None,
	verbose=False,
	install_apps=None,
	source_sql=None,
	force=False,
	db_password=None,
	db_type=None,
	db_socket=None,
	db_host=None,
	db_port=None,
	db_user=None,
	setup_db=True,
	rollback_callback=None,
	mariadb_user_host_login_scope=None,
):
	"""Make a site: its folder, its configuration, its database, the framework and the apps asked for.

	`rollback_callback` collects what undoes each step, for the caller to run if a later one fails."""
	from frappe.utils import scheduler

	if not force and os.path.exists(site):
		print(f"Site {site} already exists, use `--force` to proceed anyway")
		sys.exit(1)

	frappe.init(site, new_site=True)

	if not db_name:
		db_name = "_" + hashlib.sha1(os.path.realpath(frappe.get_site_path()).encode()).hexdigest()[:16]

	# a site that is made over keeps its scheduler as it was
	enable_scheduler = _is_scheduler_enabled(site) if source_sql else False
	frappe.init(site, new_site=True, force=True)

	clear_site_locks()
	make_site_dirs()
	if rollback_callback:
		site_path = os.path.realpath(frappe.get_site_path())
		rollback_callback.add(lambda: shutil.rmtree(site_path, ignore_errors=True))

	with filelock("bench_new_site", timeout=1):
		install_db(
			root_login=db_root_username,
			root_password=db_root_password,
			db_name=db_name,
			admin_password=admin_password,
			verbose=verbose,
			source_sql=source_sql,
			force=force,
			db_password=db_password,
			db_type=db_type,
			db_socket=db_socket,
			db_host=db_host,
			db_port=db_port,
			db_user=db_user,
			setup=setup_db,
			rollback_callback=rollback_callback,
			mariadb_user_host_login_scope=mariadb_user_host_login_scope,
		)

		apps = ["frappe", *(frappe.conf.get("install_apps") or []), *(install_apps or [])]
		for app in dict.fromkeys(apps):
			# an app that a restored database says is installed is only brought up to date
			install_app(app, verbose=verbose, set_as_patched=not source_sql, force=False)

		scheduler.toggle_scheduler(enable_scheduler)
		frappe.db.commit()

	scheduler_status = "disabled" if frappe.utils.scheduler.is_scheduler_disabled() else "enabled"
	print("*** Scheduler is", scheduler_status, "***")


def install_app(name, verbose=False, set_as_patched=True, force=False):
	"""Install an app of the bench, and the apps it requires, on the current site."""
	from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
	from frappe.model.sync import sync_for
	from frappe.utils.fixtures import sync_fixtures

	frappe.flags.in_install = name
	frappe.flags.ignore_in_install = False

	frappe.clear_cache()

	if name not in frappe.get_all_apps():
		raise Exception(f"App {name} not in apps.txt")

	app_hooks = frappe.get_hooks(app_name=name)

	for required in app_hooks.required_apps or []:
		install_app(parse_app_name(required), verbose=verbose, force=force)

	frappe.flags.in_install = name
	frappe.clear_cache()
	installed_apps = frappe.get_installed_apps()

	if not force and name in installed_apps:
		click.secho(f"App {name} already installed", fg="yellow")
		frappe.flags.in_install = False
		return

	print(f"\nInstalling {name}...")

	if name != "frappe":
		frappe.only_for("System Manager")

	taken_classes = frappe.get_hooks("override_doctype_class") or {}
	if any(doctype in taken_classes for doctype in app_hooks.override_doctype_class or {}):
		click.secho(f"App {name} overrides a doctype that is already overridden by another app.", fg="yellow")

	for before_install in app_hooks.before_install or []:
		out = frappe.get_attr(before_install)()
		if out is False:
			return

	for fn in frappe.get_hooks("before_app_install"):
		frappe.get_attr(fn)(name)

	if name != "frappe":
		# the framework's own modules come with its DocTypes: their table does not exist yet at this point
		add_module_defs(name, ignore_if_duplicate=force)

	sync_for(name, force=force, reset_permissions=True)

	add_to_installed_apps(name)

	frappe.get_doc("Portal Settings", "Portal Settings").sync_menu()

	if set_as_patched:
		set_all_patches_as_completed(name)

	for after_install in app_hooks.after_install or []:
		frappe.get_attr(after_install)()

	for fn in frappe.get_hooks("after_app_install"):
		frappe.get_attr(fn)(name)

	sync_jobs()
	sync_fixtures(name)
	sync_customizations(name)
	sync_dashboards(name)

	for after_sync in app_hooks.after_sync or []:
		frappe.get_attr(after_sync)()

	frappe.clear_cache()
	frappe.client_cache.erase_persistent_caches()
	frappe.flags.in_install = False


def add_to_installed_apps(app_name, rebuild_website=True):
	"""Enter an app in the site's list of installed apps."""
	installed_apps = frappe.get_installed_apps()
	if app_name not in installed_apps:
		frappe.db.set_global("installed_apps", json.dumps([*installed_apps, app_name]))
		frappe.db.commit()
		_forget_installed_apps()
		if frappe.flags.in_install:
			post_install(rebuild_website)

	frappe.get_single("Installed Applications").update_versions()
	frappe.db.commit()


def remove_from_installed_apps(app_name):
	"""Strike an app off the site's list of installed apps."""
	installed_apps = frappe.get_installed_apps()
	if app_name in installed_apps:
		frappe.db.set_global("installed_apps", json.dumps([app for app in installed_apps if app != app_name]))
		_clear_cache("__global")
		frappe.local.doc_events_hooks = None
		_forget_installed_apps()
		frappe.db.commit()
		if frappe.flags.in_install:
			post_install()


def _forget_installed_apps():
	"""Drop what was kept of the list of apps and of their hooks."""
	frappe.local.request_cache.clear()
	frappe.local.doc_events_hooks = None
	frappe.client_cache.delete_value("app_hooks")
	frappe.cache.delete_value("installed_app_modules")
	frappe.setup_module_map()


def remove_app(app_name, dry_run=False, yes=False, no_backup=False, force=False):
	"""Remove an app and everything it put on the current site.

	:param dry_run: only say what would be deleted.
	:param yes: do not ask.
	:param no_backup: make no backup first.
	:param force: go on even if the app is not installed, or another app needs it."""
	site = frappe.local.site
	app_hooks = frappe.get_hooks(app_name=app_name)

	# an app that is not installed has nothing to remove
	if not force:
		if app_name not in frappe.get_installed_apps():
			click.secho(f"App {app_name} not installed on Site {site}", fg="yellow")
			return

		# the apps that would be left without something they need
		for app in frappe.get_installed_apps():
			if app != app_name:
				required = frappe.get_hooks("required_apps", app_name=app)
				if any(parse_app_name(name) == app_name for name in required):
					click.secho(
						f"App {app_name} is a dependency of {app}. Uninstall {app} first.", fg="yellow"
					)
					return

	print(f"Uninstalling App {app_name} from Site {site}...")

	if not dry_run and not yes:
		confirm = click.confirm(
			"All doctypes (including custom), modules related to this app will be deleted."
			" Are you sure you want to continue?"
		)
		if not confirm:
			return

	if not (dry_run or no_backup):
		from frappe.utils.backups import scheduled_backup

		print("Backing up...")
		scheduled_backup(ignore_files=True)

	frappe.flags.in_uninstall = True

	for before_uninstall in app_hooks.before_uninstall or []:
		frappe.get_attr(before_uninstall)()

	for fn in frappe.get_hooks("before_app_uninstall"):
		frappe.get_attr(fn)(app_name)

	modules = frappe.get_all("Module Def", filters={"app_name": app_name}, pluck="name")

	drop_doctypes = _delete_modules(modules, dry_run=dry_run)
	_delete_doctypes(drop_doctypes, dry_run=dry_run)

	if not dry_run:
		remove_from_installed_apps(app_name)
		frappe.get_single("Installed Applications").update_versions()
		frappe.db.commit()

	for after_uninstall in app_hooks.after_uninstall or []:
		frappe.get_attr(after_uninstall)()

	for fn in frappe.get_hooks("after_app_uninstall"):
		frappe.get_attr(fn)(app_name)

	click.secho(f"Uninstalled App {app_name} from Site {site}", fg="green")
	frappe.flags.in_uninstall = False
	frappe.clear_cache()


def make_conf(
	db_name=None,
	db_password=None,
	site_config=None,
	db_type=None,
	db_socket=None,
	db_host=None,
	db_port=None,
	db_user=None,
):
	"""Write the site's configuration if it has none, and prepare the site again with it."""
	site = frappe.local.site
	make_site_config(
		db_name,
		db_password,
		site_config,
		db_type=db_type,
		db_socket=db_socket,
		db_host=db_host,
		db_port=db_port,
		db_user=db_user,
	)
	sites_path = frappe.local.sites_path
	frappe.destroy()
	frappe.init(site, sites_path=sites_path)


def remove_missing_apps():
	"""Strike apps off the list of a restored database whose code this bench does not have."""
	installed_apps = json.loads(frappe.db.get_global("installed_apps") or "[]")
	on_bench = frappe.get_all_apps()
	present = [app for app in installed_apps if app in on_bench]
	if present != installed_apps:
		frappe.db.set_global("installed_apps", json.dumps(present))
		frappe.db.commit()


def extract_files(site_name, file_path):
	"""Unpack an archive of files into the folder of a site; return where the archive was put."""
	from frappe.utils import get_bench_relative_path

	file_path = get_bench_relative_path(file_path)

	# the path of the site is needed, and this may run before anything was prepared
	frappe.init(site_name)
	abs_site_path = os.path.abspath(frappe.get_site_path())

	# the archive is unpacked from within the folder
	shutil.copy2(os.path.abspath(file_path), abs_site_path)
	tar_path = os.path.join(abs_site_path, os.path.split(file_path)[1])

	try:
		if file_path.endswith(".tar"):
			subprocess.check_output(["tar", "xvf", tar_path, "--strip", "2"], cwd=abs_site_path)
		elif file_path.endswith(".tgz"):
			subprocess.check_output(["tar", "zxvf", tar_path, "--strip", "2"], cwd=abs_site_path)
	finally:
		frappe.destroy()

	return tar_path

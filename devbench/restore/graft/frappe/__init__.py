# Sites and apps, as an official bench has them: the fork cut both down to one.

__version__ = "16.4.1"


def init(site: str, sites_path: str = ".", new_site: bool = False, force: bool = False) -> None:
	"""Prepare the thread's context for a site; nothing is asked of its database yet.

	:param site: name of the site, a folder in `sites_path`.
	:param sites_path: folder that holds the sites and `apps.txt`.
	:param new_site: the site is being made, so that its configuration may be missing.
	:param force: start over even if this thread has a context already."""
	if getattr(local, "initialised", None) and not force:
		return

	local.error_log = []
	local.message_log = []
	local.debug_log = []
	local.flags = _dict(
		{
			"currently_saving": [],
			"redirect_location": "",
			"in_install_db": False,
			"in_install_app": False,
			"in_import": False,
			"in_test": in_test,
			"mute_messages": False,
			"ignore_links": False,
			"mute_emails": False,
			"has_dataurl": False,
			"new_site": new_site,
			"read_only": False,
		}
	)
	local.locked_documents = []
	local.test_objects = defaultdict(list)

	local.site = site
	local.site_name = site  # Jinja filters and the bench-wide logs look for this one
	local.sites_path = sites_path
	local.site_path = os.path.join(sites_path, site)
	local.all_apps = None

	local.request_ip = None
	local.response = _dict({"docs": []})
	local.response_headers = Headers()
	local.task_id = None

	local.conf = get_site_config(
		sites_path=sites_path, site_path=local.site_path, cached=bool(frappe.request)
	)
	local.lang = local.conf.get("lang") or "en"

	local.module_app = None
	local.app_modules = None

	local.user = None
	local.user_perms = None
	local.role_permissions = {}
	local.valid_columns = {}
	local.new_doc_templates = {}

	local.request_cache = defaultdict(dict)
	local.jenv = None
	local.jloader = None
	local.cache = {}
	local.form_dict = _dict()
	local.preload_assets = {"style": [], "script": [], "icons": []}
	local.session = _dict(user="Guest", data=_dict())
	local.dev_server = _dev_server  # only for backwards compatibility
	local.qb = get_query_builder(local.conf.db_type or "mariadb")
	if not cache or not client_cache:
		setup_redis_cache_connection()

	setup_module_map(include_all_apps=not (frappe.request or frappe.job or frappe.flags.in_migrate))

	local.initialised = True


def connect(site: str | None = None, db_name: str | None = None, set_admin_as_user: bool = True) -> None:
	"""Connect to the database of a site.

	:param site: site to prepare first, if this thread has no context yet.
	:param db_name: database to use when the site's configuration names none.
	:param set_admin_as_user: make Administrator the current user."""
	from frappe.database import get_db

	if site:
		init(site)

	# without a site, init is not called from here: it asks for the installed apps, which connect
	conf = local.conf
	local.db = get_db(
		socket=conf.db_socket,
		host=conf.db_host,
		port=conf.db_port,
		user=conf.db_user or db_name,
		password=conf.db_password,
		cur_db_name=conf.db_name or db_name,
	)

	if set_admin_as_user:
		set_user("Administrator")


class init_site:
	"""Context manager that prepares a site and drops its context at the end."""

	def __init__(self, site=None):
		"""
		:param site: name of the site; none for work that belongs to the bench."""
		self.site = site or ""

	def __enter__(self):
		init(self.site)
		return local

	def __exit__(self, type, value, traceback):
		destroy()


def get_app_path(app_name: str, *joins):
	"""Return the path of an app's package, joined with further elements.

	:param app_name: name of the app."""
	return get_pymodule_path(app_name, *joins)


def get_app_source_path(app_name: str, *joins):
	"""Return the path of the folder that holds an app's package: its repository.

	:param app_name: name of the app."""
	return get_pymodule_path(app_name, "..", *joins)


def get_site_name() -> str | None:
	"""Return the name of the current site."""
	return getattr(local, "site", None)


def get_site_path(*joins):
	"""Return the path of the current site's folder, joined with further elements."""
	return os.path.join(local.site_path, *joins)


def get_module_list(app_name: str = "frappe"):
	"""Return the modules an app lists in its `modules.txt`."""
	return get_file_items(get_app_path(app_name, "modules.txt"))


def get_all_apps(with_internal_apps: bool = True, sites_path: str | None = None) -> list[str]:
	"""Return every app of the bench, the framework first.

	:param with_internal_apps: add the apps that only this site lists in an `apps.txt` of its own."""
	apps = get_file_items(os.path.join(sites_path or local.sites_path, "apps.txt"), raise_not_found=True)

	if with_internal_apps:
		for app in get_file_items(os.path.join(local.site_path, "apps.txt")):
			if app not in apps:
				apps.append(app)

	return ["frappe", *(app for app in apps if app != "frappe")]


@request_cache
def get_installed_apps(*, _ensure_on_bench: bool = False) -> list[str]:
	"""Return the apps installed on the current site.

	:param _ensure_on_bench: leave out those whose code this bench does not have."""
	if getattr(flags, "in_install_db", True):
		return []

	if not db:
		# asked for while a request is being prepared: nobody is logged in yet, least of all Administrator
		connect(set_admin_as_user=False)

	installed = json.loads(db.get_global("installed_apps") or "[]")

	if _ensure_on_bench:
		all_apps = cache.get_value("all_apps", get_all_apps)
		installed = [app for app in installed if app in all_apps]

	return installed


def _load_app_hooks(app_name: str | None = None):
	"""Gather the hooks of one app, or of all installed apps in their order."""
	import types

	def _is_valid_hook(obj):
		return not isinstance(obj, types.ModuleType | types.FunctionType | type)

	hooks = {}
	for app in [app_name] if app_name else get_installed_apps(_ensure_on_bench=True):
		try:
			app_hooks = get_module(f"{app}.hooks")
		except ImportError as e:
			if local.flags.in_install_app:
				# the app is in the list but its code is not here: a restore in progress
				continue
			print(f'Could not find app "{app}": \n{e}')
			raise

		for key, value in inspect.getmembers(app_hooks, predicate=_is_valid_hook):
			if not key.startswith("_"):
				append_hook(hooks, key, value)
	return hooks


def get_hooks(
	hook: str | None = None,
	default: Any | None = "_KEEP_DEFAULT_LIST",
	app_name: str | None = None,
) -> _dict:
	"""Return the hooks of all installed apps, or of one app.

	:param hook: name of the hook whose values to return as a list; all hooks if none is given.
	:param default: what to return if no app has the hook.
	:param app_name: only the hooks of this app."""
	if app_name:
		hooks = _request_cached_load_app_hooks(app_name)
	elif local.conf.developer_mode:
		hooks = _request_cached_load_app_hooks()
	else:
		hooks = client_cache.get_value("app_hooks")
		if hooks is None:
			hooks = _load_app_hooks()
			client_cache.set_value("app_hooks", hooks)

	if hook:
		return hooks.get(hook, ([] if default == "_KEEP_DEFAULT_LIST" else default))

	return _dict(hooks)


def setup_module_map(include_all_apps: bool = True) -> None:
	"""Set `local.app_modules` (app → modules) and `local.module_app` (module → app).

	:param include_all_apps: every app of the bench, not only those installed on this site."""
	if include_all_apps:
		app_modules = cache.get_value("app_modules")
	else:
		app_modules = cache.get_value("installed_app_modules")

	if not app_modules:
		if include_all_apps:
			apps = get_all_apps(with_internal_apps=True)
		else:
			apps = get_installed_apps(_ensure_on_bench=True)

		app_modules = {app: [scrub(module) for module in get_module_list(app)] for app in apps}

		if apps:
			cache.set_value("app_modules" if include_all_apps else "installed_app_modules", app_modules)

	module_app = {}
	for app, modules in app_modules.items():
		for module in modules:
			if module in module_app:
				warnings.warn(
					f"WARNING: module `{module}` found in apps `{module_app[module]}` and `{app}`",
					stacklevel=1,
				)
			module_app[module] = app

	local.app_modules = app_modules
	local.module_app = module_app


def get_attr(method_string: str) -> Any:
	"""Return the object a dotted path names; the app it belongs to must be installed.

	:param method_string: dotted path, e.g. `frappe.utils.now`."""
	app_name = method_string.split(".", 1)[0]
	if not local.flags.in_uninstall and not local.flags.in_install and app_name not in get_installed_apps():
		throw(_("App {0} is not installed").format(app_name), AppNotInstalledError)

	modulename = ".".join(method_string.split(".")[:-1])
	methodname = method_string.split(".")[-1]
	return getattr(get_module(modulename), methodname)


@request_cache
def is_setup_complete():
	"""Return True if the setup wizard of the framework (and of ERPNext, where it is) has been finished."""
	if not frappe.db.table_exists("Installed Application"):
		return False

	done = get_all(
		"Installed Application", {"app_name": ("in", ["frappe", "erpnext"])}, pluck="is_setup_complete"
	)
	return bool(done) and all(done)

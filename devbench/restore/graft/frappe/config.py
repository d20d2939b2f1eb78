# Configuration comes from the JSON files of bench and site, not from a .env file.

import json
import os

import frappe

#: (path) -> (its modification time and size, its content); a file is read again only when it changed
_file_cache: dict[str, tuple[tuple[int, int], dict]] = {}


def get_site_config(
	sites_path: str | None = None,
	site_path: str | None = None,
	*,
	cached=False,
) -> _dict[str, Any]:
	"""Return the configuration of a site: the common one, overlaid by its own, then by the environment.

	:param sites_path: folder of the sites; the current one by default.
	:param site_path: folder of the site; the current one by default.
	:param cached: kept for compatibility: files are read again only when they changed, always."""
	sites_path = sites_path or getattr(frappe.local, "sites_path", None)
	site_path = site_path or getattr(frappe.local, "site_path", None)

	config = get_common_site_config(sites_path)

	if site_path:
		site_config = os.path.join(site_path, "site_config.json")
		if os.path.exists(site_config):
			config.update(_read_config(site_config))
		elif getattr(frappe.local, "site", None) and not frappe.local.flags.new_site:
			raise frappe.IncorrectSitePath(f"{frappe.local.site} does not exist")

	_set_defaults(config)

	for hook in _as_list(config.get("extra_config")):
		try:
			module, method = hook.rsplit(".", 1)
			config |= getattr(importlib.import_module(module), method)()
		except Exception:
			print(f"Config hook {hook} failed")
			traceback.print_exc()

	return config


def _set_defaults(config: _dict[str, Any]) -> None:
	"""Fill in what no file says; the environment wins over the files."""
	config["redis_queue"] = (
		os.environ.get("FRAPPE_REDIS_QUEUE") or config.get("redis_queue") or "redis://127.0.0.1:11311"
	)
	config["redis_cache"] = (
		os.environ.get("FRAPPE_REDIS_CACHE") or config.get("redis_cache") or "redis://127.0.0.1:13311"
	)

	config["db_type"] = os.environ.get("FRAPPE_DB_TYPE") or config.get("db_type") or "mariadb"
	if config["db_type"] in ("mariadb", "postgres"):
		config["db_socket"] = os.environ.get("FRAPPE_DB_SOCKET") or config.get("db_socket")
		config["db_host"] = os.environ.get("FRAPPE_DB_HOST") or config.get("db_host") or "127.0.0.1"
		config["db_port"] = int(
			os.environ.get("FRAPPE_DB_PORT")
			or config.get("db_port")
			or {"mariadb": 3306, "postgres": 5432}[config["db_type"]]
		)
		# the user was once always named as the database
		config["db_user"] = os.environ.get("FRAPPE_DB_USER") or config.get("db_user") or config.get("db_name")

	config["db_name"] = os.environ.get("FRAPPE_DB_NAME") or config.get("db_name")
	config["db_password"] = os.environ.get("FRAPPE_DB_PASSWORD") or config.get("db_password")


def _as_list(value: str | list | None) -> list[str]:
	if not value:
		return []
	return [value] if isinstance(value, str) else value


def _read_config(path: str) -> dict[str, Any]:
	"""Return a copy of the content of a JSON file.

	Raises the parser's error after naming the file."""
	status = os.stat(path)
	key = (status.st_mtime_ns, status.st_size)
	path = os.path.abspath(path)
	if (known := _file_cache.get(path)) and known[0] == key:
		return known[1].copy()
	try:
		with open(path) as f:
			content = json.load(f)
	except Exception as error:
		print(f"{path} is invalid")
		print(error)
		raise
	_file_cache[path] = (key, content)
	return content.copy()


def clear_site_config_cache():
	"""Forget the configuration files read so far."""
	_file_cache.clear()


def get_common_site_config(sites_path: str | None = None, cached=False) -> _dict[str, Any]:
	"""Return the content of the bench's `common_site_config.json`, empty if there is none."""
	sites_path = sites_path or getattr(frappe.local, "sites_path", None)
	if sites_path:
		path = os.path.join(sites_path, "common_site_config.json")
		if os.path.exists(path):
			return _dict(_read_config(path))
	return _dict()


def get_conf(site: str | None = None) -> _dict[str, Any]:
	"""Return the configuration of the current site, or of `site` if this thread has no context."""
	if hasattr(frappe.local, "conf"):
		return frappe.local.conf

	# without a site it is the bench's own configuration
	with frappe.init_site(site):
		return frappe.local.conf

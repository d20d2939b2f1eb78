"""Find the bench the tests run against and hold one connection to its site."""

from __future__ import annotations

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Bench:
	"""A bench folder and the name of the site to test on."""

	path: Path
	site: str

	@property
	def sites(self) -> Path:
		"""The folder that holds apps.txt and the sites; Frappe wants it as the working directory."""
		return self.path / "sites"

	@property
	def python(self) -> str:
		"""The bench's own interpreter, for processes that a test starts."""
		own = self.path / "env" / "bin" / "python"
		return str(own) if own.exists() else sys.executable

	def environment(self) -> dict[str, str]:
		"""The environment of such a process: it finds the bench's apps whether or not they are installed."""
		apps = [str(app) for app in sorted((self.path / "apps").iterdir())]
		known = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
		return {
			**os.environ,
			"PYTHONPATH": os.pathsep.join(dict.fromkeys([*apps, *known])),
			"SITES_PATH": str(self.sites),
			"FRAPPE_BENCH_ROOT": str(self.path),
		}


def find_bench(path: str | None, site: str | None) -> Bench | None:
	"""Return the bench that the options or SPM_BENCH and SPM_SITE name, or None when nothing names one.

	Raises ValueError with a sentence when what they name is not a bench or has no such site.
	"""
	path = path or os.environ.get("SPM_BENCH")
	site = site or os.environ.get("SPM_SITE")
	if not path:
		return None
	bench = Path(path).expanduser().resolve()
	if not (bench / "sites" / "apps.txt").exists():
		raise ValueError(f"{bench} is not a bench: it has no sites/apps.txt. Give its folder with --bench.")
	if not site:
		raise ValueError("Name the site to test on with --site.")
	if not (bench / "sites" / site / "site_config.json").exists():
		raise ValueError(f"The bench {bench} has no site {site}. Create it, or name another with --site.")
	return Bench(bench, site)


def make_importable(bench: Bench) -> None:
	"""Let this process import the bench's apps, which an official bench has installed and devbench has not."""
	if not importlib.util.find_spec("frappe"):
		sys.path += [str(app) for app in sorted((bench.path / "apps").iterdir())]


def open_site(bench: Bench) -> None:
	"""Connect this process to the site as Administrator, in test mode, with the sites folder as cwd."""
	os.chdir(bench.sites)
	os.environ.setdefault("SITES_PATH", str(bench.sites))
	os.environ.setdefault("FRAPPE_BENCH_ROOT", str(bench.path))
	import frappe

	frappe.init(bench.site, sites_path=str(bench.sites), force=True)
	frappe.connect()
	set_test_mode(True)
	frappe.set_user("Administrator")


def close_site() -> None:
	"""Throw away what is uncommitted and close the connection."""
	import frappe

	frappe.db.rollback()
	frappe.destroy()


def set_test_mode(on: bool) -> None:
	"""Switch the framework's test mode: no mail leaves, background mail jobs run at once."""
	import frappe

	if hasattr(frappe, "in_test"):
		frappe.in_test = on
	frappe.local.flags.in_test = on


# Per-request state of `frappe.local` that one test must not hand to the next.
_EMPTY_LISTS = ("message_log", "error_log", "debug_log", "locked_documents")
_EMPTY_DICTS = ("role_permissions", "new_doc_templates", "cache", "document_cache")


def reset_request_state() -> None:
	"""Bring the connection back to a fresh request of Administrator; what is uncommitted is undone."""
	import frappe

	frappe.db.rollback()
	frappe.set_user("Administrator")
	local = frappe.local
	for name in _EMPTY_LISTS:
		setattr(local, name, [])
	for name in _EMPTY_DICTS:
		if hasattr(local, name):
			getattr(local, name).clear()
	if hasattr(local, "request_cache"):
		local.request_cache.clear()
	if hasattr(local, "request"):
		# a request, or None for "no request", that a test put there: outside of requests there is no such attribute
		del local.request
	local.user_perms = None
	local.form_dict = frappe._dict()
	local.response = frappe._dict({"docs": []})
	local.lang = "en"
	_forget_rolled_back_caches()


def _forget_rolled_back_caches() -> None:
	"""Drop shared cache entries that may have been filled from rows which no longer exist."""
	import frappe
	from frappe.cache_manager import clear_defaults_cache, user_cache_keys

	# `frappe.cache` became an object in version 15; calling it was the older way.
	frappe.cache.delete_value(list(user_cache_keys))
	frappe.cache.delete_keys("document_cache::")
	frappe.cache.delete_keys("user:")
	if hasattr(frappe, "client_cache"):
		frappe.client_cache.delete_keys("document_cache::*")
	for doctype in ("assignment_rule", "document_naming_rule", "milestone_tracker"):
		frappe.cache.delete_keys(f"{doctype}_map::")
	clear_defaults_cache()

"""Bringing a site to the point where people can log in, and keeping it in step with the code."""

from __future__ import annotations

import threading

from devbench import build, paths, site, state
from devbench.console import DevbenchError, call, step
from devbench.locks import held

ADMIN_PASSWORD = "admin"
DEMO = "sales_crm_pm.setup.demo.create"
#: UTC, because files of the app carry the time they were changed: on a site west of its makers a file of the same
#: day would count as newer than the record an admin has just edited.
SETUP = {
	"language": "English",
	"country": "United States",
	"time_zone": "UTC",
	"currency": "USD",
}


def _mark(name: str) -> str:
	return f"site-{paths.STACK}-{name}"


def is_ready(name: str) -> bool:
	"""Return whether the site was finished once; a site that is only half made is not."""
	return site.exists(name) and state.stamp(_mark(name)) != "making"


def forget(name: str) -> None:
	"""Drop a site and what devbench remembers of it."""
	if (paths.site(name)).exists():
		with step(f"Dropping the site {name}", announce=False):
			if site.exists(name):
				site.drop_site(name)
	state.set_stamp(_mark(name), None)


def prepare(name: str, demo: bool = True, fresh: bool = False) -> None:
	"""Make the site if there is none, otherwise migrate it if the code changed; bundles are built meanwhile.

	Args:
		name: the site.
		demo: load demo data into a new site.
		fresh: drop what is there and begin anew.
	Raises:
		DevbenchError: a step failed. A site that was not finished is made anew by the next run.
	"""
	with held(f"site-{name}"):
		_flush_after_change()
		bundles = InBackground(build.build_assets)
		try:
			_prepare(name, demo, fresh)
		finally:
			bundles.finish()


def _prepare(name: str, demo: bool, fresh: bool) -> None:
	code = build.code_fingerprint()
	if fresh:
		forget(name)
	if not is_ready(name):
		_make(name, demo)
		state.set_stamp(_mark(name), code)
	elif state.stamp(_mark(name)) != code:
		migrate(name)


def _make(name: str, demo: bool) -> None:
	half_made = state.stamp(_mark(name)) == "making"
	state.set_stamp(_mark(name), "making")
	with step(f"Site {name}"):
		site.create_site(name, ADMIN_PASSWORD, force=half_made)
	with step("App installed"):
		# the wizard first: the app then finds the site's currency and language when it seeds its settings
		site.finish_setup(name, **SETUP)
		site.install_app(name, paths.APP)
	state.write_json(_logins_file(name), [])
	if demo and has_demo():
		load_demo(name)


def has_demo() -> bool:
	"""Return whether the app brings demo data."""
	folder = paths.REPO / paths.APP / "setup"
	return (folder / "demo.py").exists() or (folder / "demo" / "__init__.py").exists()


def load_demo(name: str) -> None:
	"""Load the app's demo data through the app's own function and remember the logins it returns."""
	with step("Demo data") as notes:
		result = build.run_method(name, DEMO, "Loading the demo data", "demo")
		if isinstance(result, dict):
			state.write_json(_logins_file(name), result.get("logins") or [])
			if result.get("summary"):
				notes.append(str(result["summary"]))


def _logins_file(name: str):
	return paths.STAMPS / f"{_mark(name)}.logins.json"


def logins(name: str) -> list[dict]:
	"""Return the logins of the demo data: [{"user", "password", "role"}, …]."""
	return state.read_json(_logins_file(name), []) or []


def migrate(name: str) -> None:
	"""Bring the site's database to the state of the code and remember that it is there."""
	if not site.exists(name):
		raise DevbenchError(f"There is no site {name}.", f"Make it with: python3 -m devbench run --site {name}")
	code = build.code_fingerprint()
	with step(f"Migrating {name}"):
		if paths.APP not in site.installed_apps(name):
			site.install_app(name, paths.APP)
		site.migrate(name)
	state.set_stamp(_mark(name), code)


def _flush_after_change() -> None:
	"""Empty Redis when the framework's code is another than the last time this bench ran."""
	current = build.stamp_of()
	name = f"flushed-{paths.STACK}"
	if state.stamp(name) != current:
		call([paths.PYTHON, "-m", "devbench.inside", "flush"], "flush", "Emptying Redis", paths.tool_env(), paths.SITES)
		state.set_stamp(name, current)


class InBackground:
	"""A step in a thread of its own; `finish` waits for it and raises what it raised."""

	def __init__(self, work):
		self.error: BaseException | None = None
		self.thread = threading.Thread(target=self._run, args=(work,), daemon=True)
		self.thread.start()

	def _run(self, work) -> None:
		try:
			work()
		except BaseException as error:
			self.error = error

	def finish(self) -> None:
		self.thread.join()
		if self.error:
			raise self.error

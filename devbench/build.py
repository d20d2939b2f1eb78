"""Building the bench: what can be done at the same time is, and what is up to date is left alone."""

from __future__ import annotations

import json
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait

from devbench import assets, paths, pyenv, services, site, state, system
from devbench.console import call, say, step
from devbench.locks import held
from devbench.restore import fetch, is_current, restore
from devbench.restore.engine import stamp_of

#: Files of the app that decide whether a site must be migrated.
APP_SOURCES = (".py", ".json", ".txt", ".csv", ".html", ".md", ".js")


def needed(for_tests: bool = False) -> bool:
	"""Return whether a build has anything to install (cheap, without looking into the assets)."""
	return bool(system.missing_packages(for_tests)) or not pyenv.is_current() or not is_current(paths.FRAPPE_SOURCE)


def build(for_tests: bool = False) -> None:
	"""Install and build everything that is missing or out of date.

	Debian packages, Python packages and npm packages come at the same time; then the framework is restored
	and the bundles of the desk are built.

	Args:
		for_tests: also what the browser tests need.
	Raises:
		DevbenchError: something could not be installed; what was finished stays, the next run goes on there.
	"""
	system.check_machine()
	system.check_packages(for_tests)
	with held("build"):
		if needed(for_tests):
			system.check_disk()
		services.prepare_bench()
		with ThreadPoolExecutor(max_workers=3) as pool:
			debian = pool.submit(system.install_packages, for_tests)
			npm = pool.submit(_npm)
			python = pool.submit(_python, debian)
			_finish([debian, npm, python])


def build_assets() -> None:
	"""Build the bundles of the desk that are out of date."""
	with held("assets"), step("Desk bundles", announce=not (paths.ASSETS / "assets.json").exists()) as notes:
		lines: list[str] = []
		assets.build_assets(progress=lines.append)
		if lines:
			notes.append(lines[-1].strip())


def _python(debian: Future) -> None:
	# Debian splits the making of environments off its Python: then its packages must be there first
	if not system.has_venv():
		debian.result()
	pyenv.build()
	if not is_current(paths.FRAPPE_SOURCE):
		with step("Framework restored from its pinned package"):
			restore(fetch.fetch(paths.CACHE, paths.PYTHON), paths.FRAPPE_SOURCE)
	site.link_app("frappe", paths.FRAPPE_SOURCE)
	site.link_app(paths.APP, paths.REPO)


def _npm() -> None:
	with step("npm packages of the desk", announce=False) as notes:
		if not assets.install_packages():
			notes.append("up to date")


def _finish(futures: list[Future]) -> None:
	"""Wait for all parts; when one fails, say so at once and let the others end."""
	done, pending = wait(futures, return_when=FIRST_EXCEPTION)
	if pending and any(future.exception() for future in done):
		say("  …      a step failed; waiting for the others to end")
		wait(pending)
	for future in futures:
		future.result()


def code_fingerprint() -> str:
	"""Return a hash over the framework and the app: a site made from the same needs no migration."""
	return state.fingerprint(paths.REPO / paths.APP, suffixes=APP_SOURCES) + stamp_of()


def run_method(site_name: str, method: str, what: str, log: str, **arguments) -> object:
	"""Call a function of the app or the framework on a site and return its result (as JSON gives it).

	Args:
		site_name: the site.
		method: dotted path of the function.
		what: subject of the sentence if it fails.
		log: name of the log file.
	Raises:
		DevbenchError: the function failed.
	"""
	answer = paths.RUN / f"{log}.answer.json"
	answer.unlink(missing_ok=True)
	command = [paths.PYTHON, "-m", "devbench.inside", "call", site_name, method, json.dumps(arguments), answer]
	call(command, log, what, env=paths.tool_env(), cwd=paths.SITES)
	result = state.read_json(answer)
	answer.unlink(missing_ok=True)
	return result


"""The command line: what people type after `python3 -m devbench`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import traceback

from devbench import backup, bench_site, build, paths, pyenv, services, state, supervisor
from devbench.console import DevbenchError, call, elapsed, fail, say, shown, step

APP_SERVICES = ("web", "worker", "scheduler", "realtime")


def parser() -> argparse.ArgumentParser:
	"""Return the parser of all commands."""
	top = argparse.ArgumentParser(
		prog="python3 -m devbench", description="Builds a bench for this app on one machine and runs it."
	)
	top.add_argument("--debug", action="store_true", help="show where an error came from")
	commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

	def command(name: str, function, text: str, site: bool = True) -> argparse.ArgumentParser:
		one = commands.add_parser(name, help=text, description=text)
		one.set_defaults(function=function)
		if site:
			one.add_argument("--site", default=None, help="name of the site (default: the one that runs)")
		return one

	run = command("run", run_command, "Build what is missing and run the desk.")
	run.add_argument("--port", type=_port, help="port of the web server (8000)")
	run.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)")
	run.add_argument("--fresh", action="store_true", help="drop the site and begin with a new one")
	run.add_argument("--detach", action="store_true", help="return when everything runs; end it with `stop`")
	run.add_argument("--no-demo", action="store_true", help="make the site without demo data")

	test = command("test", test_command, "Build what is missing and run the tests on a throw-away site.", site=False)
	test.add_argument("--fresh", action="store_true", help="install the test site anew instead of using its copy")
	test.add_argument("--keep", action="store_true", help="keep the test site afterwards")
	test.add_argument("pytest", nargs="*", metavar="-- PYTEST ARGUMENTS", help="passed on to pytest")

	command("build", build_command, "Build what is missing, without running anything.", site=False)
	command("stop", stop_command, "Stop everything that runs in the background.", site=False)
	command("status", status_command, "Show what runs.", site=False)
	command("migrate", migrate_command, "Bring a site's database to the state of the code.")
	command("console", console_command, "Open a Python console with a site connected.")
	execute = command("execute", execute_command, "Call a function on a site and print its result as JSON.")
	execute.add_argument("method", help="dotted path, e.g. frappe.utils.now")
	execute.add_argument("--kwargs", default="{}", help="arguments as a JSON object")
	command("clear-cache", clear_cache_command, "Empty a site's caches.")
	save = command("backup", backup_command, "Write a site's database and files into a folder.")
	save.add_argument("--to", default=None, help="folder (default: the site's private/backups)")
	load = command("restore", restore_command, "Put a backup back into a site.")
	load.add_argument("file", help="the backup's database file, …-database.sql.gz")
	return top


def _port(text: str) -> int:
	port = int(text)
	if not 1 <= port <= 65535:
		raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
	return port


def main(arguments: list[str] | None = None) -> int:
	"""Run a command and return its exit status: 0, or not 0 after one clear sentence."""
	arguments = sys.argv[1:] if arguments is None else arguments
	rest: list[str] = []
	if "--" in arguments and "test" in arguments[: arguments.index("--")]:
		cut = arguments.index("--")
		arguments, rest = arguments[:cut], arguments[cut + 1 :]
	options = parser().parse_args(arguments)
	if options.command == "test":
		options.pytest = [*options.pytest, *rest]
	# being told to end is the same as Ctrl-C: clean up and go
	for number in (signal.SIGTERM, signal.SIGHUP):
		signal.signal(number, _interrupt)
	try:
		return options.function(options) or 0
	except (Exception, KeyboardInterrupt) as error:
		if options.debug:
			traceback.print_exc()
		return fail(error)


def _interrupt(*_) -> None:
	raise KeyboardInterrupt


def _site(options) -> str:
	return options.site or state.load().get("site") or paths.DEFAULT_SITE


def _require_build() -> None:
	if not pyenv.is_current() or not paths.FRAPPE.exists():
		build.build()


# ------------------------------------------------------------------------------------------------------- run


def run_command(options) -> int:
	"""Build, prepare the site and run everything; in the foreground until Ctrl-C, unless detached."""
	site = options.site or paths.DEFAULT_SITE if options.site else _site(options)
	running = services.is_wanted("web")
	remembered = state.load().get("ports", {}).get("run", {})
	port = options.port or (remembered.get("web") if running else None)
	if not running or port != remembered.get("web"):
		# before minutes of building, not after
		state.require_free(port or remembered.get("web") or state.PREFERRED["run"]["web"])
	say(f"devbench: building and running {site} in {shown(paths.HOME)}")
	build.build()
	ports = _ports_for_run(options, running)
	try:
		changed = _bring_up(site, ports, options, running)
	except BaseException:
		if not running:
			# what did not come up as a whole must not linger in parts
			services.unwant("run")
			services.wait_stopped("run")
		raise
	_announce(ports, site, running and not changed)
	if options.detach or running:
		say("It goes on in the background. End it with: python3 -m devbench stop")
		return 0
	return _stay()


def _bring_up(site: str, ports: dict[str, int], options, running: bool) -> bool:
	"""Start the services and prepare the site; return whether the code changed since they last ran."""
	with step("Database and Redis", announce=False):
		services.start_data_services(ports)
	services.write_common_config(ports, site)
	changed = _prepare_site(site, options)
	state.save(site=site)
	with step("Web server, workers, scheduler, realtime") as notes:
		services.want(services.app_specs(ports, site, options.host))
		if changed and running and services.restart(APP_SERVICES, ports, site):
			notes.append("restarted, because the code changed")
		services.wait_healthy(APP_SERVICES, ports, site)
	return changed


def _ports_for_run(options, running: bool) -> dict[str, int]:
	if not running and not services.is_wanted("redis_queue"):
		return state.ports("run", options.port, serving=True)
	ports = services.current_ports()
	if options.port and options.port != ports["web"]:
		state.require_free(options.port)
		ports = {**ports, "web": options.port}
		state.save(ports={**state.load()["ports"], "run": ports})
	return ports


def _prepare_site(site: str, options) -> bool:
	"""Prepare the site and return whether running services must be restarted to see it."""
	before = build.code_fingerprint(), state.stamp("served")
	if options.fresh and services.is_wanted("web"):
		services.unwant("run", APP_SERVICES)
		services.wait_names_stopped(APP_SERVICES)
	bench_site.prepare(site, demo=not options.no_demo, fresh=options.fresh)
	state.set_stamp("served", before[0])
	return before[0] != before[1]


def _announce(ports: dict[str, int], site: str, already: bool) -> None:
	url = services.web_url(ports)
	say()
	say(f"{'Already running' if already else 'Ready'} after {elapsed():.1f} s: {url}")
	say(f"  desk     {url}/app   (site {site})")
	say(f"  login    Administrator / {bench_site.ADMIN_PASSWORD}")
	for one in bench_site.logins(site):
		say(f"  login    {one.get('user')} / {one.get('password')}   {one.get('role', '')}".rstrip())
	say(f"  logs     {shown(paths.LOGS)}")


def _stay() -> int:
	"""Keep the command in the foreground and stop everything when it is ended."""
	say("Press Ctrl-C to stop.")
	try:
		while True:
			services.revive()
			if not services.is_wanted("web"):
				break
			time.sleep(0.5)
		say("Stopped by another command.")
	except KeyboardInterrupt:
		say("\nStopping …")
		services.unwant("run")
		services.wait_stopped("run")
		say("Stopped.")
	return 0


# -------------------------------------------------------------------------------------------- other commands


def test_command(options) -> int:
	"""Run the tests; the exit status is pytest's."""
	from devbench import testing

	return testing.run(options.pytest, fresh=options.fresh, keep=options.keep)


def build_command(_options) -> int:
	"""Install and build everything."""
	build.build()
	build.build_assets()
	say(f"Built after {elapsed():.1f} s.")
	return 0


def stop_command(_options) -> int:
	"""Stop all services, also those an earlier, killed supervisor left behind."""
	if supervisor.is_running():
		services.unwant()
		services.wait_stopped()
		say("Stopped.")
	else:
		supervisor.end_orphans()
		say("Nothing was running.")
	return 0


def status_command(_options) -> int:
	"""Print each service with its process number and restarts; the exit status tells whether the desk runs."""
	current = services.status()
	for name, one in sorted(current.items()):
		say(f"{name:18} {'pid ' + str(one['pid']) if one['pid'] else 'not running':14} restarts {one['restarts']}")
	if not current:
		say("Nothing is running.")
	return 0 if services.is_wanted("web") else 3


def migrate_command(options) -> int:
	"""Migrate a site and restart what runs its code."""
	site = _site(options)
	_require_build()
	with services.data_services() as ports:
		services.write_common_config(ports, state.load().get("site") or site)
		bench_site.migrate(site)
		build.build_assets()
		services.restart(("web", "worker", "scheduler"), ports, site)
	say(f"{site} is up to date.")
	return 0


def _inside(*arguments: str) -> list[str]:
	return [str(paths.PYTHON), "-m", "devbench.inside", *arguments]


def _on_site(site: str) -> None:
	if not (paths.site(site) / "site_config.json").exists():
		raise DevbenchError(f"There is no site {site}.", f"Make it with: python3 -m devbench run --site {site}")
	_require_build()


def console_command(options) -> int:
	"""Open a console on a site."""
	site = _site(options)
	_on_site(site)
	with services.data_services():
		# Ctrl-C belongs to the console, not to devbench
		signal.signal(signal.SIGINT, signal.SIG_IGN)
		return subprocess.run(
			_inside("console", site), cwd=paths.SITES, env={**os.environ, **paths.tool_env()}
		).returncode


def execute_command(options) -> int:
	"""Call a function on a site; what it prints and its result go to the terminal."""
	site = _site(options)
	try:
		if not isinstance(json.loads(options.kwargs), dict):
			raise ValueError("it is not an object")
	except ValueError as error:
		raise DevbenchError(
			f"--kwargs is not a JSON object: {error}.", 'Write it like this: --kwargs \'{"name": "value"}\''
		) from error
	_on_site(site)
	with services.data_services():
		return subprocess.run(
			_inside("call", site, options.method, options.kwargs),
			cwd=paths.SITES,
			env={**os.environ, **paths.tool_env()},
		).returncode


def clear_cache_command(options) -> int:
	"""Empty a site's caches."""
	site = _site(options)
	_on_site(site)
	with services.data_services():
		call(_inside("clear-cache", site), "clear-cache", "Clearing the cache", paths.tool_env(), paths.SITES)
	say(f"The caches of {site} are empty.")
	return 0


def backup_command(options) -> int:
	"""Back a site up and name the files."""
	site = _site(options)
	_on_site(site)
	with services.data_services():
		for path in backup.backup(site, options.to):
			say(str(path))
	return 0


def restore_command(options) -> int:
	"""Restore a site from a backup."""
	site = _site(options)
	backup.check_file(options.file)
	_require_build()
	with services.data_services() as ports:
		services.write_common_config(ports, state.load().get("site") or site)
		backup.restore(site, options.file)
		services.restart(("web", "worker", "scheduler"), ports, site)
	say(f"{site} was restored from {options.file}.")
	return 0

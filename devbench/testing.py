"""`python3 -m devbench test`: a throw-away site on a bench of its own, all services, pytest."""

from __future__ import annotations

import os
import shutil
import subprocess

from devbench import backup, bench_site, build, mariadb, paths, services, site, state
from devbench.console import elapsed, say, shown, step

#: No worker: tests start one when they need it. One that takes jobs at any moment would change records under
#: tests that count statements, and a test could not tell when its own job is done.
SERVICES = ("web", "scheduler", "realtime")
#: The freshly installed site, kept so that the next test run need not install it again.
SNAPSHOT = paths.CACHE / "test-site"


def run(arguments: list[str], fresh: bool = False, keep: bool = False) -> int:
	"""Build, make the test site, start its services, run pytest and drop the site.

	Args:
		arguments: passed on to pytest; without one that names a path all of `tests/` is run.
		fresh: install the site anew even if a copy of a fresh one is there.
		keep: leave the site in place afterwards.
	Returns:
		pytest's exit status.
	Raises:
		DevbenchError: the bench or the site could not be made.
	"""
	name = paths.TEST_SITE
	say(f"devbench: testing on {name}, a bench of its own in {shown(paths.BENCH)}")
	# apps that tests of an earlier run put into this bench are none of ours
	paths.APPS_TXT.unlink(missing_ok=True)
	build.build(for_tests=True)
	services.unwant("test")
	services.wait_stopped("test")
	services.prepare_bench()
	ports = state.ports("test")
	try:
		with step("Database and Redis", announce=False):
			services.start_data_services(ports, owned=True)
		_write_config(ports, name)
		_make_site(name, fresh)
		# the services must be able to import the app that the fidelity tests install on the site later
		site.link_app("devbench_probe", paths.REPO / "tests" / "apps" / "devbench_probe")
		with step("Web server, scheduler, realtime"):
			specs = services.app_specs(ports, name)
			services.want({one: specs[one] for one in SERVICES}, owned=True)
			services.wait_healthy(SERVICES, ports, name)
		return _pytest(arguments, name, ports)
	finally:
		services.unwant("test", SERVICES)
		services.wait_names_stopped(SERVICES)
		if not keep and paths.site(name).exists() and services.is_wanted("redis_queue"):
			bench_site.forget(name)
		services.unwant("test")
		services.wait_stopped("test")


def _write_config(ports: dict[str, int], name: str) -> None:
	config = services.write_common_config(ports, name)
	# tests wait for scheduled events: look for due ones every few seconds instead of every few minutes
	config.update(allow_tests=True, scheduler_tick_interval=5)
	state.write_json(paths.COMMON_CONFIG, config)


def _make_site(name: str, fresh: bool) -> None:
	code = build.code_fingerprint()
	bench_site.forget(name)
	if fresh or not _is_snapshot_of(code):
		bench_site.prepare(name, demo=False)
		with step("Copy of the fresh site for the next run", announce=False):
			_save_snapshot(name, code)
	else:
		bundles = bench_site.InBackground(build.build_assets)
		try:
			with step(f"Site {name} from the copy of a fresh one"):
				_load_snapshot(name)
		finally:
			bundles.finish()


def _is_snapshot_of(code: str) -> bool:
	saved = state.read_json(SNAPSHOT / "snapshot.json", {}) or {}
	return saved.get("code") == code


def _save_snapshot(name: str, code: str) -> None:
	shutil.rmtree(SNAPSHOT, ignore_errors=True)
	SNAPSHOT.mkdir(parents=True)
	config = state.read_json(paths.site(name) / "site_config.json")
	backup.dump(config["db_name"], SNAPSHOT / "database.sql.gz")
	shutil.copytree(paths.site(name), SNAPSHOT / "site", symlinks=True, ignore=shutil.ignore_patterns("logs", "locks"))
	# written last: without it the copy counts as half made
	state.write_json(SNAPSHOT / "snapshot.json", {"code": code})


def _load_snapshot(name: str) -> None:
	shutil.copytree(SNAPSHOT / "site", paths.site(name), symlinks=True)
	(paths.site(name) / "logs").mkdir(exist_ok=True)
	(paths.site(name) / "locks").mkdir(exist_ok=True)
	config = state.read_json(paths.site(name) / "site_config.json")
	database, user = config["db_name"], config.get("db_user") or config["db_name"]
	mariadb.sql(f"DROP DATABASE IF EXISTS `{database}`")
	mariadb.sql(f"CREATE OR REPLACE USER '{user}'@'%' IDENTIFIED BY '{config['db_password']}'")
	backup.load_dump(SNAPSHOT / "database.sql.gz", database)
	mariadb.sql(f"GRANT ALL PRIVILEGES ON `{database}`.* TO '{user}'@'%'")
	subprocess.run(
		[paths.PYTHON, "-m", "devbench.inside", "flush"], cwd=paths.SITES, env=site.environment(), check=True
	)


def _pytest(arguments: list[str], name: str, ports: dict[str, int]) -> int:
	tests = [] if _names_a_test(arguments) else ["tests/"]
	command = [str(paths.PYTHON), "-m", "pytest", *tests, "--bench", str(paths.BENCH), "--site", name, *arguments]
	say(f"Tests begin after {elapsed():.1f} s.")
	env = {
		**site.environment(),
		"SPM_URL": f"http://127.0.0.1:{ports['web']}",
		"SPM_ADMIN_PASSWORD": bench_site.ADMIN_PASSWORD,
		# the framework's own command line must find MariaDB's and Redis's programs for plain users too
		"PATH": os.environ.get("PATH", "") + os.pathsep + "/usr/sbin",
	}
	status = subprocess.run(command, cwd=paths.REPO, env=env).returncode
	say(f"devbench: tests {'passed' if status == 0 else f'ended with status {status}'} after {elapsed():.1f} s.")
	return status


def _names_a_test(arguments: list[str]) -> bool:
	return any((paths.REPO / argument.split("::")[0]).exists() for argument in arguments if not argument.startswith("-"))

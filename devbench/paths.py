"""Every path devbench uses, in one place.

All of them lie below ``.devbench/`` in the root of the repository (or below ``$DEVBENCH_HOME``,
which the tests of devbench use so that they never touch a developer's own bench).
"""

from __future__ import annotations

import os
from pathlib import Path

#: The repository: the folder that holds ``devbench/`` and ``sales_crm_pm/``.
REPO = Path(__file__).resolve().parent.parent
#: The source of devbench itself.
SOURCE = Path(__file__).resolve().parent

HOME = Path(os.environ.get("DEVBENCH_HOME") or REPO / ".devbench").resolve()

APP = "sales_crm_pm"
DEFAULT_SITE = "sales.localhost"
TEST_SITE = "test.localhost"

ENV = HOME / "env"
PYTHON = ENV / "bin" / "python"
CACHE = HOME / "cache"
STAMPS = HOME / "stamps"
STATE = HOME / "state.json"
LOCKS = HOME / "locks"

#: `run` and `test` have a bench each, so that tests never touch the bench (its Redis, its sites, its list of
#: apps) somebody works in. They share the environment, the restored framework, the assets and MariaDB.
#: `DEVBENCH_STACK` is read once, when this module is imported.
STACK = os.environ.get("DEVBENCH_STACK") or "run"
MAIN_BENCH = HOME / "bench"
BENCH = MAIN_BENCH if STACK == "run" else HOME / f"{STACK}-bench"
APPS = MAIN_BENCH / "apps"
#: The restored framework: its source folder (the parent of the package) and the package itself.
FRAPPE_SOURCE = APPS / "frappe"
FRAPPE = FRAPPE_SOURCE / "frappe"
SITES = BENCH / "sites"
ASSETS = MAIN_BENCH / "sites" / "assets"
APPS_TXT = SITES / "apps.txt"
COMMON_CONFIG = SITES / "common_site_config.json"
BENCH_LOGS = BENCH / "logs"

#: npm packages of the asset build and of the realtime server (one install serves both).
NODE = HOME / "node"
NODE_MODULES = NODE / "node_modules"

DB = HOME / "db"
DB_DATA = DB / "data"
REDIS = HOME / "redis" / STACK

#: Pid files, sockets and logs of everything devbench starts.
RUN = HOME / "run"
LOGS = RUN / "logs"
PIDS = RUN / "pids"

REQUIREMENTS = SOURCE / "requirements.txt"


def site(name: str) -> Path:
	"""Return the folder of the site ``name``."""
	return SITES / name


def db_socket() -> Path:
	"""Return MariaDB's private socket.

	A unix socket's path may have about 107 bytes at most, so a repository in a very deep folder gets its
	socket in the folder for temporary files instead, under a name made from the path of this bench.
	"""
	return short_socket("db.sock")


def short_socket(name: str) -> Path:
	"""Return a path for the unix socket ``name`` that is short enough for the operating system."""
	path = RUN / name
	if len(os.fsencode(path)) <= 100:
		return path
	import hashlib
	import tempfile

	digest = hashlib.sha256(os.fsencode(HOME)).hexdigest()[:12]
	folder = Path(tempfile.gettempdir()) / f"devbench-{os.getuid()}-{digest}"
	folder.mkdir(mode=0o700, exist_ok=True)
	return folder / name


def tool_env() -> dict[str, str]:
	"""Return environment variables every program of the bench is started with."""
	return {
		"PYTHONPATH": os.pathsep.join((str(FRAPPE_SOURCE), str(REPO), str(SOURCE / "python"))),
		"SITES_PATH": str(SITES),
		"FRAPPE_BENCH_ROOT": str(BENCH),
	}

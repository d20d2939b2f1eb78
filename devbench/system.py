"""Debian packages and programs: what the bench needs, what is missing, and installing it when allowed."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from devbench import paths
from devbench.console import DevbenchError, call, step

#: Debian package -> a program or shared library that shows that it is there already (from wherever).
#: The MariaDB packages are the ones without a service of the system: devbench runs a server of its own.
RUN_PACKAGES = {
	"mariadb-server-core": "mariadbd",
	"mariadb-client": "mariadb-dump",
	"redis-server": "redis-server",
	"libpango-1.0-0": "libpango-1.0.so.0",
	"libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
	"libharfbuzz-subset0": "libharfbuzz-subset.so.0",
	"fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
	"fonts-wqy-microhei": "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
}
TEST_PACKAGES = {"chromium": "chromium"}

MIN_PYTHON = (3, 11)
MIN_NODE = 20
#: A first build takes about 2.5 GB with everything.
MIN_FREE_BYTES = 3 * 1024**3

_SBIN = ("/usr/sbin", "/usr/local/sbin", "/sbin")
_LIBRARIES = ("/usr/lib", "/usr/local/lib", "/lib")


def program(name: str) -> str | None:
	"""Return the path of a program, looking into the system folders that plain users lack in PATH too."""
	found = shutil.which(name)
	if found:
		return found
	for folder in _SBIN:
		path = Path(folder) / name
		if os.access(path, os.X_OK):
			return str(path)
	return None


def _is_present(sign: str) -> bool:
	if sign.startswith("/"):
		return Path(sign).exists()
	if ".so" in sign:
		return any(next(Path(root).glob(f"**/{sign}"), None) for root in _LIBRARIES if Path(root).exists())
	return program(sign) is not None


def has_venv() -> bool:
	"""Return whether this Python can make environments with pip (Debian splits that off)."""
	return bool(importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"))


def missing_packages(for_tests: bool = False) -> list[str]:
	"""Return the Debian packages that are needed and not there."""
	wanted = {**RUN_PACKAGES, **(TEST_PACKAGES if for_tests else {})}
	missing = [package for package, sign in wanted.items() if not _is_present(sign)]
	if not has_venv():
		missing.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
	return missing


def check_machine() -> None:
	"""Refuse a machine the bench cannot be built on.

	Raises:
		DevbenchError: Python, Node or npm is missing or too old, or the disk is nearly full.
	"""
	if sys.version_info < MIN_PYTHON:
		raise DevbenchError(
			f"Python {sys.version.split()[0]} is too old: devbench needs Python 3.11 or newer.",
			"Install it and start devbench with it, e.g. python3.11 -m devbench run",
		)
	node = shutil.which("node")
	if not node:
		raise DevbenchError(
			"The program node is missing.", f"Install Node.js {MIN_NODE} or newer and run the command again."
		)
	version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
	major = re.match(r"v(\d+)", version)
	if not major or int(major[1]) < MIN_NODE:
		raise DevbenchError(
			f"Node.js {version or 'of unknown version'} is too old: devbench needs version {MIN_NODE} or newer.",
			"Install a newer one and run the command again.",
		)
	if not shutil.which("npm"):
		raise DevbenchError("The program npm is missing.", "Install it and run the command again.")


def check_disk() -> None:
	"""Refuse to begin a build that would fill the disk.

	Raises:
		DevbenchError: too little free space.
	"""
	paths.HOME.mkdir(parents=True, exist_ok=True)
	free = shutil.disk_usage(paths.HOME).free
	if free < MIN_FREE_BYTES:
		raise DevbenchError(
			f"The disk is nearly full: {free / 1024**3:.1f} GB are free, a build needs {MIN_FREE_BYTES / 1024**3:.0f} GB.",
			"Free some space and run the command again.",
		)


def check_packages(for_tests: bool = False) -> list[str]:
	"""Return the Debian packages that are to be installed, if this user may do that.

	Args:
		for_tests: also what the browser tests need.
	Raises:
		DevbenchError: packages are missing and cannot be installed by this user or on this system.
	"""
	missing = missing_packages(for_tests)
	listed = " ".join(missing)
	if not missing:
		return []
	if not shutil.which("apt-get"):
		raise DevbenchError(
			f"These packages are missing: {listed}.",
			"This is no Debian system, so install what corresponds to them and run the command again.",
		)
	if os.geteuid() != 0:
		raise DevbenchError(
			f"These Debian packages are missing: {listed}.",
			f"Install them once as root: apt-get install --no-install-recommends {listed}",
		)
	return missing


def install_packages(for_tests: bool = False) -> bool:
	"""Install the Debian packages that are missing.

	Args:
		for_tests: also what the browser tests need.
	Returns:
		whether something was installed.
	Raises:
		DevbenchError: they cannot be installed.
	"""
	missing = check_packages(for_tests)
	if not missing:
		return False
	apt = shutil.which("apt-get")
	with step(f"Debian packages ({' '.join(missing)})"), _no_services_started():
		if _lists_are_old():
			_update(apt)
		try:
			_install(apt, missing)
		except DevbenchError:
			# lists older than the archive name files that are gone: fetch them once more, then give up
			_update(apt)
			_install(apt, missing)
	still = missing_packages(for_tests)
	if still:
		raise DevbenchError(
			f"These Debian packages were installed but do not provide what is needed: {' '.join(still)}.",
			"Check the installation with apt-get install --reinstall and run the command again.",
		)
	return True


_APT_ENV = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8", "NEEDRESTART_MODE": "l"}
_APT_OPTIONS = ["-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=30", "-o", "DPkg::Lock::Timeout=180"]


def _update(apt: str) -> None:
	# one unreachable foreign source must not stop us: apt only warns, and the installation decides
	try:
		call([apt, "update", "-q", *_APT_OPTIONS], "apt-update", "Reading Debian's package lists", _APT_ENV)
	except DevbenchError as error:
		if "full" in error.sentence:
			raise


def _install(apt: str, packages: list[str]) -> None:
	command = [apt, "install", "-q", "-y", "--no-install-recommends", *_APT_OPTIONS]
	command += ["-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold", *packages]
	call(command, "apt-install", "Installing the Debian packages", _APT_ENV)


def _lists_are_old() -> bool:
	lists = [path for path in Path("/var/lib/apt/lists").glob("*_Packages*") if path.is_file()]
	if not lists:
		return True
	return time.time() - max(path.stat().st_mtime for path in lists) > 24 * 3600


@contextmanager
def _no_services_started():
	"""Keep freshly installed packages from starting services of the system, now and at the next boot.

	The rule file is Debian's own means for that. It is put there only while installing, and only if the
	machine has no rule of its own. A service of the system that exists already is never touched.
	"""
	rule = Path("/usr/sbin/policy-rc.d")
	had_redis = program("redis-server") is not None
	made = not rule.exists()
	if made:
		rule.write_text("#!/bin/sh\nexit 101\n")
		rule.chmod(0o755)
	try:
		yield
	finally:
		if made:
			rule.unlink(missing_ok=True)
		if not had_redis and program("redis-server") and shutil.which("systemctl"):
			subprocess.run(["systemctl", "disable", "redis-server"], capture_output=True)

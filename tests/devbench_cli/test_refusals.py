"""What cannot work is refused with one clear sentence, a remedy and a status that is not 0."""

from __future__ import annotations

import os
import socket
import zipfile
from pathlib import Path

from tests.devbench_cli.conftest import one_sentence

NO_REGISTRY = {
	"PIP_CONFIG_FILE": os.devnull,
	"PIP_INDEX_URL": "http://127.0.0.1:9/simple",
	"PIP_EXTRA_INDEX_URL": "",
	"PIP_FIND_LINKS": "",
	"PIP_DEFAULT_TIMEOUT": "5",
	"PIP_NO_CACHE_DIR": "1",
}


def test_busy_port_is_named_before_anything_is_built(devbench):
	with socket.socket() as other:
		other.bind(("127.0.0.1", 0))
		other.listen()
		port = other.getsockname()[1]
		sentence = one_sentence(devbench.run("run", "--port", str(port)))
	assert f"Port {port} is in use" in sentence
	assert f"--port {port + 1}" in sentence
	assert not (devbench.home / "env").exists()
	assert not (devbench.home / "db").exists()


def test_missing_debian_package_without_root_names_the_command(devbench):
	code = """
import os, sys
os.geteuid = lambda: 1000
from devbench import system
system.RUN_PACKAGES = {"no-such-package": "no-such-program"}
from devbench.cli import main
sys.exit(main(["build"]))
"""
	sentence = one_sentence(devbench.script(code))
	assert "no-such-package" in sentence
	assert "apt-get install" in sentence


def test_missing_node_is_named(devbench):
	empty = devbench.home / "bin"
	empty.mkdir()
	sentence = one_sentence(devbench.run("build", PATH=str(empty)))
	assert "node is missing" in sentence and "Node.js 20" in sentence


def test_old_node_is_refused(devbench):
	folder = devbench.home / "bin"
	folder.mkdir()
	fake = folder / "node"
	fake.write_text("#!/bin/sh\necho v16.20.0\n")
	fake.chmod(0o755)
	sentence = one_sentence(devbench.run("build", PATH=str(folder)))
	assert "v16.20.0 is too old" in sentence


def test_unreachable_python_registry_leaves_no_finished_environment(devbench):
	code = """
import sys
from devbench import console, pyenv
try:
	pyenv.build()
except Exception as error:
	sys.exit(console.fail(error))
"""
	sentence = one_sentence(devbench.script(code, **NO_REGISTRY))
	assert "registry cannot be reached" in sentence and "network" in sentence
	assert not (devbench.home / "stamps" / "env").exists()


def test_corrupt_download_of_the_framework_is_not_used(devbench, tmp_path):
	# a well-formed package of the right name whose content is not the pinned one
	wheel = tmp_path / "monoframe-0.0.1-py3-none-any.whl"
	with zipfile.ZipFile(wheel, "w") as archive:
		archive.writestr("monoframe/__init__.py", "raise SystemExit('never run me')\n")
		archive.writestr("monoframe-0.0.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: monoframe\nVersion: 0.0.1\n")
		archive.writestr("monoframe-0.0.1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
		archive.writestr("monoframe-0.0.1.dist-info/RECORD", "")
	code = """
import sys
from devbench import console, paths
from devbench.restore import fetch, restore
try:
	restore(fetch.fetch(paths.CACHE, sys.executable), paths.FRAPPE_SOURCE)
except Exception as error:
	sys.exit(console.fail(error))
"""
	env = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}
	sentence = one_sentence(devbench.script(code, **env))
	assert "corrupt" in sentence and "again" in sentence
	assert not list((devbench.home / "cache").glob("*.whl"))
	assert not (devbench.home / "bench" / "apps" / "frappe" / "frappe").exists()


def test_nearly_full_disk_is_refused_before_the_build(devbench):
	code = """
import collections, shutil, sys
usage = collections.namedtuple("usage", "total used free")
shutil.disk_usage = lambda path: usage(10**10, 10**10, 5 * 10**7)
from devbench.cli import main
sys.exit(main(["build"]))
"""
	sentence = one_sentence(devbench.script(code))
	assert "disk is nearly full" in sentence and "Free some space" in sentence
	assert not (devbench.home / "env").exists()


def test_disk_that_fills_up_while_a_program_runs_is_told(devbench):
	code = """
import sys
from pathlib import Path
from devbench import console
console.log_path = lambda name: Path("/dev/full")
try:
	console.call(["true"], "x", "The step")
except Exception as error:
	sys.exit(console.fail(error))
"""
	assert "disk is full" in one_sentence(devbench.script(code))


def test_output_of_a_program_names_the_cause(devbench):
	from devbench.console import explain

	cases = {
		"npm error code EINTEGRITY": "corrupt",
		"E: Failed to fetch x  Hash Sum mismatch": "corrupt",
		"Temporary failure resolving 'deb.example'": "cannot be reached",
		"npm error code ENOTFOUND": "cannot be reached",
		"OSError: [Errno 28] No space left on device": "disk is full",
		"E: Could not get lock /var/lib/dpkg/lock-frontend": "another program",
		"E: Unable to locate package mariadb-server-core": "package lists",
	}
	for output, cause in cases.items():
		error = explain("The step", output, Path("x.log"))
		assert cause in error.sentence, output
		assert error.remedy
	assert "boom happened" in explain("The step", "first\nsome error: boom happened\n", Path("x.log")).sentence


def test_arguments_that_are_no_json_object(devbench):
	sentence = one_sentence(devbench.run("execute", "frappe.utils.now", "--kwargs", "[1"))
	assert "not a JSON object" in sentence


def test_command_on_a_site_that_does_not_exist(devbench):
	sentence = one_sentence(devbench.run("execute", "frappe.utils.now", "--site", "nowhere.localhost"))
	assert "There is no site nowhere.localhost" in sentence and "run --site nowhere.localhost" in sentence


def test_nothing_to_stop_is_no_error(devbench):
	result = devbench.run("stop")
	assert result.returncode == 0
	assert "Nothing was running" in result.stdout

"""The npm packages of the bench and the bundles of its apps.

The work is done by ``build.js`` in this folder; this module installs what it needs, runs it and turns its
failures into one sentence with a remedy.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from devbench import paths
from devbench.console import DevbenchError

SOURCE = Path(__file__).resolve().parent
MINIMUM_NODE = 18

Progress = Callable[[str], object]


class AssetsError(DevbenchError):
	"""Building the assets failed."""


def node_environment() -> dict[str, str]:
	"""Return the environment for programs that use the bench's npm packages (the build, realtime)."""
	return {**os.environ, "DEVBENCH_HOME": str(paths.HOME), "DEVBENCH_NODE_HOME": str(paths.NODE)}


def check_node() -> None:
	"""Make sure that Node.js and npm are there and new enough.

	Raises:
		AssetsError: when one is missing or too old.
	"""
	remedy = f"Install Node.js {MINIMUM_NODE} or newer together with npm."
	for program in ("node", "npm"):
		if not shutil.which(program):
			raise AssetsError(f"The program {program} is missing.", remedy)
	answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()
	major = answer.lstrip("v").split(".")[0]
	if not major.isdigit() or int(major) < MINIMUM_NODE:
		raise AssetsError(f"Node.js {answer or 'of an unknown version'} is too old.", remedy)


def install_packages(force: bool = False, progress: Progress = lambda line: None) -> bool:
	"""Install the locked npm packages into the build folder unless they are there already.

	It needs nothing else of the bench, so it may run beside other installation steps.

	Args:
		force: install even when the packages are up to date.
		progress: called with a line of text when there is something to tell.

	Returns:
		Whether anything was installed.

	Raises:
		AssetsError: when npm cannot do it; nothing half-made is taken for complete afterwards.
	"""
	check_node()
	lock = (SOURCE / "package-lock.json").read_bytes() + (SOURCE / "package.json").read_bytes()
	digest = hashlib.sha256(lock).hexdigest()
	stamp = paths.NODE / "installed"
	if not force and paths.NODE_MODULES.is_dir() and stamp.is_file() and stamp.read_text() == digest:
		return False
	paths.NODE.mkdir(parents=True, exist_ok=True)
	stamp.unlink(missing_ok=True)
	for name in ("package.json", "package-lock.json"):
		shutil.copyfile(SOURCE / name, paths.NODE / name)
	progress("installing the npm packages of the desk")
	# Install scripts are not needed: esbuild's program comes as a package of its own.
	flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=2"]
	flags += ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
	result = subprocess.run(
		["npm", "ci", *flags], cwd=paths.NODE, capture_output=True, text=True, check=False
	)
	if result.returncode:
		raise _explain_npm(result.stderr + result.stdout)
	stamp.write_text(digest)
	return True


def _explain_npm(output: str) -> AssetsError:
	"""Turn npm's output into a sentence and a remedy."""
	network = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH", "ERR_SOCKET")
	if "ENOSPC" in output:
		return AssetsError(
			"The disk is full: the npm packages could not be unpacked.",
			"Free about 500 MB and run the command again.",
		)
	if "EINTEGRITY" in output:
		return AssetsError(
			"A downloaded npm package differs from its locked hash.",
			"Run `npm cache clean --force` and try again; if it stays, the registry serves altered packages.",
		)
	if any(word in output for word in network):
		return AssetsError(
			"The npm registry cannot be reached.",
			"Check the network and `npm config get registry`, then run the command again.",
		)
	lines = [line for line in output.splitlines() if "npm warn" not in line.lower() and line.strip()]
	return AssetsError("npm could not install the packages of the desk.", "\n".join(lines[-12:]))


def build_assets(
	force: bool = False,
	progress: Progress = lambda line: None,
	apps: list[str] | None = None,
	sourcemaps: bool = False,
) -> None:
	"""Install the npm packages if needed and build every bundle that is not up to date.

	Args:
		force: build bundles that have not changed too.
		progress: called with a line of text for each step.
		apps: only these apps of ``apps.txt``; all of them without it.
		sourcemaps: put source maps into the scripts.

	Raises:
		AssetsError: when Node.js or npm fails or a source does not compile; the bundles of the build
			before stay in place.
	"""
	install_packages(progress=progress)
	link_framework()
	command = ["node", str(SOURCE / "build.js"), "--sites", str(paths.SITES)]
	command += ["--force"] * force + ["--sourcemaps"] * sourcemaps
	if apps:
		command += ["--apps", ",".join(apps)]
	result = subprocess.run(command, env=node_environment(), capture_output=True, text=True, check=False)
	for line in result.stdout.splitlines():
		progress(line)
	if result.returncode:
		output = result.stderr.strip()
		if "ENOSPC" in output:
			raise AssetsError(
				"The disk is full: the bundles could not be written.", "Free some space and try again."
			)
		raise AssetsError("The scripts and styles of the desk could not be built.", output)


def link_framework() -> None:
	"""Put into the framework's source folder what it expects there: npm packages and two scripts."""
	link = paths.FRAPPE_SOURCE / "node_modules"
	if not link.is_symlink() or os.readlink(link) != str(paths.NODE_MODULES):
		if link.is_symlink() or link.is_file():
			link.unlink()
		elif link.is_dir():
			shutil.rmtree(link)
		link.symlink_to(paths.NODE_MODULES)
	content = {
		"package.json": (SOURCE / "package.json").read_text(),
		# Run by the framework when a Website Theme is saved.
		"generate_bootstrap_theme.js": _entry("theme.js"),
		# Run by `frappe.build.bundle`.
		"build_bundles.js": _entry("build.js"),
	}
	for name, text in content.items():
		target = paths.FRAPPE_SOURCE / name
		if not target.is_file() or target.read_text() != text:
			target.write_text(text)


def _entry(script: str) -> str:
	"""Return the text of a script for the framework's folder that runs one of ours."""
	return (
		f"process.env.DEVBENCH_NODE_HOME = {json.dumps(str(paths.NODE))};\n"
		f"require({json.dumps(str(SOURCE / script))}).main();\n"
	)

"""The Python environment of the bench: a venv with the pinned packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from devbench import paths, state
from devbench.console import DevbenchError, call, log_path, step

#: A fast installer from the same registry; pip takes its place wherever it cannot be used.
UV = "uv==0.13.8"
_PIP = ["-m", "pip", "--disable-pip-version-check", "--no-input"]
_IMPATIENT = ["--retries", "2", "--timeout", "30"]


def wanted() -> str:
	"""Return the stamp of an environment that is up to date."""
	version = ".".join(map(str, sys.version_info[:3]))
	return f"{version} {sys.executable} {state.fingerprint(paths.REQUIREMENTS)}"


def is_current() -> bool:
	"""Return whether the environment has exactly the pinned packages."""
	return paths.PYTHON.exists() and state.stamp("env") == wanted()


def build() -> bool:
	"""Make or renew the environment.

	It is built in place, because its scripts hold their own path; the stamp is set last, so an interrupted
	build is thrown away by the next run.

	Returns:
		whether something was done.
	Raises:
		DevbenchError: the packages cannot be installed.
	"""
	if is_current():
		return False
	lines = [line for line in paths.REQUIREMENTS.read_text().splitlines() if line and not line.startswith("#")]
	with step(f"Python packages ({len(lines)} pinned)"):
		state.set_stamp("env", None)
		if not _is_usable():
			shutil.rmtree(paths.ENV, ignore_errors=True)
			call([sys.executable, "-m", "venv", paths.ENV], "env-venv", "Making the Python environment")
		_install()
		call([paths.PYTHON, *_PIP, "check"], "env-check", "Checking the Python environment")
	state.set_stamp("env", wanted())
	return True


def _is_usable() -> bool:
	"""Return whether there is an environment of this very Python that packages can be added to."""
	if not paths.PYTHON.exists():
		return False
	check = "import sys, pip; print('%d.%d.%d' % sys.version_info[:3])"
	result = subprocess.run([paths.PYTHON, "-c", check], capture_output=True, text=True)
	return result.returncode == 0 and result.stdout.strip() == ".".join(map(str, sys.version_info[:3]))


def _install() -> None:
	what = "Installing the Python packages"
	if not os.environ.get("DEVBENCH_NO_UV"):
		try:
			quiet = [paths.PYTHON, *_PIP, "install", "-q", "--no-compile", *_IMPATIENT]
			call([*quiet, UV], "env-uv", what)
			call(_uv_command(), "env-packages-fast", what, {"UV_CACHE_DIR": str(paths.CACHE / "uv")})
			return
		except DevbenchError as error:
			# pip understands every setting of this machine; a failure of the network or disk is final
			if any(sign in error.sentence for sign in ("disk is full", "cannot be reached")):
				raise
	command = [paths.PYTHON, *_PIP, "install", "-q", "--no-deps", "--no-compile", *_IMPATIENT]
	call([*command, "-r", paths.REQUIREMENTS], "env-packages", what)


def _uv_command() -> list[str]:
	"""Return the fast installer's command line with the settings pip has on this machine."""
	command = [str(paths.ENV / "bin" / "uv"), "pip", "install", "--python", str(paths.PYTHON), "--no-deps"]
	config = _pip_config()
	if index := config.get("index-url"):
		command += ["--default-index", index]
	for extra in config.get("extra-index-url", "").split():
		if extra.startswith("http"):
			command += ["--index", extra]
	for links in config.get("find-links", "").split():
		command += ["--find-links", links]
	for host in config.get("trusted-host", "").split():
		command += ["--allow-insecure-host", host]
	if "no-index" in config:
		command.append("--no-index")
	return [*command, "-r", str(paths.REQUIREMENTS)]


def _pip_config() -> dict[str, str]:
	"""Return pip's settings from its files and from the environment, as pip itself reports them."""
	listed = subprocess.run([paths.PYTHON, *_PIP, "config", "list"], capture_output=True, text=True).stdout
	config: dict[str, str] = {}
	for line in listed.splitlines():
		key, _, value = line.partition("=")
		name = key.split(".", 1)[-1]
		config[name] = value.strip().strip("'\"").replace("\\n", " ")
	with open(log_path("env-config"), "w") as stream:
		stream.write("\n".join(sorted(config)) + "\n")
	return config

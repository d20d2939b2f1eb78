"""Fetching the pinned package the framework is restored from."""

import hashlib
import subprocess
import sys
from pathlib import Path

from devbench.restore.errors import RestoreError

PACKAGE = "monoframe"
VERSION = "0.0.1"
WHEEL_NAME = f"{PACKAGE}-{VERSION}-py3-none-any.whl"
WHEEL_SHA256 = "192e1430290ba868e515186a1e21bbdc7190a66fffbfaf35d5296bfca83a70ca"


def file_sha256(path: Path) -> str:
	"""Return the sha256 of a file as hex digits."""
	digest = hashlib.sha256()
	with open(path, "rb") as stream:
		for block in iter(lambda: stream.read(1 << 20), b""):
			digest.update(block)
	return digest.hexdigest()


def verify(wheel: Path, expected: str = WHEEL_SHA256) -> Path:
	"""Return `wheel` if its content is the pinned one.

	Raises RestoreError naming the remedy if the file is missing or its hash differs.
	"""
	if not wheel.is_file():
		raise RestoreError(f"The framework package {wheel.name} was not found.", "Check the --wheel path.")
	found = file_sha256(wheel)
	if found != expected:
		raise RestoreError(
			f"The framework package {wheel.name} is corrupt: its sha256 is {found[:12]}…, not {expected[:12]}….",
			"Delete the file and run the command again to download it afresh.",
		)
	return wheel


def fetch(cache: Path, python: str | Path = sys.executable) -> Path:
	"""Return the pinned wheel from `cache`, downloading it with pip when it is not there.

	Args:
		cache: folder that keeps downloads.
		python: interpreter whose pip is used.
	Raises:
		RestoreError: the registry cannot be reached, or the downloaded file is not the pinned one.
	"""
	cache.mkdir(parents=True, exist_ok=True)
	wheel = cache / WHEEL_NAME
	if wheel.is_file():
		try:
			return verify(wheel)
		except RestoreError:
			# an interrupted download of an earlier run: fetch it again, once
			wheel.unlink()
	command = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
	command += ["--only-binary", ":all:", "--dest", str(cache), f"{PACKAGE}=={VERSION}"]
	result = subprocess.run(command, capture_output=True, text=True)
	if result.returncode:
		reason = (result.stderr.strip().splitlines() or ["pip gave no reason"])[-1]
		raise RestoreError(
			f"The framework package could not be downloaded: {reason}",
			"Check the connection to the Python package registry and run the command again.",
		)
	try:
		return verify(wheel)
	except RestoreError:
		wheel.unlink(missing_ok=True)
		raise

"""What devbench says: one line per step with its seconds, and one clear sentence when something fails."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from devbench import paths

_began = time.monotonic()
_lock = threading.Lock()


class DevbenchError(Exception):
	"""A failure the person can act upon.

	Attributes:
		sentence: what went wrong, as one sentence.
		remedy: what to do about it, as one sentence.
	"""

	def __init__(self, sentence: str, remedy: str = ""):
		super().__init__(f"{sentence} {remedy}".strip())
		self.sentence = sentence
		self.remedy = remedy


def say(text: str = "", error: bool = False) -> None:
	"""Print `text` as one piece, also when several steps run at the same time."""
	with _lock:
		print(text, file=sys.stderr if error else sys.stdout, flush=True)


def elapsed() -> float:
	"""Return the seconds since devbench was started."""
	return time.monotonic() - _began


@contextmanager
def step(what: str, announce: bool = True):
	"""Print that a step begins and, when it ends, how long it took.

	Args:
		what: the step, as a noun phrase ("Python packages").
		announce: print a line at the beginning too (left out for steps that are mostly instant).
	Yields:
		a list; strings appended to it are printed behind the step's name when it ends.
	"""
	if announce:
		say(f"  …      {what}")
	began = time.monotonic()
	notes: list[str] = []
	yield notes
	took = time.monotonic() - began
	note = f": {', '.join(notes)}" if notes else ""
	say(f"  ok {took:6.1f} s  {what}{note}")


def log_path(name: str) -> Path:
	"""Return the file the output of the step `name` is kept in."""
	paths.LOGS.mkdir(parents=True, exist_ok=True)
	return paths.LOGS / f"{name}.log"


def call(
	command: list[str],
	log: str,
	what: str,
	env: dict[str, str] | None = None,
	cwd: Path | None = None,
	timeout: float | None = None,
) -> str:
	"""Run a program with its output in a log file and return that output.

	Args:
		command: the program and its arguments.
		log: name of the log file.
		what: what the program does, as the subject of a sentence ("Installing the Python packages").
		env: variables added to the environment.
		cwd: folder to run it in.
		timeout: seconds after which it counts as failed.
	Raises:
		DevbenchError: the program is missing, failed, or took too long; known causes get their remedy.
	"""
	path = log_path(log)
	try:
		with open(path, "w+", errors="replace") as output:
			output.write("$ " + " ".join(map(str, command)) + "\n")
			output.flush()
			result = subprocess.run(
				[str(part) for part in command],
				stdin=subprocess.DEVNULL,
				stdout=output,
				stderr=subprocess.STDOUT,
				env={**os.environ, **(env or {})},
				cwd=cwd,
				timeout=timeout,
			)
			output.seek(0)
			text = output.read()
	except FileNotFoundError as error:
		raise DevbenchError(
			f"The program {command[0]} is missing.", "Install it and run the command again."
		) from error
	except subprocess.TimeoutExpired as error:
		raise DevbenchError(
			f"{what} did not finish within {timeout:.0f} seconds.", f"The output is in {shown(path)}."
		) from error
	except OSError as error:
		raise from_os_error(error) from error
	if result.returncode:
		raise explain(what, text, path)
	return text


#: What programs print for the failures people meet most, and what to tell them.
_CAUSES = (
	(
		("No space left on device", "ENOSPC", "You don't have enough free space", "Errcode: 28"),
		"the disk is full",
		"Free at least 4 GB and run the command again.",
	),
	(
		(
			"Hash Sum mismatch",
			"EINTEGRITY",
			"DO NOT MATCH THE HASHES",
			"Hash mismatch",
			"hash mismatch",
			"checksum",
			"BadZipFile",
			"is not a valid wheel",
		),
		"a downloaded file is corrupt (its hash differs from the pinned one)",
		"Run the command again to download it afresh; if it happens again, check the registry or proxy in use.",
	),
	(
		(
			"Temporary failure resolving",
			"Temporary failure in name resolution",
			"Could not resolve",
			"Name or service not known",
			"dns error",
			"Failed to establish a new connection",
			"Could not connect to",
			"Unable to connect to",
			"Failed to fetch",
			"error sending request",
			"Connection refused",
			"ECONNREFUSED",
			"ECONNRESET",
			"ENOTFOUND",
			"EAI_AGAIN",
			"ETIMEDOUT",
			"ConnectTimeout",
			"Network is unreachable",
			"Read timed out",
			"timed out",
		),
		"the package registry cannot be reached",
		"Check the network connection and the proxy settings, then run the command again.",
	),
	(
		("Could not get lock", "Unable to lock", "is another process using it"),
		"another program is installing packages",
		"Wait until it has finished and run the command again.",
	),
	(
		("Unable to locate package", "has no installation candidate"),
		"Debian's package lists do not have a package that is needed",
		"Check the sources of apt and run the command again.",
	),
)


def explain(what: str, output: str, log: Path) -> DevbenchError:
	"""Return the error for a program that failed, naming the cause if its output shows a known one."""
	for signs, cause, remedy in _CAUSES:
		if any(sign in output for sign in signs):
			return DevbenchError(f"{what} failed: {cause}.", f"{remedy} (Details: {shown(log)})")
	lines = [line.strip() for line in output.splitlines() if line.strip() and not line.startswith("$ ")]
	reason = next(
		(line for line in reversed(lines) if "error" in line.lower()), lines[-1] if lines else "no reason given"
	)
	return DevbenchError(f"{what} failed: {reason[:300].rstrip('.')}.", f"The whole output is in {shown(log)}.")


def from_os_error(error: OSError) -> DevbenchError:
	"""Return the sentence for an error of the operating system."""
	if error.errno in (errno.ENOSPC, errno.EDQUOT):
		return DevbenchError("The disk is full.", "Free at least 4 GB and run the command again.")
	if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
		return DevbenchError(
			f"{error.filename or 'A file'} cannot be written: {error.strerror}.",
			"Run the command as the owner of this folder.",
		)
	where = f" ({error.filename})" if error.filename else ""
	return DevbenchError(
		f"The operating system reported: {error.strerror or error}{where}.", "Mend that and run the command again."
	)


def shown(path: Path) -> str:
	"""Return `path` as people see it: relative to the repository where possible."""
	try:
		return str(Path(path).relative_to(paths.REPO))
	except ValueError:
		return str(path)


def fail(error: BaseException) -> int:
	"""Print one clear sentence for `error` and return the exit status."""
	if isinstance(error, KeyboardInterrupt):
		say("\nStopped by the keyboard.", error=True)
		return 130
	if isinstance(error, OSError):
		error = from_os_error(error)
	sentence = getattr(error, "sentence", None)
	if sentence is None:
		sentence, remedy = f"Unexpected {type(error).__name__}: {error}", "Run again with --debug for the details."
	else:
		remedy = getattr(error, "remedy", "")
	say(f"devbench: {sentence} {remedy}".rstrip(), error=True)
	return 1

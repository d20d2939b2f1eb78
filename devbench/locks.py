"""Locks between devbench processes. They are the kernel's file locks: they vanish with their process."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import contextmanager
from pathlib import Path

from devbench import paths
from devbench.console import DevbenchError, say


def try_lock(path: Path):
	"""Lock `path` and return the open file that holds the lock, or None if another process has it."""
	path.parent.mkdir(parents=True, exist_ok=True)
	handle = open(path, "a+")
	try:
		fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
	except BlockingIOError:
		handle.close()
		return None
	handle.seek(0)
	handle.truncate()
	handle.write(str(os.getpid()))
	handle.flush()
	return handle


def is_locked(path: Path) -> bool:
	"""Return whether some process holds the lock `path`."""
	if not path.exists():
		return False
	with open(path, "a+") as handle:
		try:
			fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
		except BlockingIOError:
			return True
		fcntl.flock(handle, fcntl.LOCK_UN)
	return False


@contextmanager
def held(name: str, wait: float = 900, what: str = "Another devbench command"):
	"""Hold the lock `name`, waiting for another command that has it.

	Args:
		name: the lock.
		wait: seconds to wait at most.
		what: who holds it, for the message.
	Raises:
		DevbenchError: it was not released in time.
	"""
	path = paths.LOCKS / f"{name}.lock"
	limit = time.monotonic() + wait
	told = False
	while (handle := try_lock(path)) is None:
		if not told:
			say(f"  …      waiting: {what} is busy in this folder")
			told = True
		if time.monotonic() > limit:
			raise DevbenchError(
				f"{what} has been busy in this folder for {wait:.0f} seconds.",
				"Wait for it, or stop it with: python3 -m devbench stop",
			)
		time.sleep(0.3)
	try:
		yield
	finally:
		handle.close()

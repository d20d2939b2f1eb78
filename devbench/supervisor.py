"""Keeps the services of the bench alive: one process that starts what is wanted and restarts what dies.

Commands write the services they want into a file (`request`); this process reads it, starts and stops
accordingly and writes back how each service does (`status`). It runs on the standard library alone:

	python3 -m devbench.supervisor
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from devbench import paths, state
from devbench.locks import is_locked, try_lock

LOCK = paths.RUN / "supervisor.lock"
WANTED = paths.RUN / "wanted.json"
STATUS = paths.RUN / "status.json"

POLL = 0.2
#: A service that lived this long is healthy: the next restart is immediate again.
HEALTHY_AFTER = 20
LOG_LIMIT = 20 * 1024 * 1024
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def process_start(pid: int) -> str | None:
	"""Return a mark that tells a process from a later one with the same number, or None if it is gone."""
	try:
		fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
	except (OSError, IndexError):
		return None
	return None if fields[0] in "ZX" else fields[19]


def _in_child() -> None:
	# when the supervisor is killed the kernel tells its children to end, so no orphan holds ports or data
	_libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Service:
	"""One supervised process.

	Attributes:
		name: key in the file of wanted services.
		spec: command, cwd, env, log, stop_timeout, order, owner (see `services.py`).
	"""

	def __init__(self, name: str, spec: dict):
		self.name = name
		self.spec = spec
		self.process: subprocess.Popen | None = None
		self.started = 0.0
		self.failures = 0
		self.restarts = 0
		self.not_before = 0.0
		self.last_exit: int | None = None

	@property
	def pid_file(self) -> Path:
		return paths.PIDS / f"{self.name}.json"

	def start(self) -> None:
		"""Start the process; its output is appended to its log."""
		log = Path(self.spec["log"])
		log.parent.mkdir(parents=True, exist_ok=True)
		if log.exists() and log.stat().st_size > LOG_LIMIT:
			os.replace(log, log.with_name(log.name + ".1"))
		with open(log, "ab") as output:
			self.process = subprocess.Popen(
				self.spec["command"],
				cwd=self.spec.get("cwd"),
				env={**os.environ, **self.spec.get("env", {})},
				stdin=subprocess.DEVNULL,
				stdout=output,
				stderr=subprocess.STDOUT,
				start_new_session=True,
				preexec_fn=_in_child,
			)
		self.started = time.monotonic()
		state.write_json(self.pid_file, {"pid": self.process.pid, "start": process_start(self.process.pid)})

	def look_after(self) -> None:
		"""Notice that the process ended and start it again, more slowly when it keeps ending."""
		now = time.monotonic()
		if self.process and self.process.poll() is not None:
			self.last_exit = self.process.returncode
			# helpers of a killed master (such as a pool's workers) end after the job they are at
			_signal_group(self.process.pid, signal.SIGTERM, group=True)
			self.process = None
			self.restarts += 1
			self.failures = 0 if now - self.started > HEALTHY_AFTER else self.failures + 1
			self.not_before = now + min(0.2 * 2**self.failures, 10)
		if not self.process and now >= self.not_before:
			try:
				self.start()
			except OSError as error:
				self.last_exit = error.errno
				self.restarts += 1
				self.failures += 1
				self.not_before = now + min(0.2 * 2**self.failures, 10)

	def signal_stop(self) -> None:
		if self.process:
			_signal_group(self.process.pid, signal.SIGTERM, group=self.spec.get("stop_group", False))

	def finish_stop(self) -> None:
		"""Wait until the process has ended; end it the hard way after its time."""
		if self.process:
			try:
				self.process.wait(self.spec.get("stop_timeout", 10))
			except subprocess.TimeoutExpired:
				pass
			# what is left of its group (workers of a killed master) must not live on
			_signal_group(self.process.pid, signal.SIGKILL, group=True)
			self.process.wait()
		self.process = None
		self.pid_file.unlink(missing_ok=True)

	def report(self) -> dict:
		return {
			"pid": self.process.pid if self.process else None,
			"restarts": self.restarts,
			"failures": self.failures,
			"last_exit": self.last_exit,
		}


def _signal_group(pid: int, number: int, group: bool) -> None:
	try:
		(os.killpg if group else os.kill)(pid, number)
	except (ProcessLookupError, PermissionError):
		pass


class Supervisor:
	"""The main loop over all wanted services."""

	def __init__(self) -> None:
		self.services: dict[str, Service] = {}
		self.seen: tuple | None = None
		self.ending = False
		self.reported: dict | None = None

	def run(self) -> int:
		"""Look after the wanted services until none is wanted or a signal ends the supervisor."""
		for number in (signal.SIGTERM, signal.SIGINT):
			signal.signal(number, lambda *_: setattr(self, "ending", True))
		signal.signal(signal.SIGHUP, signal.SIG_IGN)
		end_orphans()
		idle_since = time.monotonic()
		while not self.ending:
			self.follow_request()
			for service in sorted(self.services.values(), key=lambda one: one.spec.get("order", 50)):
				service.look_after()
			self.write_status()
			if self.services:
				idle_since = time.monotonic()
			elif time.monotonic() - idle_since > 2:
				break
			time.sleep(POLL)
		self.stop(list(self.services.values()))
		self.write_status()
		STATUS.unlink(missing_ok=True)
		return 0

	def follow_request(self) -> None:
		"""Start, change and stop services as the request file says; drop those whose owner is gone."""
		try:
			stat = WANTED.stat()
			mark = (stat.st_mtime_ns, stat.st_ino)
		except OSError:
			mark = None
		if mark != self.seen:
			self.seen = mark
			wanted = state.read_json(WANTED, {}) or {}
			obsolete = [one for name, one in self.services.items() if wanted.get(name) != one.spec]
			self.stop(obsolete)
			for name, spec in wanted.items():
				self.services.setdefault(name, Service(name, spec))
		self.stop([one for one in self.services.values() if _is_abandoned(one.spec)])

	def stop(self, services: list[Service]) -> None:
		"""Stop services in the reverse of their starting order, those of one rank together."""
		for rank in sorted({one.spec.get("order", 50) for one in services}, reverse=True):
			group = [one for one in services if one.spec.get("order", 50) == rank]
			for one in group:
				one.signal_stop()
			for one in group:
				one.finish_stop()
				self.services.pop(one.name, None)

	def write_status(self) -> None:
		status = {name: one.report() for name, one in self.services.items()}
		if status != self.reported:
			state.write_json(STATUS, {"supervisor": os.getpid(), "services": status})
			self.reported = status


def _is_abandoned(spec: dict) -> bool:
	owner = spec.get("owner")
	return bool(owner) and process_start(owner["pid"]) != owner["start"]


def end_orphans() -> None:
	"""End services of an earlier supervisor that was killed, and forget pid files of dead ones."""
	alive = []
	for file in sorted(paths.PIDS.glob("*.json")):
		record = state.read_json(file, {}) or {}
		pid = record.get("pid")
		if pid and process_start(pid) == record.get("start"):
			_signal_group(pid, signal.SIGTERM, group=False)
			alive.append((pid, record["start"]))
		file.unlink(missing_ok=True)
	limit = time.monotonic() + 20
	while any(process_start(pid) == start for pid, start in alive) and time.monotonic() < limit:
		time.sleep(0.1)
	for pid, start in alive:
		if process_start(pid) == start:
			_signal_group(pid, signal.SIGKILL, group=True)


def is_running() -> bool:
	"""Return whether a supervisor looks after this bench."""
	return is_locked(LOCK)


def launch() -> None:
	"""Start the supervisor as a process of its own that outlives the calling command."""
	paths.LOGS.mkdir(parents=True, exist_ok=True)
	with open(paths.LOGS / "supervisor.log", "ab") as output:
		subprocess.Popen(
			[sys.executable, "-m", "devbench.supervisor"],
			cwd=paths.REPO,
			env={**os.environ, "DEVBENCH_HOME": str(paths.HOME), "DEVBENCH_STACK": ""},
			stdin=subprocess.DEVNULL,
			stdout=output,
			stderr=subprocess.STDOUT,
			start_new_session=True,
		)


def main() -> int:
	"""Run the supervisor unless one runs already; return the exit status."""
	lock = try_lock(LOCK)
	if lock is None:
		return 0
	return Supervisor().run()


if __name__ == "__main__":
	sys.exit(main())

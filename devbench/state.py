"""What devbench remembers between two commands: ports, passwords of its own services, stamps of finished steps."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import tempfile
from pathlib import Path

from devbench import paths
from devbench.console import DevbenchError

#: Ports tried first. Those of the second stack differ, so that `test` runs beside `run`.
PREFERRED = {
	"db": 13306,
	"run": {"web": 8000, "realtime": 9000, "redis_cache": 13000, "redis_queue": 11000},
	"test": {"web": 8100, "realtime": 9100, "redis_cache": 13100, "redis_queue": 11100},
}


def write_json(path: Path, value, mode: int = 0o600) -> None:
	"""Write `value` as JSON so that a reader sees the old or the new file, never half of one."""
	path.parent.mkdir(parents=True, exist_ok=True)
	handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
	try:
		with os.fdopen(handle, "w") as stream:
			json.dump(value, stream, indent=1, sort_keys=True)
			stream.write("\n")
			stream.flush()
			os.fsync(stream.fileno())
		os.chmod(name, mode)
		os.replace(name, path)
	except BaseException:
		Path(name).unlink(missing_ok=True)
		raise


def read_json(path: Path, default=None):
	"""Return the JSON value in `path`, or `default` if the file is missing or damaged."""
	try:
		return json.loads(path.read_text())
	except (OSError, ValueError):
		return default


def load() -> dict:
	"""Return the remembered state."""
	return read_json(paths.STATE, {}) or {}


def save(**changes) -> dict:
	"""Change keys of the remembered state and return it."""
	state = {**load(), **changes}
	write_json(paths.STATE, state)
	return state


def is_free(port: int, host: str = "127.0.0.1") -> bool:
	"""Return whether a server could listen on `port`."""
	with socket.socket() as probe:
		probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		try:
			probe.bind((host, port))
		except OSError:
			return False
	return True


def _find_free(preferred: int, taken: set[int]) -> int:
	for port in range(preferred, preferred + 200):
		if port not in taken and is_free(port):
			return port
	raise DevbenchError(
		f"No free port was found between {preferred} and {preferred + 199}.", "Stop a program that listens there."
	)


def ports(stack: str, web: int | None = None, serving: bool = False) -> dict[str, int]:
	"""Return the ports of a stack whose services are not running, choosing and remembering free ones.

	Args:
		stack: "run" or "test".
		web: the web port that is wanted; None for the remembered or usual one.
		serving: the web server is about to be started, so its port must be free.
	Raises:
		DevbenchError: the web port is in use.
	"""
	state = load()
	known = dict(state.get("ports", {}).get(stack, {}))
	others = state.get("ports", {}).get("run" if stack == "test" else "test", {})
	taken = set(others.values()) | {state.get("db_port")}
	chosen: dict[str, int] = {}
	for name, preferred in PREFERRED[stack].items():
		if name == "web" and (web or stack == "run"):
			# people type this one: say that it is busy instead of silently taking another
			chosen[name] = web or known.get("web") or preferred
			if serving:
				require_free(chosen[name])
		else:
			port = known.get(name)
			if not port or port in taken or not is_free(port):
				port = _find_free(preferred, taken)
			chosen[name] = port
		taken.add(chosen[name])
	save(ports={**state.get("ports", {}), stack: chosen})
	return chosen


def require_free(port: int) -> None:
	"""Raise DevbenchError if another program listens on the web port `port`."""
	if not is_free(port):
		raise DevbenchError(
			f"Port {port} is in use by another program.",
			f"Stop that program, or choose another port: python3 -m devbench run --port {port + 1}",
		)


def db_port(running: bool = False) -> int:
	"""Return MariaDB's port, choosing and remembering a free one unless it is `running`."""
	known = load().get("db_port")
	if known and (running or is_free(known)):
		return known
	port = _find_free(PREFERRED["db"], set())
	save(db_port=port)
	return port


def db_root_password() -> str:
	"""Return the password of MariaDB's root, made once per bench."""
	password = load().get("db_root_password")
	if not password:
		password = secrets.token_urlsafe(18)
		save(db_root_password=password)
	return password


def fingerprint(*roots: Path, suffixes: tuple[str, ...] | None = None) -> str:
	"""Return a hash over the names and contents of all files below `roots`.

	Args:
		roots: files or folders; missing ones count as empty.
		suffixes: only files ending so, e.g. (".py", ".json").
	"""
	digest = hashlib.sha256()
	for root in roots:
		files = [root] if root.is_file() else sorted(root.rglob("*"))
		for file in files:
			if "__pycache__" in file.parts or "node_modules" in file.parts or not file.is_file():
				continue
			if suffixes and file.suffix not in suffixes:
				continue
			digest.update(str(file.relative_to(root)).encode() + b"\0")
			digest.update(hashlib.sha256(file.read_bytes()).digest())
	return digest.hexdigest()


def stamp(name: str) -> str | None:
	"""Return what the finished step `name` was stamped with, or None."""
	try:
		return (paths.STAMPS / name).read_text().strip()
	except OSError:
		return None


def set_stamp(name: str, value: str | None) -> None:
	"""Stamp the step `name` as finished for the inputs `value`; None removes the stamp."""
	path = paths.STAMPS / name
	if value is None:
		path.unlink(missing_ok=True)
		return
	path.parent.mkdir(parents=True, exist_ok=True)
	temporary = path.with_name(f".{name}.new")
	temporary.write_text(value + "\n")
	os.replace(temporary, path)

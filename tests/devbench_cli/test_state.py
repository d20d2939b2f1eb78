"""What devbench remembers survives interruptions; ports are chosen around other programs."""

from __future__ import annotations

import errno
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from devbench import locks, state
from tests.devbench_cli.conftest import REPO


def test_write_that_fails_keeps_the_old_file(tmp_path, monkeypatch):
	path = tmp_path / "state.json"
	state.write_json(path, {"kept": True})

	def full(_):
		raise OSError(errno.ENOSPC, "No space left on device")

	monkeypatch.setattr(os, "fsync", full)
	with pytest.raises(OSError, match="No space"):
		state.write_json(path, {"kept": False})
	assert state.read_json(path) == {"kept": True}
	assert [one.name for one in tmp_path.iterdir()] == ["state.json"]


def test_damaged_state_counts_as_none(tmp_path):
	path = tmp_path / "state.json"
	path.write_text('{"ports": {')
	assert state.read_json(path, {}) == {}


def test_state_with_passwords_is_private(tmp_path):
	path = tmp_path / "state.json"
	state.write_json(path, {"db_root_password": "secret"})
	assert path.stat().st_mode & 0o077 == 0


def test_ports_are_chosen_around_busy_ones_and_remembered(devbench):
	code = "from devbench import state; p = state.ports('test'); print(p['redis_queue'], p['web'])"
	first = devbench.script(code).stdout.split()
	assert devbench.script(code).stdout.split() == first
	with socket.socket() as other:
		other.bind(("127.0.0.1", int(first[0])))
		other.listen()
		second = devbench.script(code).stdout.split()
	assert second[0] != first[0]
	assert second[1] == first[1]


def test_fingerprint_follows_names_and_contents(tmp_path):
	(tmp_path / "a.py").write_text("1")
	before = state.fingerprint(tmp_path)
	assert state.fingerprint(tmp_path) == before
	(tmp_path / "a.py").write_text("2")
	changed = state.fingerprint(tmp_path)
	(tmp_path / "a.py").rename(tmp_path / "b.py")
	assert len({before, changed, state.fingerprint(tmp_path)}) == 3


def test_lock_of_a_killed_command_is_free_again(tmp_path):
	path = tmp_path / "x.lock"
	code = "import sys, time; from pathlib import Path; from devbench.locks import try_lock\n"
	code += "lock = try_lock(Path(sys.argv[1])); print('locked', flush=True); time.sleep(100)"
	with subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=REPO, stdout=subprocess.PIPE) as holder:
		holder.stdout.readline()
		assert locks.is_locked(path)
		assert locks.try_lock(path) is None
		holder.send_signal(signal.SIGKILL)
	limit = time.monotonic() + 5
	while locks.is_locked(path) and time.monotonic() < limit:
		time.sleep(0.02)
	assert (lock := locks.try_lock(path)) is not None
	lock.close()


def test_environment_without_its_stamp_is_built_again(devbench):
	code = """
import sys
from devbench import paths, pyenv, state
(paths.ENV / "bin").mkdir(parents=True)
paths.PYTHON.symlink_to(sys.executable)
print(pyenv.is_current())
state.set_stamp("env", pyenv.wanted())
print(pyenv.is_current())
paths.PYTHON.unlink()
print(pyenv.is_current())
"""
	assert devbench.script(code).stdout.split() == ["False", "True", "False"]

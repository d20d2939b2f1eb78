"""A devbench with a home folder of its own, driven as a person drives it: as a command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]


@dataclass
class Devbench:
	"""Runs devbench commands on one home folder."""

	home: Path

	def env(self, **changes: str) -> dict[str, str]:
		env = {k: v for k, v in os.environ.items() if k not in ("DEVBENCH_STACK", "PYTHONPATH", "SITES_PATH")}
		return {**env, "DEVBENCH_HOME": str(self.home), **changes}

	def run(self, *arguments: str, timeout: float = 120, **env: str) -> subprocess.CompletedProcess:
		"""Run `python3 -m devbench …` and return what it printed and its status."""
		return self._run([sys.executable, "-m", "devbench", *arguments], timeout, env)

	def script(self, code: str, timeout: float = 120, **env: str) -> subprocess.CompletedProcess:
		"""Run Python code that may change devbench's surroundings before it calls it."""
		return self._run([sys.executable, "-c", code], timeout, env)

	def _run(self, command, timeout, env):
		return subprocess.run(
			command, cwd=REPO, env=self.env(**env), capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL
		)


@pytest.fixture
def devbench():
	"""A devbench whose services, if any, are stopped after the test."""
	# a short path: the sockets of the services have to fit
	home = Path(tempfile.mkdtemp(prefix="dvb-"))
	bench = Devbench(home)
	yield bench
	bench.run("stop")
	shutil.rmtree(home, ignore_errors=True)


def one_sentence(result: subprocess.CompletedProcess) -> str:
	"""Return the error a failed command told; it must be one line, without a traceback."""
	assert result.returncode != 0, result.stdout + result.stderr
	assert "Traceback" not in result.stderr, result.stderr
	lines = [line for line in result.stderr.splitlines() if line.startswith("devbench: ")]
	assert len(lines) == 1, result.stderr
	return lines[0]

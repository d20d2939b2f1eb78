"""A running web server for the site under test."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from tests.support.bench import Bench

START_SECONDS = 120


@dataclass(frozen=True)
class Server:
	"""Where the site answers.

	`url` is the address for plain HTTP clients, which name the site in a header; `site_url` has the
	site's name as host, which is what a browser needs (Chromium sends *.localhost to this machine).
	"""

	url: str
	site: str

	@property
	def site_url(self) -> str:
		parts = urlsplit(self.url)
		return f"{parts.scheme}://{self.site}:{parts.port or 80}"


def free_port() -> int:
	"""Return a TCP port that nobody listens on."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


def wait_until_up(url: str, site: str, process: subprocess.Popen | None = None) -> None:
	"""Return when the site answers a ping; raises RuntimeError when it does not in time."""
	deadline = time.monotonic() + START_SECONDS
	problem = "no answer"
	while time.monotonic() < deadline:
		if process and process.poll() is not None:
			raise RuntimeError(f"The web server ended with status {process.returncode} before it answered.")
		try:
			answer = requests.get(
				f"{url}/api/method/ping", headers={"X-Frappe-Site-Name": site}, timeout=10
			)
			if answer.ok:
				return
			problem = f"HTTP {answer.status_code}"
		except (requests.ConnectionError, requests.Timeout) as e:
			problem = str(e)
		time.sleep(0.1)
	raise RuntimeError(f"The web server at {url} is not up after {START_SECONDS} s: {problem}")


@contextmanager
def running_server(bench: Bench):
	"""Give the server that SPM_URL names, or one started for the test run and stopped after it."""
	if url := os.environ.get("SPM_URL"):
		url = url.rstrip("/")
		wait_until_up(url, bench.site)
		yield Server(url, bench.site)
		return

	port = free_port()
	command = [
		bench.python, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4",
		"--worker-class", "gthread", "--timeout", "120", "frappe.app:application_with_statics()",
	]  # fmt: skip
	with tempfile.TemporaryFile() as log:
		process = subprocess.Popen(
			command, cwd=bench.sites, env=bench.environment(), stdout=log, stderr=log
		)
		try:
			try:
				wait_until_up(f"http://127.0.0.1:{port}", bench.site, process)
			except RuntimeError as e:
				log.seek(0)
				raise RuntimeError(f"{e}\n{log.read().decode(errors='replace')[-3000:]}") from None
			yield Server(f"http://127.0.0.1:{port}", bench.site)
		finally:
			process.terminate()
			try:
				process.wait(15)
			except subprocess.TimeoutExpired:
				process.kill()

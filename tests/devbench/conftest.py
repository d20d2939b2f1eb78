"""Fidelity tests: the bench that devbench builds must behave as an official one does for what apps use.

They install a second, tiny app (tests/apps/devbench_probe) beside the product; the last module takes it
away again. They only make sense on a bench of devbench and are skipped on any other.
"""

from __future__ import annotations

import json
import time

import pytest

from devbench import paths
from devbench import site as bench_site
from devbench.assets import build_assets
from tests.support.bench import open_site
from tests.support.committed import Committed
from tests.support.server import running_server

PROBE = "devbench_probe"
RECORD = "Devbench Probe Record"


@pytest.fixture(scope="session")
def probe(bench, connection):
	"""The probe app, installed on the site under test."""
	if bench.path != paths.BENCH.resolve():
		pytest.skip("These tests are about devbench's own bench.")
	bench_site.link_app(PROBE, paths.REPO / "tests" / "apps" / PROBE)
	# What it shows in the desk (its icon) is served from the assets of the bench, as after `bench build`.
	build_assets(apps=[PROBE])
	if PROBE not in bench_site.installed_apps(bench.site):
		bench_site.install_app(bench.site, PROBE)
	reopen(bench)
	return PROBE


def reopen(bench) -> None:
	"""Connect anew: this process has read which apps the bench and the site have, and that has changed."""
	import frappe

	frappe.destroy()
	open_site(bench)
	frappe.clear_cache()


@pytest.fixture(autouse=True)
def with_probe(probe, site):
	"""Every test of this folder runs with the probe app installed."""


@pytest.fixture(scope="session")
def server(bench, probe):
	"""The web server, started (if nobody else did) when the probe app is there to be imported."""
	with running_server(bench) as running:
		yield running


@pytest.fixture(scope="session")
def people(probe):
	"""Users that the tests only look at: a System Manager, two probe users, an outsider."""
	made = Committed()
	users = {
		"manager": made.user("probe-manager@example.com", "System Manager"),
		"ann": made.user("probe-ann@example.com", "Devbench Probe User"),
		"bob": made.user("probe-bob@example.com", "Devbench Probe User"),
		"outsider": made.user("probe-outsider@example.com"),
	}
	yield users
	made.clean_up()


@pytest.fixture
def make_record(site):
	"""Insert a probe record (rolled back after the test): `make_record(title="…", owner=user)`."""
	import frappe

	def make(owner: str | None = None, **values):
		values.setdefault("title", f"Probe {frappe.generate_hash(length=8)}")
		doc = frappe.get_doc({"doctype": RECORD, **values})
		if owner:
			doc.owner = owner
			doc.flags.ignore_permissions = True
		doc.insert()
		if owner:
			doc.db_set("owner", owner, update_modified=False)
		return doc

	return make


@pytest.fixture(scope="session")
def realtime_url(bench, server):
	"""The realtime server of the bench, or one started for the tests."""
	import os
	import subprocess

	from devbench import paths
	from devbench.assets import node_environment
	from tests.support.server import free_port

	if os.environ.get("SPM_URL"):
		config = json.loads((bench.sites / "common_site_config.json").read_text())
		yield f"http://127.0.0.1:{config['socketio_port']}"
		return

	port = free_port()
	ports = {"FRAPPE_SOCKETIO_PORT": str(port), "FRAPPE_WEBSERVER_PORT": server.url.rpartition(":")[2]}
	process = subprocess.Popen(
		["node", str(paths.SOURCE / "realtime" / "server.js"), str(bench.sites)],
		env={**bench.environment(), **node_environment(), **ports},
		stdout=subprocess.DEVNULL,
	)
	url = f"http://127.0.0.1:{port}"
	deadline = time.monotonic() + 60
	while not _answers(url) and time.monotonic() < deadline:
		time.sleep(0.2)
	yield url
	process.terminate()
	process.wait(10)


def _answers(url: str) -> bool:
	import requests

	try:
		return requests.get(f"{url}/health", timeout=2).ok
	except requests.RequestException:
		return False

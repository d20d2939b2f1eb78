"""Fidelity tests: the bench that devbench builds must behave as an official one does for what apps use.

They install a second, tiny app (tests/apps/devbench_probe) beside the product; the last module takes it
away again. They only make sense on a bench of devbench and are skipped on any other.
"""

from __future__ import annotations

import pytest

from devbench import paths
from devbench import site as bench_site
from tests.support.committed import Committed
from tests.support.server import running_server

PROBE = "devbench_probe"
RECORD = "Devbench Probe Record"


@pytest.fixture(scope="session")
def probe(bench, connection):
	"""The probe app, installed on the site under test."""
	import frappe

	if bench.path != paths.BENCH.resolve():
		pytest.skip("These tests are about devbench's own bench.")
	bench_site.link_app(PROBE, paths.REPO / "tests" / "apps" / PROBE)
	if PROBE not in bench_site.installed_apps(bench.site):
		bench_site.install_app(bench.site, PROBE)
	# This process has read the bench before the app was there.
	frappe.db.rollback()
	frappe.clear_cache()
	frappe.setup_module_map(include_all_apps=True)
	return PROBE


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

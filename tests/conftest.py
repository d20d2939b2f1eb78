"""Fixtures of the whole suite.

Run it inside any bench's Python environment with `pytest tests/ --bench PATH --site NAME`; `python3 -m
devbench test` does the same on a bench and a throw-away site of its own. tests/unit needs neither.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import bench as bench_support
from tests.support.queries import counted_queries

# A machine that is busy for a moment is no failure of the rule under test.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

NEEDS_SITE = {"site", "web", "devbench"}


def pytest_addoption(parser):
	group = parser.getgroup("bench")
	group.addoption("--bench", default=None, help="folder of the bench to test on (or SPM_BENCH)")
	group.addoption("--site", default=None, help="name of the site to test on (or SPM_SITE)")


def pytest_configure(config):
	config.addinivalue_line("markers", "slow: takes more than ten seconds")
	try:
		config.spm_bench = bench_support.find_bench(
			config.getoption("--bench"), config.getoption("--site")
		)
	except ValueError as e:
		raise pytest.UsageError(str(e)) from None
	if config.spm_bench:
		bench_support.make_importable(config.spm_bench)


def pytest_collection_modifyitems(config, items):
	"""Give every test below site/, web/ and devbench/ the site, rolled back after it."""
	root = Path(__file__).parent
	for item in items:
		if item.path.is_relative_to(root) and item.path.relative_to(root).parts[0] in NEEDS_SITE:
			item.fixturenames.insert(0, "site")


@pytest.fixture(scope="session")
def bench(request):
	"""The bench under test: `.path`, `.sites`, `.site`, `.python`."""
	found = request.config.spm_bench
	if not found:
		pytest.fail("This test needs a site: pass --bench PATH --site NAME, or run `python3 -m devbench test`.")
	return found


@pytest.fixture(scope="session")
def connection(bench):
	"""One connection to the site for the whole run, with the bench's sites folder as working directory."""
	before = os.getcwd()
	bench_support.open_site(bench)
	yield bench.site
	bench_support.close_site()
	os.chdir(before)


@pytest.fixture
def site(connection):
	"""The site as Administrator; everything uncommitted is undone after the test. Gives its name."""
	import frappe

	bench_support.set_test_mode(True)
	flags = frappe._dict(frappe.local.flags)
	bench_support.reset_request_state()
	yield connection
	bench_support.reset_request_state()
	frappe.local.flags = flags


@pytest.fixture
def as_user(site):
	"""`with as_user("a@b.c"):` runs the block with that user's permissions."""
	import frappe

	@contextmanager
	def switch(user: str):
		before = frappe.session.user
		frappe.set_user(user)
		try:
			yield user
		finally:
			frappe.set_user(before)

	return switch


@pytest.fixture
def live_mode(site):
	"""Run the test without the framework's test mode: versions are written, mail and jobs are queued."""
	bench_support.set_test_mode(False)
	yield
	bench_support.set_test_mode(True)


@pytest.fixture
def committed(site):
	"""Make rows that other processes can see; they are deleted after the test (see Committed)."""
	from tests.support.committed import Committed

	made = Committed()
	yield made
	made.clean_up()


@pytest.fixture(scope="session")
def server(bench):
	"""A running web server of the site: `.url` for HTTP clients, `.site_url` for a browser."""
	from tests.support.server import running_server

	with running_server(bench) as running:
		yield running


@pytest.fixture
def http(server, committed):
	"""Make HTTP clients: `http()` is a guest, `http("a@b.c")` logged in, `http.key("a@b.c")` by API key.

	`http("a@b.c", csrf=True)` fetches the CSRF token as the desk does. Users are made with
	`committed.user("a@b.c", "Role", …)`. "Administrator" logs in with SPM_ADMIN_PASSWORD or "admin".
	"""
	from tests.support.http import PASSWORD, Client

	def visit(user: str | None = None, password: str | None = None, csrf: bool = False) -> Client:
		client = Client(server)
		if user == "Administrator":
			password = password or os.environ.get("SPM_ADMIN_PASSWORD", "admin")
		return client.login(user, password or PASSWORD, csrf=csrf) if user else client

	visit.key = lambda user: Client(server).use_key(user, *committed.api_key(user))
	return visit


@pytest.fixture
def run_jobs(bench, connection):
	"""`run_jobs()` returns when the bench's workers have done every queued job; starts a worker if none runs."""
	from tests.support.jobs import finish_jobs

	return lambda: finish_jobs(bench)


@pytest.fixture
def freeze(site):
	"""`with freeze("2026-03-01 10:00:00"):` stops the clock at that time of the site's own time zone."""

	@contextmanager
	def stop(moment):
		from zoneinfo import ZoneInfo

		import time_machine
		from frappe.utils import get_datetime
		from frappe.utils.data import get_system_timezone

		at = get_datetime(moment).replace(tzinfo=ZoneInfo(get_system_timezone()))
		# time_machine would change the process's TZ for an aware zone; the framework converts by itself.
		with time_machine.travel(at.timestamp(), tick=False):
			yield at

	return stop


@pytest.fixture
def assert_query_count(site):
	"""`with assert_query_count(14) as queries:` fails when the block sends more SQL statements than that."""
	return counted_queries

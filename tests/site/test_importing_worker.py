"""A worker that is killed in the middle: nothing twice, nothing half, and somebody goes on."""

import os
import signal
import subprocess
import time

import frappe
import pytest

from sales_crm_pm.importing import request, runner, undo
from sales_crm_pm.importing.preview import preview
from tests.support.importing import as_csv, table_counts, upload

pytestmark = pytest.mark.timeout(600)
ROWS = 400

WORKER = """
import sys
import frappe
frappe.init(sys.argv[1])
frappe.connect()
frappe.set_user("Administrator")
from sales_crm_pm.importing import runner
runner.execute(sys.argv[2])
"""


@pytest.fixture
def prepared(committed):
	"""A queued run of ROWS rows in chunks of 20, committed, as a worker finds it."""
	mark = frappe.generate_hash(length=6)
	customer = committed.insert("SPM Customer", customer_name=f"Killed {mark}")
	rows = [
		{
			"id": f"{mark}-{i}",
			"title": f"Deal {mark} {i}",
			"customer": customer.customer_name,
			"amount": i,
			"stage": "Engaging",
		}
		for i in range(1, ROWS + 1)
	]
	before = table_counts()
	file = upload(as_csv(rows))
	order = request.load(file, None, {"target": "SPM Opportunity"}, {"chunk_size": 20})
	run = runner.start(order, file, background=True)
	committed.track("File", file)
	committed.track("SPM Import Run", run)
	committed.commit()
	yield frappe._dict(run=run, mark=mark, before=before, customer=customer.name)
	frappe.db.rollback()
	if frappe.db.get_value("SPM Import Run", run, "status") != "Undone":
		undo.undo(run, keep_changed=True)
	frappe.db.commit()


def start_worker(bench, run: str) -> subprocess.Popen:
	environment = {**os.environ, "SITES_PATH": str(bench.sites), "FRAPPE_BENCH_ROOT": str(bench.path)}
	repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
	environment["PYTHONPATH"] = os.pathsep.join([str(bench.path / "apps" / "frappe"), repository])
	return subprocess.Popen(
		[str(bench.python), "-c", WORKER, frappe.local.site, run], cwd=bench.sites, env=environment
	)


def written(mark: str) -> list[str]:
	frappe.db.rollback()
	return frappe.get_all(
		"SPM Opportunity", {"external_id": ["like", f"{mark}-%"]}, pluck="external_id", limit_page_length=0
	)


def test_a_killed_worker_is_followed_by_another_and_nothing_comes_twice(prepared, bench):
	worker = start_worker(bench, prepared.run)
	try:
		deadline = time.monotonic() + 120
		while not written(prepared.mark) and time.monotonic() < deadline:
			assert worker.poll() is None, "the worker ended before it could be killed"
			time.sleep(0.05)
	finally:
		worker.send_signal(signal.SIGKILL)
		worker.wait()

	half = written(prepared.mark)
	assert 0 < len(half) < ROWS and len(half) % 20 == 0
	run = frappe.get_doc("SPM Import Run", prepared.run)
	assert run.status == "Running" and run.rows_created == len(half)
	assert frappe.db.count("SPM Import Record", {"import_run": run.name}) == len(half)

	second = start_worker(bench, prepared.run)
	assert second.wait(timeout=240) == 0
	assert sorted(written(prepared.mark)) == sorted(f"{prepared.mark}-{i}" for i in range(1, ROWS + 1))
	run.reload()
	assert (run.status, run.rows_created, run.progress) == ("Completed", ROWS, 100)
	assert frappe.db.get_value("SPM Customer", prepared.customer, "open_pipeline_base") == sum(
		range(1, ROWS + 1)
	)

	undo.undo(run.name)
	frappe.db.commit()
	assert written(prepared.mark) == []
	assert table_counts() == prepared.before


def test_two_workers_at_once_share_no_row(prepared, bench):
	workers = [start_worker(bench, prepared.run) for _ in range(2)]
	for worker in workers:
		worker.wait(timeout=300)
	assert sorted(written(prepared.mark)) == sorted(f"{prepared.mark}-{i}" for i in range(1, ROWS + 1))
	assert frappe.db.get_value("SPM Import Run", prepared.run, "status") == "Completed"


def test_interrupted_runs_are_found_by_the_hourly_job(prepared, monkeypatch):
	handed = []
	monkeypatch.setattr(runner, "enqueue", lambda run: handed.append(run))
	runner.resume_interrupted()
	assert prepared.run not in handed
	frappe.db.set_value("SPM Import Run", prepared.run, "modified", "2020-01-01", update_modified=False)
	runner.resume_interrupted()
	assert prepared.run in handed


def test_a_preview_keeps_nothing_even_when_the_request_commits(committed):
	before = table_counts()
	mark = frappe.generate_hash(length=6)
	file = upload(as_csv([{"account": f"A {mark}", "sector": f"Space {mark}"}]))
	committed.track("File", file)
	preview(file, options={"create_missing": ["SPM Industry"]})
	committed.commit()
	assert table_counts() == before

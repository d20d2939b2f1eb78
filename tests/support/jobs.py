"""Have queued jobs done by a real worker process, the bench's own where one is running."""

from __future__ import annotations

import subprocess
import time

from tests.support.bench import Bench

QUEUES = ("short", "default", "long")
PATIENCE_SECONDS = 180


def finish_jobs(bench: Bench) -> None:
	"""Return when no job is queued or running any more; raises AssertionError when that takes too long.

	Jobs wait until the test has committed: call it after `committed.commit()` or an HTTP request.
	"""
	import frappe

	deadline = time.monotonic() + PATIENCE_SECONDS
	while waiting := _unfinished():
		assert time.monotonic() < deadline, f"Not done after {PATIENCE_SECONDS} s: {waiting}"
		# the scheduler may queue more while a burst ends, so one burst is not always enough
		if _worker_is_running():
			time.sleep(0.1)
		else:
			_work_in_a_burst(bench)
	frappe.db.rollback()


def forget_jobs() -> None:
	"""Take this site's jobs that nobody has begun out of the queues.

	No worker runs beside the tests, so what a test leaves waiting would pile up for the next one that wants
	its own job done, and speak of records that are gone.
	"""
	import frappe

	mine = f"{frappe.local.site}||"
	for queue in _queues():
		for name in queue.job_ids:
			if name.startswith(mine) and (job := queue.fetch_job(name)):
				job.delete()


def _queues() -> list:
	from frappe.utils.background_jobs import get_queue

	return [get_queue(name) for name in QUEUES]


def _worker_is_running() -> bool:
	from frappe.utils.background_jobs import get_workers

	ours = {queue.name for queue in _queues()}
	return any(ours & set(worker.queue_names()) for worker in get_workers())


def _unfinished() -> list[str]:
	"""Return the ids of this site's jobs that are not done; other sites of the bench go their own way."""
	import frappe

	ids = [job for queue in _queues() for job in [*queue.job_ids, *queue.started_job_registry.get_job_ids()]]
	return [job for job in ids if job.startswith(f"{frappe.local.site}||")]


def _work_in_a_burst(bench: Bench) -> None:
	names = ",".join(QUEUES)
	# A pool of one that does the jobs in its own process: a fork for each of them takes longer than the job.
	code = f"from frappe.utils.background_jobs import start_worker_pool; start_worker_pool({names!r}, burst=True)"
	done = subprocess.run(
		[bench.python, "-c", code],
		cwd=bench.sites,
		env={**bench.environment(), "FRAPPE_BACKGROUND_WORKERS_NOFORK": "1"},
		capture_output=True,
		text=True,
		timeout=PATIENCE_SECONDS,
	)
	assert done.returncode == 0, done.stderr[-3000:]

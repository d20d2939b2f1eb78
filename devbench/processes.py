"""The long-running processes of the bench besides the web server; runs in the bench's own Python.

	python -m devbench.processes worker 2
	python -m devbench.processes scheduler
"""

import sys


def worker(count: str = "2") -> None:
	"""Work off background jobs of all queues, the short ones first, with `count` processes."""
	from frappe.utils.background_jobs import start_worker_pool

	start_worker_pool(queue="short,default,long", num_workers=int(count), quiet=False)


def scheduler() -> None:
	"""Queue scheduled events when they are due."""
	from frappe.utils.scheduler import start_scheduler

	start_scheduler()


if __name__ == "__main__":
	{"worker": worker, "scheduler": scheduler}[sys.argv[1]](*sys.argv[2:])

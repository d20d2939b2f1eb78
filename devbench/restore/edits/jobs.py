"""Background jobs and the scheduler, for every site of the bench."""

from devbench.restore.edit import Edit

EDITS = [
	# two functions of one name: the second, for one site, replaced the one that walked over the sites
	Edit(
		"frappe/utils/scheduler.py",
		r'def enqueue_events\(\) -> None:\n\t"""Enqueue scheduled events\. Single-tenant[\s\S]*?exc_info=True\)\n\n\n',
		"",
		regex=True,
	),
]

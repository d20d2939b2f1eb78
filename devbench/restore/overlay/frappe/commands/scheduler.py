"""Commands around background work: workers, the scheduler, maintenance."""

import sys
import time

import click

import frappe
from frappe.commands import each_site, get_site, on_site, pass_context


@click.command("worker")
@click.option(
	"--queue",
	type=str,
	help="Queue to consume from. Multiple queues can be specified using comma-separated string.",
)
@click.option("--quiet", is_flag=True, default=False)
@click.option("-u", "--rq-username", default=None)
@click.option("-p", "--rq-password", default=None)
@click.option("--burst", is_flag=True, default=False, help="Run Worker in Burst mode.")
def start_worker(queue, quiet=False, rq_username=None, rq_password=None, burst=False):
	"Start a background worker"
	from frappe.utils.background_jobs import start_worker as _start

	_start(queue, quiet=quiet, rq_username=rq_username, rq_password=rq_password, burst=burst)


@click.command("worker-pool")
@click.option("--queue", type=str)
@click.option("--num-workers", type=int, default=2)
@click.option("--quiet", is_flag=True, default=False)
@click.option("--burst", is_flag=True, default=False)
def start_worker_pool(queue, quiet=False, num_workers=2, burst=False):
	"Start a pool of background workers"
	from frappe.utils.background_jobs import start_worker_pool as _start

	_start(queue=queue, quiet=quiet, burst=burst, num_workers=num_workers)


@click.command("schedule")
def start_scheduler():
	"Start the scheduler process, which enqueues the scheduled jobs of all sites"
	from frappe.utils.scheduler import start_scheduler as _start

	_start()


@click.command("scheduler")
@click.argument("state", type=click.Choice(["pause", "resume", "disable", "enable", "status"]))
@click.option("--verbose", "-v", is_flag=True, default=False)
@pass_context
def scheduler(context, state, verbose=False):
	"Control the scheduler of a site"
	from frappe.installer import update_site_config
	from frappe.utils.scheduler import is_scheduler_inactive, toggle_scheduler

	site = get_site(context)
	with on_site(site):
		if state == "status":
			state = "disabled" if is_scheduler_inactive(verbose=verbose) else "enabled"
		elif state in ("pause", "resume"):
			update_site_config("pause_scheduler", state == "pause")
			state += "d"
		else:
			toggle_scheduler(state == "enable")
			state += "d"
	click.echo(f"Scheduler is {state} for site {site}")


@click.command("enable-scheduler")
@pass_context
def enable_scheduler(context):
	"Enable scheduler"
	from frappe.utils.scheduler import enable_scheduler as _enable

	for site in each_site(context):
		_enable()
		click.echo(f"Enabled for {site}")


@click.command("disable-scheduler")
@pass_context
def disable_scheduler(context):
	"Disable scheduler"
	from frappe.utils.scheduler import disable_scheduler as _disable

	for site in each_site(context):
		_disable()
		click.echo(f"Disabled for {site}")


@click.command("trigger-scheduler-event")
@click.argument("event")
@pass_context
def trigger_scheduler_event(context, event):
	"Run the jobs of a scheduler event now: a frequency such as `hourly`, or the path of a method"
	for _site in each_site(context):
		suffix = event.split(".")[-1]
		jobs = frappe.get_all("Scheduled Job Type", {"method": event}) or frappe.get_all(
			"Scheduled Job Type", {"frequency": suffix.replace("_", " ").title()}
		)
		if not jobs:
			click.secho(f"Event {event} not found", fg="red")
			sys.exit(1)
		for job in jobs:
			frappe.get_doc("Scheduled Job Type", job.name).execute()


@click.command("set-maintenance-mode")
@click.argument("state", type=click.Choice(["on", "off"]))
@pass_context
def set_maintenance_mode(context, state):
	"Put the site in maintenance mode for upgrades"
	from frappe.installer import update_site_config

	for site in context.sites or [get_site(context)]:
		frappe.init(site, force=True)
		update_site_config("maintenance_mode", 1 if state == "on" else 0)
		frappe.destroy()


@click.command("doctor")
@pass_context
def doctor(context):
	"Get diagnostic info about background workers"
	from frappe.utils.doctor import doctor as _doctor

	_doctor(site=get_site(context, raise_err=False))


@click.command("show-pending-jobs")
@pass_context
def show_pending_jobs(context):
	"Get diagnostic info about background jobs"
	from frappe.utils.doctor import pending_jobs

	site = get_site(context)
	with frappe.init_site(site):
		pending_jobs(site=site)


@click.command("purge-jobs")
@click.option("--queue", default=None)
@click.option("--event", default=None)
@pass_context
def purge_jobs(context, queue=None, event=None):
	"Purge any pending periodic tasks; without an event, everything of the site"
	from frappe.utils.doctor import purge_pending_jobs

	site = get_site(context, raise_err=False)
	with frappe.init_site(site):
		click.echo(f"Purged {purge_pending_jobs(event=event, site=site, queue=queue)} jobs")


@click.command("ready-for-migration")
@pass_context
def ready_for_migration(context):
	"Tell by the exit status whether jobs are pending"
	from frappe.utils.doctor import any_job_pending

	site = get_site(context)
	with frappe.init_site(site):
		for _attempt in range(3):
			if any_job_pending(site=site):
				click.echo(f"NOT READY for migration: site {site} has pending background jobs")
				sys.exit(1)
			time.sleep(1)
	click.echo(f"READY for migration: site {site} does not have any background jobs")


commands = [
	disable_scheduler,
	doctor,
	enable_scheduler,
	purge_jobs,
	ready_for_migration,
	scheduler,
	set_maintenance_mode,
	show_pending_jobs,
	start_scheduler,
	start_worker,
	start_worker_pool,
	trigger_scheduler_event,
]

"""Work behind the request: jobs, scheduled events, realtime messages, mail, the error log."""

import time

import frappe
import pytest

from tests.devbench.conftest import RECORD


def test_job_is_done_by_a_worker(http, people, run_jobs, committed):
	title = f"job {frappe.generate_hash(length=8)}"
	assert http(people["manager"]).call("devbench_probe.api.write_record", title=title)
	run_jobs()
	name = frappe.db.get_value(RECORD, {"title": title})
	assert name, "the worker did not write the record"
	committed.track(RECORD, name)
	# A hook of the app ran in the worker, too.
	assert frappe.db.get_value(RECORD, name, "updates") == 1


def test_job_waits_for_the_commit_and_its_id_makes_it_unique(run_jobs, committed):
	from frappe.utils.background_jobs import is_job_enqueued

	title = f"later {frappe.generate_hash(length=8)}"
	job_id = f"probe-{title}"
	for _again in range(2):
		frappe.enqueue(
			"devbench_probe.api.insert_record",
			title=title,
			job_id=job_id,
			deduplicate=True,
			enqueue_after_commit=True,
			at_front=True,
		)
		assert is_job_enqueued(job_id) == bool(_again)
		frappe.db.commit()
		assert is_job_enqueued(job_id)
	run_jobs()
	names = frappe.get_all(RECORD, {"title": title}, pluck="name")
	assert len(names) == 1
	committed.track(RECORD, names[0])


def test_failing_job_is_rolled_back_and_logged(run_jobs, committed):
	before = set(frappe.get_all("Error Log", pluck="name"))
	frappe.enqueue("devbench_probe.api.fail")
	frappe.db.commit()
	run_jobs()
	logged = frappe.get_all("Error Log", {"name": ("not in", before or [""])}, ["name", "error"])
	for row in logged:
		committed.track("Error Log", row.name)
	assert any("devbench probe failed on purpose" in row.error for row in logged)


def test_scheduled_event_is_fired_by_the_scheduler(bench, run_jobs, committed):
	"""The scheduler, not the test, finds that the event is due and has a worker do it."""
	job = frappe.get_doc("Scheduled Job Type", {"method": "devbench_probe.events.every_minute"})
	ticks = int(frappe.db.get_default("devbench_probe_ticks") or 0)
	enabled = frappe.db.get_single_value("System Settings", "enable_scheduler")
	committed.on_cleanup(lambda: frappe.db.set_single_value("System Settings", "enable_scheduler", enabled))
	frappe.db.set_single_value("System Settings", "enable_scheduler", 1)
	# Only this one is due, so that the test need not wait for the rest.
	others = frappe.qb.DocType("Scheduled Job Type")
	frappe.qb.update(others).set(others.last_execution, frappe.utils.now_datetime()).run()
	job.db_set("last_execution", frappe.utils.add_to_date(None, minutes=-5), update_modified=False)
	frappe.db.commit()
	frappe.clear_cache()

	_let_the_scheduler_look(bench)
	deadline = time.monotonic() + 40
	while (now := _ticks()) == ticks and time.monotonic() < deadline:
		run_jobs()
		time.sleep(0.5)
	assert now > ticks
	assert frappe.db.get_value("Scheduled Job Type", job.name, "last_execution") > job.last_execution
	logs = frappe.get_all("Scheduled Job Log", {"scheduled_job_type": job.name, "status": "Failed"})
	assert not logs


def _ticks() -> int:
	frappe.db.rollback()
	return int(frappe.db.get_value("DefaultValue", {"defkey": "devbench_probe_ticks"}, "defvalue") or 0)


def _let_the_scheduler_look(bench) -> None:
	"""On the bench of `devbench test` a scheduler looks every few seconds; elsewhere one look is taken here."""
	import os
	import subprocess

	if os.environ.get("SPM_URL"):
		return
	code = f"from frappe.utils.scheduler import enqueue_events_for_site as look; look({bench.site!r})"
	subprocess.run([bench.python, "-c", code], cwd=bench.sites, env=bench.environment(), check=True, timeout=60)


def test_realtime_message_reaches_only_its_user(realtime_url, server, http, people, bench):
	"""Two people hold a connection; a message for one arrives at that one."""
	import socketio

	namespace = f"/{bench.site}"
	received = {"ann": [], "bob": []}
	visitors, sockets = {}, {}
	for who, messages in received.items():
		visitors[who] = http(people[who])
		sockets[who] = socketio.Client(reconnection=False)
		sockets[who].on("devbench_probe", messages.append, namespace=namespace)
		sid = visitors[who].session.cookies.get("sid")
		sockets[who].connect(
			realtime_url,
			namespaces=[namespace],
			headers={"Cookie": f"sid={sid}", "Origin": realtime_url},
			wait_timeout=30,
		)
	try:
		deadline = time.monotonic() + 30
		while not received["ann"] and time.monotonic() < deadline:
			visitors["ann"].call("devbench_probe.api.announce", text="hello ann")
			time.sleep(0.3)
		assert {"text": "hello ann"} in received["ann"]
		assert received["bob"] == []
	finally:
		for connection in sockets.values():
			connection.disconnect()


def test_mail_is_queued_with_text_attachment_and_reference(committed, live_mode, make_record):
	from frappe.email.doctype.email_account.email_account import EmailAccount  # noqa: F401  (the module loads)

	account = frappe.get_doc(
		doctype="Email Account",
		email_account_name=f"Probe {frappe.generate_hash(length=6)}",
		email_id="probe-sender@example.com",
		enable_outgoing=1,
		default_outgoing=1,
		smtp_server="127.0.0.1",
		no_smtp_authentication=1,
	)
	account.flags.ignore_validate = True
	account.insert(ignore_mandatory=True)
	record = make_record()
	frappe.sendmail(
		recipients=["someone@example.com"],
		subject="Probe mail",
		message="<p>Hello from the probe</p>",
		reference_doctype=RECORD,
		reference_name=record.name,
		attachments=[{"fname": "probe.txt", "fcontent": "attached"}],
	)
	mail = frappe.get_last_doc("Email Queue", {"reference_name": record.name})
	assert mail.status == "Not Sent"
	assert [row.recipient for row in mail.recipients] == ["someone@example.com"]
	import email

	message = email.message_from_string(mail.message)
	parts = {part.get_content_type() for part in message.walk()}
	assert {"text/html", "text/plain"} <= parts
	assert "Probe mail" in mail.message


def test_error_is_logged_and_the_request_says_what_went_wrong(http, people, committed):
	title = "Devbench Probe failed"
	failure = http(people["ann"]).refused("devbench_probe.api.fail")
	assert failure.status == 417
	assert "devbench probe failed on purpose" in str(failure)
	# What the request itself logged before it failed is rolled back with it, as on an official site.
	frappe.log_error(title, "a message for the log", reference_doctype="User", reference_name=people["ann"])
	log = frappe.get_last_doc("Error Log", {"method": title})
	assert "a message for the log" in log.error
	assert (log.reference_doctype, log.reference_name) == ("User", people["ann"])


@pytest.mark.parametrize("broken", [ImportError("no such package"), RuntimeError("telemetry is down")])
def test_error_is_logged_even_when_the_report_to_sentry_fails(broken, monkeypatch):
	"""Without the package every error used to be replaced by an ImportError."""
	import sys
	import types

	module = types.ModuleType("frappe.utils.sentry")

	def capture_exception(**_kwargs):
		raise broken

	if isinstance(broken, ImportError):
		monkeypatch.setitem(sys.modules, "frappe.utils.sentry", None)
	else:
		module.capture_exception = capture_exception
		monkeypatch.setitem(sys.modules, "frappe.utils.sentry", module)
	try:
		raise ValueError("the real error")
	except ValueError:
		log = frappe.log_error("It went wrong")
	assert "the real error" in log.error


def test_error_without_a_title_is_logged():
	assert frappe.log_error(message="only a message").error == "only a message"

"""The runner: contacts join, rules stop, due steps happen. Each step of each contact is one transaction.

A step is done when its delivery row is there; the row's key (enrolment and step) is unique, and the mail is
queued in the same transaction. So a killed worker leaves either both or nothing, and of two runs one waits for
the lock and then finds the step done.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Min
from frappe.utils import add_days, cint, get_datetime, getdate, now_datetime

from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.sequences import DELIVERY, ENROLMENT, SEQUENCE, joining, mail, stopping
from sales_crm_pm.loop.sequences.timing import Clock

BATCH = 500
MOST_FAILURES = 3
FIELDS = (
	"name",
	"sequence",
	"contact",
	"customer",
	"email",
	"language",
	"status",
	"next_step",
	"next_on",
	"failures",
	"sent_count",
)


def run(commit: bool = True) -> dict[str, int]:
	"""Hourly job: everything that is due now, in all active sequences.

	:param commit: end the transaction after every contact, so that what was sent stays sent
	:return: how many were enrolled, stopped and sent to
	"""
	clock = Clock()
	totals = {"enrolled": 0, "stopped": 0, "done": 0}
	for name in frappe.get_all(SEQUENCE, filters={"status": "Active"}, pluck="name", order_by="name"):
		frappe.db.savepoint("sequence")
		try:
			sequence = frappe.get_doc(SEQUENCE, name)
			totals["enrolled"] += joining.join(sequence, clock)["enrolled"]
			totals["stopped"] += sum(stopping.apply(sequence).values())
		except Exception:
			frappe.db.rollback(save_point="sequence")
			frappe.log_error(
				title="Preparing a mail sequence", reference_doctype=SEQUENCE, reference_name=name
			)
		_commit(commit)
	totals["done"] = send_due(clock, commit)
	return totals


def send_due(clock: Clock | None = None, commit: bool = True) -> int:
	"""Do the next step of every contact whose time has come; returns how many steps were done."""
	clock = clock or Clock()
	due = due_enrolments()
	batch = Batch(due, clock)
	done = 0
	for name in [row.name for row in due]:
		frappe.db.savepoint("step")
		try:
			done += advance(name, batch)
		except frappe.OutgoingEmailError:
			# No mail account: nothing else of this run can be sent either.
			frappe.db.rollback(save_point="step")
			_complain_once_a_day()
			break
		except Exception:
			frappe.db.rollback(save_point="step")
			frappe.log_error(
				title="Step of a mail sequence", reference_doctype=ENROLMENT, reference_name=name
			)
			_note_failure(name)
		_commit(commit)
	return done


def due_enrolments() -> list[frappe._dict]:
	"""Enrolments of active sequences whose next step is due, the longest waiting first."""
	enrolment, sequence = DocType(ENROLMENT), DocType(SEQUENCE)
	return (
		frappe.qb.from_(enrolment)
		.inner_join(sequence)
		.on(sequence.name == enrolment.sequence)
		.select(enrolment.name, enrolment.customer, enrolment.contact, enrolment.email)
		.where((enrolment.status == "Active") & (sequence.status == "Active"))
		.where(enrolment.next_on <= now_datetime())
		.orderby(enrolment.next_on)
		.orderby(enrolment.name)
		.limit(BATCH)
		.run(as_dict=True)
	)


class Batch:
	"""What the steps of a run need to know, read for all of them at once."""

	def __init__(self, due: list[Any], clock: Clock):
		self.clock = clock
		settings = frappe.get_cached_doc("SPM Settings")
		self.limit = cint(settings.get("marketing_limit_count"))
		self.window = cint(settings.get("marketing_limit_days")) or 7
		self.facts = self._facts(due)
		self.mailed = self._mailed([row.email for row in due if row.email])
		self.templates: dict[tuple[str, str], str] = {}
		self.sequences: dict[str, Any] = {}

	def sequence(self, name: str) -> Any:
		"""A sequence, read once."""
		if name not in self.sequences:
			self.sequences[name] = frappe.get_doc(SEQUENCE, name)
		return self.sequences[name]

	def template(self, name: str, language: str) -> str:
		"""The name of a template in a language, looked up once."""
		if (name, language) not in self.templates:
			self.templates[name, language] = mail.template_for(name, language)
		return self.templates[name, language]

	def wait_for_limit(self, email: str) -> Any:
		"""When this address may get its next mail; None when it may now."""
		count, oldest = self.mailed.get(email, (0, None))
		if not self.limit or count < self.limit:
			return None
		return self.clock.after_limit(oldest, self.window)

	def note_mail(self, email: str) -> None:
		"""One more mail to this address."""
		count, oldest = self.mailed.get(email, (0, None))
		self.mailed[email] = (count + 1, oldest or now_datetime())

	def _mailed(self, emails: list[str]) -> dict[str, tuple[int, Any]]:
		"""Mails of all sequences per address within the window."""
		if not emails or not self.limit:
			return {}
		table = DocType(DELIVERY)
		rows = (
			frappe.qb.from_(table)
			.select(table.email, Count("*"), Min(table.sent_on))
			.where(table.email.isin(sorted(set(emails))) & (table.action == "Mail"))
			.where(table.outcome != "Failed")
			.where(table.sent_on > now_datetime() - timedelta(days=self.window))
			.groupby(table.email)
			.run()
		)
		return {email: (count, oldest) for email, count, oldest in rows}

	def _facts(self, due: list[Any]) -> dict[tuple[str, str], frappe._dict]:
		"""Names and people that letters and tasks speak of, by customer and contact."""
		if not due:
			return {}
		customer, contact, user = DocType("SPM Customer"), DocType("Contact"), DocType("User")
		customers = {
			row.name: row
			for row in frappe.qb.from_(customer)
			.left_join(user)
			.on(user.name == customer.account_manager)
			.select(
				customer.name,
				customer.customer_name,
				customer.account_manager,
				customer.service_owner,
				user.full_name.as_("account_manager_name"),
				user.email.as_("account_manager_email"),
			)
			.where(customer.name.isin(sorted({row.customer for row in due})))
			.run(as_dict=True)
		}
		people = {
			row.name: row
			for row in frappe.qb.from_(contact)
			.select(contact.name, contact.first_name, contact.last_name)
			.where(contact.name.isin(sorted({row.contact for row in due})))
			.run(as_dict=True)
		}
		found = {}
		for row in due:
			company, person = customers.get(row.customer), people.get(row.contact)
			if not company or not person:
				continue
			found[row.customer, row.contact] = frappe._dict(
				company,
				first_name=person.first_name or "",
				contact_name=" ".join(part for part in (person.first_name, person.last_name) if part),
			)
		return found


def advance(name: str, batch: Batch) -> bool:
	"""Do the next step of an enrolment if it is still due; tells whether something happened.

	The row is locked first and read again: what another run did in between counts.
	"""
	row = frappe.db.get_value(ENROLMENT, name, FIELDS, as_dict=True, for_update=True)
	now = now_datetime()
	if not row or row.status != "Active" or not row.next_on or get_datetime(row.next_on) > now:
		return False
	sequence = batch.sequence(row.sequence)
	position = cint(row.next_step) or 1
	if position > len(sequence.steps):
		_write(name, status="Finished", ended_on=now, next_on=None, active_key=None)
		return False
	step = sequence.steps[position - 1]
	key = f"{name}|{step.name}"
	done = frappe.db.exists(DELIVERY, {"delivery_key": key})
	facts = batch.facts.get((row.customer, row.contact))
	if facts is None:
		stopping.stop([name], "Left the Company")
		return False
	if not done:
		if step.action == "Mail" and (wait := _must_wait(row, batch, now)):
			_write(name, next_on=wait)
			return False
		if not _do(row, sequence, step, position, key, facts, batch):
			return False
	_move_on(row, sequence, position, now, step, batch, mailed=step.action == "Mail" and not done)
	return not done


def _must_wait(row: Any, batch: Batch, now: Any) -> Any:
	"""The later moment at which a mail may leave, or None when it may leave now."""
	allowed = batch.clock.allowed(now)
	wait = batch.wait_for_limit(row.email) or allowed
	later = max(wait, allowed)
	return later if later > now else None


def _do(row: Any, sequence: Any, step: Any, position: int, key: str, facts: Any, batch: Batch) -> bool:
	"""Write the delivery and do what the step says; False when the contact was stopped instead."""
	delivery = frappe.get_doc(
		{
			"doctype": DELIVERY,
			"sequence": sequence.name,
			"enrolment": row.name,
			"customer": row.customer,
			"contact": row.contact,
			"email": row.email,
			"step_no": position,
			"action": step.action,
			"subject": (step.subject or "").replace("{0}", facts.customer_name)[:140],
			"sent_on": now_datetime(),
			"outcome": "Sent",
			"step": step.name,
			"delivery_key": key,
		}
	)
	# First the row: whoever comes second fails on its key before a mail is queued.
	delivery.insert(ignore_permissions=True)
	if step.action == "Mail":
		template = batch.template(step.email_template, row.language or site_language())
		found = mail.letter(template, row, facts)
		reply_to = facts.account_manager_email if sequence.reply_to == "Account Manager" else None
		queue = mail.send(row, found, reply_to)
		if not queue:
			frappe.delete_doc(DELIVERY, delivery.name, ignore_permissions=True, force=True)
			stopping.stop([row.name], "Unsubscribed")
			return False
		batch.note_mail(row.email)
		frappe.db.set_value(
			DELIVERY,
			delivery.name,
			{"email_queue": queue, "subject": found["subject"][:140]},
			update_modified=False,
		)
	elif step.action == "Task":
		task = _make_task(row, sequence, step, delivery.subject, facts)
		frappe.db.set_value(DELIVERY, delivery.name, "task", task, update_modified=False)
	else:
		_notify(row, sequence, step, delivery.subject, facts)
	return True


def _move_on(row: Any, sequence: Any, position: int, now: Any, step: Any, batch: Batch, mailed: bool) -> None:
	values: dict[str, Any] = {"next_step": position + 1, "failures": 0}
	if mailed:
		sent_on = frappe.db.get_value(DELIVERY, {"delivery_key": f"{row.name}|{step.name}"}, "sent_on")
		values.update(sent_count=cint(row.sent_count) + 1, last_sent_on=sent_on)
	if position < len(sequence.steps):
		values["next_on"] = batch.clock.due(sequence.steps[position], now)
	else:
		values.update(status="Finished", ended_on=now, next_on=None, active_key=None)
	_write(row.name, **values)


def _person(step: Any, sequence: Any, facts: Any) -> str:
	if step.assign_to == "Owner of the Sequence":
		return sequence.owner
	if step.assign_to == "Service Owner" and facts.service_owner:
		return facts.service_owner
	return facts.account_manager


def _make_task(row: Any, sequence: Any, step: Any, subject: str, facts: Any) -> str:
	return (
		frappe.get_doc(
			{
				"doctype": "SPM Task",
				"subject": subject,
				"task_type": "Call",
				"customer": row.customer,
				"assigned_to": _person(step, sequence, facts),
				"planned_start_date": getdate(),
				"planned_end_date": getdate(add_days(getdate(), cint(step.due_days))),
				"description": frappe.utils.escape_html(
					_("{0}, from the sequence {1}", row.language).format(facts.contact_name, sequence.name)
				),
			}
		)
		.insert(ignore_permissions=True)
		.name
	)


def _notify(row: Any, sequence: Any, step: Any, subject: str, facts: Any) -> None:
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"for_user": _person(step, sequence, facts),
			"from_user": sequence.owner,
			"type": "Alert",
			"subject": frappe.utils.escape_html(subject),
			"document_type": "SPM Customer",
			"document_name": row.customer,
		}
	).insert(ignore_permissions=True)


def _complain_once_a_day() -> None:
	"""Say that there is no mail account, but not every hour."""
	key = "spm_sequences_without_account"
	if not frappe.cache.get_value(key, expires=True):
		frappe.cache.set_value(key, 1, expires_in_sec=24 * 60 * 60)
		frappe.log_error(title="Mail sequences wait for an outgoing e-mail account")


def _note_failure(name: str) -> None:
	"""Try again tomorrow; after the third time the enrolment ends, so that one bad template stops no queue."""
	failures = cint(frappe.db.get_value(ENROLMENT, name, "failures")) + 1
	if failures >= MOST_FAILURES:
		stopping.stop([name], "Failed")
	else:
		_write(name, failures=failures, next_on=add_days(now_datetime(), 1))


def _write(name: str, **values: Any) -> None:
	frappe.db.set_value(ENROLMENT, name, values)


def _commit(commit: bool) -> None:
	if commit:
		frappe.db.commit()  # nosemgrep: what was sent must stay sent, whatever happens to the next contact

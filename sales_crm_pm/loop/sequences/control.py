"""What people do with sequences and enrolments. The callers check permission."""

from __future__ import annotations

from collections import Counter
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import getdate, now_datetime

from sales_crm_pm.exceptions import SPMError, TransitionError
from sales_crm_pm.loop.sequences import ENROLMENT, RUNNING, SEQUENCE, joining
from sales_crm_pm.loop.sequences.stopping import stop
from sales_crm_pm.loop.sequences.timing import Clock
from sales_crm_pm.permissions.query import writable_rows
from sales_crm_pm.permissions.rules import CUSTOMER

WAYS = {
	"Draft": ("Active",),
	"Active": ("Paused", "Ended"),
	"Paused": ("Active", "Ended"),
	"Ended": ("Active",),
}


def move(name: str, status: str, run_now: bool = True) -> str:
	"""Activate, pause or end a sequence; asking for the status it has changes nothing. Returns the status.

	A paused sequence keeps its contacts where they are; an ended one lets them go.

	:param run_now: have the runner look at once instead of within the hour
	:raises TransitionError: there is no such step from here
	"""
	doc = frappe.get_doc(SEQUENCE, name, for_update=True)
	if doc.status == status:
		return status
	if status not in WAYS.get(doc.status, ()):
		frappe.throw(
			_("A sequence that is {0} cannot become {1}.").format(
				_(doc.status, context=SEQUENCE), _(status, context=SEQUENCE)
			),
			exc=TransitionError,
		)
	doc.flags.derived = True
	doc.status = status
	if status == "Active":
		doc.activated_on = doc.activated_on or now_datetime()
		doc.events_since = doc.events_since or getdate()
	doc.save()
	if status == "Ended":
		stop(
			frappe.get_all(ENROLMENT, filters={"sequence": name, "status": ["in", RUNNING]}, pluck="name"),
			"Sequence Ended",
		)
	if status == "Active" and run_now:
		frappe.enqueue(
			"sales_crm_pm.loop.sequences.sending.run",
			queue="long",
			enqueue_after_commit=True,
			job_id="sales_crm_pm.sequences.run",
			deduplicate=True,
		)
	return status


def enrol_by_hand(name: str, customers: list[str], contacts: list[str] | None = None) -> dict[str, int]:
	"""Start contacts of these customers, as far as the session's user may write the customers.

	:param contacts: only these contacts; otherwise those the sequence speaks to
	:return: counts of enrolled, already, no_address, unsubscribed, left, not_yours
	:raises SPMError: the sequence is not active
	"""
	sequence = frappe.get_doc(SEQUENCE, name)
	if sequence.status != "Active":
		frappe.throw(_("Activate {0} before contacts can start.").format(frappe.bold(name)), exc=SPMError)
	customers = list(dict.fromkeys(customers))[: joining.MOST_AT_ONCE]
	mine = writable_customers(customers)
	counts = Counter(not_yours=len(customers) - len(mine))
	if mine:
		counts += joining.enrol(sequence, joining.people(sequence, mine, contacts), "By Hand", Clock())
	return {
		key: counts[key] for key in ("enrolled", "already", "no_address", "unsubscribed", "left", "not_yours")
	}


def writable_customers(customers: list[str]) -> list[str]:
	"""Those of the customers that the session's user may write; one statement."""
	if not customers:
		return []
	table = DocType(CUSTOMER)
	query = frappe.qb.from_(table).select(table.name).where(table.name.isin(customers))
	if (writable := writable_rows(CUSTOMER)) is not None:
		query = query.where(writable)
	return query.run(pluck=True)


def act(enrolment: str, action: str) -> dict[str, Any]:
	"""Pause, resume or stop one contact's enrolment; doing it twice does it once.

	:param action: pause, resume or stop
	:return: name, status and next_on
	:raises TransitionError: it is over already
	"""
	doc = frappe.get_doc(ENROLMENT, enrolment, for_update=True)
	if doc.status not in RUNNING and not (action == "stop" and doc.status == "Stopped"):
		frappe.throw(_("This is over already."), exc=TransitionError)
	if action == "stop":
		stop([enrolment], "By Hand")
	elif action == "pause":
		frappe.db.set_value(ENROLMENT, enrolment, "status", "Paused")
	elif doc.status == "Paused":
		# What came due in the meantime is not sent in one go: the clock starts anew.
		sequence = frappe.get_doc(SEQUENCE, doc.sequence)
		values = {"status": "Active"}
		if doc.next_step <= len(sequence.steps):
			values["next_on"] = max(doc.next_on or now_datetime(), Clock().allowed(now_datetime()))
		frappe.db.set_value(ENROLMENT, enrolment, values)
	row = frappe.db.get_value(ENROLMENT, enrolment, ["name", "status", "next_on"], as_dict=True)
	return dict(row)

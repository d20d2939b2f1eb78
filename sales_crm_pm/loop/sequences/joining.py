"""Who joins a sequence: contacts chosen by hand, of a segment's customers, or after an event."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Max
from frappe.utils import cint, get_datetime, getdate, now_datetime

from sales_crm_pm.loop import bulk, segments
from sales_crm_pm.loop.figures import site_language
from sales_crm_pm.loop.sequences import ENROLMENT, RUNNING, SEQUENCE
from sales_crm_pm.loop.sequences.timing import Clock
from sales_crm_pm.permissions.query import writable_rows

CUSTOMER = "SPM Customer"
CHUNK = 200
MOST_AT_ONCE = 2000
"""Contacts that join one sequence in one run; the next run takes the others."""
FAR = "2000-01-01"


def join(sequence: Any, clock: Clock) -> Counter:
	"""Enrol whoever the sequence's own trigger names; running again enrols nobody twice.

	:param sequence: an active sequence
	:return: how many were enrolled, and how many not and why
	"""
	found = candidates(sequence)
	return enrol(sequence, found, sequence.starts_by, clock) if found else Counter()


def candidates(sequence: Any) -> list[frappe._dict]:
	"""Contacts that the trigger of a sequence names now, whether or not they are enrolled already.

	A sequence reaches as far as its owner: a salesperson's starts for their own customers only.

	:return: rows with customer, contact, email, language, is_unsubscribed, has_left, reference_doctype,
	    reference_name
	"""
	if sequence.starts_by == "Segment" and sequence.segment:
		return people(sequence, segments.members_query(sequence.segment), of=sequence.owner)
	if sequence.starts_by == "Event" and sequence.event:
		return _after_event(sequence)
	return []


def people(
	sequence: Any, customers: Any, contacts: list[str] | None = None, of: str | None = None
) -> list[frappe._dict]:
	"""The contacts of customers that a sequence speaks to; one statement.

	:param customers: names, or a query that selects them
	:param contacts: only these (chosen by hand), instead of the kind the sequence names
	:param of: only customers that this user may write
	"""
	contact, link, customer, user = (
		DocType("Contact"),
		DocType("Dynamic Link"),
		DocType(CUSTOMER),
		DocType("User"),
	)
	query = (
		frappe.qb.from_(contact)
		.inner_join(link)
		.on((link.parent == contact.name) & (link.parenttype == "Contact") & (link.link_doctype == CUSTOMER))
		.inner_join(customer)
		.on(customer.name == link.link_name)
		.left_join(user)
		.on(user.name == contact.user)
		.select(
			customer.name.as_("customer"),
			contact.name.as_("contact"),
			contact.email_id.as_("email"),
			Coalesce(user.language, customer.language).as_("language"),
			contact.unsubscribed.as_("is_unsubscribed"),
		)
		.where((customer.disabled == 0) & customer.name.isin(customers))
		.orderby(customer.name)
		.orderby(contact.name)
	)
	if frappe.get_meta("Contact").has_field("left_company_on"):
		query = query.select(contact.left_company_on)
	if of and (writable := writable_rows(CUSTOMER, of)) is not None:
		query = query.where(writable)
	if contacts is not None:
		query = query.where(contact.name.isin(contacts))
	elif sequence.contacts == "Primary Contact":
		query = query.where(customer.primary_contact == contact.name)
	rows = query.run(as_dict=True)
	language = site_language()
	for row in rows:
		row.language = row.language or language
		row.has_left = bool(row.left_company_on and getdate(row.left_company_on) <= getdate())
	return rows


def enrol(sequence: Any, rows: list[Any], started_by: str, clock: Clock) -> Counter:
	"""Enrol contacts of `candidates` or `people`, each as often as the sequence allows.

	:return: counts of enrolled, already, no_address, unsubscribed, left
	"""
	# One enrolment of a sequence at a time: whoever comes second waits and then finds the first one's rows.
	frappe.db.get_value(SEQUENCE, sequence.name, "name", for_update=True)
	eligible, counts = sort_out(sequence, rows)
	docs = [_enrolment(sequence, row, started_by, number, clock) for row, number in eligible[:MOST_AT_ONCE]]
	for start in range(0, len(docs), CHUNK):
		_insert(docs[start : start + CHUNK])
	counts["enrolled"] = len(docs)
	return counts


def sort_out(sequence: Any, rows: list[Any]) -> tuple[list[tuple[Any, int]], Counter]:
	"""Tell who may start from who may not.

	:return: pairs of a row and how often its contact was enrolled before; counts of left, unsubscribed,
	    no_address and already
	"""
	counts: Counter = Counter()
	needs_mail = any(step.action == "Mail" for step in sequence.steps)
	refused = _unsubscribed_addresses([row.email for row in rows if row.email])
	earlier = _earlier(sequence.name, [row.contact for row in rows]) if sequence.name else {}
	eligible, seen = [], set()
	for row in rows:
		before = earlier.get(row.contact, [])
		if row.has_left:
			counts["left"] += 1
		elif row.is_unsubscribed or (row.email or "").lower() in refused:
			counts["unsubscribed"] += 1
		elif needs_mail and not row.email:
			counts["no_address"] += 1
		elif row.contact in seen or not _may_join(sequence, row, before):
			counts["already"] += 1
		else:
			seen.add(row.contact)
			eligible.append((row, len(before)))
	return eligible, counts


def _may_join(sequence: Any, row: Any, earlier: list[Any]) -> bool:
	if not earlier:
		return True
	if any(one.status in RUNNING for one in earlier):
		return False
	if row.get("reference_name") and any(one.reference_name == row.reference_name for one in earlier):
		return False
	again = cint(sequence.again_after_days)
	last = max(get_datetime(one.ended_on or one.started_on) for one in earlier)
	return bool(again) and last + timedelta(days=again) <= now_datetime()


def _earlier(sequence: str, contacts: list[str]) -> dict[str, list[Any]]:
	"""Enrolments that contacts have in a sequence, read with a lock so that the newest count."""
	found: dict[str, list[Any]] = {}
	table = DocType(ENROLMENT)
	for start in range(0, len(contacts), CHUNK * 5):
		rows = (
			frappe.qb.from_(table)
			.select(table.contact, table.status, table.reference_name, table.started_on, table.ended_on)
			.where((table.sequence == sequence) & table.contact.isin(contacts[start : start + CHUNK * 5]))
			.for_update()
			.run(as_dict=True)
		)
		for row in rows:
			found.setdefault(row.contact, []).append(row)
	return found


def _enrolment(sequence: Any, row: Any, started_by: str, number: int, clock: Clock) -> Any:
	now = now_datetime()
	doc = frappe.get_doc(
		{
			"doctype": ENROLMENT,
			"sequence": sequence.name,
			"contact": row.contact,
			"customer": row.customer,
			"email": (row.email or "").lower() or None,
			"language": row.language,
			"status": "Active",
			"next_step": 1,
			"next_on": clock.due(sequence.steps[0], now),
			"started_by": started_by,
			"reference_doctype": row.get("reference_doctype"),
			"reference_name": row.get("reference_name"),
			"started_on": now,
			"sent_count": 0,
			"failures": 0,
			"enrolment_key": f"{sequence.name}|{row.contact}|{row.get('reference_name') or number}"[:255],
			"active_key": f"{sequence.name}|{row.contact}"[:255],
		}
	)
	doc.flags.derived = True
	return doc


def _insert(docs: list[Any]) -> None:
	names = bulk.reserve_names(ENROLMENT, len(docs))
	if names:
		for doc, name in zip(docs, names, strict=True):
			doc.name = name
		bulk.insert_many(docs)
		return
	for doc in docs:
		doc.insert(ignore_permissions=True)


def _unsubscribed_addresses(addresses: list[str]) -> set[str]:
	"""Those of the addresses that core's list says want no mail at all."""
	if not addresses:
		return set()
	rows = frappe.get_all(
		"Email Unsubscribe",
		filters={"email": ["in", list(set(addresses))], "global_unsubscribe": 1},
		pluck="email",
	)
	return {address.lower() for address in rows}


# Events
# ------------------


def _after_event(sequence: Any) -> list[frappe._dict]:
	"""Contacts of the customers for whom the event happened long enough ago, with the record that says so."""
	until = getdate() - timedelta(days=cint(sequence.event_delay_days))
	query = EVENTS[sequence.event](sequence)
	if query is None:
		return []
	events = query.as_("events")
	happened = (
		frappe.qb.from_(events)
		.select(events.customer, events.record, events.on)
		.where((events.on >= getdate(sequence.events_since or FAR)) & (events.on < until + timedelta(days=1)))
		.orderby(events.on)
		.run(as_dict=True)
	)
	# Of two events of one customer the later one is told about.
	latest = {row.customer: row for row in happened}
	rows = people(sequence, list(latest), of=sequence.owner) if latest else []
	for row in rows:
		row.reference_doctype, row.reference_name = EVENT_RECORDS[sequence.event], latest[row.customer].record
	return rows


def _project_delivered(_sequence):
	table = DocType("SPM Project")
	return (
		frappe.qb.from_(table)
		.select(table.customer, table.name.as_("record"), table.delivered_on.as_("on"))
		.where(table.delivered_on.isnotnull() & table.status.isin(["Delivered", "Accepted", "Closed"]))
	)


def _project_accepted(_sequence):
	table, milestones = DocType("SPM Project"), DocType("SPM Milestone")
	return (
		frappe.qb.from_(table)
		.left_join(milestones)
		.on(milestones.project == table.name)
		.select(
			table.customer,
			table.name.as_("record"),
			Coalesce(Max(milestones.accepted_on), table.delivered_on).as_("on"),
		)
		.where(table.status.isin(["Accepted", "Closed"]))
		.groupby(table.name, table.customer, table.delivered_on)
	)


def _deal_closed(status, column):
	def query(_sequence):
		table = DocType("SPM Opportunity")
		return (
			frappe.qb.from_(table)
			.select(table.customer, table.name.as_("record"), table[column].as_("on"))
			.where((table.status == status) & table[column].isnotnull() & table.customer.isnotnull())
		)

	return query


def _quotation_sent(_sequence):
	if not frappe.db.exists("DocType", "SPM Quotation"):
		return None
	table = DocType("SPM Quotation")
	return (
		frappe.qb.from_(table)
		.select(table.customer, table.name.as_("record"), table.sent_on.as_("on"))
		.where(table.sent_on.isnotnull() & table.status.isin(["Sent", "Expired"]))
	)


def _stage_reached(sequence):
	if not frappe.db.exists("DocType", "SPM Lifecycle Log"):
		return None
	log, customer = DocType("SPM Lifecycle Log"), DocType(CUSTOMER)
	return (
		frappe.qb.from_(log)
		.inner_join(customer)
		.on(customer.name == log.customer)
		.select(log.customer, log.name.as_("record"), log.moved_on.as_("on"))
		# Whoever has moved on since then is not told about a stage of the past.
		.where((log.to_stage == sequence.event_stage) & (customer.lifecycle_stage == sequence.event_stage))
	)


def _recommends(_sequence):
	table = DocType("SPM Survey")
	return (
		frappe.qb.from_(table)
		.select(table.customer, table.name.as_("record"), table.answered_on.as_("on"))
		.where((table.status == "Answered") & (table.nps >= 9))
	)


EVENTS = {
	"Project Delivered": _project_delivered,
	"Project Accepted": _project_accepted,
	"Opportunity Won": _deal_closed("Won", "won_on"),
	"Opportunity Lost": _deal_closed("Lost", "closed_on"),
	"Quotation Sent": _quotation_sent,
	"Lifecycle Stage Reached": _stage_reached,
	"Recommends Us": _recommends,
}
EVENT_RECORDS = {
	"Project Delivered": "SPM Project",
	"Project Accepted": "SPM Project",
	"Opportunity Won": "SPM Opportunity",
	"Opportunity Lost": "SPM Opportunity",
	"Quotation Sent": "SPM Quotation",
	"Lifecycle Stage Reached": "SPM Lifecycle Log",
	"Recommends Us": "SPM Survey",
}

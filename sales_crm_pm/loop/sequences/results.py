"""What a sequence has done so far, and what it would do: figures per step, and a rehearsal without a mail."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from frappe.utils import getdate, now_datetime

from sales_crm_pm.loop.sequences import DELIVERY, ENROLMENT, SEQUENCE, joining
from sales_crm_pm.loop.sequences.timing import Clock
from sales_crm_pm.permissions.query import readable_rows

MOST_SHOWN = 30
OUTCOMES = ("Answered", "Unsubscribed", "Bounced", "Failed")


def statistics(sequence: str, user: str | None = None) -> dict[str, Any]:
	"""Figures of a sequence over the customers that the user may see; two statements.

	:return: `steps` (step_no, action, label, done, answered, unsubscribed, bounced, failed), `contacts` (per
	    status), `stopped` (per reason)
	"""
	doc = frappe.get_doc(SEQUENCE, sequence)
	delivery, enrolment = DocType(DELIVERY), DocType(ENROLMENT)
	query = (
		frappe.qb.from_(delivery)
		.select(delivery.step_no, delivery.action, delivery.outcome, Count("*"))
		.where(delivery.sequence == sequence)
		.groupby(delivery.step_no, delivery.action, delivery.outcome)
	)
	query = _visible(query, DELIVERY, user)
	per_step: dict[int, Counter] = defaultdict(Counter)
	actions: dict[int, str] = {}
	for step_no, action, outcome, count in query.run():
		per_step[step_no][outcome] += count
		per_step[step_no]["done"] += count
		actions[step_no] = action
	states = (
		frappe.qb.from_(enrolment)
		.select(enrolment.status, enrolment.stop_reason, Count("*"))
		.where(enrolment.sequence == sequence)
		.groupby(enrolment.status, enrolment.stop_reason)
	)
	contacts, stopped = Counter(), Counter()
	for status, reason, count in _visible(states, ENROLMENT, user).run():
		contacts[status] += count
		if status == "Stopped":
			stopped[reason or ""] += count
	steps = []
	for number in range(1, max([len(doc.steps), *per_step]) + 1):
		step = doc.steps[number - 1] if number <= len(doc.steps) else None
		counts = per_step[number]
		steps.append(
			{
				"step_no": number,
				"action": step.action if step else actions.get(number),
				"label": (step.email_template if step.action == "Mail" else step.subject) if step else "",
				"done": counts["done"],
				**{outcome.lower(): counts[outcome] for outcome in OUTCOMES},
			}
		)
	return {"steps": steps, "contacts": dict(contacts), "stopped": dict(stopped)}


def rehearse(sequence: Any, customers: list[str] | None = None) -> dict[str, Any]:
	"""Who would get what when, if the sequence were started now; nothing is written and nothing is sent.

	Contacts that run already are told from where they stand. The limit of mails per contact is not played
	through, because what other sequences send until then is not known.

	:param sequence: the record, saved or not
	:param customers: the customers chosen by hand; otherwise those of the segment or the event
	:return: `contacts` (how many would start), `left_out` (per reason), `days` (mails per day), `people` (the
	    first of them with their dates)
	"""
	clock, now = Clock(), now_datetime()
	rows = joining.people(sequence, customers) if customers is not None else joining.candidates(sequence)
	eligible, left_out = joining.sort_out(sequence, rows)
	days: Counter = Counter()
	people = []
	for row, _number in eligible:
		plan = _plan(sequence, clock, now)
		days.update(str(getdate(step["on"])) for step in plan if step["action"] == "Mail")
		if len(people) < MOST_SHOWN:
			keys = ("customer", "contact", "email", "language")
			people.append({**{key: row[key] for key in keys}, "steps": plan})
	return {
		"contacts": len(eligible),
		"left_out": dict(left_out),
		"days": [{"day": day, "mails": days[day]} for day in sorted(days)],
		"people": _named(people),
	}


def _plan(sequence: Any, clock: Clock, start: Any) -> list[dict[str, Any]]:
	moment, plan = start, []
	for number, step in enumerate(sequence.steps, 1):
		moment = clock.due(step, moment)
		plan.append(
			{
				"step_no": number,
				"action": step.action,
				"label": step.email_template if step.action == "Mail" else step.subject,
				"on": str(moment),
			}
		)
	return plan


def _named(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
	"""The people with the names that a reader knows them by."""
	customers = _titles("SPM Customer", "customer_name", {row["customer"] for row in people})
	contacts = _titles("Contact", "full_name", {row["contact"] for row in people})
	for row in people:
		row["customer_name"] = customers.get(row["customer"]) or row["customer"]
		row["contact_name"] = contacts.get(row["contact"]) or row["contact"]
	return people


def _titles(doctype: str, fieldname: str, names: set[str]) -> dict[str, str]:
	if not names:
		return {}
	return dict(
		frappe.get_all(
			doctype, filters={"name": ["in", list(names)]}, fields=["name", fieldname], as_list=True
		)
	)


def _visible(query: Any, doctype: str, user: str | None) -> Any:
	readable = readable_rows(doctype, user)
	return query if readable is None else query.where(readable)

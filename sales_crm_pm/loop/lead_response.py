"""How soon a lead hears from us: the clock, what stops it, and who is told when it has run out.

The clock starts when the lead arrives and ends with the first outgoing talk or mail. It starts again when the
lead writes or calls once more and the target says so. Working hours and holidays are the target's calendar.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.utils import cint, get_datetime, now_datetime

from sales_crm_pm.loop import lead_pool, lead_recycling
from sales_crm_pm.loop.lead_config import Target, config
from sales_crm_pm.permissions.rules import SALES_MANAGER
from sales_crm_pm.rules.lead_pool import OPEN_STATUSES
from sales_crm_pm.rules.working_time import add_minutes, minutes_between

FIRST_DUE, ROLLING_DUE, FAILED, FULFILLED = (
	"First Response Due",
	"Rolling Response Due",
	"Failed",
	"Fulfilled",
)
DUE = (FIRST_DUE, ROLLING_DUE)
SPOKEN = ("Call", "Visit", "Meeting", "E-mail", "WeChat", "Message")
"""Kinds of talk that reach the lead; a note does not."""


# The clock
# ---------


def set_target(doc: Any) -> None:
	"""Start the clock of a new lead; stop it and let it go on with the status and in the pool."""
	before = doc.get_doc_before_save()
	if before is None:
		_start(doc)
	elif before.status != doc.status or bool(before.lead_owner) != bool(doc.lead_owner):
		_pause_or_resume(doc)


def _start(doc: Any) -> None:
	if doc.status not in OPEN_STATUSES or doc.import_run:
		# Leads of a file are old news; a clock for all of them at once would only cry wolf.
		return
	target = config().target_for(doc)
	if not target:
		return
	doc.response_target = target.name
	doc.sla_status = FIRST_DUE
	doc.response_by = add_minutes(target.calendar, _arrival(doc), target.response_minutes)
	if _stands_still(doc, target):
		_pause(doc, target)


def _arrival(doc: Any) -> Any:
	return get_datetime(doc.creation) if doc.creation else now_datetime()


def _pause_or_resume(doc: Any) -> None:
	target = config().target(doc.response_target)
	if not target or doc.sla_status not in DUE:
		return
	still = _stands_still(doc, target)
	if still and not doc.response_paused_on:
		_pause(doc, target)
	elif not still and doc.response_paused_on:
		doc.response_by = add_minutes(target.calendar, now_datetime(), cint(doc.response_minutes_left))
		doc.response_paused_on = None
		doc.response_minutes_left = 0


def _stands_still(doc: Any, target: Target) -> bool:
	return doc.status in target.pause_statuses or (not doc.lead_owner and not target.runs_in_pool)


def _pause(doc: Any, target: Target) -> None:
	now = now_datetime()
	doc.response_minutes_left = int(minutes_between(target.calendar, now, get_datetime(doc.response_by)))
	doc.response_paused_on = now
	doc.response_by = None


# Talks and mails
# ---------------


def answered(lead: str, at: Any) -> None:
	"""Note an outgoing talk or mail: it stops the clock, in time or too late."""
	doc = _state(lead)
	if not doc or doc.sla_status not in (*DUE, FAILED) or not doc.response_target:
		return
	at = min(get_datetime(at), now_datetime())
	target = config().target(doc.response_target)
	values: dict[str, Any] = {}
	if not doc.first_responded_on:
		values["first_responded_on"] = at
		if target:
			values["response_minutes"] = int(minutes_between(target.calendar, get_datetime(doc.creation), at))
	in_time = doc.response_paused_on or (doc.response_by and at <= get_datetime(doc.response_by))
	if doc.sla_status in DUE:
		values["sla_status"] = FULFILLED if in_time else FAILED
		if not in_time and not doc.response_missed_on:
			values["response_missed_on"] = doc.response_by
	elif in_time and doc.response_missed_on and not doc.first_responded_on:
		# Talked in time, written down only after the clock had run out.
		values |= {"sla_status": FULFILLED, "response_missed_on": None}
	if not values:
		return
	values |= {"response_paused_on": None, "response_minutes_left": 0}
	frappe.db.set_value("SPM Lead", lead, values, update_modified=False)


def asked_again(lead: str, at: Any) -> None:
	"""Note an incoming talk or mail after the first response: the next one is due."""
	doc = _state(lead)
	target = config().target(doc.response_target) if doc else None
	if not target or not target.rolling_minutes or not doc.first_responded_on:
		return
	if doc.sla_status == ROLLING_DUE or doc.status not in OPEN_STATUSES:
		return
	if get_datetime(at) <= get_datetime(doc.first_responded_on):
		return
	values = {
		"sla_status": ROLLING_DUE,
		"response_by": add_minutes(target.calendar, get_datetime(at), target.rolling_minutes),
		"response_told_on": None,
	}
	frappe.db.set_value("SPM Lead", lead, values, update_modified=False)


def _state(lead: str) -> Any:
	fields = [
		"name",
		"status",
		"creation",
		"sla_status",
		"response_target",
		"response_by",
		"first_responded_on",
		"response_paused_on",
		"response_missed_on",
	]
	return frappe.db.get_value("SPM Lead", lead, fields, as_dict=True)


def follow_talk(talk: Any) -> None:
	"""After a talk with a lead was written down."""
	if (
		talk.flags.in_delete
		or not talk.lead
		or talk.interaction_type not in SPOKEN
		or get_datetime(talk.happened_on) > now_datetime()
	):
		return
	if (talk.direction or "Outgoing") == "Outgoing":
		if talk.outcome != "No Answer":
			answered(talk.lead, talk.happened_on)
	else:
		asked_again(talk.lead, talk.happened_on)


# Too late
# --------


def watch() -> int:
	"""Job of every few minutes: mark what is overdue, tell the owner, later the manager; returns how many."""
	return _tell_owners() + _tell_managers()


def _tell_owners() -> int:
	filters = {
		"sla_status": ["in", DUE],
		"response_by": ["<", now_datetime()],
		"status": ["in", OPEN_STATUSES],
	}
	return lead_recycling.each("SPM Lead", filters, miss, "Missing a response target")


def miss(name: str) -> bool:
	"""Mark one lead whose time is over and tell its owner; tells whether it was over."""
	doc = frappe.get_doc("SPM Lead", name, for_update=True)
	if doc.sla_status not in DUE or not doc.response_by or get_datetime(doc.response_by) >= now_datetime():
		return False
	values = {"sla_status": FAILED, "response_missed_on": doc.response_by}
	frappe.db.set_value("SPM Lead", name, values, update_modified=False)
	doc.update(values)
	if doc.lead_owner:
		lead_pool.tell(doc, "lead_response_missed")
	return True


def _tell_managers() -> int:
	lead = DocType("SPM Lead")
	rows = (
		frappe.qb.from_(lead)
		.select(lead.name, lead.response_target, lead.response_missed_on)
		.where(
			(lead.sla_status == FAILED)
			& lead.response_missed_on.isnotnull()
			& lead.response_told_on.isnull()
			& lead.status.isin(OPEN_STATUSES)
		)
		.run(as_dict=True)
	)
	now, told = now_datetime(), 0
	for row in rows:
		target = config().target(row.response_target)
		late = minutes_between(target.calendar, get_datetime(row.response_missed_on), now) if target else 0
		if target and late >= target.escalate_after_minutes:
			told += _escalate(row.name, target)
	return told


def _escalate(name: str, target: Target) -> bool:
	doc = frappe.get_doc("SPM Lead", name)
	manager = target.escalate_to or config().manager_of(doc.territory) or _any_manager()
	if manager == doc.lead_owner:
		# Nobody is told twice about the same lead.
		manager = target.escalate_to or manager
	frappe.db.set_value(
		"SPM Lead",
		name,
		{"response_manager": manager, "response_told_on": now_datetime()},
		update_modified=False,
	)
	if _answered_since(doc):
		return False
	doc.response_manager = manager
	lead_pool.tell(doc, "lead_response_escalated")
	return True


def _answered_since(doc: Any) -> bool:
	"""Late, but done: the manager need not step in."""
	return bool(
		doc.first_responded_on and doc.response_by and doc.first_responded_on >= get_datetime(doc.response_by)
	)


def _any_manager() -> str | None:
	role = DocType("Has Role")
	user = DocType("User")
	found = (
		frappe.qb.from_(role)
		.inner_join(user)
		.on(role.parent == user.name)
		.select(user.name)
		.where((role.role == SALES_MANAGER) & (role.parenttype == "User") & (user.enabled == 1))
		.where(user.name != "Administrator")
		.orderby(user.creation)
		.limit(1)
		.run()
	)
	return found[0][0] if found else None

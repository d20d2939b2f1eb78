"""Gives leads without an owner to people: by the first matching rule, in turn or by load.

The framework's own Assignment Rule reads the last person without a lock (two workers give the same turn
twice), knows no absence and no limit, and writes ToDos instead of the owner. These rules lock their row.
A person chosen by a framework rule still becomes the owner (see `loop.lead_pool.follow_assignment`).
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.utils import getdate, now_datetime

from sales_crm_pm.loop.lead_config import Assignment, config
from sales_crm_pm.permissions.rules import MARKETING_USER, SALES_MANAGER, SALES_USER, SYSTEM_MANAGER
from sales_crm_pm.rules import rotation
from sales_crm_pm.rules.conditions import all_hold
from sales_crm_pm.rules.lead_pool import OPEN_STATUSES


def set_owner(doc: Any) -> None:
	"""Give a new lead an owner: the salesperson who writes it down, else whom the rules choose.

	What comes from the web, by mail, from marketing or an interface has nobody yet; without a rule it waits
	in the pool.
	"""
	if doc.lead_owner or not doc.is_new() or doc.status not in OPEN_STATUSES:
		return
	if keeps_own_leads() and not doc.flags.from_outside:
		doc.lead_owner = frappe.session.user
		return
	doc.lead_owner, doc.flags.assigned_by = choose(doc, keep_turn=_is_preview(doc))


def keeps_own_leads() -> bool:
	"""Whether leads that the session's user writes down are their own."""
	roles = set(frappe.get_roles())
	return SALES_USER in roles and not roles & {SALES_MANAGER, MARKETING_USER, SYSTEM_MANAGER}


def choose(lead: Any, keep_turn: bool = False) -> tuple[str | None, str | None]:
	"""The person whom the first matching rule gives this lead to, and the rule.

	Locks the rule, so that two leads at once get two different turns.

	:param keep_turn: only look, as a preview does
	:return: (user, rule), both None when no rule matches or nobody is available
	"""
	setup = config()
	if not setup.assignments:
		return None, None
	values, now = setup.values_of(lead), now_datetime()
	for rule in setup.assignments:
		if rule.hours and not rule.hours.is_open(now):
			continue
		if rule.people and all_hold(values, rule.conditions):
			if user := _next_of(rule, keep_turn):
				return user, rule.name
	return None, None


def _next_of(rule: Assignment, keep_turn: bool) -> str | None:
	table = DocType("SPM Assignment Rule")
	state = (
		frappe.qb.from_(table)
		.select(table.turn, table.last_user)
		.where(table.name == rule.name)
		.for_update()
		.run(as_dict=True)
	)
	if not state:
		return None
	turn, last = state[0].turn or 0, state[0].last_user
	free = present([person for person, _share in rule.people])
	loads = {}
	if rule.max_open or rule.method == "Load Balancing":
		loads = open_leads(list(free))
		free = {p for p in free if not rule.max_open.get(p) or loads.get(p, 0) < rule.max_open[p]}
	if rule.method == "Load Balancing":
		user = rotation.least_loaded(rule.people, loads, free, last)
	else:
		# Stored from 1, because an empty number column reads 0.
		user, taken = rotation.next_in_turn(rule.people, turn - 1, free)
		turn = taken + 1
	if user and not keep_turn:
		frappe.qb.update(table).set(table.turn, turn).set(table.last_user, user).set(
			table.last_assigned_on, now_datetime()
		).where(table.name == rule.name).run()
	return user


def present(people: list[str]) -> set[str]:
	"""Those who can work today: enabled and not absent. Two statements, whatever their number."""
	if not people:
		return set()
	enabled = set(
		frappe.get_all(
			"User", filters={"name": ["in", people], "enabled": 1}, pluck="name", limit_page_length=0
		)
	)
	today = getdate()
	away = frappe.get_all(
		"SPM Absence",
		filters={"user": ["in", people], "from_date": ["<=", today], "to_date": [">=", today]},
		pluck="user",
	)
	return enabled - set(away)


def open_leads(people: list[str], pool: str | None = None) -> dict[str, int]:
	"""Number of open leads per person, as of now.

	A locking read: after waiting for a rule or pool that somebody else held, an ordinary one would still
	count as at the start of the transaction.
	"""
	if not people:
		return {}
	lead = DocType("SPM Lead")
	query = (
		frappe.qb.from_(lead)
		.select(lead.lead_owner, lead.name)
		.where(lead.lead_owner.isin(people) & lead.status.isin(OPEN_STATUSES))
		.for_update()
	)
	if pool:
		query = query.where(lead.pool == pool)
	counted: dict[str, int] = {}
	for owner, _name in query.run():
		counted[owner] = counted.get(owner, 0) + 1
	return counted


def _is_preview(doc: Any) -> bool:
	return str(doc.name or "").startswith("new-")

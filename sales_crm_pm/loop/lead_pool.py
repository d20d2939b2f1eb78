"""The public pool of leads: who holds a lead, how it gets into the pool and out again, and a log of every move.

A lead without an owner is in the pool. Salespeople do not see it there; they see its SPM Pool Lead, a row
with what they need to choose by and with masked contact data, so no list, report, export or interface
can show more. Claiming locks first the pool (one count of limits at a time) and then the lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import (
	format_date,
	format_datetime,
	get_datetime,
	get_fullname,
	getdate,
	now_datetime,
)

from sales_crm_pm.exceptions import LeadTakenError, SPMError
from sales_crm_pm.loop import lead_assignment
from sales_crm_pm.loop.lead_config import Pool, config
from sales_crm_pm.permissions.rules import (
	MARKETING_USER,
	SALES_MANAGER,
	SALES_USER,
	SYSTEM_MANAGER,
)
from sales_crm_pm.rules import lead_pool as rules
from sales_crm_pm.rules.lead_pool import OPEN_STATUSES

DEALERS = frozenset({SYSTEM_MANAGER, SALES_MANAGER, MARKETING_USER})
"""Roles that give leads to others."""
BATCH = 200
MIRRORED = (
	"pool",
	"job_title",
	"score",
	"rating",
	"in_pool_since",
	"times_recycled",
	"need",
	"source",
	"campaign",
	"industry",
	"territory",
	"no_of_employees",
	"language",
)


@dataclass
class Move:
	"""Why a lead changes hands."""

	action: str
	reason: str = ""
	rule: str | None = None


# What a save of a lead does
# --------------------------


def follow_owner(doc: Any) -> None:
	"""Keep pool, dates of assignment and of return in step with the owner."""
	before = doc.get_doc_before_save()
	setup = config()
	if before and doc.pool != before.pool and not _deals():
		# Another pool has other rules of return; whoever holds the lead does not choose them.
		doc.pool = before.pool
	if not doc.pool or (before and before.territory != doc.territory and before.pool == doc.pool):
		doc.pool = setup.pool_for(doc.territory) or doc.pool
	if before is None or (before.lead_owner or None) != (doc.lead_owner or None):
		now = now_datetime()
		doc.assigned_on = now if doc.lead_owner else None
		doc.in_pool_since = None if doc.lead_owner else now
		doc.recycle_warned_for = None
	doc.recycle_on = recycle_on(doc, setup.pools.get(doc.pool))


def recycle_on(lead: Any, pool: Pool | None) -> Any:
	"""The day on which a lead goes back to the pool if nobody talks with it, None when it stays."""
	if pool is None or not lead.lead_owner or lead.status not in OPEN_STATUSES:
		return None
	if lead.status == "Qualified" and not pool.recycle_qualified:
		return None
	return rules.recycle_date(
		getdate(lead.assigned_on) if lead.assigned_on else None,
		getdate(lead.last_followup_on) if lead.last_followup_on else None,
		pool.recycle_after_days,
	)


def check_owner_change(doc: Any) -> None:
	"""A salesperson hands on or gives back their own lead, and takes none without claiming it.

	:raises frappe.PermissionError: the owner is changed by somebody who may not
	"""
	before = doc.get_doc_before_save()
	if (
		before is None
		or doc.flags.move
		or doc.flags.ignore_permissions
		or (before.lead_owner or None) == (doc.lead_owner or None)
		or frappe.session.user == before.lead_owner
		or _deals()
	):
		return
	if not before.lead_owner:
		frappe.throw(
			_("Claim {0} from the public pool to work on it.").format(doc.lead_name), frappe.PermissionError
		)
	frappe.throw(
		_("Only {0} or a manager can hand {1} to somebody else.").format(
			get_fullname(before.lead_owner), doc.lead_name
		),
		frappe.PermissionError,
	)


def show(doc: Any) -> None:
	"""After a save: the row in the pool, the log of moves, and what the framework calls assignments."""
	before = doc.get_doc_before_save()
	old, new = (before.lead_owner or None) if before else None, doc.lead_owner or None
	if before is None or old != new:
		_log(doc, before, old, new)
		if before is not None:
			_move_todos(doc, old, new)
		if new and new != frappe.session.user and not frappe.flags.spm_bulk:
			tell(doc, "lead_assigned")
	if before is None and new:
		return
	_mirror(doc, before)


def forget(doc: Any) -> None:
	"""Before a lead is deleted: its row in the pool and its log go with it."""
	frappe.db.delete("SPM Pool Lead", {"lead": doc.name})
	frappe.db.delete("SPM Lead Move", {"lead": doc.name})


def tell(doc: Any, event: str) -> None:
	"""Run the Notification records of an event of ours, in the owner's language; not while mails are muted."""
	if frappe.flags.mute_emails:
		return
	language = frappe.local.lang
	frappe.local.lang = frappe.get_cached_value("User", doc.lead_owner, "language") or language
	try:
		doc.run_method(event)
	finally:
		frappe.local.lang = language


def _log(doc: Any, before: Any, old: str | None, new: str | None) -> None:
	move: Move | None = doc.flags.move
	if before is None:
		# A lead that somebody writes down for themselves has not moved; its creation says it all.
		if new and not doc.flags.assigned_by:
			return
		move = Move("Assigned", rule=doc.flags.assigned_by) if new else Move("Entered")
	elif move is None:
		if old and new:
			move = Move("Handed Over")
		else:
			move = Move("Assigned") if new else Move("Released")
	_write_row(
		"SPM Lead Move",
		{
			"lead": doc.name,
			"action": move.action,
			"moved_on": now_datetime(),
			"moved_by": frappe.session.user,
			"from_user": old,
			"to_user": new,
			"pool": doc.pool,
			"rule": move.rule,
			"reason": move.reason,
		},
	)


def _mirror(doc: Any, before: Any) -> None:
	was_there = bool(before and is_in_pool(before))
	if not is_in_pool(doc):
		if was_there:
			frappe.db.delete("SPM Pool Lead", {"lead": doc.name})
		return
	watched = ("organisation", "lead_name", "mobile", "phone", "email", "lead_owner", *MIRRORED)
	if was_there and not any(doc.has_value_changed(fieldname) for fieldname in watched):
		return
	if was_there:
		frappe.db.set_value("SPM Pool Lead", {"lead": doc.name}, shown(doc))
	else:
		put_on_show(doc, _reason(doc, before), before.lead_owner if before else None)


def put_on_show(doc: Any, reason: str = "New", last_owner: str | None = None) -> None:
	"""Make the row by which people choose a lead of the pool."""
	_write_row("SPM Pool Lead", {"lead": doc.name, **shown(doc), "reason": reason, "last_owner": last_owner})


def _write_row(doctype: str, values: dict[str, Any]) -> None:
	"""Insert a record that only we write, with one statement: an import may bring thousands."""
	row = frappe.get_doc({"doctype": doctype, **values})
	row.set_user_and_timestamp()
	row.set_new_name()
	row.db_insert()


def is_in_pool(lead: Any) -> bool:
	"""Whether a lead waits for somebody."""
	return not lead.lead_owner and lead.status in OPEN_STATUSES


def shown(lead: Any) -> dict[str, Any]:
	"""What everybody who may claim a lead sees of it."""
	masked = rules.masked_name(lead.lead_name)
	values = {fieldname: lead.get(fieldname) for fieldname in MIRRORED}
	return values | {
		"title": lead.organisation or masked,
		"person_masked": masked,
		"mobile_masked": rules.masked_phone(lead.mobile or lead.phone),
		"email_masked": rules.masked_email(lead.email),
	}


def _reason(doc: Any, before: Any) -> str:
	if before is None or not before.lead_owner:
		return "New"
	action = doc.flags.move.action if doc.flags.move else "Released"
	return "Returned" if action == "Returned" else "Released"


def _move_todos(doc: Any, old: str | None, new: str | None) -> None:
	"""Open assignments of the framework follow the owner; without one they are closed."""
	if not old:
		return
	filters = {
		"reference_type": "SPM Lead",
		"reference_name": doc.name,
		"allocated_to": old,
		"status": "Open",
	}
	for name in frappe.get_all("ToDo", filters=filters, pluck="name"):
		todo = frappe.get_doc("ToDo", name)
		if new:
			todo.allocated_to = new
		else:
			todo.status = "Cancelled"
		todo.save(ignore_permissions=True)


# Actions
# -------


def claim(lead: str) -> tuple[Any, bool]:
	"""Take a lead out of the pool for the session's user; a second call changes nothing.

	:return: (the lead, whether this call claimed it)
	:raises frappe.PermissionError: the pool is not open to this user
	:raises LeadTakenError: somebody else was faster, or the lead is closed
	:raises SPMError: a limit of the pool
	"""
	user = frappe.session.user
	pool = config().pools.get(frappe.db.get_value("SPM Lead", lead, "pool") or "")
	if pool:
		table = DocType("SPM Lead Pool")
		frappe.qb.from_(table).select(table.name).where(table.name == pool.name).for_update().run()
	doc = frappe.get_doc("SPM Lead", lead, for_update=True)
	if doc.lead_owner == user:
		return doc, False
	if not may_claim(pool):
		frappe.throw(
			_("This pool is not open to you. Ask a manager to give you the lead."), frappe.PermissionError
		)
	_check_free(doc)
	_check_limits(doc, pool, user)
	doc.lead_owner = user
	return move(doc, Move("Claimed")), True


def release(lead: str, reason: str = "") -> Any:
	"""Give a lead back to the pool, as its owner or as somebody who gives leads to others.

	:raises frappe.PermissionError: the user is neither
	:raises SPMError: the lead is closed
	"""
	doc = frappe.get_doc("SPM Lead", lead, for_update=True)
	_check_dealer(doc)
	if not doc.lead_owner:
		return doc
	_check_open(doc)
	doc.lead_owner = None
	return move(doc, Move("Released", reason))


def assign(lead: str, user: str, reason: str = "") -> Any:
	"""Give a lead to a colleague, as its owner or as somebody who gives leads to others.

	:raises frappe.PermissionError: the user is neither
	:raises SPMError: the colleague cannot work on leads
	"""
	doc = frappe.get_doc("SPM Lead", lead, for_update=True)
	_check_dealer(doc)
	_check_open(doc)
	if not ({SALES_USER, SALES_MANAGER} & set(frappe.get_roles(user))) or not frappe.db.get_value(
		"User", user, "enabled"
	):
		frappe.throw(
			_("{0} does not work on leads. Choose a salesperson.").format(get_fullname(user)), exc=SPMError
		)
	if doc.lead_owner == user:
		return doc
	action = "Handed Over" if doc.lead_owner else "Assigned"
	doc.lead_owner = user
	return move(doc, Move(action, reason))


def assign_by_rule(lead: str) -> Any:
	"""Let the assignment rules choose for a lead without an owner; it stays in the pool when none fits."""
	found = frappe.get_doc("SPM Lead", lead)
	_check_dealer(found)
	user, rule = lead_assignment.choose(found)
	doc = frappe.get_doc("SPM Lead", lead, for_update=True)
	if not user or doc.lead_owner or doc.status not in OPEN_STATUSES:
		return doc
	doc.lead_owner = user
	return move(doc, Move("Assigned", rule=rule))


def follow_assignment(todo: Any, method: str | None = None) -> None:
	"""Hook: whoever the framework assigns a lead of the pool to becomes its owner.

	Serves the framework's Assignment Rules and "Assign To" alike.
	"""
	if todo.reference_type != "SPM Lead" or not todo.reference_name or todo.status != "Open":
		return
	doc = frappe.get_doc("SPM Lead", todo.reference_name, for_update=True)
	if doc.lead_owner or doc.status not in OPEN_STATUSES or not todo.allocated_to:
		return
	if not todo.assignment_rule:
		_check_dealer(doc)
	doc.lead_owner = todo.allocated_to
	move(doc, Move("Assigned"))


def may_claim(pool: Pool | None, user: str | None = None) -> bool:
	"""Whether a pool is open to a user: named, in a named role, or any salesperson when nobody is named."""
	roles = set(frappe.get_roles(user))
	if pool is None or not (pool.roles or pool.users):
		return bool(roles & {SALES_USER, SALES_MANAGER})
	return bool(roles & pool.roles) or (user or frappe.session.user) in pool.users


def _deals() -> bool:
	"""Whether the session's user gives leads to others."""
	return frappe.session.user == "Administrator" or bool(DEALERS & set(frappe.get_roles()))


def move(doc: Any, move: Move) -> Any:
	doc.flags.move = move
	# The action has checked who asks; rights to the row itself change with the owner.
	doc.flags.ignore_permissions = doc.flags.derived = True
	doc.save()
	return doc


def _check_dealer(doc: Any) -> None:
	if doc.lead_owner and doc.lead_owner == frappe.session.user:
		return
	doc.check_permission("write")
	if not _deals():
		frappe.throw(_("Only the owner of a lead or a manager can hand it on."), frappe.PermissionError)


def _check_open(doc: Any) -> None:
	if doc.status not in OPEN_STATUSES:
		frappe.throw(
			_("{0} is closed ({1}) and does not change hands any more.").format(
				frappe.bold(doc.lead_name), _(doc.status)
			),
			exc=SPMError,
		)


def _check_free(doc: Any) -> None:
	if doc.lead_owner:
		frappe.throw(
			_("{0} was faster: this lead was claimed at {1}. Choose another one from the pool.").format(
				frappe.bold(get_fullname(doc.lead_owner)),
				format_datetime(doc.assigned_on, "HH:mm") if doc.assigned_on else "–",
			),
			title=_("Already Claimed"),
			exc=LeadTakenError,
		)
	if doc.status not in OPEN_STATUSES:
		frappe.throw(_("This lead is closed and no longer in the pool."), exc=LeadTakenError)


def _check_limits(doc: Any, pool: Pool | None, user: str) -> None:
	if pool is None:
		return
	held = lead_assignment.open_leads([user], pool.name).get(user, 0) if pool.limits.max_open else 0
	refusal = rules.why_not(
		pool.limits,
		getdate(),
		held,
		_claimed_today(user, pool) if pool.limits.max_per_day else 0,
		_lost_on(doc.name, user) if pool.limits.cool_down_days else None,
	)
	if refusal is None:
		return
	if refusal.limit == "cool_down_days":
		text = _(
			"You had this lead before. You can claim it again from {0}; until then it is open to others."
		)
		text = text.format(format_date(refusal.until))
	elif refusal.limit == "max_open":
		text = _(
			"You hold {0} open leads of this pool, which is the limit. Close or release one first."
		).format(held)
	else:
		text = _("You have claimed {0} leads today, which is the limit. Claim again tomorrow.").format(
			refusal.size
		)
	frappe.throw(text, title=_("Limit of the Pool"), exc=SPMError)


def _claimed_today(user: str, pool: Pool) -> int:
	move = DocType("SPM Lead Move")
	# A locking read for the same reason as in open_leads().
	return len(
		frappe.qb.from_(move)
		.select(move.name)
		.where(
			(move.to_user == user)
			& (move.action == "Claimed")
			& (move.pool == pool.name)
			& (move.moved_on >= get_datetime(getdate()))
		)
		.for_update()
		.run()
	)


def _lost_on(lead: str, user: str) -> Any:
	last = frappe.get_all(
		"SPM Lead Move",
		filters={"lead": lead, "from_user": user, "action": ["in", ["Released", "Returned"]]},
		pluck="moved_on",
		order_by="moved_on desc",
		limit=1,
	)
	return getdate(last[0]) if last else None


def refresh_recycle_date(lead: str, last_talk: Any) -> dict[str, Any]:
	"""The date of return after a talk, as a value to write with the talk's other effects."""
	doc = frappe.db.get_value("SPM Lead", lead, ["lead_owner", "status", "assigned_on", "pool"], as_dict=True)
	if not doc:
		return {}
	doc.last_followup_on = last_talk
	return {"recycle_on": recycle_on(doc, config().pools.get(doc.pool))}

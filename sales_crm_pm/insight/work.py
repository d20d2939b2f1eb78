"""One list of everything somebody has to do: follow-ups, tasks, milestones and decisions, the most overdue first.

The kinds are declared in work_sources.py. One UNION is counted and paged by the database, whatever the number
of rows; each part is narrowed to the records that the reader may see, who need not be the one who works.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, IfNull
from frappe.utils import add_days, cstr, getdate
from pypika import Case
from pypika.functions import Cast
from pypika.terms import Criterion, NullValue, ValueWrapper

from sales_crm_pm.insight.work_sources import TALK, WORK, Work
from sales_crm_pm.permissions.grants import Person, any_of, is_everything
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.permissions.rules import RULES, SYSTEM_MANAGER

MAX_LENGTH = 200
WHEN = ("overdue", "today", "week", "later", "undated")
DECISION = "decision"
"""Kind of the rows that wait for somebody's approval or acceptance."""
COLUMNS = (
	"kind", "due", "title", "doctype", "docname", "status", "priority", "about_doctype", "about", "about_title",
)  # fmt: skip


def page(
	user: str,
	start: int = 0,
	length: int = 50,
	kinds: list[str] | None = None,
	when: list[str] | None = None,
	search: str = "",
) -> dict[str, Any]:
	"""What a person has to do, as far as the session's user may see it; two statements and those of the roles.

	:param user: whose work
	:param kinds: only these kinds
	:param when: only these: overdue, today, week (the seven days after today), later, undated
	:param search: only rows whose words or subject hold this
	:return: total, rows (kind, due, days, title, doctype, name, status, priority, about_doctype, about,
	    about_title), counts {kind: {when: number}}
	"""
	parts = [*_parts(user), *_decisions(user)]
	if not parts:
		return {"total": 0, "rows": [], "counts": {}}
	union = parts[0]
	for part in parts[1:]:
		union = union.union_all(part)
	work = union.as_("work")
	bucket = _bucket(work.due)
	narrowed = [work.title.like(f"%{search}%") | work.about_title.like(f"%{search}%")] if search else []
	counts: dict[str, dict[str, int]] = {}
	counted = frappe.qb.from_(work).select(work.kind, bucket, Count("*")).groupby(work.kind, bucket)
	for kind, moment, number in counted.where(Criterion.all(narrowed)).run():
		counts.setdefault(kind, {})[moment] = number
	total = sum(
		number
		for kind, moments in counts.items()
		for moment, number in moments.items()
		if (not kinds or kind in kinds) and (not when or moment in when)
	)
	if start >= total:
		return {"total": total, "rows": [], "counts": counts}
	query = (
		frappe.qb.from_(work)
		.select(*(work[column] for column in COLUMNS))
		.orderby(IfNull(work.due, "9999-12-31"))
		.orderby(_rank(work.priority))
		.orderby(work.kind)
		.orderby(work.docname)
		.limit(length)
		.offset(start)
	)
	if kinds:
		narrowed.append(work.kind.isin(kinds))
	if when:
		narrowed.append(bucket.isin(when))
	query = query.where(Criterion.all(narrowed))
	today = getdate()
	return {"total": total, "rows": [_shown(row, today) for row in query.run(as_dict=True)], "counts": counts}


def kinds_of_work() -> list[dict[str, Any]]:
	"""The kinds that a list may hold: kind, label, icon, actions."""
	# Several entries may share a kind: the same work for different people.
	kinds = {
		w.kind: {
			"kind": w.kind,
			"label": _(w.label, context=w.doctype) if w.label else _(w.doctype),
			"icon": w.icon,
			"actions": list(w.actions),
		}
		for w in WORK
	}
	return [*kinds.values(), {"kind": DECISION, "label": _("Waiting for Decision"), "icon": "stamp", "actions": []}]


def _parts(user: str) -> list[Any]:
	return [_part(work, user) for work in WORK if frappe.has_permission(work.doctype, "read")]


def _part(work: Work, user: str) -> Any:
	table = DocType(work.doctype)
	query = (
		frappe.qb.from_(table)
		.where(Criterion.any(table[column] == user for column in work.people))
		.where(Criterion.all(_conditions(work, table)))
	)
	visible = readable_rows(work.doctype)
	if visible is not None:
		query = query.where(visible)
	query, about = _about(query, table, work.about)
	title = _first([table[column] for column in work.title])
	priority = table[work.priority] if work.priority else NullValue()
	return _select(
		query, work.kind, work.doctype, table, table[work.due], title, table[work.status], priority, about
	)


def _conditions(work: Work, table: Any) -> list[Criterion]:
	found = [
		table[column].isin(value) if isinstance(value, tuple) else table[column] == value
		for column, value in work.where.items()
	]
	if work.needs_due:
		found.append(table[work.due].isnotnull())
	if work.unless_open_talk:
		talks = DocType(TALK).as_("standing")
		found.append(
			table.name.notin(
				frappe.qb.from_(talks)
				.select(talks[work.unless_open_talk])
				.where(
					(talks.follow_up_by == table[work.people[0]])
					& (talks.follow_up_status == "Open")
					& (talks.next_date == table[work.due])
					& talks[work.unless_open_talk].isnotnull()
				)
			)
		)
	return found


def _about(
	query: Any, table: Any, links: tuple[tuple[str, str, str], ...]
) -> tuple[Any, tuple[Any, Any, Any]]:
	"""Join what the work belongs to, as far as the reader may see it; the first that is filled is named."""
	doctypes, names, titles = [], [], []
	for column, doctype, title in links:
		if column == "name":
			return query, (ValueWrapper(doctype), table.name, table[title])
		target = DocType(doctype).as_(f"about_{column}")
		query = query.left_join(target).on(target.name == table[column])
		doctypes.append((target.name.isnotnull(), doctype))
		names.append(target.name)
		titles.append(target[title])
	if not names:
		return query, (NullValue(), NullValue(), NullValue())
	which = Case()
	for condition, doctype in doctypes:
		which = which.when(condition, doctype)
	return query, (which, Coalesce(*names), Coalesce(*titles))


def _select(query, kind, doctype, table, due, title, status, priority, about) -> Any:
	return query.select(
		ValueWrapper(kind).as_("kind"),
		Cast(due, "date").as_("due"),
		title.as_("title"),
		ValueWrapper(doctype).as_("doctype"),
		table.name.as_("docname"),
		status.as_("status"),
		priority.as_("priority"),
		about[0].as_("about_doctype"),
		about[1].as_("about"),
		about[2].as_("about_title"),
	)


def _first(columns: list[Any]) -> Any:
	"""The first column that is not empty."""
	if len(columns) == 1:
		return columns[0]
	found = Case()
	for column in columns[:-1]:
		found = found.when(IfNull(column, "") != "", column)
	return found.else_(columns[-1])


def _bucket(due: Any) -> Any:
	today = getdate()
	return (
		Case()
		.when(due.isnull(), "undated")
		.when(due < today, "overdue")
		.when(due == today, "today")
		.when(due <= getdate(add_days(today, 7)), "week")
		.else_("later")
	)


def _rank(priority: Any) -> Any:
	"""Urgent before high before the rest, among what is due on the same day."""
	return (
		Case().when(priority == "Urgent", 0).when(priority == "High", 1).when(priority == "Low", 3).else_(2)
	)


def _shown(row: dict[str, Any], today: date) -> dict[str, Any]:
	return {
		"kind": row.kind,
		"due": row.due,
		"days": (getdate(row.due) - today).days if row.due else None,
		"title": cstr(row.title),
		"doctype": row.doctype,
		"name": row.docname,
		"status": _(cstr(row.status), context=row.doctype) if row.status else "",
		"priority": cstr(row.priority),
		"about_doctype": row.about_doctype,
		"about": row.about,
		"about_title": cstr(row.about_title),
	}


# Decisions
# ------------------


def _decisions(user: str) -> list[Any]:
	"""Records that wait in a workflow for this person's role: those they may write and somebody else asks for.

	Which actions are decisions is a setting, because admins name their own.
	"""
	actions = [
		line.strip() for line in cstr(frappe.get_cached_doc("SPM Settings").decision_actions).splitlines()
	]
	actions = [action for action in actions if action]
	if not actions:
		return []
	person = Person.of(user)
	flows, steps = DocType("Workflow"), DocType("Workflow Transition")
	rows = (
		frappe.qb.from_(steps)
		.inner_join(flows)
		.on((steps.parent == flows.name) & (flows.is_active == 1))
		.select(
			flows.document_type,
			flows.workflow_state_field,
			steps.state,
			steps.action,
			steps.allow_self_approval,
		)
		.where(steps.action.isin(actions) & steps.allowed.isin([*person.roles, "All"]))
		.run(as_dict=True)
	)
	waiting: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
	for row in rows:
		actions = waiting.setdefault((row.document_type, row.workflow_state_field), {}).setdefault(
			row.state, {}
		)
		actions[row.action] = max(actions.get(row.action, 0), row.allow_self_approval)
	return [
		_decision(doctype, column, states, person)
		for (doctype, column), states in waiting.items()
		if doctype in RULES and frappe.has_permission(doctype, "read")
	]


def _decision(doctype: str, column: str, states: dict[str, dict[str, int]], person: Person) -> Any:
	meta = frappe.get_meta(doctype)
	table = DocType(doctype)
	# Sending one's own back is no decision when approving it is forbidden.
	own_too = [state for state, actions in states.items() if all(actions.values())]
	waits = table[column].isin(list(states))
	others = table.owner != person.user
	query = frappe.qb.from_(table).where(
		waits & (others | table[column].isin(own_too) if own_too else others)
	)
	if person.user != "Administrator" and SYSTEM_MANAGER not in person.roles:
		may_write = any_of(RULES[doctype].write, table, person)
		if may_write is None:
			query = query.where(ValueWrapper(1) == 0)
		elif not is_everything(may_write):
			query = query.where(may_write)
	visible = readable_rows(doctype)
	if visible is not None:
		query = query.where(visible)
	links = tuple(
		(fieldname, target, title)
		for fieldname, target, title in (
			("project", "SPM Project", "project_name"),
			("opportunity", "SPM Opportunity", "title"),
			("customer", "SPM Customer", "customer_name"),
		)
		if meta.has_field(fieldname)
	)
	query, about = _about(query, table, links)
	# Since when it waits is not stored everywhere; the last change comes closest.
	due = table.planned_date if meta.has_field("planned_date") else table.modified
	return _select(
		query, DECISION, doctype, table, due, table[meta.get_title_field()], table[column], NullValue(), about
	)

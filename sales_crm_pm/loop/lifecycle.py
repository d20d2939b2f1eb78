"""Moves of customers between lifecycle stages: by events, by hand, by silence. Every move is kept.

Where an event leads is decided by pure rules (`rules.lifecycle`, `rules.sales.lifecycle_after`). What
somebody set by hand stays until something really happens: a new deal, a win, a talk, a project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, cint, get_datetime, getdate, now_datetime

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.figures import FINISHED
from sales_crm_pm.loop.sets import forget, insert_logs
from sales_crm_pm.rules import lifecycle as rules
from sales_crm_pm.rules import sales

BATCH = 2000
COLUMNS = ("name", "lifecycle_stage", "lifecycle_changed_on", "creation", "won_count", "last_interaction_on")


# Events
# ------------------


def talked(customers: Iterable[str | None]) -> None:
	"""A talk was held (or recorded) with these customers, whose last talk is up to date already."""
	rows = _rows(customers, ("Prospect", "Dormant", ""))
	move(rows, _after_talk, "Interaction")


def _after_talk(row: Any) -> str:
	last, since = row.last_interaction_on, _since(row)
	return rules.after_talk(
		row.lifecycle_stage,
		has_won=cint(row.won_count) > 0,
		is_new=bool(last and since and get_datetime(last) >= since),
	)


def project_moved(customer: str | None, status: str) -> None:
	"""A project of the customer took a new status; being under way and being delivered count."""
	is_finished = status in FINISHED
	if not customer or not (is_finished or status == "In Progress"):
		return
	move(
		_rows([customer]),
		lambda row: rules.after_project(row.lifecycle_stage, is_finished=is_finished),
		"Project",
	)


def fall_asleep() -> int:
	"""Nightly job: customers nobody dealt with for long are dormant, and lost after longer; returns how many.

	Also catches up with talks that were planned and have taken place by now.
	"""
	settings = frappe.get_cached_doc("SPM Settings")
	dormant_after, lost_after = cint(settings.lifecycle_dormant_days), cint(settings.lifecycle_lost_days)
	table = DocType("SPM Customer")
	base = (
		frappe.qb.from_(table).select(*[table[column] for column in COLUMNS]).orderby(table.name).limit(BATCH)
	)
	today = getdate()
	since = Coalesce(table.lifecycle_changed_on, table.creation)
	moved = 0
	spoken = base.where((table.lifecycle_stage == "Prospect") & table.last_interaction_on.isnotnull())
	moved += _in_batches(spoken, _after_talk, "Interaction")
	if lost_after:
		long_asleep = base.where(
			(table.lifecycle_stage == "Dormant") & (since < add_days(today, 1 - lost_after))
		)
		moved += _in_batches(long_asleep, lambda row: "Lost", "Inactivity")
	if dormant_after:
		limit = add_days(today, 1 - dormant_after)
		silent = base.where(
			table.lifecycle_stage.isin(rules.CAN_FALL_ASLEEP)
			& (Coalesce(table.open_deals, 0) == 0)
			& (Coalesce(table.active_projects, 0) == 0)
			& (since < limit)
			& (table.last_interaction_on.isnull() | (table.last_interaction_on < limit))
		)
		moved += _in_batches(silent, lambda row: "Dormant", "Inactivity")
	return moved


def _in_batches(query: Any, target: Callable[[Any], str], event: str) -> int:
	"""Move what a query finds until it finds nothing more; each batch leaves the set it was found in."""
	total = 0
	while rows := query.run(as_dict=True):
		moved = move(rows, target, event)
		total += len(moved)
		if len(rows) < BATCH or not moved:
			break
	return total


def deals_changed(before: dict[str, Any], after: dict[str, Any]) -> None:
	"""Log the moves that the statement over deals made (`customer_figures.refresh_deals`).

	:param before: {customer: row} with stage, since when, and deals won, as they were
	:param after: the same rows now
	"""
	moves = [
		(row, after[name].lifecycle_stage, cint(after[name].won_count) > cint(row.won_count))
		for name, row in before.items()
		if name in after and (row.lifecycle_stage or "") != (after[name].lifecycle_stage or "")
	]
	log(
		[
			entry(row, stage, "Import" if frappe.flags.spm_bulk else "Deal Won" if is_win else "Opportunity")
			for row, stage, is_win in moves
		]
	)


def can_move_by_deals(stage: str | None) -> bool:
	"""Whether opportunities can move a customer on from here at all."""
	return any(
		sales.lifecycle_after(stage, has_open=has_open, has_won=True) != stage for has_open in (True, False)
	)


# By hand
# ------------------


def move_by_hand(doc: Any, stage: str, reason: str | None = None) -> Any:
	"""Move a customer to another stage because a person says so.

	:param doc: SPM Customer that the caller may write (the save checks it)
	:raises SPMError: there is no such stage
	"""
	if stage not in rules.STAGES:
		frappe.throw(
			_("There is no lifecycle stage {0}. Choose one of: {1}.").format(
				frappe.bold(stage), ", ".join(_(s) for s in rules.STAGES)
			),
			exc=SPMError,
		)
	if doc.lifecycle_stage == stage:
		return doc
	doc.lifecycle_stage = stage
	doc.lifecycle_reason = reason
	return doc.save()


def set_by_hand(doc: Any) -> None:
	"""Step of saving a customer: mark a stage that this save changes, so that it stays."""
	before = doc.get_doc_before_save()
	if before and (before.lifecycle_stage or "") == doc.lifecycle_stage:
		return
	doc.lifecycle_by_hand = cint(bool(before) or doc.lifecycle_stage != "Prospect")
	if not before:
		# A new customer is in its first stage since it was made.
		return
	doc.lifecycle_changed_on = now_datetime()
	if (before.lifecycle_reason or "") == (doc.lifecycle_reason or ""):
		# The reason of an earlier move is not that of this one.
		doc.lifecycle_reason = None


def log_by_hand(doc: Any) -> None:
	"""Step after saving a customer: keep the move that this save made."""
	before = doc.get_doc_before_save()
	if before and (before.lifecycle_stage or "") != doc.lifecycle_stage:
		event = "Import" if frappe.flags.spm_bulk else "By Hand"
		log([entry(before, doc.lifecycle_stage, event, doc.lifecycle_reason)])


def forget_import(stages: dict[str, str], since: Any) -> None:
	"""An import is undone: its moves are forgotten, and the customers are where they were.

	:param stages: {customer: stage before the import}
	:param since: when the import began
	"""
	if not stages:
		return
	log_table, table = DocType("SPM Lifecycle Log"), DocType("SPM Customer")
	of_import = (log_table.event == "Import") & (log_table.moved_on >= get_datetime(since))
	frappe.qb.from_(log_table).delete().where(of_import & log_table.customer.isin(sorted(stages))).run()
	by_stage: dict[str, list[str]] = {}
	for customer, stage in stages.items():
		by_stage.setdefault(stage, []).append(customer)
	for stage, names in by_stage.items():
		(
			frappe.qb.update(table)
			.set(table.lifecycle_stage, stage)
			.set(table.lifecycle_changed_on, None)
			.where(table.name.isin(sorted(names)))
			.run()
		)
		forget("SPM Customer", names)


# Writing
# ------------------


def move(rows: list[Any], target: Callable[[Any], str], event: str, reason: str | None = None) -> list[str]:
	"""Move customers where `target` says and keep each move; those it leaves where they are cost nothing.

	:param rows: rows with COLUMNS, locked by the caller where others may write them
	:return: names of the customers that moved
	"""
	by_stage: dict[str, list[str]] = {}
	entries = []
	for row in rows:
		stage = target(row)
		if stage != (row.lifecycle_stage or ""):
			by_stage.setdefault(stage, []).append(row.name)
			entries.append(entry(row, stage, event, reason))
	table = DocType("SPM Customer")
	for stage, names in by_stage.items():
		(
			frappe.qb.update(table)
			.set(table.lifecycle_stage, stage)
			.set(table.lifecycle_changed_on, now_datetime())
			.set(table.lifecycle_by_hand, 0)
			.set(table.lifecycle_reason, None)
			.where(table.name.isin(sorted(names)))
			.run()
		)
		forget("SPM Customer", names)
	log(entries)
	return [row["customer"] for row in entries]


def entry(row: Any, stage: str, event: str, reason: str | None = None) -> dict[str, Any]:
	"""One row of the log: the customer leaves the stage of `row` for another one, now."""
	now, since = now_datetime(), _since(row)
	return {
		"customer": row.name,
		"from_stage": row.lifecycle_stage or "",
		"to_stage": stage,
		"days_in_stage": sales.days_between(since, now),
		"event": event,
		"moved_on": now,
		"moved_by": frappe.session.user,
		"reason": reason,
	}


def log(entries: list[dict[str, Any]]) -> None:
	"""Keep moves."""
	insert_logs("SPM Lifecycle Log", entries)


def _since(row: Any) -> datetime | None:
	moment = row.lifecycle_changed_on or row.creation
	return get_datetime(moment) if moment else None


def _rows(customers: Iterable[str | None], stages: tuple[str, ...] | None = None) -> list[Any]:
	"""Lock these customers (those in `stages` only) and read what a move needs to know."""
	names = sorted({customer for customer in customers if customer})
	if not names:
		return []
	table = DocType("SPM Customer")
	query = (
		frappe.qb.from_(table)
		.select(*[table[column] for column in COLUMNS])
		.where(table.name.isin(names))
		.for_update()
	)
	if stages:
		query = query.where(Coalesce(table.lifecycle_stage, "").isin(stages))
	return query.run(as_dict=True)

"""The way of an opportunity through its pipeline: defaults, gate, history, amounts, closing.

The controller calls these steps on every save, so desk, Kanban board, REST and import obey the same rules.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt, format_date, get_datetime, getdate, now_datetime

from sales_crm_pm.exceptions import ReopenError, SPMError, StageGateError, throw_missing
from sales_crm_pm.loop import customer_figures
from sales_crm_pm.loop.initiation import initiate
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.pipeline import default_pipeline, find_stage, stage_for_status, stages_of
from sales_crm_pm.rules import money, sales, stage_gate
from sales_crm_pm.rules.stage_gate import ChecklistRow, Stage

FIGURE_FIELDS = ("status", "amount_base", "won_on", "customer", "next_step_date")
"""Changes of these fields change what the customer shows."""


# Steps of a save, in order
# ------------------


def set_defaults(doc: Any) -> None:
	"""Pipeline, first stage, currencies, opening date, owner and deal chain of a deal that lacks them."""
	doc.pipeline = doc.pipeline or default_pipeline()
	if not doc.pipeline:
		frappe.throw(_("There is no pipeline yet. Ask an administrator to set one up."), exc=SPMError)
	doc.base_currency = base_currency()
	if not doc.currency:
		doc.currency = (
			frappe.db.get_value("SPM Customer", doc.customer, "currency", cache=True) if doc.customer else None
		) or doc.base_currency
	if doc.currency == doc.base_currency or not flt(doc.exchange_rate):
		doc.exchange_rate = 1
	doc.opportunity_owner = doc.opportunity_owner or frappe.session.user
	doc.opened_on = doc.opened_on or getdate()
	doc.generation = cint(doc.generation) or 1
	if not doc.deal_chain:
		doc.deal_chain = (
			frappe.db.get_value("SPM Lead", doc.lead, "deal_chain") if doc.lead else None
		) or frappe.generate_hash(length=10)


def set_stage(doc: Any) -> None:
	"""Bring stage and status together: the one that was changed leads, the stage when both were.

	A Kanban board changes the status alone; the deal then goes to the first stage of that kind.
	"""
	before = doc.get_doc_before_save()
	if before and before.pipeline != doc.pipeline and before.stage == doc.stage:
		doc.stage = stage_for_status(doc.pipeline, doc.status or before.status).name
	elif before and before.stage == doc.stage and (doc.status or before.status) != before.status:
		doc.stage = stage_for_status(doc.pipeline, doc.status).name
	elif not doc.stage:
		doc.stage = stage_for_status(doc.pipeline, doc.status or "Open").name
	# A deal may stay in a stage that was disabled meanwhile; it only cannot enter it.
	stays = before is not None and before.stage == doc.stage
	stage = find_stage(doc.pipeline, doc.stage, include_disabled=stays)
	entered = before is None or before.stage != stage.name
	doc.stage, doc.status = stage.name, stage.status
	if entered:
		if before is None:
			by_hand = doc.probability is not None and doc.probability != ""
			category_by_hand = bool(doc.forecast_category)
		else:
			by_hand = flt(doc.probability) != flt(before.probability)
			category_by_hand = doc.forecast_category != before.forecast_category
		if not by_hand:
			doc.probability = stage.probability
		if not category_by_hand:
			doc.forecast_category = stage.forecast_category
	if stage.stage_type in stage_gate.CLOSED:
		# A closed deal is certain, whatever was guessed before.
		doc.probability = 100 if stage.stage_type == "Won" else 0
	doc.probability = money.clamp_percent(doc.probability)


def set_amounts(doc: Any) -> None:
	"""Line amounts, total, base currency, weighted amount and margin.

	:raises SPMError: when a discount is not between 0 and 100
	"""
	lines = []
	for row in doc.get("products") or []:
		line = money.Line(flt(row.qty), flt(row.rate), flt(row.discount_percent))
		try:
			row.amount = money.line_amount(line)
		except ValueError:
			frappe.throw(
				_("Row {0}: the discount must be between 0 and 100 percent.").format(row.idx), exc=SPMError
			)
		row.currency = doc.currency
		lines.append(line)
	total = money.lines_total(lines)
	if total is not None:
		doc.amount = total
	doc.amount_base = money.to_base(flt(doc.amount), flt(doc.exchange_rate))
	doc.weighted_amount = money.weighted(doc.amount_base, flt(doc.probability), doc.status)
	doc.expected_margin = money.margin(doc.amount_base, flt(doc.estimated_cost))


def set_closing(doc: Any) -> None:
	"""Dates of a closed deal and its cycle; an open deal has none. Given dates (history) are kept.

	:raises SPMError: when a deal is said to be closed in the future
	"""
	today = getdate()
	before = doc.get_doc_before_save()
	if before and before.status != doc.status:
		# Dates of an earlier closing are not those of this one, unless they are given anew.
		for fieldname in ("won_on", "closed_on"):
			if _plain(before.get(fieldname)) == _plain(doc.get(fieldname)):
				doc.set(fieldname, None)
	if doc.status not in stage_gate.CLOSED:
		doc.won_on = doc.closed_on = None
		doc.sales_cycle_days = 0
		if doc.status == "Open":
			doc.loss_reason = doc.loss_detail = None
		return
	if doc.status == "Won":
		doc.won_on = doc.closed_on = getdate(doc.won_on or doc.closed_on or today)
		doc.loss_reason = doc.loss_detail = None
	else:
		doc.won_on, doc.closed_on = None, getdate(doc.closed_on or today)
	# One day of grace: the user's own date may be ahead of the site's.
	if doc.closed_on > getdate(add_days(today, 1)):
		frappe.throw(
			_("A deal cannot be closed on {0}, which is in the future.").format(format_date(doc.closed_on)),
			exc=SPMError,
		)
	if doc.is_new() and getdate(doc.opened_on) > doc.closed_on:
		# History without an opening date: the default "today" would lie after the end.
		doc.opened_on = doc.closed_on
	doc.sales_cycle_days = sales.sales_cycle_days(getdate(doc.opened_on), doc.closed_on) or 0


def check_gate(doc: Any) -> None:
	"""Refuse a stage whose gate still wants something, naming everything it wants.

	:raises StageGateError: with the list of what is missing
	"""
	before = doc.get_doc_before_save()
	if before and before.stage == doc.stage:
		return
	target = find_stage(doc.pipeline, doc.stage)
	if items := still_missing(doc, target, before):
		throw_missing(
			StageGateError,
			_("{0} cannot enter the stage {1} yet.").format(
				frappe.bold(doc.title), frappe.bold(_(target.label))
			),
			items,
			title=_("Stage Gate"),
		)


def still_missing(doc: Any, target: Stage, before: Any = None) -> list[str]:
	"""What the gate wants before the deal may enter `target`, in the user's words; empty when it may.

	:param before: the stored version, whose stage the deal comes from; a new deal has none
	"""
	return [
		_field_label(want.name) if want.kind == "field" else _(want.name)
		for want in _wants(doc, target, before)
	]


def _wants(doc: Any, target: Stage, before: Any = None) -> list[stage_gate.Missing]:
	stages = [
		s for s in stages_of(doc.pipeline, True) if not s.disabled or (before and s.name == before.stage)
	]
	current = None
	if before and before.pipeline == doc.pipeline:
		current = next((s for s in stages if s.name == before.stage), None)
	rows = [
		ChecklistRow(row.stage, row.item, bool(row.is_mandatory), bool(row.is_done))
		for row in doc.get("checklist") or []
	]
	return stage_gate.missing(stages, current, target, doc, rows)


def _field_label(fieldname: str) -> str:
	return _(frappe.get_meta("SPM Opportunity").get_label(fieldname))


def check_closing(doc: Any) -> None:
	"""Losing needs a reason; leaving a won deal needs that no project lives on it.

	:raises StageGateError: when the loss reason is missing
	:raises ReopenError: when the deal's project is not cancelled
	"""
	if doc.status == "Lost" and not doc.loss_reason:
		throw_missing(
			StageGateError,
			_("Say why {0} was lost.").format(frappe.bold(doc.title)),
			[_field_label("loss_reason")],
			title=_("Loss Reason"),
		)
	before = doc.get_doc_before_save()
	if not before or before.status != "Won" or doc.status == "Won":
		return
	project = frappe.db.get_value(
		"SPM Project", {"opportunity": doc.name, "status": ["!=", "Cancelled"]}, "name"
	)
	if project:
		frappe.throw(
			_("{0} cannot be reopened while its project {1} is under way. Cancel the project first.").format(
				frappe.bold(doc.title), project
			),
			title=_("Deal Has a Project"),
			exc=ReopenError,
		)


def set_checklist(doc: Any) -> None:
	"""Keep the checks of the stage the deal is in and was in: complete, and as strict as the stage says.

	Rows that somebody deleted come back, since a deleted check would be a way around the gate.
	"""
	before = doc.get_doc_before_save()
	stages = {stage.name: stage for stage in stages_of(doc.pipeline, include_disabled=True)}
	asked = dict.fromkeys(name for name in (before.stage if before else None, doc.stage) if name in stages)
	present = {(row.stage, row.item): row for row in doc.get("checklist") or []}
	for name in asked:
		for item, is_mandatory in stages[name].checklist:
			row = present.get((name, item)) or doc.append("checklist", {"stage": name, "item": item})
			row.is_mandatory = cint(is_mandatory)
	done_before = {row.name: row for row in (before.get("checklist") if before else None) or []}
	for row in doc.get("checklist") or []:
		was = done_before.get(row.name)
		if not row.is_done:
			row.done_by = row.done_on = None
		elif was and was.is_done:
			row.done_by, row.done_on = was.done_by, was.done_on
		else:
			row.done_by, row.done_on = frappe.session.user, now_datetime()


def write_stage_log(doc: Any) -> None:
	"""One row per stay in a stage: close the last one and open the next."""
	before = doc.get_doc_before_save()
	if before and before.stage == doc.stage:
		doc.stage_entered_on = before.stage_entered_on
		return
	moment = _entered_on(doc, before)
	if rows := doc.get("stage_log"):
		last = rows[-1]
		last.left_on = moment
		last.duration_days = sales.days_between(get_datetime(last.entered_on), moment)
	doc.append(
		"stage_log",
		{
			"from_stage": before.stage if before else None,
			"to_stage": doc.stage,
			"entered_on": moment,
			"changed_by": frappe.session.user,
			"reason": doc.flags.stage_reason or doc.loss_reason or None,
		},
	)
	doc.stage_entered_on = moment


def _entered_on(doc: Any, before: Any) -> datetime:
	"""When the deal entered its stage: now, or on the past day that history gives."""
	day: date | None = None
	if doc.status in stage_gate.CLOSED:
		day = getdate(doc.closed_on)
	elif before is None:
		day = getdate(doc.opened_on)
	if day and day < getdate():
		return datetime.combine(day, time())
	return now_datetime()


def has_new_figures(doc: Any) -> bool:
	"""Whether this save changes what the customer shows."""
	before = doc.get_doc_before_save()
	return before is None or any(_plain(before.get(f)) != _plain(doc.get(f)) for f in FIGURE_FIELDS)


def _plain(value: Any) -> str:
	return str(value or "")


def show_on_customer(doc: Any) -> None:
	"""Bring the figures of the deal's customer (and of the one it left) up to date, in this transaction."""
	if frappe.flags.spm_bulk or not has_new_figures(doc):
		return
	before = doc.get_doc_before_save()
	customers = [doc.customer, before.customer if before else None]
	customer_figures.refresh_deals(customers)
	if before is None and not doc.next_step_date:
		return
	if (
		before is None
		or _plain(before.next_step_date) != _plain(doc.next_step_date)
		or before.status != doc.status
	):
		customer_figures.refresh_talks(customers)


def start_project_if_wanted(doc: Any) -> None:
	"""Start the project of a deal that was just won, when the settings say so.

	A project that cannot be started (nobody to manage it, not this user's to start) must not undo the win.
	"""
	before = doc.get_doc_before_save()
	if (
		doc.status != "Won"
		or (before and before.status == "Won")
		or frappe.flags.in_import
		or frappe.flags.spm_bulk
	):
		return
	if not frappe.get_cached_doc("SPM Settings").initiate_on_win:
		return
	frappe.db.savepoint("initiate_on_win")
	try:
		initiate(doc.name)
	except (SPMError, frappe.PermissionError) as e:
		frappe.db.rollback(save_point="initiate_on_win")
		frappe.clear_last_message()
		frappe.msgprint(
			_("The opportunity is won, but its project could not be started: {0}").format(e),
			indicator="orange",
		)


# What people do
# ------------------


def move(doc: Any, target_stage: str, reason: str | None = None) -> Any:
	"""Move a deal to another stage of its pipeline, through the gate.

	:param target_stage: name of the stage, or its words ("Proposal")
	:param reason: why, kept in the stage history
	:return: the saved document
	:raises StageError: no such stage
	:raises StageGateError: something is missing
	"""
	target = find_stage(doc.pipeline, target_stage)
	if doc.stage == target.name:
		return doc
	doc.stage = target.name
	doc.flags.stage_reason = reason
	return doc.save()


def win(doc: Any, won_on: str | date | None = None) -> Any:
	"""Win a deal, today or on a given day. A deal that is won already stays as it is.

	:raises StageGateError: the won stage still wants something
	"""
	if doc.status == "Won":
		return doc
	doc.won_on = getdate(won_on) if won_on else None
	return move(doc, stage_for_status(doc.pipeline, "Won").name)


def lose(doc: Any, loss_reason: str, detail: str | None = None) -> Any:
	"""Lose a deal for a reason of the list. A deal that is lost already takes the new reason.

	:raises frappe.DoesNotExistError: no such loss reason
	"""
	if not frappe.db.exists("SPM Loss Reason", loss_reason):
		frappe.throw(
			_("There is no loss reason {0}.").format(frappe.bold(loss_reason)), exc=frappe.DoesNotExistError
		)
	doc.loss_reason, doc.loss_detail = loss_reason, detail
	if doc.status == "Lost":
		return doc.save()
	return move(doc, stage_for_status(doc.pipeline, "Lost").name)


def next_gate(doc: Any) -> list[str]:
	"""What the gate of the next stage on the road (or of winning) still wants from a deal as it is stored."""
	stages = stages_of(doc.pipeline)
	current = next((s for s in stages_of(doc.pipeline, True) if s.name == doc.stage), None)
	if current is None or not current.is_walking:
		return []
	ahead = [s for s in stages if s.is_walking and s.position > current.position]
	target = (
		min(ahead, key=lambda s: s.position) if ahead else stage_gate.first_stage_for_status(stages, "Won")
	)
	return still_missing(doc, target, doc) if target else []


def gate_form(doc: Any, target_stage: str) -> list[dict[str, str]]:
	"""What a form has to ask for before the stored deal may enter a stage.

	:param target_stage: name of the stage, or its words
	:return: one dict per wanted thing: `kind` (field or check), `name` (field name, or the text of the check),
		`label` in the user's words, and for a check `row`, the name of its row in the deal's checklist
	"""
	rows = {row.item: row.name for row in doc.get("checklist") or [] if not row.is_done}
	return [
		{
			"kind": want.kind,
			"name": want.name,
			"label": _field_label(want.name) if want.kind == "field" else _(want.name),
			"row": rows.get(want.name, "") if want.kind == "check" else "",
		}
		for want in _wants(doc, find_stage(doc.pipeline, target_stage), doc)
	]

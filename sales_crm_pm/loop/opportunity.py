"""The way of an opportunity through its pipeline: defaults, gate, history, amounts, closing.

The controller calls these steps on every save, so desk, Kanban board, REST and import obey the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, cint, flt, format_date, get_datetime, getdate, now_datetime

from sales_crm_pm.exceptions import ReopenError, SPMError, StageGateError, throw_missing
from sales_crm_pm.loop import customer_figures, exchange, tiers
from sales_crm_pm.loop.initiation import initiate
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.opportunity_gate import field_label, wants
from sales_crm_pm.loop.pipeline import (
	default_pipeline,
	find_stage,
	mapped_stage,
	stage_for_status,
)
from sales_crm_pm.rules import money, sales, stage_gate

FIGURE_FIELDS = ("status", "amount_base", "won_on", "customer", "next_step_date")
"""Changes of these fields change what the customer shows."""

OF_CLOSING = {
	"Won": ("won_on", "contract_no", "contract_signed_date", "contract_file"),
	"Lost": ("loss_reason", "loss_detail", "lost_to_competitor", "more_loss_reasons"),
	"On Hold": ("next_step", "next_step_date"),
}
"""What the dialog of a stage may fill in besides what its gate wants, by type of stage."""


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
			frappe.db.get_value("SPM Customer", doc.customer, "currency", cache=True)
			if doc.customer
			else None
		) or doc.base_currency
	doc.opportunity_owner = doc.opportunity_owner or frappe.session.user
	doc.opened_on = doc.opened_on or getdate()
	exchange.set_rate(doc)
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
		doc.stage = mapped_stage(doc.pipeline, doc.stage, before.pipeline, doc.status or before.status).name
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
	doc.flags.other_probability = stage.stage_type not in stage_gate.CLOSED and flt(
		doc.probability, 1
	) != flt(stage.probability, 1)
	if not doc.flags.other_probability:
		doc.probability_reason = None
	elif not doc.probability_reason and (doc.flags.history or frappe.flags.in_import):
		doc.probability_reason = _("As imported")


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
	for row in doc.get("competitors") or []:
		row.currency = doc.currency


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
			_forget_loss(doc)
		return
	if doc.status == "Won":
		doc.won_on = doc.closed_on = getdate(doc.won_on or doc.closed_on or today)
		_forget_loss(doc)
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


def _forget_loss(doc: Any) -> None:
	doc.loss_reason = doc.loss_detail = doc.lost_to_competitor = None
	if doc.get("more_loss_reasons"):
		doc.set("more_loss_reasons", [])


def check_probability(doc: Any) -> None:
	"""A probability other than the stage's is somebody's judgement; a forecast that uses it wants to know why.

	:raises SPMError: when the reason is missing
	"""
	if not doc.flags.other_probability or (doc.probability_reason or "").strip():
		return
	before = doc.get_doc_before_save()
	if before and before.stage == doc.stage and flt(before.probability, 1) == flt(doc.probability, 1):
		# The stage's own probability was changed meanwhile; nobody has judged anything.
		return
	frappe.throw(
		_("{0} is given another probability than its stage. Say why under {1}.").format(
			frappe.bold(doc.title), frappe.bold(field_label("probability_reason"))
		),
		title=_("Reason for the Probability"),
		exc=SPMError,
	)


def check_closing(doc: Any) -> None:
	"""Losing needs a reason; leaving a won deal needs that no project lives on it.

	:raises StageGateError: when the loss reason is missing
	:raises ReopenError: when the deal's project is not cancelled
	"""
	if doc.status == "Lost" and not doc.loss_reason:
		throw_missing(
			StageGateError,
			_("Say why {0} was lost.").format(frappe.bold(doc.title)),
			[field_label("loss_reason")],
			title=_("Loss Reason"),
		)
	if doc.status == "Lost":
		_check_loss(doc)
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


def _check_loss(doc: Any) -> None:
	"""Each reason once; who won the deal instead was in it, so the competitor is listed as one."""
	seen = {doc.loss_reason}
	for row in doc.get("more_loss_reasons") or []:
		if row.loss_reason in seen:
			frappe.throw(
				_("Further loss reasons, row {0}: {1} is named already.").format(
					row.idx, frappe.bold(_(row.loss_reason))
				),
				exc=SPMError,
			)
		seen.add(row.loss_reason)
	winner = doc.lost_to_competitor
	if winner and winner not in {row.competitor for row in doc.get("competitors") or []}:
		doc.append("competitors", {"competitor": winner, "currency": doc.currency})


def write_stage_log(doc: Any) -> None:
	"""One row per stay in a stage: close the last one and open the next."""
	before = doc.get_doc_before_save()
	if before and before.stage == doc.stage:
		doc.stage_entered_on, doc.stage_due_on = before.stage_entered_on, before.stage_due_on
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
	stage = find_stage(doc.pipeline, doc.stage)
	doc.stage_due_on = (
		add_days(getdate(moment), stage.max_days)
		if stage.max_days and stage.stage_type not in stage_gate.CLOSED
		else None
	)


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
	tiers.figures_changed(customers)
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


def move(
	doc: Any,
	target_stage: str,
	reason: str | None = None,
	values: Mapping[str, Any] | None = None,
	checks: list[str] | None = None,
) -> Any:
	"""Move a deal to another stage of its pipeline, through the gate.

	:param target_stage: name of the stage, or its words ("Proposal")
	:param reason: why, kept in the stage history
	:param values: what the gate wants, by field; of a table a list with the rows to add. Anything the gate (or
		the closing) does not ask for is left aside.
	:param checks: texts of checks that are done
	:return: the saved document
	:raises StageError: no such stage
	:raises StageGateError: something is missing
	"""
	target = find_stage(doc.pipeline, target_stage)
	if doc.stage == target.name:
		return doc
	_fill(doc, target, values or {}, checks or [])
	doc.stage = target.name
	doc.flags.stage_reason = reason
	return doc.save()


def _fill(doc: Any, target: stage_gate.Stage, values: Mapping[str, Any], checks: list[str]) -> None:
	wanted = {stage_gate.split_requirement(w.name)[0] for w in wants(doc, target, doc) if w.kind == "field"}
	for fieldname in (*wanted, *OF_CLOSING.get(target.stage_type, ())):
		if fieldname not in values:
			continue
		df = doc.meta.get_field(fieldname)
		if df.fieldtype == "Table":
			columns = {f.fieldname for f in frappe.get_meta(df.options).fields if not f.read_only}
			for row in values[fieldname] or ():
				if given := {key: value for key, value in row.items() if key in columns}:
					doc.append(fieldname, given)
		else:
			doc.set(fieldname, values[fieldname])
	for row in doc.get("checklist") or []:
		if row.item in checks:
			row.is_done = 1


def win(doc: Any, won_on: str | date | None = None) -> Any:
	"""Win a deal, today or on a given day. A deal that is won already stays as it is.

	:raises StageGateError: the won stage still wants something
	"""
	if doc.status == "Won":
		return doc
	doc.won_on = getdate(won_on) if won_on else None
	return move(doc, stage_for_status(doc.pipeline, "Won").name)


def lose(
	doc: Any,
	loss_reason: str,
	detail: str | None = None,
	competitor: str | None = None,
	more_reasons: list[str] | None = None,
) -> Any:
	"""Lose a deal for a reason of the list. A deal that is lost already takes the new reason.

	:param competitor: who won it instead
	:param more_reasons: further reasons besides the main one
	:raises frappe.DoesNotExistError: no such loss reason
	"""
	if not frappe.db.exists("SPM Loss Reason", loss_reason):
		frappe.throw(
			_("There is no loss reason {0}.").format(frappe.bold(loss_reason)), exc=frappe.DoesNotExistError
		)
	doc.loss_reason, doc.loss_detail = loss_reason, detail
	doc.lost_to_competitor = competitor or doc.lost_to_competitor
	if more_reasons is not None:
		doc.set("more_loss_reasons", [{"loss_reason": name} for name in more_reasons])
	if doc.status == "Lost":
		return doc.save()
	return move(doc, stage_for_status(doc.pipeline, "Lost").name)

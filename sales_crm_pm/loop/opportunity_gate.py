"""The stage gate of an opportunity: which stage wants what, asked by the save, by forms and by the board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, now_datetime

from sales_crm_pm.exceptions import StageGateError, throw_missing
from sales_crm_pm.loop.pipeline import find_stage, stages_of
from sales_crm_pm.rules import stage_gate
from sales_crm_pm.rules.stage_gate import ChecklistRow, Stage


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
		field_label(want.name) if want.kind == "field" else _(want.name)
		for want in wants(doc, target, before)
	]


def wants(doc: Any, target: Stage, before: Any = None) -> list[stage_gate.Missing]:
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


def field_label(wanted: str) -> str:
	"""A requirement in the user's words: "Amount", or "Contacts: Buying Role = Decision Maker"."""
	fieldname, column, value = stage_gate.split_requirement(wanted)
	meta = frappe.get_meta("SPM Opportunity")
	label = _(meta.get_label(fieldname), context="SPM Opportunity")
	if not column:
		return label
	child = meta.get_field(fieldname).options
	column = _(frappe.get_meta(child).get_label(column), context=child)
	return f"{label}: {column} = {_(value)}" if value else f"{label}: {column}"


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
	:return: one dict per wanted thing: `kind` (field, row of a table, or check), `name` (field name, or the text
		of the check), `label` in the user's words, for a row `column` and `value` that one row must have, and for
		a check `row`, the name of its row in the deal's checklist
	"""
	rows = {row.item: row.name for row in doc.get("checklist") or [] if not row.is_done}
	return [_asked(doc, want, rows) for want in wants(doc, find_stage(doc.pipeline, target_stage), doc)]


def gates(doc: Any) -> dict[str, list[str]]:
	"""What each stage of the pipeline still wants from the stored deal; a board shows it while dragging."""
	return {
		stage.name: [_label(want) for want in wants(doc, stage, doc)]
		for stage in stages_of(doc.pipeline)
		if stage.name != doc.stage
	}


def _label(want: stage_gate.Missing) -> str:
	return field_label(want.name) if want.kind == "field" else _(want.name)


def _asked(doc: Any, want: stage_gate.Missing, rows: Mapping[str, str]) -> dict[str, str]:
	if want.kind == "check":
		return {"kind": "check", "name": want.name, "label": _label(want), "row": rows.get(want.name, "")}
	fieldname, column, value = stage_gate.split_requirement(want.name)
	is_table = frappe.get_meta(doc.doctype).get_field(fieldname).fieldtype == "Table"
	asked = {"kind": "row" if is_table else "field", "name": fieldname, "label": _label(want), "row": ""}
	return {**asked, "column": column, "value": value} if is_table else asked

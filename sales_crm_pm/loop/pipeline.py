"""Pipelines and their stages as the rules need them, read once and remembered until a stage changes."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder import CustomFunction, DocType

from sales_crm_pm.exceptions import StageError
from sales_crm_pm.rules.stage_gate import EntryTask, Stage, corresponding_stage, first_stage_for_status

CACHE_KEY = "spm_pipeline_stages"
DATE_ADD = CustomFunction("ADDDATE", ["day", "days"])
DAY = CustomFunction("DATE", ["moment"])


def stages_of(pipeline: str, include_disabled: bool = False) -> tuple[Stage, ...]:
	"""The stages of a pipeline in order of position.

	:param pipeline: name of an SPM Pipeline
	:param include_disabled: also those that no deal may enter any more, for deals that are still in them
	:return: empty when the pipeline has none or does not exist
	"""
	stages = frappe.cache.hget(CACHE_KEY, pipeline, lambda: _read_stages(pipeline)) or ()
	return stages if include_disabled else tuple(stage for stage in stages if not stage.disabled)


def _read_stages(pipeline: str) -> tuple[Stage, ...]:
	rows = frappe.get_all(
		"SPM Stage",
		filters={"pipeline": pipeline},
		fields=[
			"name",
			"stage_name",
			"stage_type",
			"position",
			"probability",
			"forecast_category",
			"disabled",
			"max_days",
			"color",
		],
		order_by="position asc, name asc",
	)
	names = [row.name for row in rows]
	required: dict[str, list[str]] = {}
	checks: dict[str, list[tuple[str, bool]]] = {}
	tasks: dict[str, list[EntryTask]] = {}
	if names:
		of_stages = {"parent": ["in", names], "parenttype": "SPM Stage"}
		for row in frappe.get_all(
			"SPM Stage Required Field",
			filters=of_stages,
			fields=["parent", "fieldname", "child_field", "child_value"],
			order_by="idx asc",
		):
			required.setdefault(row.parent, []).append(_requirement(row))
		for row in frappe.get_all(
			"SPM Stage Checklist Item",
			filters=of_stages,
			fields=["parent", "item", "is_mandatory"],
			order_by="idx asc",
		):
			checks.setdefault(row.parent, []).append((row.item, bool(row.is_mandatory)))
		for row in frappe.get_all(
			"SPM Stage Task",
			filters=of_stages,
			fields=["parent", "subject", "due_in_days", "priority", "assigned_to", "description"],
			order_by="idx asc",
		):
			tasks.setdefault(row.parent, []).append(
				EntryTask(
					row.subject,
					row.due_in_days or 0,
					row.priority or "Medium",
					row.assigned_to or "",
					row.description or "",
				)
			)
	return tuple(
		Stage(
			name=row.name,
			stage_type=row.stage_type,
			position=row.position,
			probability=row.probability or 0,
			forecast_category=row.forecast_category or "",
			required_fields=tuple(required.get(row.name, ())),
			checklist=tuple(checks.get(row.name, ())),
			label=row.stage_name,
			disabled=bool(row.disabled),
			max_days=row.max_days or 0,
			color=row.color or "",
			entry_tasks=tuple(tasks.get(row.name, ())),
		)
		for row in rows
	)


def _requirement(row: frappe._dict) -> str:
	"""A required field as the gate's rules read it (see `stage_gate.Stage.required_fields`)."""
	wanted = row.fieldname
	if row.child_field:
		wanted += f".{row.child_field}"
		if row.child_value:
			wanted += f"={row.child_value}"
	return wanted


def forget_stages(pipeline: str | None = None) -> None:
	"""Drop what is remembered of a pipeline (or of all), now and again when the transaction ends.

	Another request may read and remember the old state between this change and its commit.
	"""

	def drop():
		if pipeline:
			frappe.cache.hdel(CACHE_KEY, pipeline)
		else:
			frappe.cache.delete_value(CACHE_KEY)

	drop()
	frappe.db.after_commit.add(drop)
	frappe.db.after_rollback.add(drop)


def default_pipeline() -> str | None:
	"""The pipeline of new opportunities: from the settings, else the one marked as default, else any."""
	configured = frappe.get_cached_doc("SPM Settings").default_pipeline
	if configured:
		return configured
	return frappe.db.get_value("SPM Pipeline", {"disabled": 0}, order_by="is_default desc, creation asc")


def find_stage(pipeline: str, stage: str, include_disabled: bool = False) -> Stage:
	"""A stage by its name, or by the words people see, within a pipeline.

	:param stage: name of the SPM Stage, or its stage name ("Proposal")
	:param include_disabled: also find a stage that no deal may enter any more
	:raises StageError: when the pipeline has no such stage in use
	"""
	for found in stages_of(pipeline, include_disabled):
		if stage in (found.name, found.label):
			return found
	frappe.throw(
		_("The pipeline {0} has no stage {1}. Choose one of: {2}.").format(
			_(pipeline), stage, ", ".join(_(s.label) for s in stages_of(pipeline)) or "–"
		),
		title=_("Stage Not in Pipeline"),
		exc=StageError,
	)


def stage_for_status(pipeline: str, status: str) -> Stage:
	"""The first stage of a pipeline that stands for a status.

	:raises StageError: when the pipeline has none
	"""
	found = first_stage_for_status(stages_of(pipeline), status)
	if found is None:
		frappe.throw(
			_("The pipeline {0} has no stage of type {1}. Add one first.").format(_(pipeline), _(status)),
			title=_("Stage Not in Pipeline"),
			exc=StageError,
		)
	return found


def mapped_stage(pipeline: str, stage: str | None, old_pipeline: str | None, status: str) -> Stage:
	"""Where a deal goes when it is put into another pipeline: the corresponding stage (see the rules).

	:param pipeline: the pipeline it goes to
	:param stage: name of the stage it is in
	:param old_pipeline: the pipeline it comes from
	:param status: of the deal, for a stage that is gone
	:raises StageError: when the pipeline has no stage of that status
	"""
	current = next((s for s in stages_of(old_pipeline or "", True) if s.name == stage), None)
	found = corresponding_stage(current, stages_of(pipeline)) if current else None
	return found or stage_for_status(pipeline, status)


def apply_limit(stage: str, max_days: int, stage_type: str) -> None:
	"""Give the deals of a stage their new limit; one statement, however many there are."""
	deal = DocType("SPM Opportunity")
	limit = (
		DATE_ADD(DAY(deal.stage_entered_on), max_days)
		if max_days and stage_type not in ("Won", "Lost")
		else None
	)
	frappe.qb.update(deal).set(deal.stage_due_on, limit).where(deal.stage == stage).run()


def reorder(pipeline: str, stages: list[str]) -> None:
	"""Put the stages of a pipeline into a new order.

	:param stages: names of all its stages, the first one first
	:raises StageError: when a stage is missing from the list or belongs to another pipeline
	"""
	present = set(frappe.get_all("SPM Stage", filters={"pipeline": pipeline}, pluck="name"))
	if present != set(stages) or len(stages) != len(present):
		frappe.throw(
			_("The stages of {0} have changed meanwhile. Reload the page and sort them again.").format(
				frappe.bold(_(pipeline))
			),
			exc=StageError,
		)
	for position, name in enumerate(stages, 1):
		stage = frappe.get_doc("SPM Stage", name)
		if stage.position != position:
			stage.position = position
			stage.save()
	forget_stages(pipeline)

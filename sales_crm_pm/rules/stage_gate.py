"""The stage gate of opportunities: what a deal must have before it may enter a stage.

Stages are told apart by their type, never by name. "Walking" stages (Open, Ongoing) form the road of a
pipeline in the order of their position; On Hold, Won and Lost lie beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WALKING = ("Open", "Ongoing")
STATUS_OF_TYPE = {"Open": "Open", "Ongoing": "Open", "On Hold": "On Hold", "Won": "Won", "Lost": "Lost"}
CLOSED = ("Won", "Lost")


@dataclass(frozen=True)
class EntryTask:
	"""A task that is made for a deal when it enters a stage."""

	subject: str
	due_in_days: int = 0
	priority: str = "Medium"
	assigned_to: str = ""
	description: str = ""


@dataclass(frozen=True)
class Stage:
	"""A stage as the gate needs it: plain values, no database record."""

	name: str
	stage_type: str = "Open"
	position: int = 1
	probability: float = 0
	forecast_category: str = ""
	required_fields: tuple[str, ...] = ()
	"""Field names; of a table also `table.column` or `table.column=value`: one row at least must have it."""
	checklist: tuple[tuple[str, bool], ...] = ()
	label: str = ""
	disabled: bool = False
	max_days: int = 0
	color: str = ""
	entry_tasks: tuple[EntryTask, ...] = ()

	@property
	def is_walking(self) -> bool:
		return self.stage_type in WALKING

	@property
	def status(self) -> str:
		return STATUS_OF_TYPE[self.stage_type]


@dataclass(frozen=True)
class ChecklistRow:
	"""A check of the deal: which stage asked for it and whether it is done."""

	stage: str
	item: str
	is_mandatory: bool = True
	is_done: bool = False


@dataclass(frozen=True)
class Missing:
	"""One thing the gate still wants: a field name or the text of a check."""

	kind: str
	"""`field` or `check`"""
	name: str


def is_gated(current: Stage | None, target: Stage) -> bool:
	"""Whether entering `target` is checked at all.

	Putting on hold, losing and going back on the road are free. Winning, going forward, entering the road
	anew and returning to it from beside are checked; otherwise a pause would be a way around the gate.
	"""
	if target.stage_type == "Won":
		return True
	if not target.is_walking:
		return False
	if current is None or not current.is_walking:
		return True
	return target.position > current.position


def required_fields(stages: Iterable[Stage], target: Stage) -> list[str]:
	"""Fields that must be filled to be in `target`: its own and those of the road up to it, each once."""
	road = sorted(
		(s for s in stages if s.is_walking and (target.stage_type == "Won" or s.position <= target.position)),
		key=lambda s: s.position,
	)
	if target not in road:
		road.append(target)
	return list(dict.fromkeys(field for stage in road for field in stage.required_fields))


def open_checks(
	stages: Iterable[Stage], current: Stage | None, target: Stage, rows: Iterable[ChecklistRow]
) -> list[str]:
	"""Mandatory checks that are not done and stand before leaving for `target`.

	From a stage on the road these are its own checks. From beside the road (on hold, reopened) nobody stands
	on a stage, so all checks asked for before the target count.
	"""
	by_name = {stage.name: stage for stage in stages}
	if current is not None and current.is_walking:
		asking = {current.name}
	else:
		asking = {
			s.name
			for s in by_name.values()
			if s.is_walking and (target.stage_type == "Won" or s.position < target.position)
		}
	return [row.item for row in rows if row.is_mandatory and not row.is_done and row.stage in asking]


def missing(
	stages: Sequence[Stage],
	current: Stage | None,
	target: Stage,
	values: Mapping[str, Any],
	rows: Iterable[ChecklistRow] = (),
) -> list[Missing]:
	"""What the gate still wants before a deal may go from `current` to `target`.

	:param stages: all stages of the pipeline
	:param current: the stage the deal is in, None for a new deal
	:param values: the deal's field values
	:param rows: the deal's checklist
	:return: empty when the way is free
	"""
	if (current is not None and current.name == target.name) or not is_gated(current, target):
		return []
	wants = [Missing("check", item) for item in open_checks(stages, current, target, rows)]
	wants += [Missing("field", f) for f in required_fields(stages, target) if not is_met(f, values)]
	return wants


def split_requirement(wanted: str) -> tuple[str, str, str]:
	"""Take a requirement apart: ("contacts", "buying_role", "Decision Maker"); parts that are not said are ""."""
	field, _dot, rest = wanted.partition(".")
	column, _equals, value = rest.partition("=")
	return field, column, value


def is_met(wanted: str, values: Mapping[str, Any]) -> bool:
	"""Whether a deal has what a stage requires: a filled field, or a table row with a filled column or value."""
	field, column, value = split_requirement(wanted)
	if not column:
		return is_filled(values.get(field))
	return any(
		is_filled(row.get(column)) and (not value or str(row.get(column)) == value)
		for row in values.get(field) or ()
	)


def is_filled(value: Any) -> bool:
	"""Whether a field counts as filled: not empty, not 0, not an empty table, not rich text without words."""
	if isinstance(value, str):
		text = re.sub(r"<(?!img\b)[^>]*>|&nbsp;|\s", "", value)
		return bool(text)
	return bool(value)


def first_stage_for_status(stages: Iterable[Stage], status: str) -> Stage | None:
	"""The first stage of a pipeline that stands for `status`, or None when it has none.

	This is where a card goes that someone drags to another column of the Kanban board.
	"""
	fitting = [stage for stage in stages if stage.status == status]
	return min(fitting, key=lambda s: (s.position, s.name), default=None)


def corresponding_stage(current: Stage, stages: Iterable[Stage]) -> Stage | None:
	"""Where a deal goes in another pipeline: to the stage of the same name, else the one as likely to be won.

	Only stages of the same status count, so that an open deal stays open and a won one won.

	:param current: the stage the deal is in
	:param stages: stages in use of the other pipeline
	:return: None when that pipeline has no stage of this status
	"""
	fitting = [stage for stage in stages if stage.status == current.status]
	for stage in fitting:
		if stage.label and stage.label == current.label:
			return stage
	return min(
		fitting, key=lambda s: (abs(s.probability - current.probability), s.position, s.name), default=None
	)

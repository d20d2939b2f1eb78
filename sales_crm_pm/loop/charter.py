"""The charter of a project (立项): what has to be known before it may be approved, and what is still missing.

What a type of project asks for are records: the fields on SPM Project Type, and its ticks for estimate,
hand-off and milestones. The rules here look at the document alone, wherever it is saved from.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, flt, strip_html

from sales_crm_pm.exceptions import CharterError, throw_missing
from sales_crm_pm.loop import raci

RANK = {
	"Draft": 0,
	"Pending Approval": 1,
	"Approved": 2,
	"In Progress": 3,
	"On Hold": 3,
	"Delivered": 4,
	"Accepted": 5,
	"Closed": 6,
}
GATES = ("Pending Approval", "Approved")
BASICS = (
	"goals",
	"scope",
	"out_of_scope",
	"acceptance_criteria",
	"sponsor",
	"price",
	"kick_off_date",
	"planned_start_date",
	"planned_end_date",
)
"""What a charter consists of, in the order of the form; shown on the checklist for every project."""


@dataclass(frozen=True)
class Item:
	"""One line of the checklist: what is wanted, whether it is there, and where it is entered."""

	label: str
	is_done: bool
	is_needed: bool
	fieldname: str | None = None
	hint: str = ""
	group: str = "Charter"


# Checks of a save
# ------------------


def check(project: Any) -> None:
	"""Refuse a status that the charter is not ready for; call it in `validate`.

	Also refuses to empty again what the status needs. A move that a rule of this app grants (approval is
	switched off) is not held up.

	:raises CharterError: with `missing`
	"""
	before = project.get_doc_before_save()
	if before is None or project.flags.by_rule:
		return
	moved = before.status != project.status
	if not moved and before.project_type == project.project_type:
		lacking = [row for row in _lacking(project) if not is_empty(before, row.fieldname)]
		missing = [_sentence(project, row) for row in lacking]
	else:
		missing = [_sentence(project, row) for row in _lacking(project)]
	if moved and project.status in GATES:
		missing += [item.hint or item.label for item in gate_items(project) if not item.is_done]
	if missing:
		throw_missing(
			CharterError,
			_("{0} is not ready for the status {1}.").format(
				frappe.bold(project.project_name), frappe.bold(_(project.status, context="SPM Project"))
			),
			list(dict.fromkeys(missing)),
			title=_("The Charter Is Not Complete"),
		)


def is_empty(project: Any, fieldname: str) -> bool:
	"""Whether a field says nothing: empty text, no row, zero."""
	value = project.get(fieldname)
	if isinstance(value, str):
		return not strip_html(value).strip()
	return not value


def requirements(project_type: str | None) -> list[Any]:
	"""The rows of required fields of a type, only those that the project has."""
	if not project_type:
		return []
	meta = frappe.get_meta("SPM Project")
	rows = frappe.get_cached_doc("SPM Project Type", project_type).required_fields
	return [row for row in rows if meta.has_field(row.fieldname)]


def _lacking(project: Any) -> list[Any]:
	rank = RANK.get(project.status, 0)
	return [
		row
		for row in requirements(project.project_type)
		if rank >= RANK[row.needed_at] and is_empty(project, row.fieldname)
	]


def _sentence(project: Any, row: Any) -> str:
	label = _(project.meta.get_label(row.fieldname), context="SPM Project")
	return f"{label}: {_(row.hint)}" if row.hint else _("{0} is empty.").format(label)


# What else a gate asks for
# ------------------


def gate_items(project: Any) -> list[Item]:
	"""What approval needs beyond single fields, each with a sentence that says what to do."""
	kind = frappe.get_cached_doc("SPM Project Type", project.project_type) if project.project_type else None
	items = []
	if cint(frappe.get_cached_doc("SPM Settings").approval_needs_raci):
		missing = raci.missing(project)
		items += [
			Item(_("Responsibilities"), False, True, "team", sentence, "Responsibility")
			for sentence in missing
		] or [Item(_("Responsibilities"), True, True, "team", "", "Responsibility")]
	if kind and kind.needs_estimate:
		items.append(_estimate(project))
	if kind and kind.needs_milestones:
		has_some = bool(
			frappe.db.exists("SPM Milestone", {"project": project.name, "status": ["!=", "Cancelled"]})
		)
		items.append(
			Item(
				_("Milestones"),
				has_some,
				True,
				"milestones_html",
				_("The project has no milestone yet. Add them, or start from a template."),
				"Plan",
			)
		)
	if kind and kind.needs_handoff:
		items += handoff(project)
	return items


def _estimate(project: Any) -> Item:
	unpriced = [
		row for row in project.estimate if row.kind == "Labour" and flt(row.hours) and not flt(row.rate)
	]
	if unpriced:
		hint = _("Row {0} of the estimate has hours but no rate.").format(unpriced[0].idx)
	else:
		hint = _("There is no cost estimate yet. Estimate hours and purchases on the tab Money.")
	return Item(_("Estimate"), flt(project.budget_cost) > 0 and not unpriced, True, "estimate", hint, "Plan")


def handoff(project: Any) -> list[Item]:
	"""The hand-off package from sales: what delivery has to know before it starts (立项 gate).

	The text fields stand on the project; payments are looked up at the contracts that name it.
	"""
	has_plan = bool(
		frappe.db.exists("SPM Payment", {"project": project.name})
		or frappe.db.exists("SPM Contract Project", {"project": project.name, "parenttype": "SPM Contract"})
	)
	wanted = (
		("scope", _("What exactly was sold"), not is_empty(project, "scope")),
		("out_of_scope", _("What was not sold"), not is_empty(project, "out_of_scope")),
		(
			"contract_no",
			_("Contract with its payment plan"),
			has_plan or not is_empty(project, "contract_no"),
		),
		("contract_signed_date", _("Day the contract was signed"), bool(project.contract_signed_date)),
		(
			"target_date",
			_("Date promised to the customer"),
			bool(project.target_date or project.planned_end_date),
		),
		(
			"acceptance_criteria",
			_("How the customer measures success"),
			not is_empty(project, "acceptance_criteria"),
		),
		("requirement", _("Technical requirements"), not is_empty(project, "requirement")),
		(
			"contacts",
			_("People of the customer and their roles"),
			any(row.contact_role for row in project.contacts),
		),
		("team", _("Own team"), bool(project.team)),
		("handoff_notes", _("Promises, open items and risks"), not is_empty(project, "handoff_notes")),
	)
	return [
		Item(label, done, True, fieldname, _("Hand-off from sales: {0}").format(label), "Hand-off")
		for fieldname, label, done in wanted
	]


# What the form shows
# ------------------


def checklist(project: Any) -> list[dict[str, Any]]:
	"""Everything that the charter of this project consists of, and what of it is still missing.

	`is_needed` tells what approval waits for; the rest is good practice.
	"""
	needed = {row.fieldname: row for row in requirements(project.project_type)}
	fields = list(dict.fromkeys((*BASICS, *needed)))
	may_see_cost = 1 in project.get_permlevel_access("read")
	items = []
	for fieldname in fields:
		df = project.meta.get_field(fieldname)
		if cint(df.permlevel) == 1 and not may_see_cost:
			continue
		row = needed.get(fieldname)
		hint = _(row.hint) if row and row.hint else ""
		if row and row.needed_at not in GATES:
			hint = _("Needed from the status {0}.").format(_(row.needed_at, context="SPM Project"))
		items.append(
			Item(
				_(df.label, context="SPM Project"),
				not is_empty(project, fieldname),
				bool(row) and row.needed_at in GATES,
				fieldname,
				hint,
			)
		)
	for item in gate_items(project):
		if item.fieldname == "estimate" and not may_see_cost:
			item = Item(item.label, item.is_done, True, None, "", item.group)
		items.append(item)
	return [asdict(item) for item in items]

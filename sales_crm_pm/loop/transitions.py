"""Status moves of projects, milestones and quotations: they pass the Workflow wherever they come from.

Desk buttons, REST, Kanban drags and imports all end in `validate_status_change`. The code of this app
reads `status` alone; which workflow state stands for a status is the admin's business (each state sets
`status` by its update field). Without an active Workflow the table BUILT_IN decides.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import apply_workflow, get_transitions, get_workflow_name, has_approval_access

from sales_crm_pm.exceptions import TransitionError
from sales_crm_pm.permissions.guarded import GuardedDocument

BUILT_IN: dict[str, dict[str, tuple[str, ...]]] = {
	"SPM Project": {
		"Draft": ("Pending Approval", "Cancelled"),
		"Pending Approval": ("Approved", "Draft", "Cancelled"),
		"Approved": ("In Progress", "Cancelled"),
		"In Progress": ("On Hold", "Delivered", "Cancelled"),
		"On Hold": ("In Progress", "Cancelled"),
		"Delivered": ("Accepted", "In Progress", "Cancelled"),
		"Accepted": ("Closed",),
		"Closed": (),
		"Cancelled": (),
	},
	"SPM Milestone": {
		"Planned": ("In Progress", "Submitted", "Accepted", "Cancelled"),
		"In Progress": ("Submitted", "Accepted", "Cancelled"),
		"Submitted": ("Accepted", "Rejected", "Cancelled"),
		"Rejected": ("In Progress", "Cancelled"),
		"Accepted": (),
		"Cancelled": (),
	},
	"SPM Timesheet": {
		"Draft": ("Submitted",),
		"Submitted": ("Approved", "Rejected", "Draft"),
		"Rejected": ("Submitted", "Draft"),
		"Approved": ("Draft",),
	},
	"SPM Cost Entry": {
		"Draft": ("Approved", "Cancelled"),
		"Approved": ("Draft", "Cancelled"),
		"Cancelled": (),
	},
	"SPM Quotation": {
		"Draft": ("Pending Approval", "Approved"),
		"Pending Approval": ("Approved", "Draft"),
		"Approved": ("Sent", "Accepted", "Rejected"),
		"Sent": ("Accepted", "Rejected"),
		"Accepted": (),
		"Rejected": (),
		"Expired": (),
		"Superseded": (),
	},
	"SPM Risk": {
		"Identified": ("Assessed", "Closed", "Occurred"),
		"Assessed": ("Treating", "Closed", "Occurred"),
		"Treating": ("Assessed", "Closed", "Occurred"),
		"Closed": ("Assessed",),
		"Occurred": (),
	},
	"SPM Change Request": {
		"Draft": ("Submitted",),
		"Submitted": ("Assessed", "Rejected", "Deferred", "Draft"),
		"Assessed": ("Rejected", "Deferred"),
		"Approved": ("Rejected", "Deferred"),
		"Implemented": (),
		"Rejected": ("Submitted",),
		"Deferred": ("Submitted",),
	},
}


class FollowsWorkflow(GuardedDocument):
	"""A record whose `status` moves by its Workflow only.

	`flags.transition_values` are named fields to write together with a move (`move` sets them: the
	framework's apply_workflow reloads the document, so they cannot be set before). `flags.by_rule` marks
	a move that a rule of this app decides, not a role of the workflow (`move_by_rule`).
	"""

	def before_validate(self):
		"""Write the fields that belong to the move under way."""
		for fieldname, value in (self.flags.pop("transition_values", None) or {}).items():
			self.set(fieldname, value)

	def validate_workflow(self):
		"""Leave out the workflow's role check for a move that a rule of this app has decided."""
		if not self.flags.by_rule:
			super().validate_workflow()


def move(doc: Document, target: str, values: dict[str, Any] | None = None) -> Document:
	"""Move a document to a status the way its workflow allows the session's user, and save it.

	Args:
	        doc: a saved record of one of these types; it is reloaded.
	        target: the status wanted. Being there already is no error: nothing happens.
	        values: named fields to write with the move.

	Returns the saved document. Raises TransitionError naming what is possible instead.
	"""
	if doc.status == target:
		return doc
	workflow = active_workflow(doc.doctype)
	if not workflow:
		doc.status = target
		doc.flags.transition_values = values
		return doc.save()
	transition = _transition_to(doc, workflow, target)
	doc.flags.transition_values = values
	return apply_workflow(doc, transition["action"])


def move_by_rule(doc: Document, target: str, values: dict[str, Any] | None = None) -> Document:
	"""Move a document to a status that a rule of this app grants, whatever roles the user has.

	The caller has checked who may cause it (a customer accepting on the portal, an initiation that needs
	no approval). Returns the saved document.
	"""
	if doc.status == target:
		return doc
	set_by_rule(doc, target)
	doc.flags.transition_values = values
	try:
		# The rule that called us has decided; the user may not even have a desk role.
		doc.save(ignore_permissions=True)
	finally:
		doc.flags.by_rule = False
	doc.add_comment("Workflow", _(target, context=doc.doctype))
	return doc


def set_by_rule(doc: Document, target: str) -> None:
	"""Set a status that a rule of this app decides, before a save or in the `before_validate` of one."""
	doc.status = target
	if workflow := active_workflow(doc.doctype):
		if state := _state_for(workflow, target):
			doc.set(workflow.workflow_state_field, state)
	doc.flags.by_rule = True


def possible_targets(doc: Document) -> list[str]:
	"""Return the statuses the session's user may move this saved document to."""
	workflow = active_workflow(doc.doctype)
	if not workflow:
		return list(BUILT_IN[doc.doctype].get(doc.status, ()))
	targets = (
		_status_of(workflow, t["next_state"])
		for t in get_transitions(doc)
		if has_approval_access(frappe.session.user, doc, t)
	)
	return list(dict.fromkeys(t for t in targets if t))


def validate_status_change(doc: Document) -> None:
	"""Let a controller accept a changed status only when the workflow allows it; call it in `validate`.

	A changed status alone (Kanban, REST, import) takes the workflow state with it; a changed workflow
	state alone takes the status with it. Raises TransitionError for anything the workflow has no
	transition for.
	"""
	before = doc.get_doc_before_save()
	workflow = active_workflow(doc.doctype)
	if not before:
		_begin(doc, workflow)
		return
	state_field = workflow.workflow_state_field if workflow else None
	state_changed = bool(state_field) and (doc.get(state_field) or None) != (before.get(state_field) or None)
	if doc.flags.by_rule or not (state_changed or doc.status != before.status):
		return
	if not workflow:
		if doc.status not in BUILT_IN[doc.doctype].get(before.status, ()):
			_refuse(before, doc.status)
		return
	if not before.get(state_field):
		# The workflow came after this record, or the record was written below the controllers.
		before.set(state_field, _state_for(workflow, before.status))
	if state_changed:
		doc.status = _status_of(workflow, doc.get(state_field)) or doc.status
	transition = _transition_to(before, workflow, doc.status)
	if not state_changed:
		doc.set(state_field, transition["next_state"])


def active_workflow(doctype: str) -> Document | None:
	"""Return the active Workflow of a record type, or None when the admin has switched it off."""
	name = get_workflow_name(doctype)
	return frappe.get_cached_doc("Workflow", name) if name else None


def state_for(workflow: Document, status: str) -> str | None:
	"""The state of a workflow that stands for a status, for moves that are written with set-based statements."""
	return _state_for(workflow, status)


def _begin(doc: Document, workflow: Document | None) -> None:
	first = next(iter(BUILT_IN[doc.doctype]))
	state = workflow.states[0].state if workflow else None
	first = (_status_of(workflow, state) if workflow else None) or first
	if doc.status and doc.status != first and not doc.flags.by_rule:
		frappe.throw(
			_("A new {0} starts as {1}. Save it first, then move it on.").format(
				_(doc.doctype), frappe.bold(_(first, context=doc.doctype))
			),
			exc=TransitionError,
		)
	if not doc.flags.by_rule:
		doc.status = first
		if workflow:
			doc.set(workflow.workflow_state_field, state)


def _transition_to(doc: Document, workflow: Document, target: str) -> dict:
	found = [t for t in get_transitions(doc, workflow) if _status_of(workflow, t["next_state"]) == target]
	allowed = [t for t in found if has_approval_access(frappe.session.user, doc, t)]
	if allowed:
		return allowed[0]
	if found:
		frappe.throw(
			_("You created {0} yourself, so somebody else has to take this step: {1}.").format(
				frappe.bold(doc.get_title()), _(found[0]["action"])
			),
			title=_("Somebody else must approve"),
			exc=TransitionError,
		)
	_refuse(doc, target)


def _refuse(doc: Document, target: str) -> None:
	targets = possible_targets(doc)
	if targets:
		message = _("{0} is {1} and cannot become {2} now. You can move it to: {3}.").format(
			frappe.bold(doc.get_title()),
			_(doc.status, context=doc.doctype),
			frappe.bold(_(target, context=doc.doctype)),
			", ".join(_(t, context=doc.doctype) for t in targets),
		)
	else:
		message = _("{0} is {1}; you cannot move it to {2}.").format(
			frappe.bold(doc.get_title()),
			_(doc.status, context=doc.doctype),
			frappe.bold(_(target, context=doc.doctype)),
		)
	frappe.throw(message, title=_("This step is not possible now"), exc=TransitionError)


def _status_of(workflow: Document, state: str | None) -> str | None:
	for row in workflow.states:
		if row.state == state:
			return row.update_value if row.update_field == "status" else None
	return None


def _state_for(workflow: Document, status: str) -> str | None:
	for row in workflow.states:
		if row.update_field == "status" and row.update_value == status:
			return row.state
	return None

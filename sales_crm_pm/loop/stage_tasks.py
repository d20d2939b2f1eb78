"""Tasks that a stage asks for: made when a deal enters it, once per deal."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, today

from sales_crm_pm.loop import bulk
from sales_crm_pm.loop.pipeline import stages_of


def create_entry_tasks(doc: Any) -> None:
	"""Make the tasks of the stage the deal has just entered, for the persons the stage names or the owner.

	Deals from a file bring their history along; making tasks for it would bury people in work that is done.
	A deal that comes back to a stage does not get the same tasks again.
	"""
	before = doc.get_doc_before_save()
	if (before and before.stage == doc.stage) or frappe.flags.in_import or frappe.flags.spm_bulk:
		return
	stage = next((s for s in stages_of(doc.pipeline, True) if s.name == doc.stage), None)
	if not stage or not stage.entry_tasks:
		return
	language = frappe.get_cached_value("User", doc.opportunity_owner, "language") or frappe.local.lang
	present = set(
		frappe.get_all(
			"SPM Task", filters={"opportunity": doc.name, "from_stage": stage.name}, pluck="subject"
		)
	)
	tasks = []
	for wish in stage.entry_tasks:
		# The stages ship in English; the person reads the task in their own language.
		subject = _(wish.subject, language)
		if subject in present:
			continue
		task = frappe.get_doc(
			{
				"doctype": "SPM Task",
				"subject": subject,
				"opportunity": doc.name,
				"from_stage": stage.name,
				"priority": wish.priority,
				"assigned_to": wish.assigned_to or doc.opportunity_owner,
				"description": _(wish.description, language) if wish.description else None,
				"planned_start_date": today(),
				"planned_end_date": add_days(today(), wish.due_in_days),
			}
		)
		tasks.append(task)
	bulk.name_and_insert(tasks)

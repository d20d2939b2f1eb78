"""The bid plan: tasks and milestones of a deal before it is won.

They are ordinary tasks that hang on the opportunity. When the project is started, they come along as its
first phase (loop/initiation.py), so nothing is typed twice.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import add_days, cint, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import bulk
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules.dependencies import as_list, parse_row_numbers

COLUMNS = (
	"name",
	"subject",
	"status",
	"priority",
	"progress",
	"assigned_to",
	"is_milestone",
	"planned_start_date",
	"planned_end_date",
	"completed_on",
	"depends_on_tasks",
	"project",
)


def plan(opportunity: str) -> list[frappe._dict]:
	"""The tasks and milestones of a deal's bid that the user may see, in the order of the calendar; one statement."""
	task = DocType("SPM Task")
	query = (
		frappe.qb.from_(task)
		.select(*(task[column] for column in COLUMNS))
		.where(
			(task.opportunity == opportunity)
			& ((Coalesce(task.project, "") == "") | (task.bid_task == 1))
			& (task.status != "Cancelled")
		)
		.orderby(task.planned_start_date)
		.orderby(task.planned_end_date)
		.orderby(task.name)
	)
	visible = readable_rows("SPM Task")
	if visible is not None:
		query = query.where(visible)
	return query.run(as_dict=True)


def apply_template(deal: Any, template: str, start_date: date | str | None = None) -> list[str]:
	"""Make the tasks and milestones of a bid template for a deal, and return their names.

	:param deal: the opportunity, which the user may write
	:param start_date: day on which the plan begins, today when not given
	:raises SPMError: when the deal is closed, the template is disabled, or the plan is there already
	"""
	if deal.status in ("Won", "Lost"):
		frappe.throw(
			_("{0} is closed; a bid is planned before that.").format(frappe.bold(deal.title)), exc=SPMError
		)
	source = frappe.get_cached_doc("SPM Bid Template", template)
	if source.disabled:
		frappe.throw(
			_("The bid template {0} is disabled. Choose another one.").format(frappe.bold(_(template))),
			exc=SPMError,
		)
	owner = deal.opportunity_owner
	language = frappe.get_cached_value("User", owner, "language") or frappe.local.lang
	# Two clicks make one plan: who comes second waits here and then sees the tasks.
	frappe.db.get_value("SPM Opportunity", deal.name, "name", for_update=True)
	present = set(frappe.get_all("SPM Task", filters={"opportunity": deal.name}, pluck="subject"))
	subjects = [_(row.subject, language) for row in source.rows]
	if any(subject in present for subject in subjects):
		frappe.throw(
			_("The plan {0} is in this deal already.").format(frappe.bold(_(template))),
			title=_("Bid Plan"),
			exc=SPMError,
		)
	start = getdate(start_date)
	tasks = [
		_task(deal, row, subject, start, owner, language)
		for row, subject in zip(source.rows, subjects, strict=True)
	]

	def link():
		for row, task in zip(source.rows, tasks, strict=True):
			for number in parse_row_numbers(row.depends_on, row.idx, len(tasks)):
				task.append("depends_on", {"task": tasks[number - 1].name, "link_type": "FS"})
			task.depends_on_tasks = as_list(d.task for d in task.depends_on)

	bulk.name_and_insert(tasks, link)
	return [task.name for task in tasks]


def _task(deal: Any, row: Any, subject: str, start: date, owner: str, language: str) -> Any:
	begins = getdate(add_days(start, cint(row.start_offset_days)))
	return frappe.get_doc(
		{
			"doctype": "SPM Task",
			"subject": subject,
			"opportunity": deal.name,
			"is_milestone": cint(row.is_milestone),
			"priority": row.priority or "Medium",
			"assigned_to": row.assigned_to or owner,
			"estimate_hours": row.estimate_hours,
			"description": row.description,
			"phase": _(row.phase, language) if row.phase else None,
			"planned_start_date": begins,
			"planned_end_date": add_days(begins, max(cint(row.duration_days), 1) - 1),
		}
	)

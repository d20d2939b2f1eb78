"""Tasks: the one tap that everybody needs."""

from typing import Any

import frappe
from frappe import _

from sales_crm_pm.exceptions import TransitionError
from sales_crm_pm.loop import progress


@frappe.whitelist(methods=["POST"])
def complete(task: str) -> dict[str, Any]:
	"""Mark a task as completed and move the figures of its project; doing it twice does it once.

	Returns task and project (how the project stands now; null for a pre-sales task). A task whose
	predecessors are still open is completed all the same, with a hint.
	"""
	doc = frappe.get_doc("SPM Task", task)
	doc.check_permission("write")
	if doc.status == "Cancelled":
		frappe.throw(
			_("{0} was cancelled. Reopen it before you complete it.").format(doc.subject), exc=TransitionError
		)
	if doc.status != "Completed":
		doc.status = "Completed"
		# No link changes here: checking each of them again would only cost statements.
		doc.flags.ignore_links = True
		doc.save()
	return {
		"task": doc.name,
		"project": doc.flags.project_status or (progress.status(doc.project) if doc.project else None),
	}

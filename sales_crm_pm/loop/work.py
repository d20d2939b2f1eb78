"""What one tap in the list of work does: done, or another day."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import interaction as talk

DUE_FIELDS = {
	"SPM Lead": "next_followup_on",
	"SPM Opportunity": "next_step_date",
	"SPM Task": "planned_end_date",
}
"""Which date another day means; a follow-up of a talk has its own way."""


def done(doctype: str, name: str) -> None:
	"""Finish a follow-up or a task; doing it twice does it once.

	:raises SPMError: when the record is nothing that one tap can finish
	:raises frappe.PermissionError: no right to finish it
	"""
	doc = frappe.get_doc(doctype, name)
	if doctype == "SPM Interaction":
		doc.check_permission("read")
		if doc.follow_up_status == "Open":
			talk.finish_follow_up(doc)
	elif doctype == "SPM Task":
		doc.check_permission("write")
		if doc.status not in ("Completed", "Cancelled"):
			doc.status = "Completed"
			doc.save()
	else:
		frappe.throw(_("Open {0} to finish it.").format(_(doctype)), exc=SPMError)


def postpone(doctype: str, name: str, day: Any) -> None:
	"""Move work to another day.

	:raises SPMError: when the record has no day that could be moved
	:raises frappe.PermissionError: no right to change it
	"""
	doc = frappe.get_doc(doctype, name)
	if doctype == "SPM Interaction":
		doc.check_permission("read")
		talk.postpone_follow_up(doc, day)
	elif doctype in DUE_FIELDS:
		doc.check_permission("write")
		doc.set(DUE_FIELDS[doctype], getdate(day))
		if (
			doctype == "SPM Task"
			and doc.planned_start_date
			and getdate(doc.planned_start_date) > getdate(day)
		):
			doc.planned_start_date = getdate(day)
		doc.save()
	else:
		frappe.throw(_("Open {0} to move its date.").format(_(doctype)), exc=SPMError)

"""What a customer may do on the portal: accept, ask for changes, write to us."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.desk.doctype.notification_log.notification_log import enqueue_create_notification
from frappe.model.document import Document
from frappe.utils import escape_html, getdate, now_datetime

from sales_crm_pm.exceptions import SPMError, TransitionError
from sales_crm_pm.loop import milestone as milestone_steps
from sales_crm_pm.loop import transitions
from sales_crm_pm.portal import access

MAX_TEXT = 4000


def accept(milestone: str) -> Document:
	"""Accept a handed-in milestone in the customer's name; accepting twice does it once."""
	doc = access.open_milestone(milestone)
	if doc.status != "Accepted":
		_check_waits(doc)
		doc = transitions.move_by_rule(
			doc,
			"Accepted",
			{
				"accepted_by": access.contact_of(frappe.session.user, doc.customer),
				"actual_date": getdate(),
				"acceptance_source": milestone_steps.PORTAL,
			},
		)
		_tell_manager(doc.project, _("{0} was accepted by the customer.").format(doc.title))
	return doc


def reject(milestone: str, reason: str) -> Document:
	"""Send a handed-in milestone back with the customer's reason."""
	doc = access.open_milestone(milestone)
	_check_waits(doc)
	doc = transitions.move_by_rule(doc, "Rejected", {"rejection_reason": _text(reason)})
	_tell_manager(doc.project, _("The customer asks for changes to {0}.").format(doc.title))
	return doc


def send_message(project: str, message: str) -> None:
	"""Keep a message of the customer with the project and tell its manager."""
	doc, is_preview = access.open_project(project)
	if is_preview:
		frappe.throw(_("This is a preview; only the customer can write here."), exc=frappe.PermissionError)
	frappe.get_doc(
		{
			"doctype": "SPM Interaction",
			"customer": doc.customer,
			"project": doc.name,
			"contact": access.contact_of(frappe.session.user, doc.customer),
			"interaction_type": "Message",
			"direction": "Incoming",
			"happened_on": now_datetime(),
			"subject": _("Message from the portal"),
			"content": _text(message),
		}
		# Who writes was checked by `open_project`; the portal role itself has no rights on records.
	).insert(ignore_permissions=True)
	_tell_manager(doc.name, _("The customer wrote a message about {0}.").format(doc.project_name))


def _check_waits(doc: Document) -> None:
	if doc.status != "Submitted":
		frappe.throw(
			_("{0} is {1}; it does not wait for your acceptance now.").format(
				doc.title, _(doc.status, context=doc.doctype)
			),
			exc=TransitionError,
		)


def _text(text: str) -> str:
	text = (text or "").strip()
	if not text:
		frappe.throw(_("Please write a few words."), exc=SPMError)
	return text[:MAX_TEXT]


def _tell_manager(project: str, subject: str) -> None:
	manager = frappe.db.get_value("SPM Project", project, "project_manager")
	if not manager:
		return
	enqueue_create_notification(
		[manager],
		{
			"type": "Alert",
			"document_type": "SPM Project",
			"document_name": project,
			"subject": escape_html(subject),
			"from_user": frappe.session.user,
		},
	)

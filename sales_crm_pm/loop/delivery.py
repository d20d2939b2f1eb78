"""Delivering and closing a project: what the hand-over still wants, and what follows when it is done."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import DocType
from frappe.query_builder.functions import Max, Min
from frappe.utils import getdate, now_datetime, today

from sales_crm_pm.exceptions import HandoverError, throw_missing
from sales_crm_pm.loop import baselines, survey, transitions
from sales_crm_pm.loop.figures import site_language


def deliver(project: Document) -> Document:
	"""Move a project to Delivered; each contact is asked once how it went.

	Raises HandoverError (`missing` names what is not accepted yet) or TransitionError.
	"""
	if project.status in ("Delivered", "Accepted", "Closed"):
		return project
	return transitions.move(project, "Delivered")


def close(project: Document) -> Document:
	"""Close a project that the customer has accepted and service has taken over.

	A delivered project whose milestones are all accepted is recorded as accepted on the way. Raises
	HandoverError (`missing` names what the hand-over still wants) or TransitionError.
	"""
	if project.status == "Closed":
		return project
	_throw_if_missing(
		missing_for_closing(project), _("{0} cannot be closed yet.").format(project.project_name)
	)
	if project.status == "Delivered" and not open_milestones(project.name):
		project = transitions.move(project, "Accepted")
	return transitions.move(project, "Closed")


def check_handover(project: Document) -> None:
	"""Refuse a status that the hand-over is not ready for, wherever the move comes from.

	Call it in `validate`, when the status has changed.
	"""
	if project.status == "Delivered":
		_throw_if_missing(
			missing_for_delivery(project), _("{0} cannot be delivered yet.").format(project.project_name)
		)
	elif project.status == "Closed":
		_throw_if_missing(
			missing_for_closing(project), _("{0} cannot be closed yet.").format(project.project_name)
		)


def missing_for_delivery(project: Document) -> list[str]:
	"""Return, as sentences, the deliveries that the customer has not accepted yet."""
	rows = frappe.get_all(
		"SPM Milestone",
		filters={
			"project": project.name,
			"milestone_type": "Delivery",
			"acceptance_required": 1,
			"status": ["not in", ("Accepted", "Cancelled")],
		},
		fields=["title", "status"],
		order_by="sequence, planned_date, name",
	)
	return [
		_("Milestone {0} is not accepted yet ({1}).").format(
			row.title, _(row.status, context="SPM Milestone")
		)
		for row in rows
	]


def missing_for_closing(project: Document) -> list[str]:
	"""Return, as sentences, what service needs before a project is put away."""
	missing = []
	if not project.service_owner:
		missing.append(_("Nobody is named who looks after the customer from now on (Service Owner)."))
	if not project.next_touch_date:
		missing.append(_("There is no date for the next contact with the customer (Next Contact)."))
	if open_titles := open_milestones(project.name):
		missing.append(_("These milestones are still open: {0}.").format(", ".join(open_titles)))
	return missing


def open_milestones(project: str) -> list[str]:
	"""Return the titles of the milestones that are neither accepted nor cancelled."""
	return frappe.get_all(
		"SPM Milestone",
		filters={"project": project, "status": ["not in", ("Accepted", "Cancelled")]},
		pluck="title",
		order_by="sequence, planned_date, name",
	)


def set_dates_of_status(project: Document) -> None:
	"""Write the dates that a new status brings (on the document; the caller saves it)."""
	status = project.status
	if status == "Approved" and not project.baseline_end_date:
		_complete_plan(project)
		project.baseline_start_date = project.planned_start_date
		project.baseline_end_date = project.planned_end_date
	elif status == "In Progress":
		project.actual_start_date = project.actual_start_date or today()
		project.delivered_on = None
	elif status == "Delivered":
		project.delivered_on = now_datetime()
	elif status == "Accepted":
		project.actual_end_date = today()
	elif status == "Closed":
		project.closed_on = now_datetime()


def after_status_change(project: Document) -> None:
	"""Do to other records what a new status of a saved project means for them; safe to repeat."""
	if project.status == "Approved":
		_set_baselines(project.name)
		if not frappe.db.exists("SPM Baseline", {"project": project.name}):
			baselines.take(project.name, _("Approved plan", site_language()), _("Project initiation", site_language()))
	elif project.status == "Delivered":
		survey.create_for_project(project)


def _complete_plan(project: Document) -> None:
	"""Take missing plan dates from the milestones, so that there is a promise to measure against."""
	if project.planned_end_date and project.planned_start_date:
		return
	m = DocType("SPM Milestone")
	first, last = (
		frappe.qb.from_(m)
		.select(Min(m.planned_date), Max(m.planned_date))
		.where((m.project == project.name) & (m.status != "Cancelled"))
		.run()
	)[0]
	project.planned_start_date = (
		project.planned_start_date or min(getdate(first), getdate()) if first else project.planned_start_date
	)
	project.planned_end_date = project.planned_end_date or last


def _set_baselines(project: str) -> None:
	m = DocType("SPM Milestone")
	(
		frappe.qb.update(m)
		.set(m.baseline_date, m.planned_date)
		.where((m.project == project) & m.baseline_date.isnull())
		.run()
	)
	frappe.clear_document_cache("SPM Milestone")


def _throw_if_missing(missing: list[str], sentence: str) -> None:
	if missing:
		throw_missing(HandoverError, sentence, missing)

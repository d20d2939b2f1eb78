"""REST: change requests, from raising one to carrying it out."""

from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.rate_limiter import rate_limit
from frappe.utils import cint

from sales_crm_pm.exceptions import ChangeRequestError
from sales_crm_pm.loop import (
	change_approval,
	change_diff,
	change_implementation,
	change_link,
	change_sheet,
	change_steps,
)
from sales_crm_pm.loop import change_request as requests


@frappe.whitelist(methods=["POST"])
def submit(change_request: str) -> dict[str, Any]:
	"""Hand in a draft; both teams are told at once.

	:param change_request: name of the SPM Change Request
	:return: change_request, status, version, waiting_for, diff
	"""
	_document(change_request, "write")
	return _standing(change_steps.submit(change_request))


@frappe.whitelist(methods=["POST"])
def assess(change_request: str, impacts: list[dict[str, Any]] | str | None = None) -> dict[str, Any]:
	"""Work out what a change comes to; a change that was assessed before is assessed anew.

	:param impacts: the lines of the change, instead of those it has: kind, subject, task, milestone, days, hours …
	:return: change_request, status, version, waiting_for, diff
	"""
	_document(change_request, "write")
	return _standing(change_steps.assess(change_request, frappe.parse_json(impacts)))


@frappe.whitelist(methods=["POST"])
def approve(
	change_request: str,
	side: str,
	version: int | None = None,
	comment: str | None = None,
	contact: str | None = None,
	evidence: str | None = None,
) -> dict[str, Any]:
	"""Agree as one of the sides; the last one carries the change out when the settings want it at once.

	:param side: Sales, Delivery, Management, or Customer to record the customer's word (with comment or evidence)
	:param version: the version that was looked at, by default the newest
	:return: change_request, status, version, waiting_for, diff
	"""
	_document(change_request, "read")
	return _standing(
		change_implementation.approve(
			change_request, side, version=version, remark=comment, contact=contact, evidence=evidence
		)
	)


@frappe.whitelist(methods=["POST"])
def reject(change_request: str, reason: str, side: str | None = None) -> dict[str, Any]:
	"""Refuse a change, saying why.

	:return: change_request, status, version, waiting_for, diff
	"""
	_document(change_request, "write")
	return _standing(change_approval.reject(change_request, reason, side))


@frappe.whitelist(methods=["POST"])
def defer(change_request: str, reason: str, until: date | None = None) -> dict[str, Any]:
	"""Put a change off, saying why; it can be opened again.

	:return: change_request, status, version, waiting_for, diff
	"""
	_document(change_request, "write")
	return _standing(change_approval.defer(change_request, reason, until))


@frappe.whitelist(methods=["POST"])
def reopen(change_request: str) -> dict[str, Any]:
	"""Open a rejected or deferred change again, as a new version.

	:return: change_request, status, version, waiting_for, diff
	"""
	_document(change_request, "write")
	return _standing(change_steps.reopen(change_request))


@frappe.whitelist(methods=["POST"])
def implement(change_request: str) -> dict[str, Any]:
	"""Carry out an agreed change: plan, baseline, contract, payments, budget and scope at once, or nothing.

	:return: change_request, status, version, waiting_for, diff
	"""
	_document(change_request, "read")
	return _standing(change_implementation.implement(change_request))


@frappe.whitelist(methods=["GET"])
def diff(change_request: str, live: bool = False) -> dict[str, Any]:
	"""Tell what a change comes to: dates, milestones, tasks, price, payments, people; costs only to who may see them.

	:param live: as it would be today instead of as it was assessed; nothing is written
	"""
	doc = _document(change_request, "read")
	if not live:
		return change_diff.read(doc)
	requests.set_from_project(doc)
	requests.set_lines(doc)
	return change_diff.preview(doc)


@frappe.whitelist(methods=["GET"])
def of(project: str | None = None, opportunity: str | None = None, customer: str | None = None) -> list[dict]:
	"""List the change requests of a project, a deal or a customer that the session's user may see, open ones first.

	:return: dicts with name, title, status, change_type, schedule_impact_days, price_impact, currency, waiting_for
	"""
	return change_steps.listed(project=project, opportunity=opportunity, customer=customer)


@frappe.whitelist(methods=["POST"])
def link(change_request: str) -> dict[str, str]:
	"""Give the customer's personal link of an assessed change and note that it goes out.

	:return: change_request, link
	"""
	_document(change_request, "write")
	doc, address = change_link.open_link(change_request)
	return {"change_request": doc.name, "link": address}


@frappe.whitelist(methods=["POST"], allow_guest=True)
@rate_limit(limit=30, seconds=60 * 60)
def answer(token: str, accepted: bool, version: int, name: str = "", reason: str = "") -> dict[str, str]:
	"""Take the customer's answer that comes by the personal link.

	:param version: the version that was shown
	:return: message
	"""
	doc = change_link.answer(token, accepted, version, name, reason)
	return {"message": change_link.why_closed(doc) or ""}


@frappe.whitelist(methods=["GET"], allow_guest=True)
@rate_limit(limit=60, seconds=60 * 60)
def download(token: str) -> None:
	"""Download the paper of a change by the personal link."""
	doc = change_link.find(token)
	if not doc or doc.status not in change_link.SHOWN:
		frappe.throw(change_link.why_closed(None), exc=ChangeRequestError)
	frappe.local.response.filename = f"{doc.name}-V{cint(doc.version)}.pdf"
	frappe.local.response.filecontent = change_sheet.pdf(doc)
	frappe.local.response.type = "download"


@frappe.whitelist(methods=["POST"])
def median_cycle(filters: dict | str | None = None) -> dict[str, Any]:
	"""Give the median of the days from handing in to decision, of the changes that the session's user may see.

	The framework's number cards call it, with filters that are not used.
	:return: value, fieldtype and route as a number card wants them
	"""
	return {
		"value": change_steps.median_cycle(),
		"fieldtype": "Float",
		"route_options": {},
		"route": ["query-report", "SPM Change Log"],
	}


def _document(name: str, right: str) -> Document:
	doc = frappe.get_doc(requests.DOCTYPE, name)
	doc.check_permission(right)
	return doc


def _standing(doc: Document) -> dict[str, Any]:
	return {
		"change_request": doc.name,
		"status": doc.status,
		"version": cint(doc.version),
		"waiting_for": list(requests.waiting_sides(doc)) if doc.status == "Assessed" else [],
		"diff": change_diff.read(doc),
	}

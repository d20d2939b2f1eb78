"""The customer portal: a logged-in person of the customer sees what is shared, and answers."""

from typing import Any

import frappe
from frappe.rate_limiter import rate_limit

from sales_crm_pm.portal import actions, changes, views


@frappe.whitelist(methods=["GET"])
def projects() -> list[dict[str, Any]]:
	"""Return the projects of the portal user's company; [] for anybody else."""
	return views.projects()


@frappe.whitelist(methods=["GET"])
def project(project: str) -> dict[str, Any]:
	"""Return one project as its customer sees it; 404 when it is not shared with the user."""
	return views.project(project)


@frappe.whitelist(methods=["POST"])
def accept_milestone(milestone: str) -> dict[str, Any]:
	"""Accept a milestone that was handed in."""
	doc = actions.accept(milestone)
	return {"milestone": doc.name, "status": doc.status}


@frappe.whitelist(methods=["POST"])
def reject_milestone(milestone: str, reason: str) -> dict[str, Any]:
	"""Ask for changes to a milestone that was handed in."""
	doc = actions.reject(milestone, reason)
	return {"milestone": doc.name, "status": doc.status}


@frappe.whitelist(methods=["POST"])
@rate_limit(limit=30, seconds=60 * 60)
def send_message(project: str, message: str) -> dict[str, bool]:
	"""Write to the team of a project."""
	actions.send_message(project, message)
	return {"sent": True}


@frappe.whitelist(methods=["POST"])
@rate_limit(limit=30, seconds=60 * 60)
def request_change(project: str, title: str, description: str, reason: str = "") -> dict[str, Any]:
	"""Ask for a change of a project; sales and delivery are told at once."""
	doc = changes.request_change(project, title, description, reason)
	return {"change_request": doc.name, "status": doc.status}


@frappe.whitelist(methods=["POST"])
def approve_change(change_request: str, version: int) -> dict[str, Any]:
	"""Agree to a change for the customer, in the version that was shown."""
	doc = changes.approve(change_request, version)
	return {"change_request": doc.name, "status": doc.status}


@frappe.whitelist(methods=["POST"])
def decline_change(change_request: str, reason: str) -> dict[str, Any]:
	"""Refuse a change for the customer, saying why."""
	doc = changes.decline(change_request, reason)
	return {"change_request": doc.name, "status": doc.status}


@frappe.whitelist(methods=["GET"])
def download(project: str, row: str) -> None:
	"""Download the file of a deliverable that is shared on the portal."""
	file = views.deliverable_file(project, row)
	frappe.local.response.filename = file.file_name
	frappe.local.response.filecontent = file.get_content()
	frappe.local.response.type = "download"

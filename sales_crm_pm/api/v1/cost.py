"""REST: what projects have cost, and the entries it is made of."""

from datetime import date
from typing import Any

import frappe
from frappe import _

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.insight import project_costs
from sales_crm_pm.loop import transitions
from sales_crm_pm.permissions.rules import COST_ENTRY, PROJECT


@frappe.whitelist(methods=["GET"])
def status(project: str) -> dict[str, Any]:
	"""Cost of a project: budget, actual and committed by category, and hours that wait for approval.

	:return: currency, budget, actual, committed, left, hours, pending_hours, categories, entries (the
	    newest), commitments (still open), people
	:raises frappe.PermissionError: the caller may not see the project, or not what it costs
	"""
	_check(project)
	return project_costs.status(project)


@frappe.whitelist(methods=["POST"])
def add(
	project: str,
	title: str,
	amount: float,
	category: str = "Purchase",
	kind: str = "Actual",
	entry_date: date | None = None,
	currency: str | None = None,
	exchange_rate: float | None = None,
	supplier: str | None = None,
	invoice_no: str | None = None,
	commitment: str | None = None,
	closes_commitment: bool = False,
	milestone: str | None = None,
	task: str | None = None,
	attachment: str | None = None,
	note: str | None = None,
	approve: bool = False,
) -> dict[str, Any]:
	"""Enter a cost of a project, and approve it at once when asked to and allowed to.

	:return: entry, status, amount_base, and how the project's cost stands now (`costs`)
	"""
	_check(project)
	doc = frappe.get_doc(
		{
			"doctype": COST_ENTRY,
			"project": project,
			"title": title,
			"amount": amount,
			"category": category,
			"kind": kind,
			"entry_date": entry_date,
			"currency": currency,
			"exchange_rate": exchange_rate,
			"supplier": supplier,
			"invoice_no": invoice_no,
			"commitment": commitment,
			"closes_commitment": int(closes_commitment),
			"milestone": milestone,
			"task": task,
			"attachment": attachment,
			"note": note,
		}
	).insert()
	if approve:
		doc = transitions.move(doc, "Approved")
	return _answer(doc)


@frappe.whitelist(methods=["POST"])
def approve(entry: str) -> dict[str, Any]:
	"""Approve a cost entry: from now on it counts as what the project has cost or is committed to."""
	return _answer(transitions.move(_writable(entry), "Approved"))


@frappe.whitelist(methods=["POST"])
def cancel(entry: str) -> dict[str, Any]:
	"""Cancel a cost entry; it stays for the record and counts no more."""
	return _answer(transitions.move(_writable(entry), "Cancelled"))


def _check(project: str) -> None:
	doc = frappe.get_doc(PROJECT, project)
	doc.check_permission("read")
	if 1 not in doc.get_permlevel_access("read") or not frappe.has_permission(COST_ENTRY, "read"):
		frappe.throw(_("You may not see what projects cost."), frappe.PermissionError)


def _writable(entry: str):
	if not frappe.db.exists(COST_ENTRY, entry):
		frappe.throw(_("There is no cost entry {0}.").format(entry), exc=SPMError)
	doc = frappe.get_doc(COST_ENTRY, entry)
	doc.check_permission("write")
	return doc


def _answer(doc) -> dict[str, Any]:
	return {
		"entry": doc.name,
		"status": doc.status,
		"amount_base": doc.amount_base,
		"costs": project_costs.status(doc.project),
	}

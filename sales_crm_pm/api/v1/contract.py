"""REST: contracts and their payment plans."""

from datetime import date
from typing import Any

import frappe
from frappe.model.document import Document

from sales_crm_pm.loop import contract as steps
from sales_crm_pm.loop import payment_plan


@frappe.whitelist(methods=["POST"])
def create_from_opportunity(opportunity: str, contract_type: str | None = None) -> dict[str, Any]:
	"""Draw up the contract of an opportunity, or return the one it has.

	:param opportunity: name of the SPM Opportunity
	:param contract_type: name of an SPM Contract Type; the project contract when not given
	:return: contract, created
	:raises frappe.PermissionError: no right to write the opportunity or to create contracts
	"""
	doc = frappe.get_doc("SPM Opportunity", opportunity)
	doc.check_permission("write")
	name, created = steps.create_from_opportunity(doc, contract_type)
	return {"contract": name, "created": created}


@frappe.whitelist(methods=["GET"])
def plan(contract: str) -> dict[str, Any]:
	"""The payment plan of a contract.

	:param contract: name of the SPM Contract
	:return: contract, version, total, currency, rows
	:raises frappe.PermissionError: no right to read the contract
	"""
	return payment_plan.view(_doc(contract, "read"))


@frappe.whitelist(methods=["GET"])
def template_rows(contract: str, template: str) -> list[dict[str, Any]]:
	"""The rows of a payment template laid onto a contract, for the editor; nothing is stored.

	:param contract: name of the SPM Contract
	:param template: name of the SPM Payment Template
	"""
	return payment_plan.template_rows(_doc(contract, "read"), template)


@frappe.whitelist(methods=["POST"])
def set_plan(contract: str, rows: list[dict[str, Any]] | str, version: int) -> dict[str, Any]:
	"""Replace the payment plan of a contract, all of it or nothing.

	:param contract: name of the SPM Contract
	:param rows: dicts with title, trigger_type, milestone, milestone_title, event_name, trigger_date, term_days,
	    amount or percent, and the name of a present payment; one row may leave amount and percent open
	:param version: the version of the plan that was read
	:return: as `plan`
	:raises PlanChangedError: status 417, somebody else changed the plan since that version
	:raises PaymentPlanError: status 417, the rows do not add up or a settled payment would change
	:raises frappe.PermissionError: no right to write the contract
	"""
	_doc(contract, "write")
	# The desk sends lists as text.
	return payment_plan.set_plan(contract, frappe.parse_json(rows), version)


@frappe.whitelist(methods=["POST"])
def change_amount(
	contract: str, change_amount: float, reason: str, spread: bool = False, due_date: date | None = None
) -> dict[str, Any]:
	"""Add an approved change to a signed contract; its payment plan follows.

	:param contract: name of the SPM Contract
	:param change_amount: in the contract's currency, negative for a reduction
	:param reason: in words
	:param spread: divide an addition among the open payments instead of adding one
	:param due_date: date of the new payment, today by default
	:return: contract, approved_changes, total_amount
	:raises PaymentPlanError: status 417, more is invoiced or paid than would be left
	:raises frappe.PermissionError: no right to cancel the contract, which is what approving takes
	"""
	_doc(contract, "cancel")
	return payment_plan.set_contract_amount(contract, change_amount, reason, spread, due_date)


@frappe.whitelist(methods=["POST"])
def amend(contract: str) -> dict[str, str]:
	"""Replace a signed contract by a new draft; all its payments follow.

	:param contract: name of the SPM Contract
	:return: contract: the name of the new version
	:raises frappe.PermissionError: no right to cancel and amend the contract
	"""
	doc = _doc(contract, "cancel")
	doc.check_permission("amend")
	return {"contract": steps.amend(doc)}


@frappe.whitelist(methods=["POST"])
def terminate(contract: str, reason: str, on: date | None = None) -> dict[str, Any]:
	"""End a signed contract early; what is neither invoiced nor paid is no longer owed.

	:param contract: name of the SPM Contract
	:param reason: why
	:param on: day of the end, today by default
	:return: contract, status, total_amount
	:raises frappe.PermissionError: no right to cancel the contract
	"""
	return steps.terminate(_doc(contract, "cancel"), reason, on)


def _doc(contract: str, right: str) -> Document:
	doc = frappe.get_doc("SPM Contract", contract)
	doc.check_permission(right)
	return doc

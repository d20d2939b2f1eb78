"""REST: opportunities on their way through the pipeline."""

from typing import Any

import frappe
from frappe.model.document import Document

from sales_crm_pm.loop import opportunity as deal
from sales_crm_pm.loop import opportunity_gate


@frappe.whitelist(methods=["POST"])
def move(
	opportunity: str,
	stage: str,
	reason: str | None = None,
	values: dict | str | None = None,
	checks: list | str | None = None,
) -> dict[str, Any]:
	"""Move an opportunity to another stage of its pipeline, bringing along what the gate still wants.

	:param opportunity: name of the SPM Opportunity
	:param stage: name of the SPM Stage, or its words ("Negotiation")
	:param reason: why, kept in the stage history
	:param values: by field what the gate or the closing asks for; of a table the rows to add. Anything else is ignored
	:param checks: texts of checks that are done
	:return: opportunity, stage, status, probability and missing: what the gate after this one still wants
	:raises StageGateError: status 417, with `missing` naming what this gate still wants
	:raises frappe.PermissionError: no right to write the opportunity
	"""
	doc = deal.move(
		_writable(opportunity), stage, reason, frappe.parse_json(values), frappe.parse_json(checks)
	)
	return {
		"opportunity": doc.name,
		"stage": doc.stage,
		"status": doc.status,
		"probability": doc.probability,
		"missing": opportunity_gate.next_gate(doc),
	}


@frappe.whitelist(methods=["GET"])
def gate(opportunity: str, stage: str) -> dict[str, Any]:
	"""Say what a stage still wants, so that a form can ask for exactly that.

	:param opportunity: name of the SPM Opportunity
	:param stage: name of the SPM Stage, or its words
	:return: opportunity, stage, missing: dicts with kind (field, row or check), name, label; row names the row of
	    the checklist, column and value what one row of a table must have
	:raises frappe.PermissionError: no right to read the opportunity
	"""
	doc = frappe.get_doc("SPM Opportunity", opportunity)
	doc.check_permission("read")
	return {"opportunity": doc.name, "stage": stage, "missing": opportunity_gate.gate_form(doc, stage)}


@frappe.whitelist(methods=["GET"])
def gates(opportunity: str) -> dict[str, Any]:
	"""Say for every other stage of the pipeline what it still wants; a board shows it while a card is dragged.

	:param opportunity: name of the SPM Opportunity
	:return: opportunity, writable, stages: {stage: [what is missing, in words]}
	:raises frappe.PermissionError: no right to read the opportunity
	"""
	doc = frappe.get_doc("SPM Opportunity", opportunity)
	doc.check_permission("read")
	return {
		"opportunity": doc.name,
		"writable": bool(doc.has_permission("write")),
		"stages": opportunity_gate.gates(doc),
	}


@frappe.whitelist(methods=["POST"])
def win(opportunity: str, won_on: str | None = None) -> dict[str, Any]:
	"""Win an opportunity.

	:param opportunity: name of the SPM Opportunity
	:param won_on: day of the win, today when not given
	:return: opportunity, status, stage, won_on
	:raises StageGateError: status 417, with `missing`
	:raises frappe.PermissionError: no right to write the opportunity
	"""
	doc = deal.win(_writable(opportunity), won_on)
	return {"opportunity": doc.name, "status": doc.status, "stage": doc.stage, "won_on": str(doc.won_on)}


@frappe.whitelist(methods=["POST"])
def lose(
	opportunity: str,
	loss_reason: str,
	detail: str | None = None,
	competitor: str | None = None,
	more_reasons: list | str | None = None,
) -> dict[str, Any]:
	"""Lose an opportunity for a reason of the list.

	:param opportunity: name of the SPM Opportunity
	:param loss_reason: name of the SPM Loss Reason
	:param detail: what happened, in free words
	:param competitor: name of the SPM Competitor who won it instead
	:param more_reasons: further loss reasons besides the main one
	:return: opportunity, status, stage
	:raises frappe.DoesNotExistError: no such loss reason
	:raises frappe.PermissionError: no right to write the opportunity
	"""
	doc = deal.lose(_writable(opportunity), loss_reason, detail, competitor, frappe.parse_json(more_reasons))
	return {"opportunity": doc.name, "status": doc.status, "stage": doc.stage}


def _writable(opportunity: str) -> Document:
	doc = frappe.get_doc("SPM Opportunity", opportunity)
	doc.check_permission("write")
	return doc

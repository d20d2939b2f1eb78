"""REST: the risk register: heat map, reviews, what a risk turns into."""

from typing import Any

import frappe

from sales_crm_pm.insight import risks
from sales_crm_pm.loop import risk_register

HAS_TASKS = ("SPM Risk", "SPM Issue")


@frappe.whitelist(methods=["GET"])
def heat_map(
	project: str | None = None,
	customer: str | None = None,
	project_type: str | None = None,
	project_manager: str | None = None,
	risk_owner: str | None = None,
	category: str | None = None,
	kind: str | None = None,
	status: str | None = None,
) -> dict[str, Any]:
	"""Give bands and risks of the heat map, as far as the user may see them.

	:param status: "Open" (the default), "All", or one status
	:return: bands, risks, people, totals (open, stale; expected, p50, p80, most for who may see cost), sees_cost,
	    currency
	:raises frappe.PermissionError: no right to read risks
	"""
	frappe.has_permission("SPM Risk", "read", throw=True)
	return risks.heat_map(
		{
			"project": project,
			"customer": customer,
			"project_type": project_type,
			"project_manager": project_manager,
			"risk_owner": risk_owner,
			"category": category,
			"kind": kind,
			"status": status,
		}
	)


@frappe.whitelist(methods=["GET"])
def panel(project: str) -> dict[str, Any]:
	"""Give risks, issues and fitting lessons of one project.

	:raises frappe.PermissionError: no right to read the project
	"""
	doc = frappe.get_doc("SPM Project", project)
	doc.check_permission("read")
	frappe.has_permission("SPM Risk", "read", throw=True)
	return risks.project_panel(doc)


@frappe.whitelist(methods=["GET"])
def bands() -> list[dict[str, Any]]:
	"""Give the bands of scores: name, from_score, to_score, color, is_critical, advice."""
	frappe.has_permission("SPM Risk", "read", throw=True)
	return risks.bands()


@frappe.whitelist(methods=["POST"])
def review(
	risk: str,
	note: str | None = None,
	probability: int | None = None,
	impact: int | None = None,
	next_review: str | None = None,
) -> dict[str, Any]:
	"""Note that a risk was looked at, with a new judgement or none.

	:return: risk, score, band, trend, review_date
	"""
	doc = frappe.get_doc("SPM Risk", risk)
	doc.check_permission("write")
	doc = risk_register.review(doc, note, probability, impact, next_review)
	return {
		"risk": doc.name,
		"score": doc.score,
		"band": doc.band,
		"trend": doc.trend,
		"review_date": str(doc.review_date),
	}


@frappe.whitelist(methods=["POST"])
def happened(
	risk: str,
	severity: str | None = None,
	issue_owner: str | None = None,
	due_date: str | None = None,
	description: str | None = None,
) -> dict[str, Any]:
	"""Make the issue of a risk that happened; doing it twice does it once.

	:return: risk, issue
	"""
	doc = frappe.get_doc("SPM Risk", risk)
	doc.check_permission("write")
	issue = risk_register.happened(
		doc, severity=severity, issue_owner=issue_owner, due_date=due_date, description=description
	)
	return {"risk": doc.name, "issue": issue}


@frappe.whitelist(methods=["POST"])
def create_task(
	doctype: str,
	name: str,
	subject: str | None = None,
	assigned_to: str | None = None,
	due_date: str | None = None,
) -> dict[str, str]:
	"""Make a task that works on a risk or an issue.

	:param doctype: SPM Risk or SPM Issue
	:return: task
	"""
	if doctype not in HAS_TASKS:
		raise frappe.DoesNotExistError
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("write")
	return {"task": risk_register.create_task(doc, subject, assigned_to, due_date)}

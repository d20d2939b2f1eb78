"""Everything about one customer on one page, with the caller's permissions and a fixed number of statements."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import cint, flt, getdate

from sales_crm_pm.insight import risks, timeline
from sales_crm_pm.loop import tiers

CAP = 100
"""No list of the page is longer; the record lists of the desk show the rest."""
MAX_TIMELINE = 200

PROFILE = (
	"name",
	"customer_name",
	"customer_code",
	"customer_type",
	"parent_customer",
	"customer_group",
	"is_key_account",
	"lifecycle_stage",
	"account_manager",
	"service_owner",
	"disabled",
	"industry",
	"territory",
	"source",
	"market_segment",
	"no_of_employees",
	"annual_revenue",
	"currency",
	"website",
	"phone",
	"email",
	"primary_contact",
	"primary_address",
)
METRICS = (
	"won_count",
	"won_amount_base",
	"open_pipeline_base",
	"base_currency",
	"first_won_on",
	"last_won_on",
	"active_projects",
	"late_projects",
	"projects_percent_complete",
	"csat_avg",
	"nps_last",
	"last_interaction_on",
	"next_followup_on",
	"clv_revenue",
	"relationship_strength",
	"churn_risk",
	"r_score",
	"f_score",
	"m_score",
	"group_companies",
	"group_won_amount_base",
	"group_open_pipeline_base",
	"group_active_projects",
	"group_late_projects",
)


def overview(customer: Any, timeline_start: int = 0, timeline_length: int = 50) -> dict[str, Any]:
	"""The customer page as data. Lists hold only what the session's user may see.

	:param customer: SPM Customer document that the caller may read (checked by the caller of this)
	:param timeline_start: how many events to skip, newest first
	:param timeline_length: how many events to return, at most MAX_TIMELINE
	"""
	name = customer.name
	opportunities = _opportunities(name)
	return {
		"profile": {
			**{field: customer.get(field) for field in PROFILE},
			"team": [{"user": r.user, "team_role": r.team_role} for r in customer.team],
		},
		"contacts": _contacts(name),
		"tier": customer.tier or None,
		"tier_reason": tiers.reason(customer.tier_facts) or customer.tier_reason or None,
		"health": customer.health or None,
		"opportunities": opportunities,
		"projects": _projects(name),
		"milestones_next": _next_milestones(name),
		"risks": risks.top_of_customer(name),
		"payments": _payments(name),
		"tickets": [],
		"surveys": _surveys(name),
		"promises": [],
		"timeline": timeline.page(
			name, start=max(0, cint(timeline_start)), length=min(max(1, cint(timeline_length)), MAX_TIMELINE)
		),
		"metrics": {
			**{field: customer.get(field) for field in METRICS},
			**_money_metrics(customer),
			**_satisfaction(customer),
			**_win_rate(customer),
		},
	}


def _satisfaction(customer: Any) -> dict[str, Any]:
	"""Mean satisfaction and last recommendation; None where nobody has answered (a column cannot say so)."""
	answered = bool(customer.csat_avg)
	return {
		"csat_avg": customer.csat_avg if answered else None,
		"nps_last": customer.nps_last if answered and cint(customer.nps_last) >= 0 else None,
	}


def _list(doctype: str, **query: Any) -> list[dict[str, Any]]:
	"""A list with the user's permissions; empty when the user's roles do not open the record type."""
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(doctype, limit_page_length=CAP, **query)


def _contacts(customer: str) -> list[dict[str, Any]]:
	return _list(
		"Contact",
		filters=[
			["Dynamic Link", "link_doctype", "=", "SPM Customer"],
			["Dynamic Link", "link_name", "=", customer],
		],
		fields=[
			"name",
			"full_name",
			"designation",
			"email_id",
			"phone",
			"mobile_no",
			"is_primary_contact",
			"buying_role",
			"stance",
		],
		order_by="`tabContact`.is_primary_contact desc, `tabContact`.full_name asc",
	)


def _opportunities(customer: str) -> list[dict[str, Any]]:
	return _list(
		"SPM Opportunity",
		filters={"customer": customer},
		fields=[
			"name",
			"title",
			"stage",
			"status",
			"probability",
			"amount",
			"currency",
			"amount_base",
			"weighted_amount",
			"expected_close_date",
			"next_step",
			"next_step_date",
			"opportunity_owner",
			"opened_on",
			"won_on",
			"closed_on",
			"project",
			"generation",
			"previous_opportunity",
			"deal_chain",
		],
		order_by="creation desc",
	)


def _projects(customer: str) -> list[dict[str, Any]]:
	return _list(
		"SPM Project",
		filters={"customer": customer},
		fields=[
			"name",
			"project_name",
			"status",
			"project_manager",
			"percent_complete",
			"percent_planned",
			"health",
			"next_milestone",
			"next_milestone_date",
			"planned_end_date",
			"forecast_end_date",
			"opportunity",
			"deal_chain",
		],
		order_by="creation desc",
	)


def _payments(customer: str) -> list[dict[str, Any]]:
	return _list(
		"SPM Payment",
		filters={"customer": customer, "status": ["!=", "Cancelled"]},
		fields=[
			"name",
			"title",
			"contract",
			"project",
			"status",
			"due_date",
			"amount",
			"received",
			"outstanding",
			"currency",
			"outstanding_base",
			"invoice_no",
			"invoiced_on",
			"received_on",
		],
		order_by="due_date asc, sequence asc",
	)


def _money_metrics(customer: Any) -> dict[str, Any]:
	"""What the customer owes; only for those who may read these fields."""
	fields = ("outstanding_base", "overdue_base")
	if frappe.session.user != "Administrator" and 2 not in customer.get_permlevel_access("read"):
		return dict.fromkeys(fields)
	return {field: customer.get(field) for field in fields}


def _next_milestones(customer: str) -> list[dict[str, Any]]:
	rows = _list(
		"SPM Milestone",
		filters={"customer": customer, "status": ["not in", ["Accepted", "Cancelled"]]},
		fields=["name", "title", "project", "status", "planned_date", "forecast_date", "milestone_owner"],
		order_by="planned_date asc",
	)
	today = getdate()
	for row in rows:
		row["late"] = bool(row.planned_date and getdate(row.planned_date) < today)
	return rows


def _surveys(customer: str) -> list[dict[str, Any]]:
	return _list(
		"SPM Survey",
		filters={"customer": customer},
		fields=[
			"name",
			"project",
			"milestone",
			"contact",
			"status",
			"sent_on",
			"answered_on",
			"csat",
			"nps",
			"comment",
			"needs_attention",
			"follow_up_type",
			"follow_up",
		],
		order_by="creation desc",
	)


def _win_rate(customer: Any) -> dict[str, Any]:
	"""Won ÷ (won + lost) of the whole customer, in percent; None while nothing is decided."""
	won = cint(customer.won_count)
	lost = frappe.db.count("SPM Opportunity", {"customer": customer.name, "status": "Lost"})
	decided = won + lost
	return {"lost_count": lost, "win_rate": flt(won * 100 / decided, 2) if decided else None}

"""Read model of the risk register: what a heat map, a project's panel and the reports show.

Everything is narrowed to what the session's user may see; cost and expected value only for those who may see cost.
"""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce
from frappe.utils import cint, date_diff, flt, getdate, today
from pypika import Order

from sales_crm_pm.loop import risk
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.permissions.query import readable_rows
from sales_crm_pm.rules import risk as rules

CAP = 1_000
"""No map holds more risks; the worst come first."""
FILTERS = (
	"project",
	"customer",
	"opportunity",
	"category",
	"risk_owner",
	"kind",
	"band",
	"response_strategy",
)
OF_PROJECT = ("project_type", "project_manager", "account_manager")
COLUMNS = (
	"name",
	"title",
	"kind",
	"status",
	"category",
	"project",
	"opportunity",
	"customer",
	"risk_owner",
	"probability",
	"impact",
	"score",
	"band",
	"residual_probability",
	"residual_impact",
	"residual_score",
	"residual_band",
	"trend",
	"response_strategy",
	"schedule_impact_days",
	"expected_delay_days",
	"identified_on",
	"review_date",
	"last_reviewed_on",
	"became_issue",
	"visible_to_customer",
)
COST = ("cost_impact", "probability_percent", "emv")
ISSUE_COLUMNS = ("name", "title", "severity", "status", "issue_owner", "due_date", "raised_on", "from_risk")


def sees_cost(doctype: str = "SPM Risk") -> bool:
	"""Whether the session's user may see what risks and issues cost."""
	return frappe.session.user == "Administrator" or 1 in frappe.get_meta(doctype).get_permlevel_access(
		"read"
	)


def register(filters: dict[str, Any] | None = None, limit: int = CAP) -> list[dict[str, Any]]:
	"""Risks that the user may see, the worst first, one statement.

	:param filters: those of FILTERS and OF_PROJECT; `status` ("Open" for all that are open, "All", or one
	    status); `stale` for those that wait for a review
	:return: rows of COLUMNS with project_name, opportunity_title, `stale`, and COST for those who may see it
	"""
	filters = {key: value for key, value in (filters or {}).items() if value}
	table, project, deal = DocType("SPM Risk"), DocType("SPM Project"), DocType("SPM Opportunity")
	costs = COST if sees_cost() else ()
	query = (
		frappe.qb.from_(table)
		.left_join(project)
		.on(project.name == table.project)
		.left_join(deal)
		.on(deal.name == table.opportunity)
		.select(*(table[column] for column in (*COLUMNS, *costs)))
		.select(project.project_name, project.project_manager, deal.title.as_("opportunity_title"))
		.orderby(table.score, order=Order.desc)
		.orderby(table.review_date)
		.orderby(table.name)
		.limit(limit)
	)
	for field in FILTERS:
		if field in filters:
			query = query.where(table[field] == filters[field])
	for field in OF_PROJECT:
		if field in filters:
			query = query.where(project[field] == filters[field])
	status = filters.get("status") or "Open"
	if status == "Open":
		query = query.where(table.status.isin(risk.OPEN))
	elif status != "All":
		query = query.where(table.status == status)
	if (seen := readable_rows("SPM Risk")) is not None:
		query = query.where(seen)
	rows = query.run(as_dict=True)
	every, now = risk.review_days(), getdate(today())
	for row in rows:
		row.stale = row.status in risk.OPEN and rules.is_stale(
			now, row.review_date, row.last_reviewed_on, every
		)
	return [row for row in rows if row.stale] if filters.get("stale") else rows


def bands() -> list[dict[str, Any]]:
	"""The bands with what a reader has to know of them, the lowest first."""
	return frappe.get_all(
		"SPM Risk Band",
		fields=["name", "from_score", "to_score", "color", "is_critical", "advice"],
		order_by="from_score",
	)


def heat_map(filters: dict[str, Any] | None = None) -> dict[str, Any]:
	"""Everything a heat map draws: bands, the risks with both of their places, and what they may cost together.

	:return: bands, risks, people {user: full name}, totals (see `totals`), sees_cost, currency
	"""
	rows = register(filters)
	return {
		"bands": bands(),
		"risks": rows,
		"people": people(row.risk_owner for row in rows),
		"totals": totals(rows),
		"sees_cost": sees_cost(),
		"currency": base_currency(),
	}


def totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
	"""Number of open risks, of those that wait for a review, and the joint exposure for who may see cost."""
	open_rows = [row for row in rows if row.status in risk.OPEN]
	found: dict[str, Any] = {"open": len(open_rows), "stale": sum(bool(row.stale) for row in open_rows)}
	if sees_cost():
		found |= exposure(open_rows)
	return found


def exposure(rows: list[dict[str, Any]]) -> dict[str, float]:
	"""Expected sum of risks and the sums that hold with 50 and 80 percent certainty; chances count against them."""
	joint = rules.exposure(
		(flt(row.probability_percent), flt(row.cost_impact) * (-1 if row.kind == risk.CHANCE else 1))
		for row in rows
	)
	return {"expected": joint.expected, "p50": joint.p50, "p80": joint.p80, "most": joint.most}


def people(users: Any) -> dict[str, str]:
	"""Full names of users."""
	wanted = sorted({user for user in users if user})
	if not wanted:
		return {}
	return dict(
		frappe.get_all("User", filters={"name": ["in", wanted]}, fields=["name", "full_name"], as_list=True)
	)


def issues(filters: dict[str, Any] | None = None, limit: int = CAP) -> list[dict[str, Any]]:
	"""Issues that the user may see, open and severe ones first, one statement.

	:param filters: project, customer, category, issue_owner, severity; `status` ("Open" for all that are not
	    solved, "All", or one status)
	:return: rows with project_name, `age_days` (until solved), `late`, and cost_impact for who may see cost
	"""
	filters = {key: value for key, value in (filters or {}).items() if value}
	table, project = DocType("SPM Issue"), DocType("SPM Project")
	costs = ("cost_impact",) if sees_cost("SPM Issue") else ()
	columns = (
		*ISSUE_COLUMNS,
		"project",
		"customer",
		"category",
		"resolved_on",
		"schedule_impact_days",
		*costs,
	)
	query = (
		frappe.qb.from_(table)
		.left_join(project)
		.on(project.name == table.project)
		.select(*(table[column] for column in columns), project.project_name)
		.orderby(Coalesce(table.due_date, "9999-12-31"))
		.orderby(table.name)
		.limit(limit)
	)
	for field in ("project", "customer", "category", "issue_owner", "severity"):
		if field in filters:
			query = query.where(table[field] == filters[field])
	status = filters.get("status") or "Open"
	if status == "Open":
		query = query.where(table.status.isin(risk.ISSUE_OPEN))
	elif status != "All":
		query = query.where(table.status == status)
	if (seen := readable_rows("SPM Issue")) is not None:
		query = query.where(seen)
	rows = query.run(as_dict=True)
	now = getdate(today())
	for row in rows:
		is_open = row.status in risk.ISSUE_OPEN
		end = now if is_open or not row.resolved_on else getdate(row.resolved_on)
		row.age_days = max(0, date_diff(end, row.raised_on)) if row.raised_on else 0
		row.late = bool(is_open and row.due_date and row.due_date < now)
	severity = {"Critical": 0, "High": 1, "Medium": 2, "Low": 3}
	return sorted(rows, key=lambda row: (row.status not in risk.ISSUE_OPEN, severity.get(row.severity, 9)))


def lessons(project: Any, limit: int = 5) -> list[dict[str, Any]]:
	"""What was learned in other projects and may help this one: of its type first, then for all types.

	:param project: SPM Project document or row with name and project_type
	"""
	if not frappe.has_permission("SPM Lesson", "read"):
		return []
	table = DocType("SPM Lesson")
	own_type = Coalesce(table.project_type, "")
	query = (
		frappe.qb.from_(table)
		.select(
			table.name,
			table.title,
			table.kind,
			table.category,
			table.project_type,
			table.what_happened,
			table.recommendation,
			table.learned_on,
		)
		.where((table.disabled == 0) & (Coalesce(table.project, "") != project.name))
		.where((own_type == "") | (own_type == (project.project_type or "")))
		.orderby(own_type, order=Order.desc)
		.orderby(table.learned_on, order=Order.desc)
		.orderby(table.name)
		.limit(limit)
	)
	if (seen := readable_rows("SPM Lesson")) is not None:
		query = query.where(seen)
	return query.run(as_dict=True)


def project_panel(project: Any) -> dict[str, Any]:
	"""Risks, issues and lessons of one project as its form shows them.

	:param project: SPM Project document that the caller may read (checked by the caller of this)
	"""
	shown = heat_map({"project": project.name, "status": "All"})
	found = issues({"project": project.name, "status": "All"})
	shown["people"] |= people(row.issue_owner for row in found)
	is_over = project.status in ("Delivered", "Accepted", "Closed", "Cancelled")
	return {
		**shown,
		"issues": found,
		"lessons": [] if is_over else lessons(project),
		"can_add": bool(frappe.has_permission("SPM Risk", "create")),
		"can_add_issue": bool(frappe.has_permission("SPM Issue", "create")),
		"can_learn": bool(frappe.has_permission("SPM Lesson", "create")),
	}


def top_of_customer(customer: str, limit: int = 5) -> list[dict[str, Any]]:
	"""The worst open threats of a customer's projects and deals, for its page; without money."""
	if not frappe.has_permission("SPM Risk", "read"):
		return []
	return frappe.get_list(
		"SPM Risk",
		filters={"customer": customer, "status": ["in", risk.OPEN], "kind": risk.THREAT},
		fields=[
			"name",
			"title",
			"project",
			"opportunity",
			"status",
			"score",
			"band",
			"trend",
			"risk_owner",
			"review_date",
		],
		order_by="score desc, name asc",
		limit_page_length=cint(limit),
	)

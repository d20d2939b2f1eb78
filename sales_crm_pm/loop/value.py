"""Earned value and margins of projects: what follows from budget, progress and cost.

The arithmetic is in rules/earned_value.py; here it meets the columns of SPM Project. Everything computed here
is stored at permission level 1 and shown to those who may see cost.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe.utils import flt, getdate

from sales_crm_pm.rules import earned_value as rules
from sales_crm_pm.rules.earned_value import EarnedValue, Plan
from sales_crm_pm.rules.progress import MANUAL, MILESTONE_WEIGHT

COLUMNS = (
	"price_base",
	"approved_changes_base",
	"budget_cost",
	"actual_cost",
	"ev_technique",
	"eac_method",
	"own_etc",
	"delivered_on",
	"actual_end_date",
)
"""Columns of SPM Project that its figures are computed from."""


def technique_of(project: Any) -> str:
	"""How a piece of work earns its budget; a project whose progress is typed in knows no pieces."""
	technique = project.ev_technique or rules.PERCENT
	method = project.completion_method or MILESTONE_WEIGHT
	return rules.PERCENT if method == MANUAL and technique != rules.WEIGHTED_MILESTONES else technique


def evaluate(project: Any, plan: Plan, today: date, has_begun: bool) -> EarnedValue:
	"""Return the figures of a project (row or document) whose work is laid out in `plan`."""
	budget, cost = flt(project.budget_cost), flt(project.actual_cost)
	if not has_begun:
		# Nothing is to be done yet. What a cancelled project has cost is all it will cost.
		is_over = project.status == "Cancelled"
		return EarnedValue(bac=flt(budget, 2), ac=flt(cost, 2), eac=flt(cost if is_over else max(budget, cost), 2))
	earned, planned = plan.earned_share(), plan.planned_share(today)
	finished = project.delivered_on or project.actual_end_date
	return rules.earned_value(
		budget,
		budget * planned,
		budget * earned,
		cost,
		project.eac_method or rules.BY_COST,
		flt(project.own_etc),
		spi_t=plan.time_performance(earned, today, getdate(finished) if finished else None),
	)


def project_values(project: Any, figures: EarnedValue) -> dict[str, float]:
	"""Return the values of the derived fields of SPM Project; a ratio that has none is stored as 0."""
	return {
		"planned_value": figures.pv,
		"earned_value": figures.ev,
		"schedule_variance": figures.sv,
		"cost_variance": figures.cv,
		"cpi": figures.cpi or 0,
		"spi_t": figures.spi_t or 0,
		"tcpi": figures.tcpi or 0,
		"tcpi_eac": figures.tcpi_eac or 0,
		"estimate_at_completion": figures.eac,
		"estimate_to_complete": figures.etc,
		"variance_at_completion": figures.vac,
		"budget_used_percent": figures.used_percent,
		"planned_margin": margin_amount(project, figures.bac),
		"forecast_margin": margin_amount(project, figures.eac),
		"actual_margin": margin_amount(project, figures.ac),
	}


def margin_amount(project: Any, cost: float) -> float:
	"""What is left of price and approved changes; 0 while no cost is known, which is not a profit."""
	if not cost:
		return 0.0
	return rules.margin(flt(project.price_base), flt(project.approved_changes_base), cost).amount


def may_see_cost(user: str | None = None) -> bool:
	"""Whether a person's roles open cost and margin of projects (permission level 1); no statement."""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	return 1 in frappe.get_meta("SPM Project").get_permlevel_access("read", user=user)


def check_may_see_cost() -> None:
	"""Refuse whoever may not see cost.

	:raises frappe.PermissionError: the session's user may not
	"""
	if not may_see_cost():
		raise frappe.PermissionError(frappe._("Cost and margin of projects are not shown to you."))

"""The money of one project as one page: profit and loss, earned value, and its S-curve over time.

Only for people who may see cost; the callers check the project itself.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import add_days, cint, cstr, flt, get_last_day, getdate

from sales_crm_pm.loop import costs, value
from sales_crm_pm.loop import figures as figures_of
from sales_crm_pm.loop.figures import NOT_BEGUN, PROJECT_COLUMNS
from sales_crm_pm.loop.snapshots import SNAPSHOT
from sales_crm_pm.rules import earned_value as rules
from sales_crm_pm.rules.earned_value import EarnedValue, Plan
from sales_crm_pm.rules.money import rounded

MOST_WEEKS = 26
"""Weeks up to which the curve has a point per week; longer projects have one per month."""

PARTS = ("labour", *costs.CATEGORIES.values())
SHOWN = (
	*(f"{part}_cost" for part in PARTS),
	"project_name",
	"base_currency",
	"committed_cost",
	"invoiced_base",
	"received_base",
	"forecast_end_date",
	"percent_complete",
	"programme_budget",
	"programme_cost",
	"programme_forecast",
	"programme_percent_complete",
	"programme_health",
)


def of_project(project: str) -> dict[str, Any]:
	"""Return what the Money tab of a project shows: `profit`, `value`, `curve`, `programme`, `alerts`.

	Five statements, whatever the size of the project.

	:raises frappe.PermissionError: the session's user may not see cost
	"""
	value.check_may_see_cost()
	row = frappe.db.get_value("SPM Project", project, [*PROJECT_COLUMNS, *SHOWN], as_dict=True)
	if not row:
		raise frappe.DoesNotExistError(_("There is no project {0}.").format(project))
	plan, figures = figures_of.plan_and_figures(row)
	return {
		"project": row.name,
		"currency": row.base_currency,
		"has_begun": row.status not in NOT_BEGUN,
		"profit": profit(row, figures),
		"value": earned(row, figures),
		"curve": curve(row, plan, figures),
		"programme": programme(row),
	}


def profit(row: Any, figures: EarnedValue) -> dict[str, Any]:
	"""What was sold, what it costs, what came in, and what is left of it three times over."""
	price, changes = flt(row.price_base), flt(row.approved_changes_base)
	invoiced, received = flt(row.get("invoiced_base")), flt(row.get("received_base"))

	def left(cost: float) -> dict[str, Any]:
		found = rules.margin(price, changes, cost)
		# Unknown cost is no profit.
		return {"amount": found.amount if cost else None, "percent": found.percent if cost else None}

	return {
		"price": price,
		"approved_changes": changes,
		"income": rounded(price + changes),
		"budget": figures.bac,
		"actual": figures.ac,
		"parts": {part: flt(row.get(f"{part}_cost")) for part in PARTS},
		"committed": flt(row.get("committed_cost")),
		"forecast": figures.eac,
		"invoiced": invoiced,
		"received": received,
		"outstanding": rounded(invoiced - received),
		"margins": {"planned": left(figures.bac), "forecast": left(figures.eac), "actual": left(figures.ac)},
	}


def earned(row: Any, figures: EarnedValue) -> dict[str, Any]:
	"""The figures of earned value; ratios that cannot be computed are None."""
	return {
		**{
			name: getattr(figures, name)
			for name in ("bac", "pv", "ev", "ac", "sv", "cv", "spi", "cpi", "spi_t", "eac", "etc", "vac")
		},
		"tcpi": figures.tcpi,
		"tcpi_eac": figures.tcpi_eac,
		"used_percent": figures.used_percent,
		"percent_complete": flt(row.get("percent_complete")),
		"technique": value.technique_of(row),
		"method": row.eac_method or rules.BY_COST,
	}


def programme(row: Any) -> dict[str, Any] | None:
	"""The totals with sub-projects, or None when there are none."""
	if not cint(row.sub_projects):
		return None
	return {
		"sub_projects": cint(row.sub_projects),
		"budget": flt(row.programme_budget),
		"cost": flt(row.programme_cost),
		"forecast": flt(row.programme_forecast),
		"percent_complete": flt(row.programme_percent_complete),
		"health": row.programme_health,
	}


def curve(row: Any, plan: Plan, figures: EarnedValue) -> dict[str, Any]:
	"""The S-curve: planned, earned and spent money at the end of each week or month, and the forecast.

	Planned value follows from the plan. What was earned by a day in the past is what the snapshots of that
	time remember; days before the first one have no point. Cost is known by the day it was spent on.
	"""
	today = getdate()
	if not plan.days or row.status in NOT_BEGUN or not figures.bac:
		return {"points": [], "today": cstr(today)}
	begin = plan.days.first
	end = max(d for d in (plan.days.last, row.forecast_end_date and getdate(row.forecast_end_date)) if d)
	days = _points(begin, end, today)
	remembered = _snapshots(row.name, days[0], today)
	spent = _spent(row.name)
	points = []
	for day in days:
		point: dict[str, Any] = {"day": cstr(day), "pv": rounded(figures.bac * plan.planned_share(day))}
		if day == today:
			point |= {"ev": figures.ev, "ac": figures.ac, "eac": figures.ac}
		elif day < today:
			known = next((s for s in reversed(remembered) if getdate(s.taken_on) <= day), None)
			if day == begin and not known:
				point |= {"ev": 0.0, "ac": 0.0}
			elif known:
				point |= {"ev": flt(known.earned_value), "ac": flt(known.actual_cost)}
			if spent:
				point["ac"] = rounded(sum(amount for on, amount in spent if on <= day))
		points.append(point)
	_add_forecast(points, figures, today, end)
	return {"points": points, "today": cstr(today), "bac": figures.bac}


def _add_forecast(points: list[dict[str, Any]], figures: EarnedValue, today: date, end: date) -> None:
	"""What is still to spend, in even steps from today to the day the project is expected to end."""
	left = (end - today).days
	for point in points:
		day = getdate(point["day"])
		if day > today and left > 0:
			share = min(1.0, (day - today).days / left)
			point["eac"] = rounded(figures.ac + figures.etc * share)


def _points(begin: date, end: date, today: date) -> list[date]:
	days, weekly = {begin, end}, (end - begin).days <= 7 * MOST_WEEKS
	day = begin
	while day < end:
		day = add_days(day, 7) if weekly else get_last_day(add_days(day, 1))
		days.add(min(getdate(day), end))
	if begin <= today <= end:
		days.add(today)
	return sorted(days)


def _snapshots(project: str, begin: date, today: date) -> list[frappe._dict]:
	table = DocType(SNAPSHOT)
	return (
		frappe.qb.from_(table)
		.select(table.taken_on, table.earned_value, table.actual_cost)
		.where((table.project == project) & (table.taken_on >= begin - timedelta(days=31)))
		.where(table.taken_on <= today)
		.orderby(table.taken_on)
		.run(as_dict=True)
	)


def _spent(project: str) -> list[tuple[date, float]]:
	"""What was spent on each day."""
	return costs.over_time([project]).get(project, [])

"""Money of the demo projects: one over its budget, one ahead, a part of its own, and how it all came about."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.utils import add_days, flt, getdate

from sales_crm_pm.loop import costs, progress, snapshots, transitions
from sales_crm_pm.loop import figures as figures_of
from sales_crm_pm.loop.bulk import insert_rows
from sales_crm_pm.rules.earned_value import earned_value
from sales_crm_pm.setup.demo import data
from sales_crm_pm.setup.demo.people import acting, login

# customer whose running projects these are, the cost performance they show
STANDING = (("yuanhang", (0.78,)), ("huaxin", (1.06, 0.97)))
LATEST = (
	("Rework after the first test", "Subcontract", 20, 0.6),
	("Overtime of the installation team", "Other", 6, 0.4),
)
PART = ("Reports for the shop floor", 60_000, 90_000, 45)
"""Name, budget, price and percent of a project that is a part of the late one."""


def tell(story: Any) -> None:
	"""Bring cost to where the story wants it, split a part off, and remember how the projects stood each week."""
	for key, performances in STANDING:
		for row, performance in zip(_running(story.customers[key]), performances, strict=False):
			_spend(row, performance)
	_split_off(story)
	for row in _running(story.customers["yuanhang"], part=True):
		_spend(row, 0.96)
	_remember()


def _running(customer: str, part: bool = False) -> list[frappe._dict]:
	parent = ["is", "set" if part else "not set"]
	return frappe.get_all(
		"SPM Project",
		filters={"customer": customer, "status": "In Progress", "parent_project": parent},
		fields=["name", "project_manager", "earned_value", "actual_cost", "planned_start_date"],
		order_by="name",
	)


def _spend(project: frappe._dict, performance: float) -> None:
	"""Book what is missing to the cost that this cost performance means."""
	missing = flt(project.earned_value) / performance - flt(project.actual_cost)
	if missing <= 0:
		return
	with acting(project.project_manager.split("@")[0]):
		for title, category, ago, share in LATEST:
			entry = frappe.get_doc(
				{
					"doctype": "SPM Cost Entry",
					"project": project.name,
					"entry_date": max(
						getdate(project.planned_start_date), getdate(add_days(getdate(), -ago))
					),
					"kind": "Actual",
					"category": category,
					"title": _(title),
					"amount": round(missing * share, -2),
				}
			).insert()
			transitions.move(entry, "Approved")


def _split_off(story: Any) -> None:
	"""A part with a team and a budget of its own; the whole shows both together."""
	name, budget, price, percent = PART
	for whole in _running(story.customers["yuanhang"]):
		manager = whole.project_manager.split("@")[0]
		with acting(manager):
			part = frappe.get_doc(
				{
					"doctype": "SPM Project",
					"project_name": _(name),
					"customer": story.customers["yuanhang"],
					"parent_project": whole.name,
					"project_manager": login(manager),
					"completion_method": "Manual",
					"manual_percent_complete": percent,
					"planned_start_date": add_days(getdate(), -20),
					"planned_end_date": add_days(getdate(), 25),
					"budget_cost": budget,
					"price": price,
					"team": [
						{
							"user": login(manager),
							"project_role": _("Project Manager"),
							"raci": "Accountable",
						}
					],
					"goals": _("Figures of each line, ready every morning."),
					"scope": _("Everything in the contract."),
					"out_of_scope": _("Hardware and cabling."),
					"acceptance_criteria": _("All agreed test cases passed and the certificate signed."),
				}
			).insert()
		story._approve_and_start(part.name, manager, add_days(getdate(), -20))


def _remember() -> None:
	"""Weekly snapshots of the past: what was spent by each day is known, what was earned grew with the plan."""
	customers = frappe.get_all(
		"SPM Customer", filters={"external_id": ["like", f"{data.MARK}%"]}, pluck="name"
	)
	names = frappe.get_all(
		"SPM Project",
		filters={"customer": ["in", customers or [""]], "status": ["in", figures_of.ACTIVE]},
		pluck="name",
		order_by="name",
	)
	if not names:
		return
	progress.roll_up_many(names)
	frappe.db.delete(snapshots.SNAPSHOT, {"project": ["in", names]})
	spent, rows = costs.over_time(names), []
	for name in names:
		rows += _weeks_of(frappe.get_doc("SPM Project", name), spent.get(name, []))
	insert_rows(snapshots.SNAPSHOT, rows)


def _weeks_of(project: Any, spent: list[tuple[Any, float]]) -> list[dict[str, Any]]:
	plan, now = figures_of.plan_and_figures(project)
	today = getdate()
	planned_now = plan.planned_share(today)
	if not plan.days or not planned_now:
		return []
	rows, day = [], getdate(add_days(plan.days.first, 7))
	while day < today:
		planned = plan.planned_share(day)
		reached = plan.earned_share() * min(1.0, planned / planned_now)
		cost = sum(amount for on, amount in spent if on <= day)
		then = earned_value(now.bac, now.bac * planned, now.bac * reached, cost, project.eac_method)
		rows.append(
			{
				"name": f"{project.name}-{day:%y%m%d}",
				"creation": f"{day} 05:00:00",
				"modified": f"{day} 05:00:00",
				"owner": "Administrator",
				"modified_by": "Administrator",
				"docstatus": 0,
				"idx": 0,
				"project": project.name,
				"taken_on": day,
				"reason": "Scheduled",
				"status": project.status,
				"percent_complete": flt(100 * reached, 1),
				"percent_planned": flt(100 * planned, 1),
				"spi": then.spi or 0,
				"health": "Green" if (then.spi or 1) >= 0.95 else "Amber",
				"forecast_end_date": project.forecast_end_date,
				"base_currency": project.base_currency,
				"budget_cost": then.bac,
				"planned_value": then.pv,
				"earned_value": then.ev,
				"actual_cost": then.ac,
				"estimate_at_completion": then.eac,
				"cpi": then.cpi or 0,
				"forecast_margin": flt(
					flt(project.price_base) + flt(project.approved_changes_base) - then.eac, 2
				),
			}
		)
		day = getdate(add_days(day, 7))
	return rows

"""What a change request would change: two plans, two sums and two payment plans, one beside the other.

The difference has two halves. The one that anybody who may see the request may see (dates, price, payments,
people, scope) is stored in `impact`; what it costs us and what it leaves is stored in `impact_cost`, at the
permission level of costs, and never handed to anybody else.
"""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe.utils import cint, cstr, flt, getdate

from sales_crm_pm.loop import change_plan
from sales_crm_pm.rules import change as rules
from sales_crm_pm.rules import payment_plan as plan_rules
from sales_crm_pm.rules.change import Money, Moved
from sales_crm_pm.rules.money import rounded, to_base
from sales_crm_pm.rules.payment_plan import Held, PlanMismatch

TASK_FACTS = (
	"name",
	"subject",
	"project",
	"status",
	"planned_start_date",
	"planned_end_date",
	"duration_days",
	"estimate_hours",
	"assigned_to",
)
MILESTONE_FACTS = ("name", "title", "project", "status", "planned_date", "visible_to_customer")
MOST_TASKS = 60
"""Moved tasks that are listed; how many there are in all is told beside."""
COST_LEVEL = 1
SPREAD = "Divided Among Open Payments"


def write(doc: Any) -> None:
	"""Work out the difference and set the fields that hold it; the caller saves."""
	shown, hidden = difference(doc)
	doc.impact = json.dumps(shown, ensure_ascii=False, default=str)
	doc.impact_cost = json.dumps(hidden, ensure_ascii=False, default=str)
	end, price = shown["end"], shown["price"]
	doc.end_before_date, doc.end_after_date = end["before"], end["after"]
	doc.schedule_impact_days = cint(end["days"])
	doc.hours_impact = shown["hours"]
	doc.impacted_milestones = "\n".join(row["title"] for row in shown["milestones"])
	doc.price_impact = price["change"]
	doc.price_impact_base = to_base(doc.price_impact, doc.exchange_rate)
	doc.cost_impact = hidden["cost"]["change"]
	doc.margin_impact = hidden["margin"]["change"]
	doc.margin_before = hidden["margin"]["before_percent"] or 0
	doc.margin_after = hidden["margin"]["after_percent"] or 0


def read(doc: Any) -> dict[str, Any]:
	"""The stored difference as far as the session's user may see it."""
	found = json.loads(doc.impact) if doc.impact else {}
	if doc.impact_cost and may_see_cost(doc):
		found.update(json.loads(doc.impact_cost))
	return found


def preview(doc: Any) -> dict[str, Any]:
	"""The difference as it would be today, as far as the session's user may see it; nothing is written."""
	shown, hidden = difference(doc)
	return {**shown, **hidden} if may_see_cost(doc) else shown


def may_see_cost(doc: Any) -> bool:
	return frappe.session.user == "Administrator" or COST_LEVEL in doc.get_permlevel_access("read")


def difference(doc: Any) -> tuple[dict[str, Any], dict[str, Any]]:
	"""Both halves of the difference: what all may see, and what only cost roles may."""
	plan = change_plan.outlook(doc)
	price = rounded(sum(flt(row.price) for row in doc.lines))
	hours, people = _people(doc)
	shown = {
		"end": {"before": _iso(plan.end_before), "after": _iso(plan.end_after), "days": plan.days},
		"milestones": [_moved(m) for m in rules.moves(plan.milestones)],
		"tasks": [_moved(t) for t in rules.moves(plan.tasks)[:MOST_TASKS]],
		"tasks_moved": len(rules.moves(plan.tasks)),
		"conflicts": plan.conflicts,
		"scope": _scope(doc),
		"others": _others(doc),
		"hours": hours,
		"people": people,
		"price": _price(doc, price),
		"payments": _payments(doc, price),
	}
	return shown, _cost(doc, price)


def concerns_customer(doc: Any) -> bool:
	"""Whether price, agreed scope or a date moves that the customer sees, so that the customer has to agree."""
	if flt(doc.price_impact):
		return True
	if any(row.kind == "Scope Text" for row in doc.lines):
		return True
	found = json.loads(doc.impact) if doc.impact else {}
	return bool(cint(doc.schedule_impact_days)) or any(m["visible"] for m in found.get("milestones", ()))


def _moved(row: Moved) -> dict[str, Any]:
	return {
		"name": row.name,
		"title": row.title,
		"before": _iso(row.before),
		"after": _iso(row.after),
		"days": row.days,
		"state": "new" if row.before is None else "dropped" if row.after is None else "moved",
		"visible": row.visible,
	}


def _people(doc: Any) -> tuple[float, list[dict[str, Any]]]:
	"""Hours more or less, in all and by person; a dropped task frees its hours."""
	tasks = doc.flags.tasks or {}
	by_person: dict[str, float] = {}
	for row in doc.lines:
		task = tasks.get(row.task) if row.task else None
		person, hours = row.assigned_to, 0.0
		if row.kind in ("Add Task", "Allocation"):
			hours = flt(row.hours)
		elif row.kind == "Change Task" and task:
			hours = flt(row.hours) - flt(task.estimate_hours) if flt(row.hours) else 0.0
			person = person or task.assigned_to
		elif row.kind == "Drop Task" and task:
			hours, person = -flt(task.estimate_hours), task.assigned_to
		if hours:
			by_person[person or ""] = by_person.get(person or "", 0.0) + hours
	names = dict(
		frappe.get_all(
			"User", {"name": ["in", [p for p in by_person if p] or [""]]}, ["name", "full_name"], as_list=True
		)
	)
	people = [
		{"user": person, "name": names.get(person) or person, "hours": round(hours, 1)}
		for person, hours in sorted(by_person.items(), key=lambda item: (-abs(item[1]), item[0]))
		if hours
	]
	return round(sum(by_person.values()), 1), people


def _scope(doc: Any) -> list[dict[str, str]]:
	return [
		{"part": row.scope_part or "Scope", "text": cstr(row.after_text).strip()}
		for row in doc.lines
		if row.kind == "Scope Text"
	]


def _others(doc: Any) -> list[dict[str, str]]:
	return [
		{"kind": row.kind, "title": row.subject or "", "text": cstr(row.after_text).strip()}
		for row in doc.lines
		if row.kind in ("Allocation", "Risk")
	]


def _price(doc: Any, change: float) -> dict[str, Any]:
	"""The whole price in the request's currency: of the contract, else of the project."""
	if doc.contract:
		before = flt(frappe.db.get_value("SPM Contract", doc.contract, "total_amount"))
	else:
		project = _project_money(doc)
		before = flt(project.price) + flt(project.approved_changes)
	return {
		"before": rounded(before),
		"after": rounded(before + change),
		"change": change,
		"currency": doc.currency,
	}


def _payments(doc: Any, change: float) -> list[dict[str, Any]]:
	"""Payments that come, go or get another amount, by the arithmetic that `payment_plan.set_contract_amount` uses.

	Empty without a contract, and when its plan cannot take the change (which carrying it out then says).
	"""
	cents = plan_rules.cents(change)
	if not doc.contract or not cents:
		return []
	spread = doc.payment_mode == SPREAD
	if cents > 0 and not spread:
		day = _iso(max(getdate(doc.payment_due_date), getdate()))
		return [{"title": doc.title, "due_date": day, "before": 0.0, "after": change}]
	rows = frappe.get_all(
		"SPM Payment",
		filters={"contract": doc.contract},
		fields=["title", "amount", "due_date", "invoiced_on", "received"],
		order_by="sequence, name",
	)
	facts = [Held(flt(row.amount), bool(row.invoiced_on or flt(row.received))) for row in rows]
	try:
		if spread:
			total = plan_rules.money(sum(plan_rules.cents(row.amount) for row in rows) + cents)
			amounts = plan_rules.rescale(total, facts)
		else:
			amounts = plan_rules.take(plan_rules.money(-cents), facts)
	except PlanMismatch:
		return []
	return [
		{"title": row.title, "due_date": _iso(row.due_date), "before": flt(row.amount), "after": amount}
		for row, amount in zip(rows, amounts, strict=True)
		if plan_rules.cents(row.amount) != plan_rules.cents(amount)
	]


def _cost(doc: Any, price: float) -> dict[str, Any]:
	project = _project_money(doc)
	change = change_plan.cost_impact(doc)
	sold = flt(project.price_base) + flt(project.approved_changes_base)
	money = Money(
		rounded(sold),
		rounded(sold + to_base(price, doc.exchange_rate)),
		rounded(project.budget_cost),
		rounded(flt(project.budget_cost) + change),
	)
	return {
		"cost": {
			"before": money.cost_before,
			"after": money.cost_after,
			"change": change,
			"currency": doc.base_currency,
			"lines": [
				{"kind": row.kind, "title": row.subject or "", "cost": flt(row.line_cost)}
				for row in doc.lines
				if flt(row.line_cost)
			],
		},
		"margin": {
			"before": money.margin_before,
			"after": money.margin_after,
			"change": money.margin_impact,
			"before_percent": money.margin_before_percent,
			"after_percent": money.margin_after_percent,
			"currency": doc.base_currency,
		},
	}


def _project_money(doc: Any) -> frappe._dict:
	"""The project's sums, asked for once per save."""
	if not doc.flags.project_money:
		doc.flags.project_money = frappe.db.get_value(
			"SPM Project",
			doc.project,
			["price", "price_base", "approved_changes", "approved_changes_base", "budget_cost"],
			as_dict=True,
		)
	return doc.flags.project_money


def agreed_dates(doc: Any) -> tuple[int, dict[str, str | None]]:
	"""What was agreed to: days the end moves, and the new date of each milestone that moves."""
	found = json.loads(doc.impact) if doc.impact else {}
	return cint(found.get("end", {}).get("days")), {
		m["name"]: m["after"] for m in found.get("milestones", ())
	}


def _iso(value: Any) -> str | None:
	return cstr(getdate(value))[:10] if value else None

"""The cost estimate of a project: roles × hours × rate, purchases, travel, contingency. Its sum is the budget."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt, getdate

from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.loop.rates import RateCard
from sales_crm_pm.rules import estimate as rules

COPIED = ("kind", "description", "project_role", "phase", "hours", "rate", "quantity", "unit_cost", "percent")


def reckon(doc: Any) -> float:
	"""Write the amount of each line of a document (project or template) and return their sum.

	Hours of a role without a rate take the one of the rate card.
	"""
	currency = doc.get("base_currency") or base_currency()
	_fill_rates(doc)
	for row, amount in zip(doc.estimate, rules.amounts(map(_line, doc.estimate)), strict=True):
		row.base_currency = currency
		row.amount = amount
	return round(sum(flt(row.amount) for row in doc.estimate), rules.PRECISION)


def _line(row: Any) -> rules.Line:
	return rules.Line(
		kind=row.kind or rules.LABOUR,
		hours=flt(row.hours),
		rate=flt(row.rate),
		quantity=1.0 if row.quantity is None else flt(row.quantity),
		unit_cost=flt(row.unit_cost),
		percent=flt(row.percent),
	)


def _fill_rates(doc: Any) -> None:
	roles = {
		row.project_role
		for row in doc.estimate
		if row.kind == rules.LABOUR and flt(row.hours) and not flt(row.rate) and row.project_role
	}
	if not roles:
		return
	rates = rates_of_roles(roles, doc.get("planned_start_date"))
	for row in doc.estimate:
		if row.kind == rules.LABOUR and not flt(row.rate):
			row.rate = rates.get(row.project_role) or 0


def rates_of_roles(roles: set[str], on: Any = None) -> dict[str, float]:
	"""What an hour of each role costs on a day, in base currency, as far as the rate card says; two statements."""
	card = RateCard()
	return {role: card.of(None, role, None, on or getdate()).cost for role in roles}


def initial(template: Any | None, plan: Any, deal: Any) -> list[dict[str, Any]]:
	"""The lines that a project begins with: the template's own, or the hours of its tasks by role, or, as long
	as nobody knows what an hour costs, the one number that sales reckoned with.

	:param template: SPM Project Template or None
	:param plan: the template laid onto the calendar; gives texts in the language of the project
	:param deal: the won opportunity
	"""
	if template and template.estimate:
		return [
			{
				**{fieldname: row.get(fieldname) for fieldname in COPIED},
				"description": plan.text(row.description),
				"phase": plan.text(row.phase),
			}
			for row in template.estimate
		]
	hours = (
		rules.by_role((row.project_role, flt(row.estimate_hours)) for row in template.tasks)
		if template
		else {}
	)
	rates = rates_of_roles(set(hours), plan.start) if hours else {}
	if not hours or any(not rates.get(role) for role in hours):
		return first_line(deal)
	lines = _labour(hours)
	for line in lines:
		line["rate"] = rates.get(line.get("project_role"), 0)
		line["description"] = plan.text(line["description"])
	return lines


def _labour(hours: dict[str, float]) -> list[dict[str, Any]]:
	known = set(frappe.get_all("SPM Project Role", filters={"name": ["in", list(hours)]}, pluck="name"))
	lines = [
		{
			"kind": rules.LABOUR,
			"project_role": role if role in known else None,
			"description": role or _("Work"),
			"hours": number,
		}
		for role, number in hours.items()
	]
	percent = flt(frappe.get_cached_doc("SPM Settings").default_contingency)
	if lines and percent:
		lines.append({"kind": rules.CONTINGENCY, "description": _("Contingency"), "percent": percent})
	return lines


def first_line(deal: Any) -> list[dict[str, Any]]:
	"""What sales reckoned with, as the only line of a project that has no better estimate yet."""
	if not flt(deal.estimated_cost):
		return []
	amount = flt(flt(deal.estimated_cost) * (flt(deal.exchange_rate) or 1), rules.PRECISION)
	return [
		{"kind": "Other", "description": _("Estimated when it was sold"), "quantity": 1, "unit_cost": amount}
	]


def from_tasks(project: Any) -> Any:
	"""Replace the labour lines of a project by the hours its tasks are planned with, by the assignee's role.

	Purchases, travel and contingency stay as they are; a role keeps the rate it had. Saves the project.

	:param project: SPM Project that the user may write, cost included
	:raises SPMError: no task has hours
	"""
	role_of = _roles_of(project.team)
	t = DocType("SPM Task")
	rows = (
		frappe.qb.from_(t)
		.select(t.assigned_to, Sum(t.estimate_hours))
		.where((t.project == project.name) & (t.status != "Cancelled") & (Coalesce(t.bid_task, 0) == 0))
		.groupby(t.assigned_to)
		.run()
	)
	hours = rules.by_role((role_of.get(user) or "", flt(number)) for user, number in rows)
	if not hours:
		frappe.throw(_("No task of this project has estimated hours yet."), exc=SPMError)
	old = {row.description or "": flt(row.rate) for row in project.estimate if row.kind == rules.LABOUR}
	old |= {row.project_role: flt(row.rate) for row in project.estimate if row.project_role}
	others = [
		{fieldname: row.get(fieldname) for fieldname in COPIED}
		for row in project.estimate
		if row.kind != rules.LABOUR
	]
	labour = [row for row in _labour(hours) if row["kind"] == rules.LABOUR]
	for row in labour:
		row["rate"] = old.get(row["project_role"]) or old.get(row["description"]) or 0
	project.set("estimate", [*labour, *others])
	return project.save()


def _roles_of(team: list[Any]) -> dict[str, str]:
	"""The role of each person of a team, as the rate card knows it where the team writes it in its own language."""
	names = frappe.get_all("SPM Project Role", pluck="name")
	by_word = {_(name): name for name in names} | {name: name for name in names}
	return {row.user: by_word.get(row.project_role, row.project_role or "") for row in team}

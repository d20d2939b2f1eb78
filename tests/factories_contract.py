"""Builders of contracts and payments for tests; see tests/factories.py."""

from __future__ import annotations

import frappe

from tests.factories import make, make_customer, make_opportunity, unique


def make_contract(rows: list[dict] | None = None, submit: bool = True, **values):
	"""A signed contract over 1,000 with a plan of its own: one payment by date, today, unless rows are given."""
	from sales_crm_pm.loop import payment_plan

	if not values.get("customer"):
		values["customer"] = make_customer().name
	values.setdefault("title", unique("Contract "))
	values.setdefault("amount", 1000)
	values.setdefault("signed_date", frappe.utils.today())
	values.setdefault("contract_owner", "Administrator")
	doc = make("SPM Contract", **values)
	rows = rows or [
		{"title": "All", "percent": 100, "trigger_type": "Date", "trigger_date": frappe.utils.today()}
	]
	payment_plan.set_plan(doc.name, rows, doc.plan_version)
	doc.reload()
	if submit:
		doc.flags.ignore_permissions = True
		doc.submit()
	return doc


def make_deal_with_project(**values):
	"""A won deal, its project and one milestone in ten days: (deal, project, milestone)."""
	deal = make_opportunity(status="Won", **values)
	project = make(
		"SPM Project",
		project_name=unique("Project "),
		customer=deal.customer,
		opportunity=deal.name,
		project_manager="Administrator",
		price=deal.amount,
	)
	milestone = make_milestone(project.name)
	return deal, project, milestone


def make_milestone(project: str, **values):
	"""A milestone that is planned in ten days and owned by Administrator."""
	values.setdefault("title", unique("Milestone "))
	values.setdefault("planned_date", frappe.utils.add_days(frappe.utils.today(), 10))
	values.setdefault("milestone_owner", "Administrator")
	return make("SPM Milestone", project=project, **values)


def plan_of(contract: str) -> list:
	"""Payments of a contract in their order."""
	return frappe.get_all(
		"SPM Payment", filters={"contract": contract}, fields=["*"], order_by="sequence, name"
	)

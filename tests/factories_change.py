"""Builders of change requests for tests; see tests/factories.py."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe.utils import add_days, getdate

from tests.factories import make, make_opportunity, make_user, unique
from tests.factories_contract import make_contract
from tests.factories_delivery import forget_customer, make_milestone, make_task, move_to


@dataclass
class World:
	"""A sold project that runs: people, deal, contract, plan."""

	customer: str
	deal: object
	project: object
	contract: object
	milestones: list
	tasks: list
	pm: str
	seller: str
	manager: str


def make_change_world(with_contract: bool = True, **values) -> World:
	"""A won deal over 100,000 with a running project of two tasks and two milestones, and its signed contract."""
	pm = make_user("SPM Project Manager")
	seller = make_user("SPM Sales User")
	manager = make_user("SPM Sales Manager")
	deal = make_opportunity(status="Won", amount=100_000, opportunity_owner=seller)
	start = getdate()
	project = make(
		"SPM Project",
		project_name=unique("Project "),
		customer=deal.customer,
		opportunity=deal.name,
		project_manager=pm,
		account_manager=seller,
		price=100_000,
		budget_cost=60_000,
		planned_start_date=start,
		planned_end_date=add_days(start, 40),
		scope="Everything in the contract.",
		goals="On time.",
		acceptance_criteria="All test cases passed.",
		team=[{"user": pm, "project_role": "Project Manager", "raci": "Accountable"}],
		**values,
	)
	milestones = [
		make_milestone(
			project.name,
			title=unique("Design "),
			planned_date=add_days(start, 10),
			sequence=1,
			visible_to_customer=1,
		),
		make_milestone(
			project.name,
			title=unique("Build "),
			planned_date=add_days(start, 40),
			sequence=2,
			visible_to_customer=1,
		),
	]
	first = make_task(
		project.name,
		subject=unique("Draw "),
		milestone=milestones[0].name,
		planned_start_date=start,
		planned_end_date=add_days(start, 9),
		estimate_hours=40,
	)
	second = make_task(
		project.name,
		subject=unique("Code "),
		milestone=milestones[1].name,
		planned_start_date=add_days(start, 10),
		planned_end_date=add_days(start, 39),
		estimate_hours=120,
		depends_on=[{"task": first.name, "link_type": "FS"}],
	)
	project = move_to(project, "In Progress")
	contract = None
	if with_contract:
		contract = make_contract(
			customer=deal.customer,
			opportunity=deal.name,
			amount=100_000,
			currency=project.currency,
			projects=[{"project": project.name}],
			rows=[
				{"title": "First", "percent": 40, "trigger_type": "Date", "trigger_date": add_days(start, 5)},
				{
					"title": "Second",
					"percent": 60,
					"trigger_type": "Date",
					"trigger_date": add_days(start, 50),
				},
			],
		)
	return World(deal.customer, deal, project, contract, milestones, [first, second], pm, seller, manager)


def make_change(world: World, lines: list[dict] | None = None, status: str = "Draft", **values):
	"""A change request over 20,000 that moves the last milestone by 14 days, unless lines are given."""
	from sales_crm_pm.loop import change_steps

	if lines is None:
		lines = [
			{
				"kind": "Move Milestone",
				"milestone": world.milestones[1].name,
				"new_date": add_days(world.milestones[1].planned_date, 14),
			},
			{"kind": "Price", "subject": "Extra report", "price": 20_000, "line_cost": 8_000},
		]
	values.setdefault("title", unique("Change "))
	values.setdefault("description", "The customer wants one more report.")
	doc = make("SPM Change Request", project=world.project.name, lines=lines, **values)
	if status != "Draft":
		change_steps.submit(doc.name)
	if status == "Assessed":
		change_steps.assess(doc.name)
	return frappe.get_doc("SPM Change Request", doc.name)


def agree(world: World, doc, *sides: str, switch) -> object:
	"""Have the sides agree, each by the person whose word it is; gives the request as it is then."""
	from sales_crm_pm.loop import change_implementation

	people = {
		"Sales": world.manager,
		"Delivery": world.pm,
		"Customer": world.seller,
		"Management": "Administrator",
	}
	for side in sides:
		with switch(people[side]):
			doc = change_implementation.approve(doc.name, side, remark="Said so on the phone.")
	return frappe.get_doc("SPM Change Request", doc.name)


def forget_change_world(world: World) -> None:
	"""Remove the world of a test whose rows were committed."""
	names = frappe.get_all("SPM Change Request", {"project": world.project.name}, pluck="name")
	for table in ("SPM Change Line", "SPM Change Approval"):
		frappe.db.delete(table, {"parent": ["in", names or [""]]})
	for log, kind, name in (
		("Comment", "reference_doctype", "reference_name"),
		("Version", "ref_doctype", "docname"),
		("Notification Log", "document_type", "document_name"),
		("Workflow Action", "reference_doctype", "reference_name"),
	):
		frappe.db.delete(log, {kind: "SPM Change Request", name: ["in", names or [""]]})
	frappe.db.delete("__global_search", {"doctype": "SPM Change Request", "name": ["in", names or [""]]})
	frappe.db.delete("SPM Change Request", {"name": ["in", names or [""]]})
	frappe.db.delete("SPM Baseline Row", {"project": world.project.name})
	frappe.db.delete("SPM Baseline", {"project": world.project.name})
	forget_customer(world.customer)

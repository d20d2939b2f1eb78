"""Cost entries, commitments, and what projects have cost: stored equals computed from nothing."""

from __future__ import annotations

import random

import frappe
import pytest
from frappe.utils import add_days, flt, getdate, today

from sales_crm_pm.api.v1 import cost as api
from sales_crm_pm.exceptions import ExchangeRateError, SPMError
from sales_crm_pm.loop import costs, exchange, rates, timesheet_approval, transitions
from sales_crm_pm.loop.money import base_currency
from sales_crm_pm.sales_crm_pm.report.spm_project_costs.spm_project_costs import execute
from tests.factories import make, make_user
from tests.factories_delivery import make_task
from tests.factories_quotation import foreign
from tests.factories_time import last_week, make_booked_project, make_cost, make_member, make_rate, make_sheet

PROJECT, ENTRY = "SPM Project", "SPM Cost Entry"
STORED = (
	"actual_cost",
	"committed_cost",
	"labour_cost",
	*(f"{part}_cost" for part in costs.CATEGORIES.values()),
)


@pytest.fixture
def world(site):
	manager = make_user("SPM Project Manager")
	project = make_booked_project(manager)
	return frappe._dict(manager=manager, project=project.name)


def stored(project: str) -> tuple:
	return frappe.db.get_value(PROJECT, project, ["actual_cost", "committed_cost"])


def test_an_invoice_settles_what_was_committed(world, as_user):
	with as_user(world.manager):
		order = make_cost(world.project, kind="Committed", category="Subcontract", amount=1000)
		assert stored(world.project) == (0, 1000)
		first = make_cost(world.project, category="Subcontract", amount=400, commitment=order.name)
		assert stored(world.project) == (400, 600)
		# One that is only entered does not count yet.
		waiting = make_cost(world.project, amount=300, commitment=order.name, approve=False)
		assert stored(world.project) == (400, 600)
		transitions.move(waiting, "Approved")
		assert stored(world.project) == (700, 300)
		order.reload()
		assert (order.settled_base, order.open_base) == (700, 300)
		with pytest.raises(SPMError, match="Reopen"):
			order.amount = 5
			order.save()
		# The last invoice gives up the rest; more than was ordered is never negative.
		last = make_cost(world.project, amount=10, commitment=order.name, closes_commitment=1)
		assert stored(world.project) == (710, 0)
		transitions.move(last, "Cancelled")
		make_cost(world.project, amount=900, commitment=order.name)
		assert stored(world.project) == (1600, 0)
		with pytest.raises(SPMError, match="not a commitment"):
			make_cost(world.project, commitment=first.name)
	found = costs.to_date([world.project])[world.project]
	assert (found.subcontract, found.purchase, found.actual, found.committed) == (400, 1200, 1600, 0)
	assert costs.to_date([world.project], add_days(today(), -1))[world.project] == costs.Costs()
	assert costs.over_time([world.project]) == {world.project: [(getdate(), 1600.0)]}


def test_money_keeps_the_rate_of_its_day(world):
	currency = foreign()
	for fieldname in ("from_currency", "to_currency"):
		frappe.db.delete("SPM Exchange Rate", {fieldname: currency})
	exchange.forget_rates()
	with pytest.raises(ExchangeRateError):
		make_cost(world.project, currency=currency, amount=100)
	day = add_days(today(), -10)
	make("SPM Exchange Rate", from_currency=currency, to_currency=base_currency(), valid_from=day, rate=7)
	entry = make_cost(world.project, currency=currency, amount=100, entry_date=add_days(today(), -3))
	assert (entry.exchange_rate, entry.amount_base) == (7, 700)
	make("SPM Exchange Rate", from_currency=currency, to_currency=base_currency(), valid_from=today(), rate=8)
	entry.reload()
	entry.note = "Seen"
	entry.save()
	assert frappe.db.get_value(ENTRY, entry.name, ["exchange_rate", "amount_base"]) == (7, 700)
	assert stored(world.project) == (700, 0)
	# Rates per hour in another currency count at the rate of the day of the work.
	member = make_member()
	make_rate(user=member, cost_rate=10, currency=currency)
	assert rates.cost_rate(user=member, on=add_days(today(), -5)) == 70
	assert rates.cost_rate(user=member) == 80


def test_who_enters_and_sees_costs(world, as_user):
	entry = make_cost(world.project, amount=50)
	stranger = make_user("SPM Project Manager")
	for user in (stranger, make_user("SPM Sales Manager"), make_member()):
		with as_user(user):
			assert not frappe.has_permission(ENTRY, "read", doc=entry.name)
			with pytest.raises(frappe.PermissionError):
				api.status(world.project)
			with pytest.raises(frappe.PermissionError):
				api.add(world.project, "Mine", 10)
	# Being on the team of a project is not managing it.
	frappe.get_doc(PROJECT, world.project).append("team", {"user": stranger}).db_insert()
	with as_user(stranger):
		assert frappe.get_list(ENTRY) == []
		with pytest.raises(frappe.PermissionError, match="manage"):
			api.add(world.project, "Mine", 10)
	with as_user(world.manager):
		answer = api.add(world.project, "Server", 10, supplier="Hosting", approve=True)
		assert answer["status"] == "Approved" and answer["costs"]["actual"] == 60
		assert {row["name"] for row in answer["costs"]["entries"]} == {entry.name, answer["entry"]}
		rows = execute({"project": world.project})[1]
		assert [(row.title, row.actual) for row in rows][1:] == [("Purchase", 60)]
		with pytest.raises(SPMError, match="still to come"):
			api.add(world.project, "Later", 10, entry_date=getdate(add_days(today(), 2)))
	with as_user(make_user("SPM Executive")):
		assert api.status(world.project)["actual"] == 60
		assert api.cancel(answer["entry"])["costs"]["actual"] == 50


def test_stored_costs_are_what_a_computation_from_nothing_gives(world):
	"""A random walk over hours and entries of two projects; sums are made once more in Python."""
	dice = random.Random(4)
	member = make_member()
	other = make_booked_project(world.manager, member)
	frappe.get_doc(PROJECT, world.project).append("team", {"user": member}).db_insert()
	projects = [world.project, other.name]
	tasks = {p: make_task(project=p, assigned_to=member).name for p in projects}
	make_rate(user=member, cost_rate=37.5)
	sheets, orders = [], []
	for step in range(24):
		project = dice.choice(projects)
		what = dice.choice(["hours", "hours", "order", "invoice", "cost", "reopen", "cancel"])
		if what == "hours":
			sheet = make_sheet(
				member,
				*[
					{
						"project": p,
						"task": dice.choice([tasks[p], None]),
						"hours": dice.choice([1, 2.25, 7.5]),
					}
					for p in dice.sample(projects, dice.choice([1, 2]))
				],
				submit=True,
				start=add_days(last_week(), -7 * step),
			)
			timesheet_approval.approve([sheet.name])
			sheets.append(sheet.name)
		elif what == "order":
			orders.append(make_cost(project, kind="Committed", amount=dice.randint(50, 500)))
		elif what == "invoice" and orders:
			order = dice.choice(orders)
			make_cost(
				order.project, amount=dice.randint(10, 300), commitment=order.name, category="Subcontract"
			)
		elif what == "cost":
			make_cost(project, amount=dice.randint(-20, 300) or 1, category="Travel", task=tasks[project])
		elif what == "reopen" and sheets:
			transitions.move(frappe.get_doc("SPM Timesheet", sheets.pop()), "Draft")
		elif what == "cancel":
			names = frappe.get_all(
				ENTRY, filters={"project": project, "kind": "Actual", "status": "Approved"}, pluck="name"
			)
			if names:
				transitions.move(frappe.get_doc(ENTRY, dice.choice(names)), "Cancelled")
	kept = {p: frappe.db.get_value(PROJECT, p, list(STORED), as_dict=True) for p in projects}
	on_tasks = {
		t: frappe.db.get_value("SPM Task", t, ["actual_hours", "actual_cost"]) for t in tasks.values()
	}
	for project in projects:
		lines = frappe.get_all(
			"SPM Timesheet Line",
			filters={"project": project, "status": "Approved"},
			fields=["hours", "cost_amount", "task"],
		)
		entries = frappe.get_all(
			ENTRY,
			filters={"project": project, "status": "Approved"},
			fields=["name", "kind", "category", "amount_base", "commitment", "task"],
		)
		actual = [e for e in entries if e.kind == "Actual"]
		labour = sum(line.cost_amount for line in lines)
		assert kept[project].labour_cost == flt(labour, 2)
		assert kept[project].actual_cost == flt(labour + sum(e.amount_base for e in actual), 2)
		assert kept[project].travel_cost == flt(
			sum(e.amount_base for e in actual if e.category == "Travel"), 2
		)
		left = sum(
			max(0, e.amount_base - sum(a.amount_base for a in actual if a.commitment == e.name))
			for e in entries
			if e.kind == "Committed"
		)
		assert kept[project].committed_cost == flt(left, 2)
		task = tasks[project]
		assert on_tasks[task] == (
			flt(sum(line.hours for line in lines if line.task == task), 2),
			flt(
				sum(line.cost_amount for line in lines if line.task == task)
				+ sum(e.amount_base for e in actual if e.task == task),
				2,
			),
		)
		assert kept[project].actual_cost > 0
	costs.recompute()
	assert kept == {p: frappe.db.get_value(PROJECT, p, list(STORED), as_dict=True) for p in projects}

"""Carrying out a change: everything at once, once, and nothing at all when something fails on the way."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, flt, getdate

from sales_crm_pm.exceptions import ChangeRequestError, StaleVersionError
from sales_crm_pm.insight import forecast
from sales_crm_pm.loop import change_implementation, change_steps
from tests.factories_change import agree, forget_change_world, make_change, make_change_world
from tests.factories_contract import plan_of

REQUEST = "SPM Change Request"


@pytest.fixture
def world(site):
	return make_change_world()


def at_once(yes: bool) -> None:
	frappe.db.set_single_value("SPM Settings", "change_implement_at_once", int(yes))
	frappe.clear_document_cache("SPM Settings")


def fresh(doc):
	return frappe.get_doc(REQUEST, doc.name)


def full_lines(world) -> list[dict]:
	"""A change of everything: tasks, dates, scope, price and cost."""
	first, second = world.tasks
	return [
		{
			"kind": "Add Task",
			"subject": "Build the report",
			"predecessor": first.name,
			"successor": second.name,
			"milestone": world.milestones[1].name,
			"days": 10,
			"hours": 80,
			"price": 20_000,
			"line_cost": 8_000,
		},
		{"kind": "Change Task", "task": second.name, "hours": 150},
		{"kind": "Scope Text", "after_text": "A monthly report."},
		{"kind": "Scope Text", "scope_part": "Out of Scope", "after_text": "Reports of earlier years."},
		{"kind": "Estimate or Purchase", "category": "Purchase", "subject": "Licence", "line_cost": 1_000},
	]


def approved(world, as_user, lines=None, **values):
	at_once(False)
	doc = make_change(world, lines=lines or full_lines(world), status="Assessed", **values)
	return agree(world, doc, "Sales", "Delivery", "Customer", switch=as_user)


def test_all_that_was_agreed_happens(world, as_user):
	doc = approved(world, as_user, payment_due_date=add_days(getdate(), 30))
	agreed = frappe.parse_json(doc.impact)
	assert agreed["end"]["days"] > 0
	with as_user(world.pm):
		doc = change_implementation.implement(doc.name)
	assert doc.status == "Implemented" and doc.implemented_by == world.pm

	new = frappe.get_doc("SPM Task", fresh(doc).lines[0].result_task)
	assert (new.subject, new.change_request, new.estimate_hours) == ("Build the report", doc.name, 80)
	assert [row.task for row in new.depends_on] == [world.tasks[0].name]
	second = frappe.get_doc("SPM Task", world.tasks[1].name)
	assert second.estimate_hours == 150 and second.change_request == doc.name
	assert new.name in {row.task for row in second.depends_on}
	assert second.planned_start_date > new.planned_end_date

	milestone = frappe.get_doc("SPM Milestone", world.milestones[1].name)
	(moved,) = [m for m in agreed["milestones"] if m["name"] == milestone.name]
	assert str(milestone.planned_date) == moved["after"]
	assert milestone.baseline_date == milestone.planned_date

	project = frappe.get_doc("SPM Project", world.project.name)
	assert (project.approved_changes, project.budget_cost) == (20_000, 69_000)
	assert str(project.planned_end_date) == agreed["end"]["after"]
	assert project.scope.endswith(f"A monthly report. ({doc.name})")
	assert project.out_of_scope == f"Reports of earlier years. ({doc.name})"

	contract = frappe.get_doc("SPM Contract", world.contract.name)
	assert contract.total_amount == 120_000
	(change,) = contract.changes
	assert (change.amount, change.change_request) == (20_000, doc.name)
	rows = plan_of(contract.name)
	assert sum(flt(row.amount) for row in rows) == 120_000
	assert (rows[-1].amount, rows[-1].due_date) == (20_000, add_days(getdate(), 30))

	assert frappe.db.get_value("SPM Opportunity", world.deal.name, "approved_changes") == 20_000
	before, after = (
		frappe.get_doc("SPM Baseline", name) for name in (doc.baseline_before, doc.baseline_after)
	)
	assert after.current and not before.current and after.change_request == doc.name
	assert after.end_date > before.end_date


def test_twice_is_once(world, as_user):
	doc = approved(world, as_user)
	with as_user(world.pm):
		change_implementation.implement(doc.name)
		change_implementation.implement(doc.name)
	assert frappe.db.get_value("SPM Contract", world.contract.name, "total_amount") == 120_000
	assert frappe.db.count("SPM Task", {"change_request": doc.name, "subject": "Build the report"}) == 1
	assert frappe.db.get_value("SPM Project", world.project.name, "approved_changes") == 20_000


def test_the_last_word_carries_it_out_when_the_settings_say_so(world, as_user):
	at_once(True)
	doc = make_change(world, lines=full_lines(world), status="Assessed")
	doc = agree(world, doc, "Customer", "Delivery", "Sales", switch=as_user)
	assert doc.status == "Implemented" and doc.implemented_by == world.manager


def test_what_cannot_be_carried_out_keeps_the_words_and_changes_nothing(world, as_user):
	"""All is paid, so less cannot be taken from the plan: the agreement stands, the plan stays."""
	at_once(True)
	for row in plan_of(world.contract.name):
		frappe.db.set_value("SPM Payment", row.name, {"received": row.amount, "invoiced_on": getdate()})
	doc = make_change(
		world,
		lines=[{"kind": "Drop Task", "task": world.tasks[1].name, "price": -10_000}],
		status="Assessed",
	)
	doc = agree(world, doc, "Sales", "Delivery", "Customer", switch=as_user)
	assert doc.status == "Approved" and not doc.waiting_for
	assert frappe.db.get_value("SPM Task", world.tasks[1].name, "status") == "Open"
	assert frappe.db.get_value("SPM Contract", world.contract.name, "total_amount") == 100_000
	comments = frappe.get_all(
		"Comment", {"reference_name": doc.name, "comment_type": "Info"}, pluck="content"
	)
	assert any("could not be carried out" in text for text in comments)


def test_less_money_comes_from_the_last_open_payment(world, as_user):
	doc = approved(world, as_user, lines=[{"kind": "Price", "price": -5_000, "line_cost": -2_000}])
	with as_user(world.pm):
		change_implementation.implement(doc.name)
	assert [row.amount for row in plan_of(world.contract.name)] == [40_000, 55_000]
	project = frappe.get_doc("SPM Project", world.project.name)
	assert (project.approved_changes, project.budget_cost) == (-5_000, 58_000)


def test_more_money_is_divided_when_the_request_says_so(world, as_user):
	doc = approved(
		world,
		as_user,
		lines=[{"kind": "Price", "price": 10_000}],
		payment_mode="Divided Among Open Payments",
	)
	with as_user(world.pm):
		change_implementation.implement(doc.name)
	assert [row.amount for row in plan_of(world.contract.name)] == [44_000, 66_000]


def test_a_project_without_contract_changes_only_its_own_sum(site, as_user):
	world = make_change_world(with_contract=False)
	doc = approved(world, as_user, lines=[{"kind": "Price", "price": 7_000}])
	assert not doc.contract
	with as_user(world.pm):
		change_implementation.implement(doc.name)
	assert frappe.db.get_value("SPM Project", world.project.name, "approved_changes") == 7_000


def test_only_the_project_s_manager_carries_out(world, as_user):
	doc = approved(world, as_user)
	for user in (world.seller, world.manager):
		with as_user(user), pytest.raises(frappe.PermissionError):
			change_implementation.implement(doc.name)


def test_a_plan_that_has_moved_has_to_be_assessed_again(world, as_user):
	doc = approved(world, as_user)
	second = frappe.get_doc("SPM Task", world.tasks[1].name)
	second.status = "Cancelled"
	second.save()
	with as_user(world.pm), pytest.raises(ChangeRequestError):
		change_implementation.implement(doc.name)
	second.reload()
	second.status = "Open"
	second.planned_end_date = add_days(second.planned_end_date, 21)
	second.save()
	with as_user(world.pm):
		with pytest.raises(StaleVersionError, match="Assess it again"):
			change_implementation.implement(doc.name)
		again = change_steps.assess(doc.name)
	assert (again.status, again.version) == ("Assessed", 2)
	assert again.waiting_for == "Sales, Delivery, Customer"


def test_the_forecast_counts_a_change_in_the_month_it_is_carried_out(world, as_user):
	def closed() -> float:
		question = forecast.Question(getdate(), getdate(), "Salesperson", opportunity_owner=world.seller)
		return sum(line.closed for line in forecast.lines(question))

	frappe.db.set_value("SPM Opportunity", world.deal.name, "won_on", add_days(getdate(), -70))
	assert closed() == 0
	doc = approved(world, as_user, lines=[{"kind": "Price", "price": 7_000}])
	with as_user(world.pm):
		change_implementation.implement(doc.name)
	assert closed() == doc.price_impact_base


# Faults
# ------------------

INVOLVED = (
	"SPM Change Request",
	"SPM Change Line",
	"SPM Change Approval",
	"SPM Project",
	"SPM Task",
	"SPM Task Dependency",
	"SPM Milestone",
	"SPM Baseline",
	"SPM Baseline Row",
	"SPM Contract",
	"SPM Contract Change",
	"SPM Payment",
	"SPM Opportunity",
	"SPM Customer",
	"SPM Estimate Line",
	"SPM Search Key",
	"Comment",
	"Version",
	"Notification Log",
	"Series",
	"__global_search",
)


class FaultError(Exception):
	"""Stands for a server that dies."""


def checksum() -> tuple:
	"""A hash over all rows of all tables that carrying out a change may write."""
	tables = [t if t.startswith("__") else f"tab{t}" for t in INVOLVED]
	return tuple(frappe.db.sql("CHECKSUM TABLE " + ", ".join(f"`{t}`" for t in tables)))


class Faults:
	"""Lets the n-th statement that writes fail, before it reaches the database; counts them all."""

	def __init__(self, monkeypatch):
		self.real, self.count, self.fail_at = frappe.db.sql, 0, 0
		monkeypatch.setattr(frappe.db, "sql", self)

	def __call__(self, query, *args, **kwargs):
		words = str(query).strip().lower().split(None, 1)
		if words and words[0] in ("insert", "update", "delete", "replace"):
			self.count += 1
			if self.count == self.fail_at:
				raise FaultError(2013, "Lost connection to the server during query")
		return self.real(query, *args, **kwargs)


@pytest.mark.slow
def test_a_fault_at_any_write_leaves_nothing_half_changed(committed, monkeypatch):
	"""Done when 4: every write fails once; after the rollback all tables are as before, and a retry does it once."""
	found = frappe.get_doc("SPM Settings")
	settings = {name: found.get(name) for name in ("change_implement_at_once", "change_same_person")}
	put_back({"change_implement_at_once": 0, "change_same_person": 1})
	world = make_change_world()
	doc = make_change(world, lines=full_lines(world), status="Assessed")
	for side in ("Sales", "Delivery", "Customer"):
		change_implementation.approve(doc.name, side, remark="Agreed.")
	assert fresh(doc).status == "Approved"
	committed.commit()
	committed.on_cleanup(lambda: (forget_change_world(world), put_back(settings)))

	faults = Faults(monkeypatch)
	before = checksum()
	failed, number = 0, 0
	while True:
		number += 1
		faults.count, faults.fail_at = 0, number
		try:
			change_implementation.implement(doc.name)
		except FaultError:
			failed += 1
			frappe.db.rollback()
			assert checksum() == before, f"the fault at write {number} left traces"
			continue
		break
	# The run without a fault made fewer writes than the number at which one was to fail.
	assert failed == number - 1 == faults.count > 20
	assert fresh(doc).status == "Implemented"
	assert checksum() != before
	frappe.db.commit()
	change_implementation.implement(doc.name)
	assert frappe.db.get_value("SPM Contract", world.contract.name, "total_amount") == 120_000
	assert frappe.db.count("SPM Task", {"change_request": doc.name, "subject": "Build the report"}) == 1
	assert frappe.db.count("SPM Contract Change", {"change_request": doc.name}) == 1


def put_back(settings: dict) -> None:
	frappe.db.set_single_value("SPM Settings", settings)
	frappe.clear_document_cache("SPM Settings")

"""Payments: the sum is the contract, the state follows dates, milestones, events, invoices and money."""

from itertools import product

import frappe
import pytest
from frappe.query_builder import DocType
from frappe.utils import add_days, getdate, today

from sales_crm_pm.exceptions import PaymentPlanError, PlanChangedError
from sales_crm_pm.loop import merge, payment_plan, payments, receipts, transitions
from sales_crm_pm.rules.payment_plan import Facts, outcome
from tests.factories import make, make_customer, unique
from tests.factories_contract import make_contract, make_deal_with_project, make_milestone, plan_of
from tests.support.queries import counted_queries

HALVES = [{"title": "a", "percent": 50}, {"title": "b", "percent": 50}]


def amounts(contract: str) -> list[float]:
	return [row.amount for row in plan_of(contract)]


def rows_with_names(contract: str) -> list[dict]:
	return [dict(row) for row in payment_plan.view(frappe.get_doc("SPM Contract", contract))["rows"]]


@pytest.fixture
def waiting():
	"""A signed contract with a payment that waits for a milestone: (contract, payment, milestone, project)."""
	deal, project, milestone = make_deal_with_project()
	contract = make_contract(
		customer=deal.customer,
		opportunity=deal.name,
		projects=[{"project": project.name}],
		rows=[
			{"title": "Deposit", "percent": 40},
			{
				"title": "Delivery",
				"percent": 60,
				"trigger_type": "Milestone",
				"milestone": milestone.name,
				"term_days": 14,
			},
		],
	)
	return contract, plan_of(contract.name)[1], milestone, project


def payment(name: str):
	return frappe.get_doc("SPM Payment", name)


def accept(milestone, day=None):
	doc = frappe.get_doc("SPM Milestone", milestone.name)
	doc = transitions.move(doc, "Submitted")
	return transitions.move(doc, "Accepted", {"actual_date": day or getdate()})


class TestPlan:
	def test_it_is_replaced_as_a_whole(self):
		c = make_contract(rows=HALVES)
		a, b = plan_of(c.name)
		view = payment_plan.set_plan(
			c.name,
			[
				{"title": "first", "amount": 123.45},
				{"name": b.name, "title": "renamed", "percent": 50},
				{"title": "rest", "trigger_type": "Event", "event_name": "Go live", "trigger_date": today()},
			],
			c.plan_version,
		)
		assert [(r.title, r.amount) for r in view["rows"]] == [
			("first", 123.45),
			("renamed", 500),
			("rest", 376.55),
		]
		assert view["version"] == c.plan_version + 1
		assert view["rows"][1].name == b.name
		assert not frappe.db.exists("SPM Payment", a.name)

	def test_two_who_plan_at_once_do_not_overwrite_each_other(self):
		c = make_contract(rows=HALVES)
		payment_plan.set_plan(c.name, [{"title": "mine", "percent": 100}], c.plan_version)
		with pytest.raises(PlanChangedError, match="Load it again"):
			payment_plan.set_plan(c.name, HALVES, c.plan_version)
		assert amounts(c.name) == [1000]

	@pytest.mark.parametrize(
		("rows", "words"),
		[
			([{"title": "a", "percent": 99}], r"10\.00 less"),
			([{"title": "a", "amount": 1000.01}], r"0\.01 more"),
			([{"title": "a", "percent": -5}, {"title": "b"}], "negative"),
			([{"title": "a", "percent": 100, "trigger_type": "Milestone"}], "milestone"),
			([{"title": "a", "percent": 100, "trigger_type": "Event"}], "event"),
			([{"title": "a", "percent": 100, "name": "nobody"}], "not in this plan"),
		],
	)
	def test_a_wrong_plan_changes_nothing(self, rows, words):
		c = make_contract(rows=HALVES)
		before = plan_of(c.name)
		frappe.db.savepoint("wrong_plan")
		with pytest.raises(PaymentPlanError, match=words):
			payment_plan.set_plan(c.name, rows, c.plan_version)
		frappe.db.rollback(save_point="wrong_plan")
		assert plan_of(c.name) == before

	def test_settled_rows_stay(self):
		c = make_contract(rows=HALVES)
		receipts.record(plan_of(c.name)[0].name, 100, "T1")
		version = frappe.db.get_value("SPM Contract", c.name, "plan_version")
		with pytest.raises(PaymentPlanError, match="paid"):
			payment_plan.set_plan(c.name, [{"title": "x", "percent": 100}], version)
		rows = rows_with_names(c.name)
		rows[0]["amount"] = 400
		with pytest.raises(PaymentPlanError, match="paid"):
			payment_plan.set_plan(c.name, rows, version)
		rows = rows_with_names(c.name)
		rows[0]["title"], rows[1] = "still mine", {"title": "new", "amount": 500}
		payment_plan.set_plan(c.name, rows, version)
		assert [(r.title, r.amount, r.received) for r in plan_of(c.name)] == [
			("still mine", 500, 100),
			("new", 500, 0),
		]


class TestSingleRows:
	"""By desk, REST and import a row is saved alone; the others give and take."""

	def test_an_import_eats_up_the_rows_nobody_chose(self):
		c = make(
			"SPM Contract", title=unique("C "), customer=make_customer().name, amount=900, signed_date=today()
		)
		assert all(r.is_remainder for r in plan_of(c.name))
		for title, amount in (("one", 300), ("two", 200.25)):
			make("SPM Payment", contract=c.name, title=title, amount=amount, trigger_date=today())
		assert sum(amounts(c.name)) == 900
		make("SPM Payment", contract=c.name, title="three", amount=399.75, trigger_date=today())
		assert [(r.title, r.amount) for r in plan_of(c.name)] == [
			("one", 300),
			("two", 200.25),
			("three", 399.75),
		]
		with pytest.raises(PaymentPlanError, match="cannot give that much"):
			make("SPM Payment", contract=c.name, title="four", amount=399.75, trigger_date=today())
		assert sum(amounts(c.name)) == 900

	def test_a_changed_row_takes_from_and_gives_to_the_last_open_one(self):
		c = make_contract(rows=[*HALVES[:1], {"title": "b", "percent": 30}, {"title": "c", "percent": 20}])
		doc = payment(plan_of(c.name)[0].name)
		doc.amount = 600.5
		doc.save()
		assert amounts(c.name) == [600.5, 300, 99.5]
		doc.percent = 10
		doc.save()
		assert (doc.amount, amounts(c.name)) == (100, [100, 300, 600])
		doc.amount = 701
		with pytest.raises(PaymentPlanError, match="as a whole"):
			doc.save()
		assert amounts(c.name)[1:] == [300, 600]

	def test_a_form_that_shows_an_old_amount_is_not_saved_over_the_new_one(self):
		c = make_contract(rows=HALVES)
		stale, other = (payment(r.name) for r in plan_of(c.name))
		other.amount = 700
		other.save()
		stale.remark = "seen"
		with pytest.raises(frappe.TimestampMismatchError):
			stale.save()
		assert amounts(c.name) == [300, 700]

	def test_a_deleted_row_leaves_its_amount_to_the_others(self):
		c = make_contract(rows=HALVES)
		a, b = plan_of(c.name)
		payment(a.name).delete()
		assert amounts(c.name) == [1000]
		payment(b.name).delete()
		rest = plan_of(c.name)
		assert [r.amount for r in rest] == [1000] and rest[0].is_remainder

	def test_settled_rows_cannot_be_changed_or_deleted_alone(self):
		c = make_contract(rows=HALVES)
		doc = receipts.invoice(plan_of(c.name)[0].name, "INV-3")[0]
		with pytest.raises(PaymentPlanError, match="Take back"):
			doc.delete()
		doc.reload()
		doc.amount = 1
		with pytest.raises(PaymentPlanError, match="Take back"):
			doc.save()
		doc.reload()
		doc.invoiced_on = doc.invoice_no = None
		doc.save()
		doc.amount = 1
		doc.save()
		assert amounts(c.name) == [1, 999]

	def test_derived_fields_cannot_be_written(self):
		c = make_contract(rows=HALVES)
		doc = payment(plan_of(c.name)[0].name)
		doc.status, doc.received, doc.due_date, doc.outstanding = "Paid", 500, "2030-01-01", 0
		doc.save()
		assert (doc.status, doc.received, doc.due_date, doc.outstanding) == ("Due", 0, getdate(), 500)


class TestMilestones:
	def test_accepting_makes_it_due_in_the_same_transaction(self, waiting):
		contract, row, milestone, _project = waiting
		assert (row.status, row.due_date) == ("Not Due", getdate(add_days(milestone.planned_date, 14)))
		accept(milestone, getdate(add_days(today(), -1)))
		row = payment(row.name)
		assert (row.status, row.due_date, row.released_on) == (
			"Due",
			getdate(add_days(today(), 13)),
			getdate(add_days(today(), -1)),
		)
		assert frappe.db.get_value("SPM Contract", contract.name, "next_due_date") == getdate()

	def test_taking_the_acceptance_back_undoes_it(self, waiting):
		_contract, row, milestone, _project = waiting
		doc = accept(milestone)
		assert payment(row.name).status == "Due"
		transitions.move_by_rule(doc, "In Progress")
		assert (payment(row.name).status, payment(row.name).released_on) == ("Not Due", None)

	def test_rejecting_keeps_it_waiting(self, waiting):
		_contract, row, milestone, _project = waiting
		doc = transitions.move(frappe.get_doc("SPM Milestone", milestone.name), "Submitted")
		transitions.move(doc, "Rejected", {"rejection_reason": "no"})
		assert payment(row.name).status == "Not Due"

	def test_moving_the_date_moves_the_due_date(self, waiting):
		contract, row, milestone, _project = waiting
		doc = frappe.get_doc("SPM Milestone", milestone.name)
		doc.planned_date = add_days(today(), 30)
		doc.save()
		assert payment(row.name).due_date == getdate(add_days(today(), 44))
		doc.forecast_date = add_days(today(), 50)
		doc.save()
		assert payment(row.name).due_date == getdate(add_days(today(), 64))
		assert sum(amounts(contract.name)) == 1000

	def test_a_cancelled_milestone_holds_its_payment(self, waiting):
		contract, row, milestone, _project = waiting
		transitions.move_by_rule(frappe.get_doc("SPM Milestone", milestone.name), "Cancelled")
		assert payment(row.name).status == "On Hold"
		assert sum(amounts(contract.name)) == 1000

	def test_a_deleted_milestone_leaves_its_payment_as_an_event(self, waiting):
		_contract, row, milestone, project = waiting
		frappe.delete_doc("SPM Milestone", milestone.name)
		row = payment(row.name)
		assert (row.trigger_type, row.event_name, row.milestone) == ("Event", milestone.title, None)
		assert (row.status, row.project, row.amount) == ("Not Due", project.name, 600)
		receipts.happened(row.name)
		assert payment(row.name).status == "Due"

	def test_a_milestone_that_was_paid_for_stays(self, waiting):
		_contract, row, milestone, _project = waiting
		accept(milestone)
		receipts.record(row.name, 10, "T-10")
		with pytest.raises(PaymentPlanError, match="Cancel it instead"):
			frappe.delete_doc("SPM Milestone", milestone.name)
		assert frappe.db.exists("SPM Milestone", milestone.name)

	def test_a_milestone_that_comes_later_is_found_by_its_title(self):
		deal, project, _milestone = make_deal_with_project()
		c = make_contract(
			customer=deal.customer,
			projects=[{"project": project.name}],
			rows=[
				{
					"title": "x",
					"percent": 100,
					"trigger_type": "Milestone",
					"milestone_title": "Trial run done",
				}
			],
		)
		assert plan_of(c.name)[0].due_date is None
		milestone = make_milestone(project.name, title="trial run  done")
		row = plan_of(c.name)[0]
		assert (row.milestone, row.due_date) == (milestone.name, getdate(milestone.planned_date))

	def test_a_milestone_without_payments_costs_one_statement(self, waiting):
		_contract, _row, _milestone, project = waiting
		other = make_milestone(project.name)
		doc = frappe.get_doc("SPM Milestone", other.name)
		doc.forecast_date = add_days(today(), 3)
		with counted_queries() as seen:
			doc.save()
		assert sum("`tabSPM Payment`" in q for q in seen) == 1


class TestProjects:
	def test_a_cancelled_project_holds_what_was_not_invoiced(self, waiting):
		_contract, row, _milestone, project = waiting
		transitions.move_by_rule(frappe.get_doc("SPM Project", project.name), "Cancelled")
		assert payment(row.name).status == "On Hold"
		receipts.invoice(row.name, "INV-77")
		assert payment(row.name).status == "Invoiced"

	def test_a_deleted_project_leaves_the_contract_whole(self, waiting):
		contract, row, milestone, project = waiting
		frappe.delete_doc("SPM Milestone", milestone.name)
		frappe.delete_doc("SPM Project", project.name)
		contract.reload()
		assert (contract.projects, payment(row.name).project) == ([], None)
		assert sum(amounts(contract.name)) == 1000

	def test_a_project_that_was_paid_for_stays(self, waiting):
		_contract, row, _milestone, project = waiting
		receipts.record(row.name, 10, "T-11")
		with pytest.raises(PaymentPlanError):
			frappe.delete_doc("SPM Project", project.name)


class TestMoney:
	def test_a_receipt_is_recorded_once(self):
		c = make_contract(rows=HALVES)
		name = plan_of(c.name)[0].name
		doc, created = receipts.record(name, 200, " BANK 1 ")
		assert (created, doc.status, doc.received, doc.outstanding) == (True, "Partly Paid", 200, 300)
		again, created = receipts.record(name, 200, "BANK 1")
		assert (created, again.received) == (False, 200)
		with pytest.raises(PaymentPlanError, match="another amount"):
			receipts.record(name, 100, "BANK 1")
		doc, _created = receipts.record(name, 300, "BANK 2", received_date=add_days(today(), -1))
		assert (doc.status, doc.outstanding, doc.received_on) == ("Paid", 0, getdate())

	def test_not_more_than_is_owed_not_before_the_signature_not_in_the_future(self):
		draft = make_contract(submit=False)
		with pytest.raises(PaymentPlanError, match="Submit the contract"):
			receipts.record(plan_of(draft.name)[0].name, 5, "X")
		name = plan_of(make_contract(rows=HALVES).name)[0].name
		for amount, reference, day, words in (
			(500.01, "X", None, "more than the payment"),
			(5, "", None, "reference"),
			(0, "X", None, "amount"),
			(5, "X", add_days(today(), 5), "future"),
			(-5, "X", None, "paid back"),
		):
			with pytest.raises(PaymentPlanError, match=words):
				receipts.record(name, amount, reference, day)

	def test_an_invoice_is_noted_once(self):
		name = plan_of(make_contract(rows=HALVES).name)[0].name
		doc, created = receipts.invoice(name, "INV 5")
		assert (created, doc.status, doc.invoiced_on) == (True, "Invoiced", getdate())
		assert receipts.invoice(name, "INV 5")[1] is False
		with pytest.raises(PaymentPlanError, match="INV 5"):
			receipts.invoice(name, "INV 6")

	def test_everything_shows_the_same_money(self, waiting):
		contract, _row, milestone, project = waiting
		deposit = plan_of(contract.name)[0]
		receipts.invoice(deposit.name, "INV-1")
		receipts.record(deposit.name, 150, "T-1")
		accept(milestone, getdate(add_days(today(), -60)))
		contract.reload()
		assert (contract.invoiced, contract.received, contract.outstanding, contract.overdue) == (
			400,
			150,
			850,
			600,
		)
		assert contract.received_percent == 15
		expected = {"contracted_base": 1000, "invoiced_base": 400, "received_base": 150, "overdue_base": 600}
		for doctype, name in (("SPM Project", project.name), ("SPM Opportunity", contract.opportunity)):
			assert frappe.db.get_value(doctype, name, list(expected), as_dict=True) == expected
		found = frappe.db.get_value("SPM Customer", contract.customer, ["outstanding_base", "overdue_base"])
		assert found == (850, 600)

	def test_from_nothing_comes_the_same(self, waiting):
		_contract, row, milestone, _project = waiting
		accept(milestone, getdate(add_days(today(), -60)))
		receipts.record(row.name, 33.33, "T-1")
		before = everything()
		for doctype, columns in SHOWN.items():
			table = DocType(doctype)
			query = frappe.qb.update(table)
			for column, nothing in columns.items():
				query = query.set(table[column], nothing)
			query.run()
		assert everything() != before
		payments.recompute()
		assert everything() == before

	def test_the_number_of_statements_does_not_grow(self):
		small = make_contract(rows=HALVES)
		large = make_contract(rows=[{"title": f"r{n}", "amount": 10} for n in range(100)])
		receipts.record(plan_of(small.name)[1].name, 1, "warm up")
		counts = []
		for contract in (small, large):
			with counted_queries() as seen:
				receipts.record(plan_of(contract.name)[0].name, 1, unique("T"))
			counts.append(len(seen))
		assert counts[0] == counts[1]
		assert counts[0] <= 40, counts
		with counted_queries() as seen:
			payments.refresh(None)
		assert len(seen) == 5


SHOWN = {
	"SPM Payment": {
		"due_date": None,
		"released_on": None,
		"received": 7,
		"outstanding": 7,
		"outstanding_base": 7,
		"status": "Paid",
	},
	"SPM Contract": {
		"invoiced": 7,
		"received": 7,
		"outstanding": 7,
		"overdue": 7,
		"received_percent": 7,
		"next_due_date": None,
	},
	"SPM Project": {"contracted_base": 7, "invoiced_base": 7, "received_base": 7, "overdue_base": 7},
	"SPM Opportunity": {"contracted_base": 7, "invoiced_base": 7, "received_base": 7, "overdue_base": 7},
	"SPM Customer": {"outstanding_base": 7, "overdue_base": 7},
}


def everything() -> dict:
	return {
		doctype: frappe.get_all(doctype, fields=["name", *columns], order_by="name")
		for doctype, columns in SHOWN.items()
	}


def test_the_statement_and_the_rule_agree_in_every_case():
	"""One payment for each combination of what matters, written as rows and compared with the pure rule."""
	deal, project, _milestone = make_deal_with_project()
	days = [None, add_days(today(), -40), add_days(today(), 40)]
	contracts = {
		status: make_contract(customer=deal.customer, amount=0, rows=[{"title": "x"}], submit=status != 0)
		for status in (0, 1, 2)
	}
	contracts[2].cancel()
	milestones = {
		(status, day): make_milestone(project.name, forecast_date=day)
		for status in ("Planned", "Accepted", "Cancelled")
		for day in days
	}
	for (status, day), m in milestones.items():
		frappe.db.set_value(
			"SPM Milestone",
			m.name,
			{
				"status": status,
				"actual_date": day if status == "Accepted" else None,
				"accepted_on": f"{add_days(today(), -9)} 10:00:00",
			},
		)
	cancelled = make(
		"SPM Project", project_name=unique("P "), customer=deal.customer, project_manager="Administrator"
	)
	frappe.db.set_value("SPM Project", cancelled.name, "status", "Cancelled")
	cases = []
	plain = product((0, 1, 2), ("Date", "Event"), days, days, days, (0, 30, 100), (None, cancelled.name))
	for docstatus, trigger, trigger_date, happened, invoiced, received, on_project in plain:
		if trigger == "Date" and happened:
			continue
		cases.append(
			(
				{
					"trigger_type": trigger,
					"trigger_date": trigger_date,
					"happened_on": happened,
					"invoiced_on": invoiced,
					"project": on_project,
				},
				docstatus,
				received,
				None,
			)
		)
	for docstatus, key, invoiced, received in product((0, 1, 2), milestones, days, (0, 30)):
		cases.append(
			(
				{"trigger_type": "Milestone", "milestone": milestones[key].name, "invoiced_on": invoiced},
				docstatus,
				received,
				key,
			)
		)
	rows, paid = [], []
	for number, (values, docstatus, received, _key) in enumerate(cases):
		doc = frappe.new_doc("SPM Payment")
		doc.update(
			{
				**values,
				"title": "t",
				"contract": contracts[docstatus].name,
				"customer": deal.customer,
				"amount": 100,
				"amount_base": 100,
				"exchange_rate": 1,
				"term_days": 7,
			}
		)
		doc.name = f"{unique()}-{number}"
		doc.owner = doc.modified_by = "Administrator"
		rows.append(doc)
		if received:
			child = frappe.new_doc("SPM Payment Receipt")
			child.update(
				{
					"parent": doc.name,
					"parenttype": "SPM Payment",
					"parentfield": "receipts",
					"amount": received,
					"received_date": today(),
					"name": f"{doc.name}-r",
				}
			)
			paid.append(child)
	from frappe.model.document import bulk_insert

	bulk_insert("SPM Payment", rows)
	bulk_insert("SPM Payment Receipt", paid)
	payments.refresh_rows([c.name for c in contracts.values()])
	found = {
		r.name: r for r in frappe.get_all("SPM Payment", {"name": ["in", [r.name for r in rows]]}, ["*"])
	}
	for doc, (values, docstatus, received, key) in zip(rows, cases, strict=True):
		facts = {}
		if key:
			status, day = key
			facts = {
				"milestone_status": status,
				"milestone_expected": getdate(day or add_days(today(), 10)),
				"milestone_accepted": getdate(day or add_days(today(), -9)),
			}
		rule = outcome(
			Facts(
				amount=100,
				received=received,
				trigger=values["trigger_type"],
				trigger_date=values.get("trigger_date") and getdate(values["trigger_date"]),
				happened_on=values.get("happened_on") and getdate(values["happened_on"]),
				term_days=7,
				invoiced_on=values.get("invoiced_on") and getdate(values["invoiced_on"]),
				contract_docstatus=docstatus,
				project_cancelled=bool(values.get("project")),
				**facts,
			),
			getdate(),
		)
		row = found[doc.name]
		assert (row.status, row.due_date, row.released_on) == (
			rule.status,
			rule.due_date,
			rule.released_on,
		), (values, docstatus, received, key)
	assert len(cases) > 800


def test_merging_customers_takes_contracts_and_what_is_owed_along():
	keep, gone = make_customer(), make_customer()
	make_contract(customer=keep.name, amount=100)
	c = make_contract(customer=gone.name, amount=250)
	merge.merge("SPM Customer", keep.name, gone.name)
	assert frappe.db.get_value("SPM Contract", c.name, "customer") == keep.name
	assert {row.customer for row in plan_of(c.name)} == {keep.name}
	assert frappe.db.get_value("SPM Customer", keep.name, ["outstanding_base", "overdue_base"]) == (350, 0)


def test_an_accepted_milestone_reaches_the_contracts_of_a_project_by_one_statement_each():
	"""However many payments wait for it."""
	deal, project, milestone = make_deal_with_project()
	waits = {"trigger_type": "Milestone", "milestone": milestone.name}
	make_contract(
		customer=deal.customer,
		projects=[{"project": project.name}],
		rows=[{"title": f"r{n}", "amount": 10, **waits} for n in range(100)],
	)
	other = make_milestone(project.name)
	make_contract(
		customer=deal.customer,
		projects=[{"project": project.name}],
		rows=[{"title": "one", "percent": 100, "trigger_type": "Milestone", "milestone": other.name}],
	)
	counts = []
	for name in (other.name, milestone.name):
		doc = transitions.move(frappe.get_doc("SPM Milestone", name), "Submitted")
		with counted_queries() as seen:
			transitions.move(doc, "Accepted")
		counts.append(sum("`tabSPM Payment`" in query for query in seen))
	assert counts[0] == counts[1] <= 8

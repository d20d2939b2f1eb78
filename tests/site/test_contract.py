"""Contracts: drawn up from a deal, signed, changed, amended, terminated, cancelled, deleted, renewed."""

import frappe
import pytest
from frappe.utils import add_days, add_months, getdate, today

from sales_crm_pm.exceptions import PaymentPlanError, SPMError
from sales_crm_pm.loop import contract as steps
from sales_crm_pm.loop import initiation, payment_plan, quotation_customer, receipts, renewal
from sales_crm_pm.loop import opportunity as deals
from sales_crm_pm.setup import seed_contract
from tests.factories import (
	make,
	make_customer,
	make_opportunity,
	make_pipeline,
	make_product,
	make_user,
	unique,
)
from tests.factories_contract import make_contract, make_deal_with_project, make_milestone, plan_of
from tests.factories_quotation import make_deal, make_tax, sent


def sum_of(contract: str) -> float:
	return round(sum(row.amount for row in plan_of(contract)), 2)


def pay(contract: str, number: int = 0, amount: float | None = None):
	row = plan_of(contract)[number]
	return receipts.record(row.name, amount or row.amount, unique("TT-"))[0]


class TestFromADeal:
	def test_nothing_is_typed_twice(self):
		product = make_product()
		deal = make_opportunity(
			products=[{"product": product.name, "qty": 2, "rate": 450, "discount_percent": 10}],
			contract_no="K-7",
			contract_signed_date=today(),
		)
		name, created = steps.create_from_opportunity(deal)
		doc = frappe.get_doc("SPM Contract", name)
		assert created
		assert (doc.customer, doc.title, doc.amount, doc.contract_no) == (
			deal.customer,
			deal.title,
			810,
			"K-7",
		)
		assert (doc.deal_chain, getdate(doc.signed_date)) == (deal.deal_chain, getdate())
		assert [(r.product, r.amount) for r in doc.lines] == [(product.name, 810)]
		assert sum_of(name) == 810
		assert steps.create_from_opportunity(deal) == (name, False)

	def test_signing_gives_the_deal_its_evidence_and_opens_the_gate(self):
		pipeline, _stages = make_pipeline(
			[
				{"stage_name": "Talk", "stage_type": "Open", "probability": 10},
				{
					"stage_name": "Won",
					"stage_type": "Won",
					"probability": 100,
					"required_fields": [
						{"fieldname": "contract_no", "label": "Contract or Order No."},
						{"fieldname": "contract_signed_date", "label": "Contract Signed On"},
					],
				},
				{"stage_name": "Lost", "stage_type": "Lost", "probability": 0},
			]
		)
		deal = make_opportunity(pipeline=pipeline.name)
		with pytest.raises(SPMError):
			deals.win(frappe.get_doc("SPM Opportunity", deal.name))
		name, _created = steps.create_from_opportunity(deal)
		doc = frappe.get_doc("SPM Contract", name)
		doc.signed_date, doc.signed_file = today(), "/private/files/k.pdf"
		doc.submit()
		won = deals.win(frappe.get_doc("SPM Opportunity", deal.name))
		assert (won.status, won.contract, won.contract_no) == ("Won", name, doc.contract_no)
		assert (getdate(won.contract_signed_date), won.contract_file) == (getdate(), "/private/files/k.pdf")
		assert won.contracted_base == doc.amount_base

	def test_cancelling_takes_the_evidence_back_while_the_deal_is_open(self):
		deal = make_opportunity()
		doc = frappe.get_doc("SPM Contract", steps.create_from_opportunity(deal)[0])
		doc.signed_date = today()
		doc.submit()
		assert frappe.db.get_value("SPM Opportunity", deal.name, "contract_no") == doc.contract_no
		doc.cancel()
		found = frappe.db.get_value(
			"SPM Opportunity",
			deal.name,
			["contract", "contract_no", "contract_signed_date", "contracted_base"],
		)
		assert found == (None, None, None, 0)

	def test_a_new_project_joins_the_contract_and_its_milestones_find_their_payments(self):
		deal = make_opportunity(status="Won")
		contract = make_contract(
			customer=deal.customer,
			opportunity=deal.name,
			rows=[
				{"title": "Deposit", "percent": 30, "trigger_type": "Date", "trigger_date": today()},
				{
					"title": "Rest",
					"percent": 70,
					"trigger_type": "Milestone",
					"milestone_title": " kick-OFF  held ",
					"term_days": 10,
				},
			],
		)
		project, _created = initiation.initiate(deal.name, "Standard Delivery", "Administrator")
		rows = plan_of(contract.name)
		milestone = frappe.db.get_value("SPM Milestone", {"project": project, "title": "Kick-off held"})
		assert rows[1].milestone == milestone and rows[1].project == project
		planned = frappe.db.get_value("SPM Milestone", milestone, "planned_date")
		assert rows[1].due_date == add_days(planned, 10)
		contract.reload()
		assert [(r.project, r.share_percent, r.share_amount) for r in contract.projects] == [
			(project, 100, 1000)
		]
		assert frappe.db.get_value("SPM Project", project, "contracted_base") == 1000


class TestRules:
	def test_a_signature_is_needed_and_not_in_the_future(self):
		doc = make_contract(submit=False, signed_date=None)
		with pytest.raises(SPMError, match="Signed On"):
			doc.submit()
		doc.reload()
		doc.signed_date = add_days(today(), 5)
		with pytest.raises(SPMError, match="future"):
			doc.submit()

	def test_ends_after_it_starts_and_stays_with_its_customer(self):
		with pytest.raises(SPMError, match="ends before"):
			make_contract(start_date=today(), end_date=add_days(today(), -1))
		deal = make_opportunity()
		with pytest.raises(SPMError, match="another customer"):
			make_contract(customer=make_customer().name, opportunity=deal.name)
		_deal, project, _milestone = make_deal_with_project()
		with pytest.raises(SPMError, match="another customer"):
			make_contract(projects=[{"project": project.name}])

	def test_projects_share_the_contract_and_a_project_has_several(self):
		deal, one, _m = make_deal_with_project()
		two = make(
			"SPM Project", project_name=unique("P "), customer=deal.customer, project_manager="Administrator"
		)
		first = make_contract(
			customer=deal.customer,
			amount=999.99,
			projects=[{"project": one.name, "share_percent": 33.33}, {"project": two.name}],
		)
		assert [(r.share_percent, r.share_amount) for r in first.projects] == [
			(33.33, 333.3),
			(66.67, 666.69),
		]
		make_contract(customer=deal.customer, amount=500, projects=[{"project": two.name}])
		assert frappe.db.get_value("SPM Project", two.name, "contracted_base") == pytest.approx(1166.69)
		pay(first.name)
		assert frappe.db.get_value("SPM Project", one.name, "received_base") == pytest.approx(333.30)
		with pytest.raises(SPMError, match="listed twice"):
			make_contract(customer=deal.customer, projects=[{"project": one.name}, {"project": one.name}])
		with pytest.raises(SPMError, match="more than 100"):
			make_contract(
				customer=deal.customer,
				projects=[
					{"project": one.name, "share_percent": 60},
					{"project": two.name, "share_percent": 50},
				],
			)

	def test_derived_figures_cannot_be_written(self):
		doc = make_contract()
		doc.received, doc.approved_changes, doc.total_amount, doc.status = 999, 5, 5, "Expired"
		with pytest.raises(frappe.ValidationError):
			doc.save()
		doc.reload()
		doc.received, doc.status = 999, "Expired"
		doc.save()
		assert frappe.db.get_value("SPM Contract", doc.name, ["received", "status"]) == (0, "Active")

	def test_a_date_in_the_past_means_expired_and_a_longer_term_revives(self):
		doc = make_contract(start_date=add_days(today(), -100), end_date=add_days(today(), -1))
		assert doc.status == "Expired"
		doc.end_date = add_days(today(), 30)
		doc.save()
		assert doc.status == "Active"

	def test_obligations_are_counted_and_say_who_did_them(self):
		doc = make_contract(
			obligations=[
				{"obligation": "Install", "due_date": add_days(today(), -2), "responsible": "Administrator"},
				{"obligation": "Give access", "party": "Customer", "due_date": add_days(today(), 9)},
			]
		)
		assert (doc.open_obligations, getdate(doc.next_obligation_date)) == (
			2,
			getdate(add_days(today(), -2)),
		)
		doc.obligations[0].is_done = 1
		doc.save()
		assert (doc.open_obligations, getdate(doc.next_obligation_date)) == (1, getdate(add_days(today(), 9)))
		assert (doc.obligations[0].done_by, getdate(doc.obligations[0].done_on)) == (
			"Administrator",
			getdate(),
		)

	def test_an_overdue_obligation_is_called_to_mind_once(self):
		user = make_user("SPM Sales User")
		doc = make_contract(
			obligations=[
				{"obligation": "Hand in reports", "due_date": add_days(today(), -2), "responsible": user}
			]
		)
		renewal.remind_obligations()
		renewal.remind_obligations()
		logs = frappe.get_all(
			"Notification Log", {"for_user": user, "document_name": doc.name}, pluck="subject"
		)
		assert len(logs) == 1 and "Hand in reports" in logs[0]


class TestChanges:
	def test_more_becomes_a_payment_of_its_own(self):
		doc = make_contract(rows=[{"title": "a", "percent": 50}, {"title": "b", "percent": 50}])
		payment_plan.set_contract_amount(doc.name, 200, "Second site", due_date=add_days(today(), 20))
		doc.reload()
		assert (doc.amount, doc.approved_changes, doc.total_amount, doc.amount_base) == (
			1000,
			200,
			1200,
			1200,
		)
		assert [(r.title, r.amount) for r in plan_of(doc.name)] == [
			("a", 500),
			("b", 500),
			("Second site", 200),
		]
		assert [(c.amount, c.reason, c.changed_by) for c in doc.changes] == [
			(200, "Second site", "Administrator")
		]
		assert round(sum(r.percent for r in plan_of(doc.name)), 4) == 100

	def test_more_may_be_spread_and_less_comes_from_the_end(self):
		doc = make_contract(rows=[{"title": "a", "percent": 50}, {"title": "b", "percent": 50}])
		pay(doc.name, 0)
		payment_plan.set_contract_amount(doc.name, 100, "Extra", spread=True)
		assert [r.amount for r in plan_of(doc.name)] == [500, 600]
		payment_plan.set_contract_amount(doc.name, -600, "Smaller scope")
		assert [r.amount for r in plan_of(doc.name)] == [500]
		with pytest.raises(PaymentPlanError, match=r"invoiced or paid"):
			payment_plan.set_contract_amount(doc.name, -1, "Too much")
		assert sum_of(doc.name) == frappe.db.get_value("SPM Contract", doc.name, "total_amount") == 500

	def test_only_a_signed_contract_changes(self):
		draft = make_contract(submit=False)
		with pytest.raises(PaymentPlanError, match="signed"):
			payment_plan.set_contract_amount(draft.name, 5, "x")
		doc = make_contract()
		for change, reason in ((0, "x"), (5, " ")):
			with pytest.raises(PaymentPlanError):
				payment_plan.set_contract_amount(doc.name, change, reason)

	def test_a_draft_is_edited_and_its_plan_keeps_the_proportions(self):
		doc = make_contract(submit=False, rows=[{"title": "a", "percent": 30}, {"title": "b", "percent": 70}])
		doc.amount = 333.33
		doc.save()
		assert [r.amount for r in plan_of(doc.name)] == [100, 233.33]


class TestEnding:
	def test_cancel_takes_the_payments_along_but_never_paid_ones(self):
		doc = make_contract(rows=[{"title": "a", "percent": 50}, {"title": "b", "percent": 50}])
		payment = pay(doc.name, 0, 10)
		doc.reload()
		with pytest.raises(
			PaymentPlanError, match=r"cannot be cancelled.*Terminate.*take the invoices and receipts back"
		):
			doc.cancel()
		doc.reload()
		assert doc.docstatus == 1
		receipts.record(payment.name, -10, "back")
		doc.reload()
		doc.cancel()
		assert {r.status for r in plan_of(doc.name)} == {"Cancelled"}
		customer = frappe.db.get_value("SPM Customer", doc.customer, ["outstanding_base", "overdue_base"])
		assert customer == (0, 0)
		assert doc.status == "Cancelled"

	def test_an_invoice_holds_the_contract_too(self):
		doc = make_contract()
		receipts.invoice(plan_of(doc.name)[0].name, "INV-1")
		doc.reload()
		with pytest.raises(PaymentPlanError):
			doc.cancel()

	def test_the_desks_amend_moves_the_payments_to_the_new_version(self):
		doc = make_contract(rows=[{"title": "a", "percent": 50}, {"title": "b", "percent": 50}])
		payment_plan.set_contract_amount(doc.name, 100, "Extra")
		doc.reload()
		doc.cancel()
		new = frappe.copy_doc(doc)
		new.amended_from, new.amount, new.docstatus = doc.name, 2000, 0
		new.insert()
		assert plan_of(doc.name) == []
		assert (new.approved_changes, new.total_amount, len(new.changes)) == (100, 2100, 1)
		assert sum_of(new.name) == 2100
		assert {r.status for r in plan_of(new.name)} == {"Not Due"}
		new.submit()
		assert {r.status for r in plan_of(new.name)} == {"Due"}

	def test_amend_in_one_step_keeps_the_money_that_came(self):
		deal, project, _m = make_deal_with_project()
		doc = make_contract(
			customer=deal.customer,
			opportunity=deal.name,
			projects=[{"project": project.name}],
			rows=[{"title": "a", "percent": 50}, {"title": "b", "percent": 50}],
		)
		pay(doc.name, 0)
		doc.reload()
		new = frappe.get_doc("SPM Contract", steps.amend(doc))
		assert frappe.db.get_value("SPM Contract", doc.name, "status") == "Cancelled"
		assert [(r.amount, r.status, r.received) for r in plan_of(new.name)] == [
			(500, "Paid", 500),
			(500, "Not Due", 0),
		]
		assert (new.received, new.contract_no) == (500, doc.contract_no)
		assert frappe.db.get_value("SPM Project", project.name, "received_base") == 500
		new.amount = 400
		with pytest.raises(PaymentPlanError, match="invoiced or paid"):
			new.save()
		new.reload()
		new.amount = 800
		new.save()
		assert [r.amount for r in plan_of(new.name)] == [500, 300]
		new.submit()
		assert frappe.db.get_value("SPM Opportunity", deal.name, "contract") == new.name

	def test_deleting_a_draft_deletes_its_plan_and_paid_drafts_stay(self):
		doc = make_contract(submit=False)
		doc.delete()
		assert plan_of(doc.name) == []
		paid = make_contract()
		pay(paid.name)
		paid.reload()
		draft = frappe.get_doc("SPM Contract", steps.amend(paid))
		with pytest.raises(PaymentPlanError, match="cannot be deleted"):
			draft.delete()
		assert sum_of(draft.name) == 1000

	def test_a_cancelled_contract_takes_no_more_payments(self):
		doc = make_contract()
		doc.cancel()
		with pytest.raises(PaymentPlanError, match="Amend"):
			payment_plan.set_plan(doc.name, [{"title": "x", "percent": 100}], doc.plan_version)
		with pytest.raises(PaymentPlanError, match="Amend"):
			pay(doc.name)

	def test_terminating_leaves_what_is_invoiced_and_paid(self):
		doc = make_contract(
			rows=[
				{"title": "paid", "amount": 300},
				{"title": "invoiced", "amount": 200},
				{"title": "begun", "amount": 400},
				{"title": "open", "amount": 100},
			]
		)
		pay(doc.name, 0)
		receipts.invoice(plan_of(doc.name)[1].name, "INV-9")
		pay(doc.name, 2, 50)
		doc.reload()
		found = steps.terminate(doc, "Insolvent")
		assert found == {"contract": doc.name, "status": "Terminated", "total_amount": 550}
		assert [(r.title, r.amount) for r in plan_of(doc.name)] == [
			("paid", 300),
			("invoiced", 200),
			("begun", 50),
		]
		with pytest.raises(SPMError, match="running"):
			steps.terminate(doc, "again")
		with pytest.raises(SPMError, match="why"):
			steps.terminate(make_contract(), " ")


class TestRenewal:
	def ending(self, **values):
		values.setdefault("start_date", add_days(today(), -300))
		values.setdefault("end_date", add_days(today(), 40))
		values.setdefault("renewal_notice_days", 60)
		return make_contract(**values)

	def test_a_renewal_is_offered_once_in_time(self):
		deal = make_opportunity(status="Won")
		doc = self.ending(customer=deal.customer, opportunity=deal.name)
		assert getdate(doc.notice_date) == getdate(add_days(today(), -20))
		renewal.nightly()
		renewal.nightly()
		found = frappe.get_all(
			"SPM Opportunity",
			{"originated_from_type": "SPM Contract", "originated_from": doc.name},
			[
				"name",
				"opportunity_type",
				"previous_opportunity",
				"generation",
				"amount",
				"deal_chain",
				"expected_close_date",
			],
		)
		assert len(found) == 1
		new = found[0]
		assert (new.opportunity_type, new.previous_opportunity, new.generation) == ("Renewal", deal.name, 2)
		assert (new.amount, new.expected_close_date) == (1000, getdate(doc.end_date))
		assert new.deal_chain != deal.deal_chain
		doc.reload()
		assert (doc.renewal_opportunity, doc.deal_chain) == (new.name, deal.deal_chain)
		# The contract of the renewal points at the contract it renews.
		next_one = steps.create_from_opportunity(frappe.get_doc("SPM Opportunity", new.name))[0]
		assert frappe.db.get_value("SPM Contract", next_one, "previous_contract") == doc.name

	def test_too_early_switched_off_or_terminated_offers_nothing(self):
		early = self.ending(end_date=add_days(today(), 90))
		ended = self.ending()
		steps.terminate(ended, "over")
		renewal.nightly()
		names = [early.name, ended.name]
		assert not frappe.db.exists("SPM Opportunity", {"originated_from": ["in", names]})
		off = self.ending()
		frappe.db.set_single_value("SPM Settings", "renewal_opportunities", 0)
		renewal.nightly()
		assert not frappe.db.exists("SPM Opportunity", {"originated_from": off.name})

	def test_a_contract_that_renews_itself_goes_on_and_brings_its_money(self):
		doc = self.ending(
			end_date=add_days(today(), -3), auto_renew=1, renewal_months=12, renewal_amount=250.5
		)
		renewal.nightly()
		doc.reload()
		end = getdate(add_months(add_days(today(), -3), 12))
		assert (doc.end_date, doc.status, doc.total_amount) == (end, "Active", 1250.5)
		assert plan_of(doc.name)[-1].amount == 250.5
		assert plan_of(doc.name)[-1].trigger_date == getdate(add_days(today(), -2))
		renewal.nightly()
		assert sum_of(doc.name) == 1250.5

	def test_one_that_fails_does_not_stop_the_others(self, monkeypatch):
		bad, good = self.ending(), self.ending()
		real = renewal.open_renewal

		def sometimes(name):
			if name == bad.name:
				raise frappe.ValidationError("no")
			return real(name)

		monkeypatch.setattr(renewal, "open_renewal", sometimes)
		renewal.nightly()
		assert frappe.db.get_value("SPM Contract", good.name, "renewal_opportunity")
		assert not frappe.db.get_value("SPM Contract", bad.name, "renewal_opportunity")


def test_types_and_templates_give_new_contracts_their_terms():
	kind = make(
		"SPM Contract Type",
		type_name=unique("Type "),
		renewal_notice_days=45,
		payment_template=make(
			"SPM Payment Template",
			template_name=unique("Template "),
			rows=[
				{"title": "One", "percent": 33.33, "trigger_type": "Date", "offset_days": 7, "term_days": 5},
				{"title": "Two", "percent": 66.67, "trigger_type": "Event", "event_name": "Go live"},
			],
		).name,
	)
	doc = make(
		"SPM Contract",
		title=unique("C "),
		customer=make_customer().name,
		amount=100,
		contract_type=kind.name,
		signed_date="2026-03-01",
		end_date="2027-02-28",
	)
	assert (doc.renewal_notice_days, getdate(doc.notice_date)) == (45, getdate("2027-01-14"))
	assert [(r.title, r.amount, r.trigger_type, r.due_date) for r in plan_of(doc.name)] == [
		("One", 33.33, "Date", getdate("2026-03-13")),
		("Two", 66.67, "Event", None),
	]


@pytest.mark.parametrize("shares", [(50, 40), (60, 50)])
def test_a_template_adds_up(shares):
	with pytest.raises(SPMError, match="100"):
		make(
			"SPM Payment Template",
			template_name=unique("Template "),
			rows=[
				{"title": f"R{n}", "percent": share, "trigger_type": "Date"} for n, share in enumerate(shares)
			],
		)


def test_templates_speak_the_customers_language():
	doc = make(
		"SPM Contract",
		title=unique("C "),
		customer=make_customer(language="zh").name,
		amount=100,
		payment_template="30 / 40 / 30",
		signed_date=today(),
	)
	assert [r.title for r in plan_of(doc.name)] == ["预付款", "交付款", "验收款"]


def test_foreign_money_is_counted_in_base_currency_to_the_cent():
	doc = make_contract(
		amount=1000,
		currency="USD" if frappe.get_cached_doc("SPM Settings").base_currency != "USD" else "EUR",
		exchange_rate=7.123457,
		rows=[
			{"title": "a", "percent": 33.33},
			{"title": "b", "percent": 33.33},
			{"title": "c", "percent": 33.34},
		],
	)
	assert doc.amount_base == 7123.46
	assert round(sum(r.amount_base for r in plan_of(doc.name)), 2) == 7123.46
	pay(doc.name, 0)
	row = plan_of(doc.name)[0]
	assert (row.outstanding_base, row.outstanding) == (0, 0)
	assert frappe.db.get_value("SPM Customer", doc.customer, "outstanding_base") == pytest.approx(
		7123.46 - row.amount_base
	)


def test_milestones_of_another_customer_do_not_release_payments():
	_deal, project, milestone = make_deal_with_project()
	with pytest.raises(PaymentPlanError, match="another customer"):
		make_contract(
			rows=[{"title": "x", "percent": 100, "trigger_type": "Milestone", "milestone": milestone.name}]
		)
	assert make_milestone(project.name).customer == project.customer


def test_an_accepted_quotation_gives_lines_tax_and_terms():
	tax = make_tax(rate=6)
	deal = make_deal("Administrator", {"product": make_product(tax=tax.name).name, "qty": 3, "rate": 99.99})
	quotation, _token = sent(deal)
	quotation = quotation_customer.accept(quotation, "Ann Lee", note="by phone")
	deal.reload()
	doc = frappe.get_doc("SPM Contract", steps.create_from_opportunity(deal)[0])
	assert doc.quotation == quotation.name
	assert doc.amount == doc.total_amount == quotation.grand_total == sum_of(doc.name)
	assert doc.adjustment == pytest.approx(quotation.tax_total) and doc.adjustment > 0
	assert [(r.qty, r.rate) for r in doc.lines] == [(3, 99.99)]


def test_reminders_are_made_once_and_reach_the_account_manager():
	frappe.delete_doc("Notification", "SPM Payment Long Overdue", ignore_missing=True)
	seed_contract.seed()
	assert not frappe.db.exists("Notification", "SPM Payment Long Overdue")
	user = make_user("SPM Sales User")
	doc = make_contract(
		customer=make_customer(account_manager=user).name,
		rows=[{"title": "Late", "percent": 100, "trigger_date": add_days(today(), -1)}],
	)
	payment = frappe.get_doc("SPM Payment", plan_of(doc.name)[0].name)
	assert (payment.status, payment.account_manager) == ("Overdue", user)
	reminder = frappe.get_doc("Notification", "SPM Payment Overdue")
	due_today = [d.name for d in reminder.get_documents_for_today()]
	assert payment.name in due_today
	reminder.send(payment)
	logs = frappe.get_all("Notification Log", {"document_name": payment.name}, ["for_user", "subject"])
	assert [log.for_user for log in logs] == [user] and "Late" in logs[0].subject


def test_the_plan_is_printed_for_those_who_may_read_it():
	doc = make_contract(
		rows=[
			{"title": "Deposit <b>", "percent": 30},
			{
				"title": "Rest",
				"percent": 70,
				"trigger_type": "Event",
				"event_name": "Go live",
				"term_days": 9,
			},
		]
	)
	html = frappe.get_print("SPM Contract", doc.name, "SPM Payment Plan")
	assert "Deposit &lt;b&gt;" in html and "Go live" in html and "30.00 %" in html
	frappe.set_user(make_user("SPM Sales User"))
	with pytest.raises(frappe.PermissionError):
		frappe.get_print("SPM Contract", doc.name, "SPM Payment Plan")


def test_statements_of_the_usual_steps(assert_query_count):
	deal, project, _milestone = make_deal_with_project()
	doc = make_contract(
		customer=deal.customer, opportunity=deal.name, projects=[{"project": project.name}], submit=False
	)
	with assert_query_count(45):
		doc.submit()
	name = plan_of(doc.name)[0].name
	receipts.record(name, 1, "warm up")
	with assert_query_count(40):
		receipts.record(name, 2, "measured")

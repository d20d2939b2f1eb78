"""Quotations as the people who use them: made from a deal, approved, frozen, copied, accepted."""

from __future__ import annotations

import frappe
import pytest
from frappe.model.workflow import get_transitions
from frappe.utils import add_days, getdate, now_datetime

from sales_crm_pm.exceptions import (
	AnswerIncompleteError,
	ApprovalError,
	FrozenError,
	ProductError,
	QuotationClosedError,
	SPMError,
	TransitionError,
)
from sales_crm_pm.loop import (
	quotation,
	quotation_approval,
	quotation_customer,
	quotation_sheet,
	quotation_versions,
	transitions,
)
from sales_crm_pm.portal import quotations
from tests import factories_quotation as q
from tests.factories import make, make_opportunity, make_product, make_user


@pytest.fixture
def people(site):
	q.standard_limits()
	return frappe._dict(
		seller=make_user(q.SELLER),
		rival=make_user(q.SELLER),
		manager=make_user(q.MANAGER, q.SELLER),
		other_manager=make_user(q.MANAGER, q.SELLER),
		executive=make_user(q.EXECUTIVE),
		pm=make_user("SPM Project Manager"),
	)


@pytest.fixture
def deal(people):
	return q.make_deal(people.seller)


class TestFromOpportunity:
	def test_nothing_is_typed_twice(self, people, as_user):
		product, tax = make_product(unit="Day"), q.make_tax()
		frappe.db.set_value("SPM Product", product.name, "tax", tax.name)
		deal = q.make_deal(
			people.seller,
			{"product": product.name, "qty": 3, "rate": 100, "discount_percent": 5, "description": "on site"},
			currency=q.foreign(),
			exchange_rate=7,
		)
		with as_user(people.seller):
			doc = quotation.create_from_opportunity(deal.name)
		assert (doc.status, doc.version, doc.customer, doc.currency, doc.exchange_rate) == (
			"Draft",
			1,
			deal.customer,
			q.foreign(),
			7,
		)
		assert (doc.title, doc.deal_chain, doc.salesperson) == (deal.title, deal.deal_chain, people.seller)
		assert (doc.contact_name, doc.paper_language) == ("Ada Stone", "en")
		assert getdate(doc.valid_until) > getdate()
		row = doc.items[0]
		assert (row.qty, row.rate, row.discount_percent, row.description) == (3, 100, 5, "on site")
		assert (row.unit, row.tax, row.amount) == ("Day", tax.name, 285)
		assert (doc.net_total, doc.tax_total, doc.grand_total) == (285, 28.5, 313.5)
		assert (doc.base_net_total, doc.base_grand_total) == (1995, 2194.5)

	def test_a_deal_with_an_amount_only_is_offered_as_one_line(self, people, as_user):
		standard = make_product()
		frappe.db.set_single_value("SPM Settings", "quotation_default_product", standard.name)
		deal = make_opportunity(opportunity_owner=people.seller, amount=1234.5)
		with as_user(people.seller):
			doc = quotation.create_from_opportunity(deal.name)
		assert [(row.product, row.rate) for row in doc.items] == [(standard.name, 1234.5)]
		assert doc.subtotal == 1234.5

	def test_a_lost_deal_takes_no_offer(self, people, deal, as_user):
		frappe.db.set_value("SPM Opportunity", deal.name, "status", "Lost")
		with as_user(people.seller), pytest.raises(SPMError, match="Reopen"):
			quotation.create_from_opportunity(deal.name)

	def test_who_may_not_write_the_deal_makes_no_offer(self, people, deal, as_user):
		for user in (people.rival, people.executive, people.pm):
			with as_user(user), pytest.raises(frappe.PermissionError):
				frappe.get_doc({"doctype": "SPM Quotation", "opportunity": deal.name}).insert()

	def test_rest_gives_the_same_numbers_as_the_button(self, people, deal, as_user):
		"""Sums that a request brings are ignored, and whatever it leaves out comes from the deal."""
		with as_user(people.seller):
			doc = frappe.get_doc(
				{
					"doctype": "SPM Quotation",
					"opportunity": deal.name,
					"customer": q.make_deal(people.rival).customer,
					"version": 9,
					"net_total": 1,
					"accepted_by": "me",
					"items": [{"product": deal.products[0].product, "qty": 2, "amount": 5, "net_amount": 5}],
				}
			).insert()
		assert (doc.customer, doc.version, doc.accepted_by) == (deal.customer, 1, None)
		assert (doc.items[0].rate, doc.items[0].amount, doc.net_total) == (100, 200, 200)

	def test_statements_do_not_grow_with_lines(self, people, as_user, assert_query_count):
		"""Besides the framework's own statement per row that is written."""
		counts = []
		for lines in (2, 2, 30):
			rows = [{"product": make_product().name, "qty": 1, "rate": 10} for _ in range(lines)]
			deal = q.make_deal(people.seller, *rows)
			with as_user(people.seller):
				doc = quotation.create_from_opportunity(deal.name)
				doc.discount_value = 5
				with assert_query_count(80) as queries:
					doc.save()
			assert doc.net_total == lines * 9.5
			counts.append(
				len([s for s in queries if not s.lstrip().startswith("UPDATE `tabSPM Quotation Item`")])
			)
		assert counts[1] == counts[2] and counts[1] <= 30


class TestLines:
	def test_price_of_the_currency_and_day_and_volume(self, people, as_user):
		product = make_product(
			list_price=100,
			prices=[
				{"currency": q.foreign(), "rate": 20},
				{"currency": q.foreign(), "rate": 15, "min_qty": 10},
				{"currency": q.foreign(), "rate": 99, "valid_from": add_days(getdate(), 1)},
			],
		)
		deal = q.make_deal(
			people.seller, {"product": product.name, "qty": 10}, currency=q.foreign(), exchange_rate=7
		)
		with as_user(people.seller):
			doc = quotation.create_from_opportunity(deal.name)
		assert (doc.items[0].list_rate, doc.items[0].rate) == (15, 15)

	def test_optional_lines_are_offered_and_not_counted(self, deal, people, as_user):
		with as_user(people.seller):
			doc = q.offer(deal)
			doc.append("items", {"product": doc.items[0].product, "qty": 1, "rate": 999, "is_optional": 1})
			doc.save()
		assert (doc.items[1].amount, doc.net_total) == (999, 1000)

	def test_a_recurring_product_counts_its_term(self, people, as_user):
		product = make_product(is_recurring=1, recurring_interval="Month", default_periods=12, list_price=50)
		deal = q.make_deal(people.seller, {"product": product.name, "qty": 2, "rate": 50})
		with as_user(people.seller):
			doc = quotation.create_from_opportunity(deal.name)
		assert (doc.items[0].recurring_interval, doc.items[0].periods, doc.net_total) == ("Month", 12, 1200)

	def test_products_that_are_not_sold_any_more_are_refused_in_new_lines_only(self, deal, people, as_user):
		gone = make_product(disabled=1)
		with as_user(people.seller):
			doc = q.offer(deal)
			doc.append("items", {"product": gone.name, "qty": 1})
			with pytest.raises(ProductError, match="Row 2"):
				doc.save()
			doc = frappe.get_doc("SPM Quotation", doc.name)
			frappe.db.set_value("SPM Product", doc.items[0].product, "disabled", 1)
			doc.internal_note = "still fine"
			doc.save()
			deal.reload()
			deal.append("products", {"product": gone.name, "qty": 1})
			with pytest.raises(ProductError, match="not sold any more"):
				deal.save()

	@pytest.mark.parametrize(
		("values", "words"),
		[
			({"discount_value": 101}, "between 0 and 100"),
			({"discount_type": "Amount", "discount_value": 1001}, "larger than the subtotal"),
		],
	)
	def test_discounts_that_cannot_be_name_the_remedy(self, deal, people, as_user, values, words):
		with as_user(people.seller), pytest.raises(SPMError, match=words):
			q.offer(deal, **values)

	def test_a_bundle_costs_the_sum_of_its_parts(self, people, as_user):
		part = make_product(cost=30)
		bundle = make_product(is_bundle=1, bundle_items=[{"product": part.name, "qty": 2}], list_price=100)
		assert bundle.cost == 60
		with pytest.raises(ProductError, match="cannot contain a bundle"):
			make_product(is_bundle=1, bundle_items=[{"product": bundle.name, "qty": 1}])
		frappe.db.set_value("SPM Product", part.name, "cost", 40)
		deal = q.make_deal(people.seller, {"product": bundle.name, "qty": 1, "rate": 100})
		with as_user(people.seller):
			doc = q.offer(deal)
		assert frappe.db.get_value("SPM Quotation", doc.name, ["cost_base", "margin_base"]) == (80, 20)


class TestApproval:
	def test_below_the_limit_nobody_is_asked(self, deal, people, as_user):
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal, discount_value=10))
		assert (doc.status, doc.needs_approval, doc.approved_by) == ("Approved", 0, people.seller)

	def test_above_it_the_manager_decides(self, deal, people, as_user):
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal, discount_value=12))
			assert (doc.status, doc.approver_role) == ("Pending Approval", q.MANAGER)
			assert "10 %" in doc.approval_reasons
			with pytest.raises((TransitionError, frappe.PermissionError)):
				quotation_approval.approve(doc)
		with as_user(people.manager):
			doc = quotation_approval.approve(frappe.get_doc("SPM Quotation", doc.name))
		assert (doc.status, doc.approved_by, doc.submitted_by) == ("Approved", people.manager, people.seller)

	def test_a_lower_price_is_a_discount_too(self, deal, people, as_user):
		with as_user(people.seller):
			doc = q.offer(deal)
			doc.items[0].rate = 85
			doc.save()
		assert (doc.effective_discount, doc.needs_approval) == (15, 1)

	@pytest.mark.parametrize("way", ["api", "board", "workflow state"])
	def test_no_way_around_the_approval(self, deal, people, as_user, way):
		with as_user(people.seller):
			doc = q.offer(deal, discount_value=12)
			with pytest.raises((TransitionError, ApprovalError, frappe.ValidationError)):
				if way == "api":
					transitions.move(doc, "Approved")
				else:
					doc.set("status" if way == "board" else "workflow_state", "Approved")
					doc.save()
		assert frappe.db.get_value("SPM Quotation", doc.name, "status") == "Draft"

	def test_raising_the_discount_in_the_very_save_that_releases_is_seen(self, deal, people, as_user):
		with as_user(people.seller):
			doc = q.offer(deal, discount_value=5)
			doc.discount_value, doc.status = 50, "Approved"
			with pytest.raises(ApprovalError, match="Submit it for approval"):
				doc.save()

	def test_nobody_approves_their_own(self, people, as_user):
		"""A manager above their own limit needs somebody else even where their role would do."""
		q.only_limits({"max_discount": 10, "approver_role": q.MANAGER})
		deal = q.make_deal(people.manager)
		with as_user(people.manager):
			doc = quotation_approval.submit(q.offer(deal, discount_value=12))
			with pytest.raises((TransitionError, ApprovalError), match="somebody else"):
				quotation_approval.approve(doc)
		with as_user(people.other_manager):
			assert quotation_approval.approve(frappe.get_doc("SPM Quotation", doc.name)).status == "Approved"

	def test_handing_in_a_stranger_s_draft_does_not_let_one_approve_it(self, deal, people, as_user):
		q.only_limits({"max_discount": 10, "approver_role": q.MANAGER})
		with as_user(people.seller):
			doc = q.offer(deal, discount_value=12)
		with as_user(people.manager):
			doc = quotation_approval.submit(frappe.get_doc("SPM Quotation", doc.name))
			with pytest.raises(ApprovalError, match="own quotation"):
				quotation_approval.approve(doc)

	def test_a_high_discount_is_the_executive_s(self, deal, people, as_user):
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal, discount_value=40))
			assert doc.approver_role == q.EXECUTIVE
		with as_user(people.manager), pytest.raises((TransitionError, ApprovalError)):
			quotation_approval.approve(frappe.get_doc("SPM Quotation", doc.name))
		with as_user(people.executive):
			assert quotation_approval.approve(frappe.get_doc("SPM Quotation", doc.name)).status == "Approved"
			with pytest.raises(frappe.PermissionError):
				# Only the decision is theirs, not the deal's paper.
				frappe.get_doc("SPM Quotation", doc.name).check_permission("write")

	def test_an_approver_role_of_the_admin_s_own_making(self, deal, people, as_user):
		frappe.get_doc({"doctype": "Role", "role_name": "Finance Head", "desk_access": 1}).insert()
		frappe.permissions.add_permission("SPM Quotation", "Finance Head", 0)
		frappe.permissions.update_permission_property("SPM Quotation", "Finance Head", 0, "write", 1)
		flow = frappe.get_doc("Workflow", "SPM Quotation Flow")
		flow.append(
			"transitions",
			{
				"state": "Pending Approval",
				"action": "Approve",
				"next_state": "Approved",
				"allowed": "Finance Head",
			},
		)
		flow.save()
		q.only_limits({"max_discount": 10, "approver_role": "Finance Head"})
		finance = make_user("Finance Head")
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal, discount_value=12))
			draft = q.offer(deal)
		with as_user(finance):
			names = frappe.get_list("SPM Quotation", pluck="name", limit_page_length=0)
			assert doc.name in names and draft.name not in names
			assert quotation_approval.approve(frappe.get_doc("SPM Quotation", doc.name)).status == "Approved"

	def test_a_thin_margin_is_checked_without_being_told(self, people, as_user):
		product = make_product(list_price=100, cost=95)
		deal = q.make_deal(people.seller, {"product": product.name, "qty": 1, "rate": 100})
		with as_user(people.seller):
			doc = q.offer(deal)
			assert (doc.needs_approval, doc.approver_role) == (1, q.EXECUTIVE)
			told = frappe.as_json(doc.as_dict()) + frappe.as_json(
				frappe.get_list("SPM Quotation", fields=["*"])
			)
		assert "margin" not in told.lower() and "cost_base" not in told and "95" not in doc.approval_reasons
		with as_user(people.executive):
			assert frappe.get_doc("SPM Quotation", doc.name).as_dict()["margin_percent"] == 5

	def test_sent_back_with_a_reason_and_withdrawn_by_who_handed_in(self, deal, people, as_user):
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal, discount_value=12))
		with as_user(people.manager):
			doc = frappe.get_doc("SPM Quotation", doc.name)
			with pytest.raises(ApprovalError):
				quotation_approval.send_back(doc, " ")
			doc = quotation_approval.send_back(doc, "Ask for a longer term")
		assert (doc.status, doc.sent_back_reason, doc.submitted_by) == (
			"Draft",
			"Ask for a longer term",
			None,
		)
		with as_user(people.seller):
			doc = quotation_approval.submit(frappe.get_doc("SPM Quotation", doc.name))
			actions = {t["action"] for t in get_transitions(doc)}
			assert actions == {"Withdraw"}
			assert transitions.move(doc, "Draft").status == "Draft"

	def test_approvers_and_the_salesperson_are_told(self, deal, people, as_user):
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal, discount_value=12))
		told = frappe.get_all("Notification Log", {"document_name": doc.name}, pluck="for_user")
		assert {people.manager, people.other_manager} <= set(told) and people.seller not in told
		with as_user(people.manager):
			quotation_approval.approve(frappe.get_doc("SPM Quotation", doc.name))
		subject = frappe.db.get_value(
			"Notification Log", {"document_name": doc.name, "for_user": people.seller}, "subject"
		)
		assert "is approved" in subject

	def test_an_empty_or_stale_offer_is_not_handed_in(self, people, as_user):
		deal = q.make_deal(people.seller)
		with as_user(people.seller):
			doc = q.offer(deal, items=[])
			with pytest.raises(SPMError, match="at least one line"):
				quotation_approval.submit(doc)
			doc = q.offer(deal, valid_until=add_days(getdate(), -1))
			with pytest.raises(SPMError, match="day that has passed"):
				quotation_approval.submit(doc)


class TestFrozen:
	@pytest.mark.parametrize(
		"change",
		[
			lambda d: d.set("discount_value", 3),
			lambda d: d.set("terms", "<p>free of charge</p>"),
			lambda d: d.set("valid_until", add_days(getdate(), 300)),
			lambda d: d.items[0].set("rate", 1),
			lambda d: d.set("items", []),
			lambda d: d.append("items", {"product": d.items[0].product, "qty": 1, "rate": 1}),
		],
	)
	def test_what_was_approved_cannot_be_changed(self, deal, people, as_user, change):
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal))
			change(doc)
			with pytest.raises(FrozenError, match="new version"):
				doc.save()

	def test_sums_stay_whatever_a_request_brings_or_prices_become(self, deal, people, as_user):
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal))
			frappe.db.set_value("SPM Product", doc.items[0].product, {"list_price": 500, "cost": 1})
			doc.net_total, doc.internal_note = 1, "called"
			doc.items[0].net_amount = 1
			doc.save()
			doc.reload()
		assert (doc.net_total, doc.items[0].net_amount, doc.internal_note) == (1000, 1000, "called")
		assert doc.effective_discount == 0


class TestVersions:
	def test_a_new_version_replaces_the_old_one(self, deal, people, as_user):
		with as_user(people.seller):
			first, token = q.sent(deal)
			second = quotation_versions.new_version(first)
			first.reload()
			assert (first.status, second.status, second.version) == ("Superseded", "Draft", 2)
			assert (second.quotation_group, second.previous_version) == (first.quotation_group, first.name)
			assert second.grand_total == first.grand_total and not second.token_hash
			third = quotation_versions.new_version(first)
		assert third.version == 3
		assert frappe.db.get_value("SPM Quotation", second.name, "status") == "Superseded"
		with pytest.raises(QuotationClosedError, match="newer version"):
			quotation_customer.answer_by_link(token, True, name="Ada")

	def test_an_accepted_one_has_no_successor(self, deal, people, as_user):
		with as_user(people.seller):
			doc, _token = q.sent(deal)
			doc = quotation_customer.accept(doc, "Ada Stone")
			with pytest.raises(SPMError, match="change of the contract"):
				quotation_versions.new_version(doc)

	def test_compared_line_by_line(self, deal, people, as_user):
		extra = make_product()
		with as_user(people.seller):
			first = q.offer(deal)
			second = quotation_versions.new_version(first)
			second.items[0].qty = 5
			second.append("items", {"product": extra.name, "qty": 1, "rate": 7})
			second.payment_terms = "<p>All at once</p>"
			second.save()
			found = quotation_versions.compare(first, second)
		assert [row["state"] for row in found["lines"]] == ["Changed", "Added"]
		assert (found["lines"][0]["old"]["qty"], found["lines"][0]["new"]["qty"]) == (10, 5)
		heads = {row["fieldname"]: (row["old"], row["new"]) for row in found["heads"]}
		assert heads["net_total"] == (1000, 507)
		assert heads["payment_terms"][1] == "All at once"
		assert "title" not in heads and "currency" not in heads


class TestAcceptance:
	def test_staff_record_it_and_the_deal_is_worth_what_was_accepted(self, people, as_user):
		a, b = make_product(), make_product(list_price=13)
		deal = q.make_deal(
			people.seller,
			{"product": a.name, "qty": 3, "rate": 99.99},
			{"product": b.name, "qty": 7, "rate": 13.37, "discount_percent": 3},
		)
		with as_user(people.seller):
			doc, _token = q.sent(deal, discount_type="Amount", discount_value=1.11)
			doc = quotation_customer.accept(doc, "Ada Stone", note="by phone")
			again = quotation_customer.accept(doc, "Somebody else")
		deal.reload()
		assert (doc.status, doc.acceptance_source, again.accepted_by) == ("Accepted", "Staff", "Ada Stone")
		assert deal.amount == doc.net_total
		assert [row.amount for row in deal.products] == [row.net_amount for row in doc.items]
		assert deal.status == "Open"
		terms = quotation.accepted_terms(deal.name)
		assert (terms["quotation"], terms["amount"], terms["total"]) == (
			doc.name,
			doc.net_total,
			doc.grand_total,
		)
		assert [line["product"] for line in terms["lines"]] == [a.name, b.name]

	def test_no_terms_before_it(self, deal):
		assert quotation.accepted_terms(deal.name) is None

	def test_one_accepted_per_deal_and_the_others_are_over(self, deal, people, as_user):
		with as_user(people.seller):
			one, _ = q.sent(deal)
			other, token = q.sent(deal)
			late = quotation_approval.submit(q.offer(deal))
			quotation_customer.accept(one, "Ada Stone")
			assert frappe.db.get_value("SPM Quotation", other.name, "status") == "Superseded"
			assert frappe.db.get_value("SPM Quotation", late.name, "status") == "Superseded"
			draft = quotation_approval.submit(q.offer(deal))
			with pytest.raises(QuotationClosedError, match="accepted already"):
				quotation_customer.accept(draft, "Ada Stone")
		with pytest.raises(QuotationClosedError):
			quotation_customer.answer_by_link(token, True, name="Ada")

	def test_dragging_a_card_to_accepted_wants_the_evidence(self, deal, people, as_user):
		with as_user(people.seller):
			doc, _token = q.sent(deal)
			doc.status = "Accepted"
			with pytest.raises(AnswerIncompleteError) as refused:
				doc.save()
		assert refused.value.missing == ["Accepted By", "Accepted On"]

	def test_a_file_when_the_settings_want_one(self, deal, people, as_user):
		frappe.db.set_single_value("SPM Settings", "quotation_evidence_required", 1)
		with as_user(people.seller):
			doc, token = q.sent(deal)
			with pytest.raises(AnswerIncompleteError, match="Evidence"):
				quotation_customer.accept(doc, "Ada Stone")
		# What the customer does is evidence itself.
		with as_user("Guest"):
			assert quotation_customer.answer_by_link(token, True, name="Ada").status == "Accepted"

	def test_not_when_the_deal_is_lost_or_the_day_has_passed(self, deal, people, as_user):
		with as_user(people.seller):
			doc, _token = q.sent(deal)
			frappe.db.set_value("SPM Quotation", doc.name, "valid_until", add_days(getdate(), -2))
			with pytest.raises(QuotationClosedError, match="was valid until"):
				quotation_customer.accept(doc, "Ada Stone")
			# Said in time, written down later.
			assert (
				quotation_customer.accept(doc, "Ada Stone", add_days(now_datetime(), -3)).status == "Accepted"
			)

	def test_a_rejection_needs_a_reason(self, deal, people, as_user):
		with as_user(people.seller):
			doc, _token = q.sent(deal)
			with pytest.raises(AnswerIncompleteError):
				quotation_customer.reject(doc, "")
			doc = quotation_customer.reject(frappe.get_doc("SPM Quotation", doc.name), "Too dear")
		assert (doc.status, doc.reject_reason) == ("Rejected", "Too dear")


class TestByLink:
	def test_the_customer_accepts_without_login(self, deal, people, as_user):
		with as_user(people.seller):
			doc, token = q.sent(deal, discount_value=4)
		with as_user("Guest"):
			quotation_customer.answer_by_link(token, True, name=" Ada Stone ", ip="203.0.113.9")
			quotation_customer.answer_by_link(token, True, name="Twice")
		doc.reload()
		assert (doc.status, doc.accepted_by, doc.acceptance_source, doc.acceptance_ip) == (
			"Accepted",
			"Ada Stone",
			"Customer Link",
			"203.0.113.9",
		)
		assert frappe.db.get_value("SPM Opportunity", deal.name, "amount") == 960
		told = frappe.get_all("Notification Log", {"document_name": doc.name}, ["for_user", "subject"])
		assert [row.for_user for row in told] == [people.seller] and "Ada Stone" in told[0].subject

	def test_or_rejects_with_a_reason(self, deal, people, as_user):
		with as_user(people.seller):
			doc, token = q.sent(deal)
		with as_user("Guest"):
			with pytest.raises(QuotationClosedError, match="tell us why"):
				quotation_customer.answer_by_link(token, False)
			quotation_customer.answer_by_link(token, False, reason="Budget cut")
		assert frappe.db.get_value("SPM Quotation", doc.name, ["status", "reject_reason"]) == (
			"Rejected",
			"Budget cut",
		)

	def test_links_that_open_nothing(self, deal, people, as_user):
		with as_user(people.seller):
			doc, token = q.sent(deal)
			draft = q.offer(deal)
		for wrong in (
			"",
			"x",
			token[:-1],
			token.swapcase(),
			quotation_customer.link(draft).rsplit("/", 1)[-1],
		):
			with pytest.raises(QuotationClosedError, match="does not belong"):
				quotation_customer.answer_by_link(wrong, True, name="Ada")
		frappe.db.set_value("SPM Quotation", doc.name, "valid_until", add_days(getdate(), -1))
		with pytest.raises(QuotationClosedError, match="expired"):
			quotation_customer.answer_by_link(token, True, name="Ada")

	def test_switched_off_in_the_settings(self, deal, people, as_user):
		with as_user(people.seller):
			_doc, token = q.sent(deal)
		frappe.db.set_single_value("SPM Settings", "quotation_online_acceptance", 0)
		with pytest.raises(QuotationClosedError, match="only shows"):
			quotation_customer.answer_by_link(token, True, name="Ada")


class TestTime:
	def test_expired_by_the_nightly_job_once(self, deal, people, as_user):
		with as_user(people.seller):
			doc, _token = q.sent(deal)
			draft = q.offer(deal)
		for name in (doc.name, draft.name):
			frappe.db.set_value("SPM Quotation", name, "valid_until", add_days(getdate(), -1))
		quotation_customer.expire_and_remind()
		quotation_customer.expire_and_remind()
		assert frappe.db.get_value("SPM Quotation", doc.name, ["status", "workflow_state"]) == (
			"Expired",
			"Expired",
		)
		assert frappe.db.get_value("SPM Quotation", draft.name, "status") == "Draft"

	def test_the_salesperson_is_reminded_once(self, deal, people, as_user):
		with as_user(people.seller):
			doc, _token = q.sent(deal, valid_until=add_days(getdate(), 3))
		quotation_customer.expire_and_remind()
		quotation_customer.expire_and_remind()
		told = frappe.get_all(
			"Notification Log", {"document_name": doc.name, "for_user": people.seller}, ["subject"]
		)
		assert len(told) == 1 and "valid until" in told[0].subject

	def test_not_while_there_is_time(self, deal, people, as_user):
		with as_user(people.seller):
			doc, _token = q.sent(deal)
		quotation_customer.expire_and_remind()
		assert not frappe.db.exists("Notification Log", {"document_name": doc.name})


class TestWhoSeesThem:
	def test_whoever_sees_the_deal_sees_its_quotations_and_nobody_else(self, deal, people, as_user):
		with as_user(people.seller):
			doc = q.offer(deal)
		for user, sees in (
			(people.seller, True),
			(people.manager, True),
			(people.executive, True),
			(people.rival, False),
			(people.pm, False),
			(make_user("SPM Customer User", user_type="Website User"), False),
			("Guest", False),
		):
			with as_user(user):
				assert frappe.has_permission("SPM Quotation", "read", doc=doc.name) is sees, user
				try:
					names = frappe.get_list("SPM Quotation", pluck="name", limit_page_length=0)
				except frappe.PermissionError:
					names = []
				assert (doc.name in names) is sees, user

	def test_a_quotation_cannot_be_moved_to_another_deal(self, deal, people, as_user):
		other = q.make_deal(people.rival)
		with as_user(people.seller):
			doc = q.offer(deal)
			doc.opportunity = other.name
			with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
				doc.save()
		assert frappe.db.get_value("SPM Quotation", doc.name, "opportunity") == deal.name

	def test_cost_is_not_the_salesperson_s_to_see_or_set(self, people, as_user):
		product = make_product(cost=42)
		for user in (people.seller, people.manager):
			with as_user(user):
				assert "cost" not in frappe.get_doc("SPM Product", product.name).as_dict()
				assert "cost" not in frappe.get_list("SPM Product", {"name": product.name}, ["*"])[0]
		with as_user(people.manager):
			doc = frappe.get_doc("SPM Product", product.name)
			doc.cost, doc.unit = 1, "Day"
			doc.save()
		assert frappe.db.get_value("SPM Product", product.name, ["cost", "unit"]) == (42, "Day")


def test_masters_keep_one_default(site):
	first = q.make_tax(is_default=1)
	q.make_tax(is_default=1)
	assert not frappe.db.get_value("SPM Tax", first.name, "is_default")
	one = make("SPM Text Template", title="t1", kind="Terms", language="en", is_default=1, text="x")
	make("SPM Text Template", title="t2", kind="Terms", language="zh", is_default=1, text="x")
	make("SPM Text Template", title="t3", kind="Terms", language="en", is_default=1, text="x")
	assert not frappe.db.get_value("SPM Text Template", one.name, "is_default")
	assert frappe.db.get_value("SPM Text Template", "t2", "is_default")


class TestPaper:
	def test_it_speaks_the_customer_s_language_whoever_prints_it(self, people, as_user):
		deal = q.make_deal(people.seller, language="zh")
		contact = frappe.get_doc("Contact", deal.contacts[0].contact)
		contact.db_set({"first_name": "伟", "last_name": "张"})
		with as_user(people.seller):
			doc = q.offer(deal, discount_value=5)
			frappe.local.lang = "en"
			sheet = quotation_sheet.quotation_sheet(doc)
			html = frappe.get_print("SPM Quotation", doc.name, "SPM Quotation", no_letterhead=1)
		assert (doc.paper_language, doc.contact_name, sheet["contact_name"]) == ("zh", "张伟", "张伟")
		assert "年" in sheet["valid_until"] and frappe.local.lang == "en"
		assert [row["label"] for row in sheet["sums"]][-1] == "总计"
		assert "报价单" in html and "付款条款" in html and "Quotation<" not in html

	def test_neither_cost_nor_margin_nor_notes_are_on_it(self, people, as_user):
		product = make_product(cost=41.37, list_price=100)
		deal = q.make_deal(people.seller, {"product": product.name, "qty": 1, "rate": 100})
		doc = q.offer(deal, internal_note="They have no choice")
		html = frappe.get_print("SPM Quotation", doc.name, "SPM Quotation", no_letterhead=1)
		assert doc.margin_base == 58.63 and "100.00" in html
		for secret in ("41.37", "58.63", "Margin", "They have no choice"):
			assert secret not in html

	def test_sections_optional_lines_and_parts_of_bundles(self, people, as_user):
		part = make_product()
		bundle = make_product(is_bundle=1, bundle_items=[{"product": part.name, "qty": 2}])
		deal = q.make_deal(people.seller, {"product": bundle.name, "qty": 1, "rate": 100})
		with as_user(people.seller):
			doc = q.offer(deal)
			doc.items[0].section = "Software"
			doc.append("items", {"product": part.name, "qty": 2, "rate": 10, "section": "Services"})
			doc.append("items", {"product": part.name, "qty": 1, "rate": 7, "is_optional": 1})
			doc.save()
			sheet = quotation_sheet.quotation_sheet(doc)
		assert [(s["title"], len(s["lines"])) for s in sheet["sections"]] == [
			("Software", 1),
			("Services", 1),
		]
		assert sheet["sections"][0]["lines"][0]["parts"] == [f"{part.name} × 2"]
		assert "20.00" in sheet["sections"][1]["total"] and len(sheet["optional"]) == 1

	def test_the_pdf_is_made_for_the_link_s_owner_without_rights(self, deal, people, as_user):
		with as_user(people.seller):
			doc, _token = q.sent(deal)
		with as_user("Guest"):
			assert quotation_sheet.pdf(doc).startswith(b"%PDF")

	def test_markup_in_names_is_not_markup_on_the_paper(self, people, as_user):
		deal = q.make_deal(people.seller)
		with as_user(people.seller):
			doc = q.offer(deal)
			doc.items[0].description = "<script>alert(1)</script>"
			doc.save()
			html = frappe.get_print("SPM Quotation", doc.name, "SPM Quotation", no_letterhead=1)
		assert "<script>alert(1)" not in html


class TestSending:
	@pytest.fixture
	def mail_account(self, site):
		make(
			"Email Account",
			email_account_name="SPM test",
			email_id="spm-test@example.com",
			enable_outgoing=1,
			default_outgoing=1,
			smtp_server="127.0.0.1",
			no_smtp_authentication=1,
		)

	def test_the_letter_is_in_the_customer_s_language_with_the_link(self, people, as_user):
		deal = q.make_deal(people.seller, language="zh")
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal))
			letter = quotation_customer.letter(doc)
		assert letter["recipients"].endswith("@example.com")
		assert "报价单" in letter["subject"] and "/quotation/" in letter["message"]

	def test_only_what_is_approved_is_sent_and_the_mail_is_queued(
		self, deal, people, as_user, mail_account, monkeypatch
	):
		queued = []
		monkeypatch.setattr(frappe, "enqueue", lambda *args, **kwargs: queued.append((args, kwargs)))
		with as_user(people.seller):
			doc = q.offer(deal)
			with pytest.raises(SPMError, match="Only an approved"):
				quotation_customer.send(doc)
			doc = quotation_customer.send(quotation_approval.submit(doc))
			again = quotation_customer.send(doc, recipients="other@example.com")
		assert (doc.status, again.status, again.sent_to) == ("Sent", "Sent", "other@example.com")
		mails = [kwargs for args, kwargs in queued if args[0].endswith("quotation_customer.deliver")]
		assert len(mails) == 2 and all(kwargs["enqueue_after_commit"] for kwargs in mails)

	def test_the_mail_carries_the_pdf_and_stays_with_the_quotation(
		self, deal, people, as_user, mail_account, monkeypatch
	):
		sent = []
		monkeypatch.setattr(
			"frappe.core.doctype.communication.communication.Communication.send_email",
			lambda self, *args, **kwargs: sent.append(self),
		)
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal))
		quotation_customer.deliver(doc.name, "ada@example.com", "Our offer", "<p>Hello</p>", people.seller)
		file = frappe.get_doc("File", {"attached_to_name": doc.name})
		assert (file.file_name[-4:], file.is_private) == (".pdf", 1)
		mail = frappe.get_doc(
			"Communication", {"reference_name": doc.name, "communication_type": "Communication"}
		)
		assert (mail.subject, mail.recipients, mail.sent_or_received) == (
			"Our offer",
			"ada@example.com",
			"Sent",
		)
		assert [m.name for m in sent] == [mail.name]

	def test_without_a_mail_account_nothing_is_said_to_be_sent(self, deal, people, as_user):
		frappe.db.set_value("Email Account", {"enable_outgoing": 1}, "enable_outgoing", 0)
		frappe.local.outgoing_email_account = {}
		with as_user(people.seller):
			doc = quotation_approval.submit(q.offer(deal))
			with pytest.raises(SPMError, match="copy the link"):
				quotation_customer.send(doc)
		assert frappe.db.get_value("SPM Quotation", doc.name, "status") == "Approved"


class TestReports:
	def run(self, name, **filters):
		from frappe.desk.query_report import run

		return run(name, filters)

	def test_states_count_the_newest_versions_the_user_may_see(self, people, as_user):
		a, b = q.make_deal(people.seller), q.make_deal(people.rival)
		with as_user(people.rival):
			q.offer(b)
		with as_user(people.seller):
			doc, _token = q.sent(a)
			quotation_customer.accept(quotation_approval.submit(quotation_versions.new_version(doc)), "Ada")
			q.offer(a)
			found = self.run("SPM Quotations by State")
			by_state = {row["key"]: row for row in found["result"]}
		assert {key: row["number"] for key, row in by_state.items()} == {"Accepted": 1, "Draft": 1}
		assert (by_state["Accepted"]["accepted_value"], by_state["Accepted"]["rate"]) == (1000, 100)
		with as_user(people.pm):
			assert self.run("SPM Quotations by State")["result"] == []
		with as_user(make_user("SPM Marketing User")), pytest.raises(frappe.PermissionError):
			self.run("SPM Quotations by State")

	@pytest.mark.parametrize("group_by", ["Salesperson", "Customer", "Month"])
	def test_states_by_other_groups(self, deal, people, as_user, group_by):
		with as_user(people.seller):
			q.offer(deal)
			rows = self.run("SPM Quotations by State", group_by=group_by)["result"]
		assert [(row["number"], row["value"]) for row in rows] == [(1, 1000)]

	def test_discounts_against_the_list_and_margin_only_for_who_may(self, people, as_user):
		product = make_product(list_price=100, cost=50)
		deal = q.make_deal(people.seller, {"product": product.name, "qty": 10, "rate": 95})
		with as_user(people.seller):
			q.sent(deal, discount_value=2)
			found = self.run("SPM Discount Analysis")
			row = found["result"][0]
			assert (row["listed"], row["net"], row["given"], row["percent"]) == (1000, 931, 69, 6.9)
			assert "margin" not in frappe.as_json(found["columns"]).lower()
			assert row["margin"] is None
			by_product = self.run("SPM Discount Analysis", group_by="Product")["result"]
			assert [(r["key"], r["given"]) for r in by_product] == [(product.name, 69)]
		with as_user(people.executive):
			found = self.run("SPM Discount Analysis", customer=deal.customer)
		assert found["result"][0]["margin"] == 431
		assert any(column["fieldname"] == "margin_percent" for column in found["columns"])


def test_the_customer_s_history_tells_of_offers(site, as_user):
	from sales_crm_pm.insight import timeline

	q.standard_limits()
	seller = make_user(q.SELLER)
	deal = q.make_deal(seller)
	with as_user(seller):
		doc, _token = q.sent(deal)
		quotation_customer.accept(doc, "Ada Stone")
		rows = timeline.page(deal.customer, 0, 50)["rows"]
	kinds = {row["kind"]: row for row in rows if row["doctype"] == "SPM Quotation"}
	assert {"quotation_sent", "quotation_accepted"} <= set(kinds)
	assert kinds["quotation_accepted"]["text"] == "Ada Stone"


class TestPortal:
	def test_a_logged_in_contact_finds_the_offer_and_colleagues_only_where_prices_are_shown(
		self, people, as_user
	):
		deal = q.make_deal(people.seller)
		ada = make_user("SPM Customer User", user_type="Website User")
		bob = make_user("SPM Customer User", user_type="Website User")
		frappe.db.set_value("Contact", deal.contacts[0].contact, "user", ada)
		customer = frappe.get_doc("SPM Customer", deal.customer)
		customer.append("portal_users", {"user": bob})
		customer.save()
		with as_user(people.seller):
			doc, token = q.sent(deal)
			q.offer(deal)
		frappe.db.set_single_value("SPM Settings", {"portal_enabled": 1, "portal_show_price": 0})
		with as_user(ada):
			found = quotations.waiting()
		assert [(row["number"], row["link"].rsplit("/", 1)[-1]) for row in found] == [(doc.name, token)]
		with as_user(bob):
			assert quotations.waiting() == []
			frappe.db.set_single_value("SPM Settings", "portal_show_price", 1)
			assert len(quotations.waiting()) == 1
		stranger = make_user("SPM Customer User", user_type="Website User")
		with as_user(stranger):
			assert quotations.waiting() == []
		frappe.db.set_value("SPM Quotation", doc.name, "valid_until", add_days(getdate(), -1))
		with as_user(ada):
			assert quotations.waiting() == []


def test_margin_is_not_found_out_by_filter_sort_or_report(site, as_user):
	q.standard_limits()
	seller = make_user(q.SELLER)
	q.offer(q.make_deal(seller, {"product": make_product(cost=41).name, "qty": 1, "rate": 100}))
	with as_user(seller):
		for secret in ("cost_base", "margin_base", "margin_percent"):
			for ask in (
				{"filters": {secret: [">", 1]}},
				{"order_by": f"{secret} desc"},
				{"group_by": secret, "fields": ["count(name) as n"]},
			):
				with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
					frappe.get_list("SPM Quotation", **ask)
		with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
			frappe.get_list("SPM Product", filters={"cost": [">", 1]})
		with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
			frappe.get_list("SPM Discount Limit", fields=["min_margin"])

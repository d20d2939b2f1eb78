"""The pipeline board: sums over all deals, first cards, paging, filters, changes, permissions, statements."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_months, getdate, today

from sales_crm_pm.api.v1 import board as api
from sales_crm_pm.api.v1 import opportunity as opportunity_api
from sales_crm_pm.exceptions import SPMError
from tests.factories import make, make_customer, make_opportunity, make_pipeline, make_user

STAGES = [
	{"stage_name": "Talk", "stage_type": "Open", "probability": 10, "max_days": 10},
	{"stage_name": "Offer", "stage_type": "Ongoing", "probability": 50},
	{"stage_name": "Won", "stage_type": "Won"},
	{"stage_name": "Lost", "stage_type": "Lost"},
	{"stage_name": "Asleep", "stage_type": "On Hold"},
]


@pytest.fixture
def road():
	pipeline, stages = make_pipeline(STAGES)
	return frappe._dict(name=pipeline.name, **{label: stage.name for label, stage in stages.items()})


def column(answer, label):
	return next(c for c in answer["columns"] if c["label"] == label)


def names(answer, label):
	return [card.name for card in column(answer, label)["cards"]]


class TestSums:
	def test_count_and_sums_are_of_all_deals_and_cards_are_paged(self, road):
		customer = make_customer().name
		for number in range(5):
			make_opportunity(pipeline=road.name, customer=customer, amount=100 * (number + 1))
		answer = api.load(pipeline=road.name, length=2)
		talk = column(answer, "Talk")
		assert (talk["count"], talk["amount"], talk["weighted"], len(talk["cards"])) == (5, 1500, 150, 2)
		assert (answer["count"], answer["amount"], answer["weighted"]) == (5, 1500, 150)
		seen = names(answer, "Talk")
		while len(seen) < 5:
			rows = api.cards(stage=road.Talk, pipeline=road.name, start=len(seen), length=2)["cards"]
			assert rows
			seen += [row.name for row in rows]
		assert len(set(seen)) == 5

	def test_foreign_deals_are_summed_in_base_currency(self, road):
		base = api.load(pipeline=road.name)["currency"]
		foreign = "EUR" if base != "EUR" else "USD"
		make_opportunity(pipeline=road.name, amount=100, currency=foreign, exchange_rate=7)
		make_opportunity(pipeline=road.name, amount=50)
		talk = column(api.load(pipeline=road.name), "Talk")
		assert talk["amount"] == 750
		assert {(card.amount, card.currency) for card in talk["cards"]} == {(100, foreign), (50, base)}

	def test_on_hold_shows_but_does_not_count_as_open(self, road):
		make_opportunity(pipeline=road.name, stage=road.Asleep)
		answer = api.load(pipeline=road.name)
		assert (answer["count"], column(answer, "Asleep")["count"]) == (0, 1)

	def test_late_ones_are_counted(self, road):
		late = make_opportunity(pipeline=road.name)
		make_opportunity(pipeline=road.name)
		late.db_set("stage_due_on", add_days(today(), -1))
		assert column(api.load(pipeline=road.name), "Talk")["late"] == 1

	def test_closed_columns_show_one_month(self, road):
		before = add_months(today(), -2)
		make_opportunity(pipeline=road.name, stage=road.Won, amount=10)
		make_opportunity(pipeline=road.name, stage=road.Won, amount=20, opened_on=before, closed_on=before)
		assert column(api.load(pipeline=road.name), "Won")["amount"] == 10
		assert column(api.load(pipeline=road.name, month=str(before)[:7]), "Won")["amount"] == 20

	def test_an_archived_stage_shows_while_deals_are_in_it(self, road):
		deal = make_opportunity(pipeline=road.name)
		frappe.get_doc("SPM Stage", road.Talk).update({"disabled": 1}).save()
		assert column(api.load(pipeline=road.name), "Talk")["archived"] is True
		opportunity_api.move(deal.name, "Offer")
		assert "Talk" not in [c["label"] for c in api.load(pipeline=road.name)["columns"]]

	def test_nothing_of_cost_or_margin(self, road):
		make_opportunity(pipeline=road.name, estimated_cost=400)
		text = frappe.as_json(api.load(pipeline=road.name))
		assert "cost" not in text and "margin" not in text


class TestFilters:
	def test_owner_month_search_and_team(self, road):
		ann, bob = make_user("SPM Sales User"), make_user("SPM Sales User")
		team = make("SPM Sales Team", team_name=frappe.generate_hash(), members=[{"user": bob}]).name
		next_month = add_months(today(), 1)
		mine = make_opportunity(pipeline=road.name, opportunity_owner=ann, expected_close_date=next_month)
		theirs = make_opportunity(pipeline=road.name, opportunity_owner=bob, title="50% off_er")
		everything = {mine.name, theirs.name}
		assert set(names(api.load(pipeline=road.name), "Talk")) == everything
		assert names(api.load(pipeline=road.name, owner=ann), "Talk") == [mine.name]
		assert names(api.load(pipeline=road.name, team=team), "Talk") == [theirs.name]
		assert names(api.load(pipeline=road.name, month=str(next_month)[:7]), "Talk") == [mine.name]
		assert names(api.load(pipeline=road.name, search="50% off_"), "Talk") == [theirs.name]
		assert names(api.load(pipeline=road.name, search="%"), "Talk") == [theirs.name]
		assert names(api.load(pipeline=road.name, search=mine.customer_name), "Talk") == [mine.name]
		assert column(api.load(pipeline=road.name, owner=ann), "Talk")["count"] == 1

	@pytest.mark.parametrize("narrow", [False, True])
	def test_the_order_is_the_same_either_way(self, road, narrow):
		"""Cards come by an index per column, or numbered when few are in question: one order for both."""
		owner = make_user("SPM Sales User")
		customer = make_customer().name
		for amount, days in ((300, 5), (100, 1), (200, 9)):
			make_opportunity(
				pipeline=road.name,
				customer=customer,
				opportunity_owner=owner,
				amount=amount,
				expected_close_date=add_days(today(), days),
				opened_on=add_days(today(), -days),
			)
		wish = {"pipeline": road.name, **({"owner": owner} if narrow else {})}

		def amounts(sort):
			return [card.amount for card in column(api.load(sort=sort, **wish), "Talk")["cards"]]

		assert amounts("close") == [100, 300, 200]
		assert amounts("amount") == [300, 200, 100]
		assert amounts("age") == [200, 300, 100]

	def test_what_is_no_filter(self, road):
		with pytest.raises(SPMError, match="no pipeline"):
			api.load(pipeline="No such pipeline")
		with pytest.raises(SPMError, match="not a month"):
			api.load(pipeline=road.name, month="soon")
		assert api.load(pipeline=road.name, sort="1; drop table")["columns"]

	def test_options(self, road):
		seller = make_user("SPM Sales User")
		found = api.options()
		assert road.name in [p["value"] for p in found["pipelines"]]
		assert seller in [p.name for p in found["owners"]]


class TestWhoSeesWhat:
	@pytest.fixture
	def deals(self, road):
		seller, rival = make_user("SPM Sales User"), make_user("SPM Sales User")
		customer = make_customer(account_manager=rival).name
		own = make_opportunity(pipeline=road.name, customer=customer, opportunity_owner=seller, amount=100)
		other = make_opportunity(pipeline=road.name, customer=customer, opportunity_owner=rival, amount=1000)
		shared = make_opportunity(
			pipeline=road.name, customer=customer, opportunity_owner=rival, amount=10, team=[{"user": seller}]
		)
		return frappe._dict(seller=seller, rival=rival, own=own.name, other=other.name, shared=shared.name)

	def test_a_salesperson_sees_and_sums_their_own(self, road, deals, as_user):
		with as_user(deals.seller):
			talk = column(api.load(pipeline=road.name), "Talk")
			assert {card.name for card in talk["cards"]} == {deals.own, deals.shared}
			assert (talk["count"], talk["amount"]) == (2, 110)
			rows = api.cards(stage=road.Talk, pipeline=road.name)["cards"]
			assert deals.other not in {row.name for row in rows}
			told = api.changes(names=[deals.other, deals.own], pipeline=road.name)
			assert [row.name for row in told["cards"]] == [deals.own]
			assert told["sums"][road.Talk].amount == 110

	@pytest.mark.parametrize("role", ["SPM Sales Manager", "SPM Executive"])
	def test_a_manager_and_an_executive_see_all(self, road, deals, as_user, role):
		with as_user(make_user(role)):
			assert column(api.load(pipeline=road.name), "Talk")["amount"] == 1110

	@pytest.mark.parametrize("role", ["SPM Delivery Member", "SPM Configurator"])
	def test_others_are_refused(self, road, deals, as_user, role):
		with as_user(make_user(role)):
			for call in (api.load, api.options):
				with pytest.raises(frappe.PermissionError):
					call()

	def test_a_document_share_shows_the_deal(self, road, deals, as_user):
		frappe.share.add("SPM Opportunity", deals.other, deals.seller, read=1)
		with as_user(deals.seller):
			assert column(api.load(pipeline=road.name), "Talk")["count"] == 3

	def test_user_permissions_of_the_admin_count(self, road, deals, as_user):
		manager = make_user("SPM Sales Manager")
		other = make_opportunity(pipeline=road.name, amount=7)
		make("User Permission", user=manager, allow="SPM Customer", for_value=other.customer)
		with as_user(manager):
			talk = column(api.load(pipeline=road.name), "Talk")
		assert ([card.name for card in talk["cards"]], talk["amount"]) == ([other.name], 7)


class TestChanges:
	def test_a_moved_card_is_told_with_the_new_sums(self, road):
		deal = make_opportunity(pipeline=road.name, amount=100)
		opportunity_api.move(deal.name, "Offer")
		told = api.changes(names=[deal.name], pipeline=road.name)
		assert told["cards"][0].stage == road.Offer
		assert (set(told["sums"]), told["sums"][road.Offer]["count"]) == ({road.Offer}, 1)

	def test_a_card_that_has_left_is_not_in_the_answer(self, road):
		deal = make_opportunity(pipeline=road.name)
		other = make_pipeline(STAGES)[0].name
		deal.pipeline = other
		deal.save()
		assert api.changes(names=[deal.name], pipeline=road.name)["cards"] == []

	def test_gates_of_every_stage_while_dragging(self, as_user):
		pipeline, stages = make_pipeline(
			[
				{"stage_name": "Talk", "stage_type": "Open"},
				{
					"stage_name": "Offer",
					"stage_type": "Ongoing",
					"required_fields": [{"fieldname": "requirement"}],
				},
				{"stage_name": "Lost", "stage_type": "Lost"},
			]
		)
		seller = make_user("SPM Sales User")
		deal = make_opportunity(pipeline=pipeline.name, opportunity_owner=seller)
		with as_user(seller):
			told = opportunity_api.gates(deal.name)
		assert told["writable"] is True
		assert told["stages"] == {stages["Offer"].name: ["Requirement"], stages["Lost"].name: []}


class TestStatements:
	@pytest.mark.parametrize("role", ["SPM Sales User", "SPM Sales Manager"])
	def test_the_number_does_not_grow_with_deals_or_stages(self, as_user, assert_query_count, role):
		user = make_user(role)
		small = make_pipeline(STAGES)[0].name
		large = make_pipeline(
			[
				*STAGES,
				*({"stage_name": f"Step {n}", "stage_type": "Ongoing", "probability": 50} for n in range(10)),
			]
		)[0].name
		customer = make_customer(account_manager=user).name
		make_opportunity(pipeline=small, customer=customer, opportunity_owner=user)
		for _ in range(30):
			make_opportunity(pipeline=large, customer=customer, opportunity_owner=user)
		with as_user(user):
			for pipeline in (small, large):
				api.load(pipeline=pipeline)
			with assert_query_count(4):
				assert api.load(pipeline=small)["count"] == 1
			with assert_query_count(4):
				assert api.load(pipeline=large)["count"] == 30


def test_days_are_dates():
	assert getdate(api.load()["closed_from"]).day == 1

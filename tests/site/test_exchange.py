"""Exchange rates: found by date, turned about, kept on the deal, by hand, missing, remembered, brought up to date."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, flt, getdate, today

from sales_crm_pm.api.v1 import currency as api
from sales_crm_pm.exceptions import ExchangeRateError
from sales_crm_pm.loop import exchange
from sales_crm_pm.loop.money import base_currency
from tests.factories import (
	make,
	make_customer,
	make_opportunity,
	make_pipeline,
	make_user,
	make_won_opportunity,
)


@pytest.fixture
def rates():
	"""Base CNY; EUR known from two days on, the other way round for GBP, nothing for CHF."""
	frappe.db.set_single_value("SPM Settings", "base_currency", "CNY")
	frappe.clear_document_cache("SPM Settings", "SPM Settings")
	frappe.db.delete("SPM Exchange Rate")
	exchange.forget_rates()
	rate("EUR", 7.5, -100)
	rate("EUR", 7.8, -10)
	make(
		"SPM Exchange Rate",
		from_currency="CNY",
		to_currency="GBP",
		valid_from=add_days(today(), -50),
		rate=0.125,
	)
	yield
	frappe.clear_document_cache("SPM Settings", "SPM Settings")


def rate(currency, value, days):
	return make(
		"SPM Exchange Rate",
		from_currency=currency,
		to_currency="CNY",
		valid_from=add_days(today(), days),
		rate=value,
	)


@pytest.mark.usefixtures("rates")
class TestFinding:
	@pytest.mark.parametrize(
		("days", "expected"), [(0, 7.8), (-10, 7.8), (-11, 7.5), (-100, 7.5), (-101, None)]
	)
	def test_the_newest_that_is_valid_on_the_day(self, days, expected):
		found = exchange.find_rate("EUR", "CNY", add_days(today(), days))
		assert (found[0] if found else None) == expected

	def test_the_other_way_round(self):
		assert exchange.find_rate("GBP", "CNY")[0] == 8
		assert exchange.find_rate("CNY", "EUR")[0] == round(1 / 7.8, 6)

	def test_one_statement_per_pair_however_many_ask(self, assert_query_count):
		exchange.find_rate("EUR", "CNY")
		with assert_query_count(0):
			for days in range(60):
				exchange.find_rate("EUR", "CNY", add_days(today(), -days))

	def test_a_new_rate_is_seen_at_once(self):
		assert exchange.find_rate("EUR", "CNY")[0] == 7.8
		rate("EUR", 8.1, 0)
		assert exchange.find_rate("EUR", "CNY")[0] == 8.1

	@pytest.mark.parametrize(
		("values", "message"),
		[
			({"from_currency": "CNY"}, "two different"),
			({"rate": 0}, "more than 0"),
			({"same_day": True}, "already"),
		],
	)
	def test_what_is_no_rate(self, values, message):
		values = dict(values)
		day = add_days(today(), -10 if values.pop("same_day", False) else 0)
		row = {"from_currency": "EUR", "to_currency": "CNY", "valid_from": day, "rate": 7, **values}
		with pytest.raises(frappe.ValidationError, match=message if "rate" not in values else None):
			make("SPM Exchange Rate", **row)


@pytest.mark.usefixtures("rates")
class TestOfADeal:
	def test_an_open_deal_takes_the_rate_of_its_opening(self):
		doc = make_opportunity(currency="EUR", amount=100, opened_on=add_days(today(), -40))
		assert (doc.exchange_rate, flt(doc.amount_base), doc.rate_by_hand) == (7.5, 750, 0)
		assert getdate(doc.rate_date) == getdate(add_days(today(), -100))

	def test_a_closed_one_that_of_its_closing(self):
		pipeline, stages = make_pipeline()
		doc = make_opportunity(
			pipeline=pipeline.name,
			stage=stages["Won"].name,
			currency="EUR",
			opened_on=add_days(today(), -90),
			closed_on=add_days(today(), -5),
		)
		assert doc.exchange_rate == 7.8

	def test_a_stored_rate_stays_when_rates_change(self):
		doc = make_opportunity(currency="EUR", amount=100)
		rate("EUR", 9, 0)
		doc.amount = 200
		doc.save()
		assert (doc.exchange_rate, flt(doc.amount_base)) == (7.8, 1560)

	def test_by_hand_it_is_marked_and_the_mark_taken_away_brings_the_day_s(self):
		doc = make_opportunity(currency="EUR", amount=100)
		doc.exchange_rate = 7
		doc.save()
		assert (doc.rate_by_hand, doc.rate_date, flt(doc.amount_base)) == (1, None, 700)
		doc.rate_by_hand = 0
		doc.save()
		assert (doc.rate_by_hand, doc.exchange_rate) == (0, 7.8)

	def test_another_currency_brings_another_rate(self):
		doc = make_opportunity(currency="EUR", amount=100)
		doc.currency = "GBP"
		doc.save()
		assert (doc.exchange_rate, flt(doc.amount_base)) == (8, 800)
		doc.currency = "CNY"
		doc.save()
		assert (doc.exchange_rate, doc.rate_date, flt(doc.amount_base)) == (1, None, 100)

	def test_a_missing_rate_names_the_pair_and_the_remedy(self):
		with pytest.raises(ExchangeRateError) as refused:
			make_opportunity(currency="CHF")
		told = str(refused.value)
		assert "CHF" in told and "CNY" in told and "list of exchange rates" in told and "by hand" in told
		assert make_opportunity(currency="CHF", exchange_rate=7.9).rate_by_hand == 1

	def test_base_currency_asks_nothing(self, assert_query_count):
		doc = make_opportunity()
		exchange.forget_rates()
		with assert_query_count(0):
			exchange.set_rate(doc)


@pytest.mark.usefixtures("rates")
class TestToday:
	def deals(self, **values):
		pipeline = make_pipeline()[0].name
		return [make_opportunity(pipeline=pipeline, currency="EUR", amount=100, **values) for _ in range(3)]

	def test_the_preview_changes_nothing(self):
		names = [doc.name for doc in self.deals()]
		rate("EUR", 8, 0)
		preview = api.outdated(names)
		assert (preview["count"], preview["before"], preview["after"]) == (3, 2340, 2400)
		assert {flt(row.new_rate) for row in preview["rows"]} == {8}
		assert set(frappe.get_all("SPM Opportunity", {"name": ["in", names]}, pluck="exchange_rate")) == {7.8}

	def test_recomputing_equals_saving(self):
		member = make_user("SPM Sales User")
		deals = self.deals(
			team=[{"user": "Administrator", "split_percent": 75}, {"user": member, "split_percent": 25}]
		)
		rate("EUR", 8, 0)
		api.recompute([doc.name for doc in deals])
		doc = frappe.get_doc("SPM Opportunity", deals[0].name)
		figures = (
			doc.exchange_rate,
			doc.amount_base,
			doc.weighted_amount,
			[row.split_amount for row in doc.team],
		)
		assert figures == (8, 800, 80, [600, 200])
		assert getdate(doc.rate_date) == getdate()
		doc.save()
		assert figures == (
			doc.exchange_rate,
			doc.amount_base,
			doc.weighted_amount,
			[row.split_amount for row in doc.team],
		)
		assert frappe.db.get_value("SPM Customer", doc.customer, "open_pipeline_base") == 800

	def test_by_hand_closed_and_base_deals_are_left_alone(self):
		by_hand = make_opportunity(currency="EUR", exchange_rate=6).name
		won = make_won_opportunity(currency="EUR").name
		home = make_opportunity().name
		rate("EUR", 8, 0)
		assert api.recompute([by_hand, won, home])["count"] == 0

	def test_a_salesperson_changes_only_what_they_may_write(self, as_user):
		seller = make_user("SPM Sales User")
		customer = make_customer(account_manager=seller).name
		own = make_opportunity(currency="EUR", opportunity_owner=seller, customer=customer).name
		others = make_opportunity(currency="EUR", customer=customer).name
		rate("EUR", 8, 0)
		with as_user(seller):
			# The other deal is visible to the account manager, but not theirs to change.
			assert [row.name for row in api.recompute([own, others])["rows"]] == [own]
		assert frappe.db.get_value("SPM Opportunity", others, "exchange_rate") == 7.8

	def test_an_executive_changes_none(self, as_user):
		with as_user(make_user("SPM Executive")), pytest.raises(frappe.PermissionError):
			api.recompute()

	def test_statements_do_not_grow_with_deals(self, assert_query_count):
		few, many = self.deals()[:1], [*self.deals(), *self.deals()]
		rate("EUR", 8, 0)
		with assert_query_count(20) as first:
			api.recompute([doc.name for doc in few])
		with assert_query_count(20) as second:
			api.recompute([doc.name for doc in many])
		assert len(second) <= len(first)

	def test_a_currency_without_rate_is_told(self):
		doc = make_opportunity(currency="CHF", exchange_rate=7.9)
		doc.db_set("rate_by_hand", 0)
		assert api.outdated([doc.name])["missing"] == ["CHF"]


def test_sums_of_the_test_site_are_in_one_currency():
	assert base_currency()

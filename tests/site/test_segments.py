"""Segments: the questions a salesperson asks, the rows they may see, and nothing that gets past either."""

from __future__ import annotations

import json
from contextlib import suppress

import frappe
import pytest
from frappe.utils import add_days, add_to_date, getdate, now_datetime

from sales_crm_pm.api.v1 import segment as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import segments
from sales_crm_pm.loop.segments.catalog import fields_of
from tests.factories import (
	make_customer,
	make_interaction,
	make_opportunity,
	make_user,
	make_won_opportunity,
	unique,
)
from tests.factories_delivery import make_project, make_task
from tests.factories_keep import condition, definition, make_segment

LATE = condition("SPM Project", ("is_late", "yes"))
OVERDUE = condition("SPM Task", ("is_overdue", "yes"))


def fitting(*conditions, user="Administrator", match="all", only=None):
	"""Names of the customers that fit, among `only` when given."""
	names = {row[0] for row in segments.matching(definition(*conditions, match=match), user).run()}
	return names & set(only) if only is not None else names


def late_project(customer):
	project = make_project("In Progress", customer=customer)
	values = {"baseline_end_date": getdate(), "forecast_end_date": add_days(getdate(), 9)}
	frappe.db.set_value("SPM Project", project.name, values)
	return project


def overdue_task(customer):
	start, end = add_days(getdate(), -9), add_days(getdate(), -2)
	return make_task(make_project(customer=customer).name, planned_start_date=start, planned_end_date=end)


class TestQuestions:
	def test_customers_whose_project_is_late_and_who_have_an_overdue_task(self):
		both, late, overdue = (make_customer().name for _n in range(3))
		for name in (both, late):
			late_project(name)
		for name in (both, overdue):
			overdue_task(name)
		only = {both, late, overdue}
		assert fitting(LATE, OVERDUE, only=only) == {both}
		assert fitting(LATE, OVERDUE, match="any", only=only) == only
		without = condition("SPM Task", ("is_overdue", "yes"), quantifier="has_not")
		assert fitting(LATE, without, only=only) == {late}

	def test_filters_of_one_condition_speak_about_one_record(self):
		customer = make_customer().name
		make_opportunity(customer=customer, amount=500)
		make_won_opportunity(customer=customer, amount=9000)
		rich_open = condition("SPM Opportunity", ("status", "one_of", ["Open"]), ("amount", "ge", 5000))
		assert fitting(rich_open, only={customer}) == set()
		rich_won = condition("SPM Opportunity", ("status", "one_of", ["Won"]), ("amount", "ge", 5000))
		assert fitting(rich_won, only={customer}) == {customer}

	def test_counting(self):
		none, one, three = (make_customer().name for _n in range(3))
		for name, number in ((one, 1), (three, 3)):
			for _n in range(number):
				make_opportunity(customer=name)
		only = {none, one, three}

		def ask(quantifier, count):
			return fitting(condition("SPM Opportunity", quantifier=quantifier, count=count), only=only)

		assert ask("at_least", 2) == {three} and ask("at_least", 1) == {one, three}
		assert ask("at_least", 0) == only
		assert ask("at_most", 1) == {none, one} and ask("at_most", 0) == {none}
		assert ask("has", 1) == {one, three} and ask("has_not", 1) == {none}

	def test_groups_join_in_their_own_way(self):
		a, b, c = (make_customer(tier=tier).name for tier in "ABC")
		key = make_customer(tier="D", is_key_account=1).name
		question = {
			"match": "any",
			"groups": [
				{"match": "any", "conditions": [condition("SPM Customer", ("tier", "one_of", ["A", "B"]))]},
				{"match": "all", "conditions": [condition("SPM Customer", ("is_key_account", "yes"))]},
			],
		}
		found = {row[0] for row in segments.matching(question, "Administrator").run()}
		assert found & {a, b, c, key} == {a, b, key}

	def test_dates_relative_to_today(self):
		old, fresh, never = (make_customer().name for _n in range(3))
		make_interaction(customer=old, happened_on=add_to_date(now_datetime(), days=-40))
		make_interaction(customer=fresh, happened_on=add_to_date(now_datetime(), days=-3))
		only = {old, fresh, never}

		def ask(operator, value=None):
			return fitting(condition("SPM Customer", ("last_interaction_on", operator, value)), only=only)

		assert ask("not_in_last", 30) == {old} and ask("in_last", 30) == {fresh}
		assert ask("not_set") == {never} and ask("set") == {old, fresh}
		assert ask("on_or_after", str(add_days(getdate(), -3))) == {fresh}
		assert ask("on_or_before", str(add_days(getdate(), -40))) == {old}

	def test_texts_are_taken_as_they_are(self):
		percent, plain = make_customer(market_segment="50% off_"), make_customer(market_segment="500 offs")
		only = {percent.name, plain.name}

		def ask(operator, value=None):
			return fitting(condition("SPM Customer", ("market_segment", operator, value)), only=only)

		assert ask("contains", "0% o") == {percent.name}
		assert ask("contains", "off_") == {percent.name}
		assert ask("not_contains", "50%") == {plain.name}
		assert ask("is", "500 offs") == {plain.name}

	def test_is_not_of_a_customer(self):
		lost, kept = make_customer(lifecycle_stage="Lost").name, make_customer().name
		question = condition("SPM Customer", ("lifecycle_stage", "one_of", ["Lost"]), quantifier="has_not")
		assert fitting(question, only={lost, kept}) == {kept}

	def test_every_field_and_operator_of_the_catalogue_makes_valid_sql(self):
		values = {"text": "x", "choices": ["x"], "number": 1, "days": 3, "date": "2026-01-01", "": None}
		asked = 0
		for record in segments.catalog()["records"]:
			rows = [
				condition(record["doctype"], (field["name"], operator["value"], values[operator["takes"]]))
				for field in record["fields"]
				for operator in segments.catalog()["operators"][field["kind"]]
			]
			for start in range(0, len(rows), 20):
				assert fitting(*rows[start : start + 20], match="any") is not None
			asked += len(rows)
		assert asked > 400

	def test_one_statement_however_many_conditions(self, assert_query_count):
		question = definition(LATE, OVERDUE, condition("SPM Opportunity", quantifier="at_least", count=2))
		segments.matching(question, "Administrator").run()
		with assert_query_count(2):
			# One reads which record types the site has, one asks.
			segments.matching(question, "Administrator").run()


class TestRefusals:
	@pytest.mark.parametrize(
		"row",
		[
			condition("User", ("name", "contains", "a")),
			condition("", ("x", "yes")),
			condition("SPM Customer"),
			condition("SPM Customer", ("nothing", "contains", "a")),
			condition("SPM Customer", ("1=1) or (1", "contains", "a")),
			condition("SPM Customer", ("tier", "contains", "A")),
			condition("SPM Customer", ("tier", "one_of", [])),
			condition("SPM Customer", ("annual_revenue", "ge", "much")),
			condition("SPM Customer", ("last_interaction_on", "in_last", "soon")),
			condition("SPM Customer", ("last_interaction_on", "in_last", -1)),
			condition("SPM Customer", ("last_interaction_on", "on_or_after", "someday")),
			condition("SPM Customer", ("is_key_account", "or 1=1")),
			condition("SPM Survey", ("token_hash", "contains", "a")),
		],
	)
	def test_what_is_not_in_the_catalogue_is_refused(self, row):
		with pytest.raises(SPMError, match="Group 1, condition 1"):
			make_segment(row)

	@pytest.mark.parametrize(
		"text", ["{", "[]", '"x"', '{"groups": [3]}', '{"groups": [{"conditions": [3]}]}']
	)
	def test_text_that_is_no_question(self, text):
		with pytest.raises((SPMError, frappe.ValidationError)):
			segments.check(text)

	def test_too_much_is_refused(self):
		with pytest.raises(SPMError):
			segments.check(definition(*[LATE] * 21))

	@pytest.mark.parametrize(
		"poison", ["'; DROP TABLE `tabSPM Customer`; -- ", "%' OR '1'='1", "\\' OR 1=1 -- ", "{0} %s %(x)s"]
	)
	def test_values_never_become_sql(self, poison):
		name = make_customer(market_segment=poison).name
		for operator in ("is", "contains"):
			row = condition("SPM Customer", ("market_segment", operator, poison))
			assert fitting(row) == {name}
		assert fitting(condition("SPM Customer", ("tier", "one_of", [poison]))) == set()

	def test_margin_is_closed_to_whoever_may_not_read_it(self, as_user):
		row = condition("SPM Opportunity", ("expected_margin", "ge", 1))
		seller, pm = make_user("SPM Sales User"), make_user("SPM Project Manager")
		assert "expected_margin" in fields_of("SPM Opportunity", pm)
		assert "expected_margin" not in fields_of("SPM Opportunity", seller)
		with as_user(seller), pytest.raises(SPMError):
			api.preview(definition(row))
		with as_user(pm), suppress(frappe.PermissionError):
			api.preview(definition(row))


class TestPermissions:
	@pytest.fixture
	def company(self):
		seller, rival = make_user("SPM Sales User"), make_user("SPM Sales User")
		mine = make_customer(account_manager=seller, tier="A").name
		theirs = make_customer(account_manager=rival, tier="A").name
		make_opportunity(customer=theirs, opportunity_owner=rival)
		return frappe._dict(seller=seller, rival=rival, mine=mine, theirs=theirs, only={mine, theirs})

	def test_each_sees_their_own_customers_only(self, company, as_user):
		tier_a = condition("SPM Customer", ("tier", "one_of", ["A"]))
		assert fitting(tier_a, only=company.only) == company.only
		assert fitting(tier_a, user=company.seller, only=company.only) == {company.mine}
		doc = make_segment(tier_a, visibility="Everyone")
		with as_user(company.seller):
			found = api.members(doc.name, length=500)
			assert {row.name for row in found["members"]} & company.only == {company.mine}
			assert found["count"] == len(found["members"])
		with as_user(make_user("SPM Sales Manager")):
			assert {r.name for r in api.members(doc.name, length=500)["members"]} >= company.only

	def test_no_count_tells_of_customers_one_does_not_see(self, company, as_user):
		tier_a = condition("SPM Customer", ("tier", "one_of", ["A"]))
		with as_user(company.seller):
			doc = make_segment(tier_a)
			seen = api.members(doc.name)["count"]
			assert doc.member_count == seen == len(fitting(tier_a, user=company.seller))
			assert api.freeze(doc.name)["count"] == seen
		assert company.theirs not in frappe.get_all(
			"SPM Segment Member", {"segment": doc.name}, pluck="customer"
		)
		segments.refresh_counts()
		assert frappe.db.get_value("SPM Segment", doc.name, "member_count") == seen

	def test_records_one_may_not_see_do_not_count(self, company):
		has_deal = condition("SPM Opportunity")
		marketing = make_user("SPM Marketing User")
		assert fitting(has_deal, user=company.rival, only=company.only) == {company.theirs}
		assert fitting(has_deal, user=marketing, only=company.only) == set()

	def test_with_its_author_s_rights_it_counts_what_the_author_sees(self, company, as_user):
		marketing = make_user("SPM Marketing User")
		doc = make_segment(condition("SPM Opportunity"), visibility="Everyone", compute_as="Its Author")
		with as_user(marketing):
			names = {row.name for row in api.members(doc.name, length=500)["members"]}
			assert company.theirs in names
		with as_user(company.seller):
			assert not {row.name for row in api.members(doc.name, length=500)["members"]} & company.only

	def test_whoever_changes_the_conditions_becomes_the_author(self, company, as_user):
		marketing = make_user("SPM Marketing User")
		doc = make_segment(condition("SPM Opportunity"), visibility="Everyone", compute_as="Its Author")
		with as_user(marketing):
			doc = frappe.get_doc("SPM Segment", doc.name)
			doc.author = "Administrator"
			doc.definition = definition(condition("SPM Opportunity", ("status", "one_of", ["Open"])))
			doc.save()
			assert doc.author == marketing
			assert not {row.name for row in api.members(doc.name, length=500)["members"]} & company.only

	def test_private_segments_and_strangers(self, company, as_user):
		with as_user(company.seller):
			doc = make_segment(condition("SPM Customer", ("tier", "one_of", ["A"])))
		with as_user(company.rival):
			assert doc.name not in frappe.get_list("SPM Segment", pluck="name")
			with pytest.raises(frappe.PermissionError):
				api.members(doc.name)
		with as_user(make_user("SPM Delivery Member")), pytest.raises(frappe.PermissionError):
			api.catalog()
		with as_user(make_user("SPM Sales Manager")):
			assert doc.name in frappe.get_list("SPM Segment", pluck="name")

	def test_others_do_not_change_it(self, company, as_user):
		doc = make_segment(condition("SPM Customer", ("tier", "one_of", ["A"])), visibility="Everyone")
		with as_user(company.seller):
			with pytest.raises(frappe.PermissionError):
				api.freeze(doc.name)
			with pytest.raises(frappe.PermissionError):
				frappe.get_doc("SPM Segment", doc.name).save()


class TestMembers:
	def test_a_dynamic_segment_follows_and_a_frozen_one_does_not(self):
		tag = unique()
		first = make_customer(market_segment=tag)
		doc = make_segment(condition("SPM Customer", ("market_segment", "is", tag)))
		assert doc.member_count == 1
		assert api.freeze(doc.name) == {"segment": doc.name, "count": 1}
		second = make_customer(market_segment=tag).name
		assert [row.name for row in api.members(doc.name)["members"]] == [first.name]
		assert api.freeze(doc.name)["count"] == 2
		first.market_segment = ""
		first.save()
		assert {row.name for row in api.members(doc.name)["members"]} == {first.name, second}
		doc.reload()
		doc.members_mode = "Dynamic"
		doc.save()
		assert [row.name for row in api.members(doc.name)["members"]] == [second]

	def test_deleting_a_segment_takes_its_members_along(self):
		doc = make_segment(condition("SPM Customer", ("customer_name", "set")))
		api.freeze(doc.name)
		frappe.delete_doc("SPM Segment", doc.name)
		assert not frappe.db.count("SPM Segment Member", {"segment": doc.name})

	def test_pages(self):
		tag = unique()
		names = sorted(make_customer(market_segment=tag, customer_name=f"{tag} {n}").name for n in range(5))
		doc = make_segment(condition("SPM Customer", ("market_segment", "is", tag)))
		pages = [api.members(doc.name, start=start, length=2)["members"] for start in (0, 2, 4)]
		assert sorted(row.name for page in pages for row in page) == names

	def test_preview_counts_and_shows_the_first_few(self):
		tag = unique()
		for _n in range(10):
			make_customer(market_segment=tag)
		found = api.preview(definition(condition("SPM Customer", ("market_segment", "is", tag))))
		assert found["count"] == 10 and len(found["sample"]) == 8
		assert found["sample"][0]["customer_name"]

	def test_the_nightly_count_survives_a_segment_that_broke(self):
		tag = unique()
		broken = make_segment(condition("SPM Customer", ("market_segment", "is", tag)))
		gone = json.loads(broken.definition)
		gone["groups"][0]["conditions"][0]["filters"][0]["field"] = "no_longer_there"
		frappe.db.set_value("SPM Segment", broken.name, "definition", json.dumps(gone))
		good = make_segment(condition("SPM Customer", ("market_segment", "is", tag)))
		make_customer(market_segment=tag)
		segments.refresh_counts()
		assert frappe.db.get_value("SPM Segment", good.name, "member_count") == 1
		assert frappe.db.get_value("SPM Segment", broken.name, "member_count") == 0

	def test_an_empty_question_is_everybody_one_sees(self):
		name = make_customer().name
		assert name in fitting()

	def test_the_report_lists_what_the_user_sees(self, as_user):
		from sales_crm_pm.sales_crm_pm.report.spm_segment_customers.spm_segment_customers import execute

		tag, seller = unique(), make_user("SPM Sales User")
		mine = make_customer(market_segment=tag, account_manager=seller).name
		make_customer(market_segment=tag)
		doc = make_segment(condition("SPM Customer", ("market_segment", "is", tag)), visibility="Everyone")
		assert len(execute({"segment": doc.name})[1]) == 2
		with as_user(seller):
			assert [row["customer"] for row in execute({"segment": doc.name})[1]] == [mine]
		assert execute({})[1] == []

"""Tiers: rules without code, RFM, reasons, history, hand-set tiers; and a preview that equals what saving does."""

from __future__ import annotations

import json
import random

import frappe
import pytest
from frappe.utils import add_days, getdate

from sales_crm_pm.api.v1 import tier as api
from sales_crm_pm.exceptions import SPMError
from sales_crm_pm.loop import customer_scores, tier_preview, tiers
from sales_crm_pm.rules import rfm
from tests.factories import (
	make,
	make_customer,
	make_interaction,
	make_opportunity,
	make_user,
	make_won_opportunity,
	unique,
)

BIG = [["SPM Customer", "won_amount_base", ">=", 1000]]


@pytest.fixture(autouse=True)
def rules_only():
	"""Tiers by rules, without the rules the site happens to have."""
	frappe.db.delete("SPM Tier Rule")
	settings(tier_method="Rules", tier_a_from=70, tier_b_from=40, tier_c_from=15)


def settings(**values):
	frappe.db.set_single_value("SPM Settings", values)
	frappe.clear_document_cache("SPM Settings", "SPM Settings")


def rule(**values):
	values.setdefault("rule_name", unique("Rule "))
	values.setdefault("conditions", BIG)
	if values.get("effect", "Points") == "Points":
		values.setdefault("points", 50)
	values["conditions"] = json.dumps(values["conditions"])
	return make("SPM Tier Rule", **values)


def customer(**figures):
	"""A customer with figures as deals and projects would have made them."""
	name = make_customer().name
	if figures:
		frappe.db.set_value("SPM Customer", name, figures, update_modified=False)
	return name


def state(name):
	return frappe.db.get_value("SPM Customer", name, ["tier", "tier_reason", "tier_locked"], as_dict=True)


def tier(name):
	return state(name).tier or ""


class TestRules:
	def test_saving_a_rule_gives_everybody_the_tier_reason_and_history(self):
		rich, poor = customer(won_amount_base=5000), customer()
		saved = rule(rule_name="Big spender", points=75)
		assert (tier(rich), tier(poor)) == ("A", "D")
		assert state(rich).tier_reason == "75 points: Big spender +75. Tier A begins at 70 points."
		assert state(poor).tier_reason == "No rule applies, so the customer has no points."
		move = frappe.get_last_doc("SPM Tier Change", filters={"customer": rich})
		assert (move.from_tier, move.to_tier, move.event, move.changed_by) == (
			"",
			"A",
			"Rules Changed",
			"Administrator",
		)
		saved.enabled = 0
		saved.save()
		assert tier(rich) == "D"
		saved.enabled = 1
		saved.save()
		saved.delete()
		assert tier(rich) == "D"
		assert frappe.db.count("SPM Tier Change", {"customer": rich}) == 4

	def test_a_direct_tier_beats_points(self):
		name = customer(won_amount_base=5000, is_key_account=0)
		rule(points=90)
		rule(
			rule_name="Bad payer", effect="Tier", tier="D", conditions=[["SPM Customer", "won_count", "=", 0]]
		)
		assert tier(name) == "D"
		assert state(name).tier_reason == "The rule “Bad payer” gives tier D."

	def test_conditions_all_have_to_hold_and_points_may_be_negative(self):
		name = customer(won_amount_base=5000, late_projects=2)
		rule(points=50)
		rule(points=-20, conditions=[["SPM Customer", "late_projects", ">", 1], *BIG])
		rule(points=50, conditions=[["SPM Customer", "late_projects", ">", 9], *BIG])
		assert tier(name) == "C"

	def test_team_tags_and_dates_can_be_asked_about(self):
		seller = make_user("SPM Sales User")
		name = make_customer(team=[{"user": seller}]).name
		frappe.get_doc("SPM Customer", name).add_tag("vip")
		rule(points=30, conditions=[["SPM Customer Member", "user", "=", seller]])
		rule(points=30, conditions=[["SPM Customer", "_user_tags", "like", "%vip%"]])
		rule(points=30, conditions=[["SPM Customer", "creation", "Timespan", "last month"]])
		assert tier(name) == "B"

	def test_a_rule_counts_only_in_its_time(self):
		name = customer(won_amount_base=5000)
		rule(points=75, valid_from=add_days(getdate(), 1))
		rule(points=75, valid_to=add_days(getdate(), -1))
		assert tier(name) in ("", "D")
		rule(points=75, valid_from=getdate(), valid_to=getdate())
		assert tier(name) == "A"

	@pytest.mark.parametrize(
		("values", "words"),
		[
			({"points": 0}, "how many points"),
			({"effect": "Tier"}, "tier"),
			({"conditions": []}, "at least one condition"),
			({"conditions": [["SPM Customer", "no_such_field", "=", 1]]}, "no field"),
			({"conditions": [["User", "name", "=", "x"]]}, "only look at customers"),
			({"conditions": [["SPM Customer", "tier", "=", "A"]]}, "cannot look at the tier"),
			({"conditions": [["SPM Customer", "won_count", "nonsense", 1]]}, "does not understand"),
			({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "end before it begins"),
		],
	)
	def test_a_rule_that_says_nothing_is_refused_with_words(self, values, words):
		with pytest.raises((SPMError, frappe.MandatoryError), match=words):
			rule(**values)

	def test_limits_in_the_wrong_order_are_refused(self):
		doc = frappe.get_doc("SPM Settings")
		doc.tier_b_from = 80
		with pytest.raises(SPMError, match="more points than B"):
			doc.save()
		doc.reload()
		doc.rfm_frequency = "5, 3, 2, 1"
		with pytest.raises(SPMError, match="from few to many"):
			doc.save()

	def test_new_limits_count_at_once(self):
		name = customer(won_amount_base=5000)
		rule(points=50)
		assert tier(name) == "B"
		doc = frappe.get_doc("SPM Settings")
		doc.tier_a_from = 50
		doc.save()
		assert tier(name) == "A"

	def test_nightly_finds_what_nobody_announced(self):
		rule(points=75)
		name = customer()
		frappe.db.set_value("SPM Customer", name, "won_amount_base", 2000, update_modified=False)
		assert customer_scores.run()["tiers"] >= 1
		assert tier(name) == "A"
		assert customer_scores.run()["tiers"] == 0, "twice does no harm"

	def test_a_win_asks_the_rules_after_the_commit(self):
		rule(points=75)
		name = make_customer().name
		frappe.db.after_commit.reset()
		frappe.local.flags.spm_tiers_waiting = None
		make_won_opportunity(customer=name, amount=3000)
		assert frappe.local.flags.spm_tiers_waiting == {name}
		tiers.apply("Figures Changed", sorted(tiers._forget_waiting()))
		assert tier(name) == "A"
		assert frappe.db.get_value("SPM Tier Change", {"customer": name}, "event") == "Figures Changed"

	def test_statements_do_not_grow_with_customers(self, assert_query_count):
		for _ in range(3):
			rule(points=10)
		few = [customer(won_amount_base=1) for _ in range(3)]
		tiers.apply("Nightly")
		frappe.db.set_value("SPM Customer", {"name": ["in", few]}, "won_amount_base", 9000)
		with assert_query_count(20) as queries:
			tiers.apply("Nightly")
		spent = len(queries)
		many = [customer() for _ in range(40)]
		tiers.apply("Nightly")
		frappe.db.set_value("SPM Customer", {"name": ["in", many]}, "won_amount_base", 9000)
		with assert_query_count(spent):
			assert tiers.apply("Nightly") == 40


class TestByHand:
	def test_a_tier_set_by_hand_stays(self, as_user):
		seller = make_user("SPM Sales User", first_name="Tom")
		name = customer(won_amount_base=5000)
		frappe.db.set_value("SPM Customer", name, "account_manager", seller, update_modified=False)
		with as_user(seller):
			doc = frappe.get_doc("SPM Customer", name)
			doc.tier = "C"
			doc.save()
		rule(points=75)
		found = state(name)
		assert (found.tier, found.tier_locked) == ("C", 1)
		assert found.tier_reason == "Set by hand by Tom."
		move = frappe.get_last_doc("SPM Tier Change", filters={"customer": name})
		assert (move.to_tier, move.event, move.changed_by) == ("C", "By Hand", seller)
		doc.reload()
		doc.tier_locked = 0
		doc.save()
		tiers.apply("Nightly")
		assert tier(name) == "A"

	def test_the_reason_cannot_be_forged(self):
		doc = make_customer(tier_reason="because", tier_facts="{}")
		assert (doc.tier_reason, doc.tier_facts) == (None, None)

	def test_without_a_method_nobody_moves(self):
		settings(tier_method="By Hand")
		name = customer(won_amount_base=5000)
		rule(points=75)
		assert tiers.apply("Nightly") == 0
		assert tier(name) == ""
		doc = frappe.get_doc("SPM Customer", name)
		doc.tier = "B"
		doc.save()
		assert state(name).tier_locked == 0


class TestRFM:
	def test_few_buyers_by_fixed_limits(self):
		frappe.db.set_value("SPM Customer", {"won_count": [">", 0]}, "disabled", 1, update_modified=False)
		settings(tier_method="RFM", rfm_a_from=13, rfm_b_from=10, rfm_c_from=7)
		good = customer(won_count=9, won_amount_base=2_000_000, last_won_on=add_days(getdate(), -5))
		bad = customer(won_count=1, won_amount_base=10, last_won_on=add_days(getdate(), -900))
		never = customer()
		tiers.apply("Nightly")
		assert [tier(name) for name in (good, bad, never)] == ["A", "D", "D"]
		assert "RFM total 15: last win 5 days ago (R 5), 9 won (F 5)" in state(good).tier_reason
		assert state(never).tier_reason == "Nothing has been won yet, so there is no RFM score."

	def test_many_buyers_by_fifths_as_the_rule_says_and_scores_are_stored(self):
		frappe.db.set_value("SPM Customer", {"won_count": [">", 0]}, "disabled", 1, update_modified=False)
		settings(tier_method="RFM", rfm_a_from=13, rfm_b_from=10, rfm_c_from=7)
		luck = random.Random(4)
		facts = {}
		for _ in range(30):
			days, wins, amount = luck.randint(0, 900), luck.randint(1, 9), float(luck.randint(1, 10**6))
			name = customer(won_count=wins, won_amount_base=amount, last_won_on=add_days(getdate(), -days))
			facts[name] = rfm.Buyer(name, days, wins, amount)
		expected = rfm.scores(facts.values())
		customer_scores.run()
		for name, score in expected.items():
			row = frappe.db.get_value("SPM Customer", name, ["r_score", "f_score", "m_score", "tier"])
			assert row[:3] == tuple(score)
			assert row[3] == (
				"A" if score.total >= 13 else "B" if score.total >= 10 else "C" if score.total >= 7 else "D"
			)


class TestPreview:
	@pytest.mark.parametrize("seed", range(6))
	def test_it_equals_what_saving_does(self, seed):
		"""Random figures, rules and locks: preview a random rule, save it, and compare everything."""
		luck = random.Random(seed)
		names = [
			customer(
				won_amount_base=luck.choice([0, 500, 5000, 10**6]),
				won_count=luck.randint(0, 4),
				late_projects=luck.randint(0, 2),
				tier=luck.choice(["", "A", "B", "C", "D"]),
				tier_locked=luck.choice([0, 0, 0, 1]),
			)
			for _ in range(25)
		]
		for _ in range(luck.randint(0, 4)):
			rule(**_random_rule(luck))
		if luck.random() < 0.5:
			proposal = _random_rule(luck)
			proposal.update(doctype="SPM Tier Rule", rule_name=unique("New "), enabled=luck.choice([0, 1]))
			proposal["conditions"] = json.dumps(proposal["conditions"])
			doc = frappe.get_doc(proposal)
		else:
			doc = rule(**_random_rule(luck))
			doc.update(_random_rule(luck))
			doc.conditions = json.dumps(doc.conditions)
		before = {name: state(name) for name in names}
		seen = tier_preview.preview(rule=doc)
		assert {name: state(name) for name in names} == before, "a preview writes nothing"
		doc.save() if doc.name else doc.insert()
		moved = {
			name: (before[name].tier or "", tier(name), state(name).tier_reason)
			for name in names
			if tier(name) != (before[name].tier or "")
		}
		shown = {
			row["customer"]: (row["from"], row["to"], row["reason"])
			for row in seen["rows"]
			if row["customer"] in before
		}
		assert shown == moved
		everybody = frappe.get_all("SPM Customer", filters={"disabled": 0}, pluck="tier", limit_page_length=0)
		assert {t: n for t, n in seen["after"].items() if n} == {
			t: sum(1 for value in everybody if (value or "") == t)
			for t in {value or "" for value in everybody}
		}
		assert seen["moves"] == sum(row["count"] for row in seen["counts"])

	def test_settings_are_previewed_the_same_way(self):
		names = [
			customer(
				won_count=n,
				won_amount_base=n * 10.0**5,
				last_won_on=add_days(getdate(), -n * 60) if n else None,
			)
			for n in range(8)
		]
		rule(points=50)
		doc = frappe.get_doc("SPM Settings")
		doc.tier_method = "RFM"
		seen = tier_preview.preview(settings=doc.as_dict())
		doc.save()
		shown = {row["customer"]: row["to"] for row in seen["rows"]}
		for name in names:
			assert shown.get(name, tier(name)) == tier(name)
		assert seen["method"] == "RFM"

	def test_reasons_are_in_the_reader_s_language(self):
		name = customer(won_amount_base=5000)
		values = {
			"rule_name": "Buys again",
			"enabled": 1,
			"effect": "Points",
			"points": 75,
			"conditions": BIG,
		}
		frappe.local.lang = "zh"
		row = next(r for r in tier_preview.preview(rule=frappe._dict(values))["rows"] if r["customer"] == name)
		assert row["reason"] == "75 分：重复购买 +75。A 层从 70 分开始。"
		rule(rule_name="Buys again", points=75)
		assert tiers.reason(frappe.db.get_value("SPM Customer", name, "tier_facts")) == row["reason"]
		assert state(name).tier_reason.startswith("75 points"), "stored in the site's language"

	def test_names_of_other_teams_customers_are_not_shown_but_counted(self, as_user):
		configurator = make_user("SPM Configurator")
		customer(won_amount_base=5000)
		values = {"rule_name": "x", "enabled": 1, "effect": "Points", "points": 75, "conditions": BIG}
		with as_user(configurator):
			seen = api.preview(rule=json.dumps(values))
		assert seen["moves"] >= 1 and seen["rows"] == []

	def test_only_who_may_write_rules_previews(self, as_user):
		with as_user(make_user("SPM Sales User")), pytest.raises(frappe.PermissionError):
			api.preview(rule={"rule_name": "x"})

	def test_a_margin_cannot_be_guessed_by_a_rule(self, as_user):
		"""Who has a margin above so much would be learnt from who moves."""
		values = {
			"rule_name": "x",
			"enabled": 1,
			"effect": "Points",
			"points": 75,
			"conditions": [["SPM Customer", "clv_margin", ">", 100]],
		}
		for role in ("SPM Sales Manager", "SPM Configurator"):
			with as_user(make_user(role)), pytest.raises(frappe.PermissionError):
				api.preview(rule=values)
		with as_user(make_user("System Manager")):
			assert api.preview(rule=values)["customers"] >= 0


def _random_rule(luck):
	field, operator, value = luck.choice(
		[
			("won_amount_base", ">=", 1000),
			("won_amount_base", "<", 600),
			("won_count", "in", [1, 2]),
			("late_projects", ">", 0),
			("won_count", "between", [2, 4]),
		]
	)
	values = {"priority": luck.randint(0, 3), "conditions": [["SPM Customer", field, operator, value]]}
	if luck.random() < 0.3:
		return {**values, "effect": "Tier", "tier": luck.choice("ABCD"), "points": 0}
	return {**values, "effect": "Points", "points": luck.choice([-30, 20, 45, 80]), "tier": ""}


def test_values_and_scores_from_deals_projects_and_talks(as_user):
	name = make_customer().name
	make_won_opportunity(customer=name, amount=1000, estimated_cost=400)
	make_opportunity(customer=name, amount=500, probability=40, probability_reason="x", estimated_cost=100)
	project = make(
		"SPM Project",
		project_name="P",
		customer=name,
		project_manager="Administrator",
		price=900,
		budget_cost=500,
	)
	frappe.db.set_value("SPM Project", project.name, "status", "Closed", update_modified=False)
	for _ in range(3):
		make_interaction(customer=name, direction="Incoming")
	customer_scores.run()
	row = frappe.db.get_value(
		"SPM Customer",
		name,
		["clv_revenue", "clv_margin", "relationship_strength", "churn_risk"],
		as_dict=True,
	)
	assert (row.clv_revenue, row.clv_margin) == (1000 + 200, 400 + 160)
	assert row.relationship_strength == 35 + 9
	manager = make_user("SPM Sales Manager")
	with as_user(manager):
		doc = frappe.get_doc("SPM Customer", name)
		assert "clv_margin" not in doc.as_dict() and "clv_revenue" in doc.as_dict()

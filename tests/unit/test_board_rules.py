"""Pure rules of pipelines: what a stage wants of table rows, where a deal goes in another pipeline, shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules import split, stage_gate
from sales_crm_pm.rules.stage_gate import Stage

CONTACTS = [{"contact": "Ann", "buying_role": ""}, {"contact": "Bo", "buying_role": "Influencer"}]


class TestRequirements:
	@pytest.mark.parametrize(
		("wanted", "met"),
		[
			("amount", True),
			("requirement", False),
			("contacts", True),
			("products", False),
			("contacts.buying_role", True),
			("contacts.stance", False),
			("contacts.buying_role=Influencer", True),
			("contacts.buying_role=Decision Maker", False),
			("products.qty", False),
		],
	)
	def test_a_field_a_table_a_column_or_a_value(self, wanted, met):
		deal = {"amount": 5, "requirement": "<p> </p>", "contacts": CONTACTS, "products": []}
		assert stage_gate.is_met(wanted, deal) is met

	def test_what_is_missing_names_the_requirement_itself(self):
		here = Stage("a", position=1)
		there = Stage("b", position=2, required_fields=("amount", "contacts.buying_role=Decision Maker"))
		wants = stage_gate.missing([here, there], here, there, {"amount": 1, "contacts": CONTACTS})
		assert [(want.kind, want.name) for want in wants] == [
			("field", "contacts.buying_role=Decision Maker")
		]

	def test_parts(self):
		assert stage_gate.split_requirement("amount") == ("amount", "", "")
		assert stage_gate.split_requirement("a.b=c = d") == ("a", "b", "c = d")


class TestOtherPipeline:
	LONG = (
		Stage("L1", "Open", 1, 5, label="Account Plan"),
		Stage("L2", "Ongoing", 2, 30, label="Offer"),
		Stage("L3", "Ongoing", 3, 75, label="Negotiation"),
		Stage("LW", "Won", 4, 100, label="Award"),
		Stage("LX", "Lost", 5, 0, label="Lost"),
	)

	@pytest.mark.parametrize(
		("current", "expected"),
		[
			(Stage("x", "Ongoing", 7, 60, label="Negotiation"), "L3"),  # the same words lead
			(Stage("x", "Ongoing", 7, 40, label="Demo"), "L2"),  # else the nearest probability
			(Stage("x", "Open", 1, 50, label="Half"), "L2"),  # 20 away beats 25
			(Stage("x", "Won", 9, 100, label="Signed"), "LW"),  # a won deal stays won
			(Stage("x", "Lost", 9, 0, label="Gone"), "LX"),
			(Stage("x", "On Hold", 9, 0, label="Asleep"), None),  # there is no such stage
		],
	)
	def test_by_words_then_by_probability_never_another_status(self, current, expected):
		found = stage_gate.corresponding_stage(current, self.LONG)
		assert (found.name if found else None) == expected

	@given(
		st.lists(st.floats(0, 100), min_size=1, max_size=8),
		st.sampled_from(["Open", "Ongoing"]),
		st.floats(0, 100),
	)
	def test_no_other_open_stage_is_nearer(self, chances, kind, probability):
		stages = [Stage(f"s{n}", "Ongoing", n, chance, label=f"s{n}") for n, chance in enumerate(chances)]
		found = stage_gate.corresponding_stage(Stage("x", kind, 1, probability, label="x"), stages)
		assert abs(found.probability - probability) == min(abs(chance - probability) for chance in chances)


class TestShares:
	def test_the_parts_of_an_amount(self):
		assert split.amounts(1000, [60, 40]) == [600, 400]
		assert split.amounts(100, [33.3, 33.3, 33.4]) == [33.3, 33.3, 33.4]
		assert split.amounts(0.05, [50, 50]) == [0.03, 0.02]
		assert split.amounts(100, [0, 0]) == [0, 0]
		assert split.amounts(100, []) == []

	@pytest.mark.parametrize(
		("percents", "whole"),
		[([100], True), ([33.33, 33.33, 33.33], True), ([60, 39], False), ([60, 41], False), ([], False)],
	)
	def test_a_whole_up_to_rounding(self, percents, whole):
		assert split.is_whole(percents) is whole

	@given(
		st.decimals(0, 10**9, places=2),
		st.lists(st.floats(0.1, 100), min_size=1, max_size=12),
	)
	def test_the_parts_add_up_to_the_last_cent(self, total, percents):
		parts = split.amounts(float(total), percents)
		assert round(sum(parts), 2) == float(total)
		assert all(part >= 0 for part in parts)

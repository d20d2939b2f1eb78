"""Totals of quotations, prices and approval limits: worked examples, then properties that hold for any values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sales_crm_pm.rules import money, pricing, quotation
from sales_crm_pm.rules.pricing import DISCOUNT, MARGIN, Limit, Price
from sales_crm_pm.rules.quotation import Line


def exact(value: float) -> Decimal:
	return Decimal(repr(value))


def numbers(high: float, places: int):
	return st.floats(min_value=0, max_value=high, allow_nan=False).map(lambda x: round(x, places))


lines = st.lists(
	st.builds(
		Line,
		qty=numbers(1e3, 3),
		rate=numbers(1e5, 2),
		discount_percent=numbers(100, 2),
		periods=st.integers(1, 36),
		list_rate=numbers(1e5, 2),
		tax=st.sampled_from(["", "VAT", "VAT low"]),
		tax_rate=st.sampled_from([0, 6, 7.7, 13, 19]),
		tax_included=st.booleans(),
		optional=st.booleans(),
		unit_cost=numbers(1e4, 2),
	),
	max_size=8,
)


class TestTotals:
	def test_a_worked_example(self):
		found = quotation.compute(
			[
				Line(qty=1, rate=300_000, tax="VAT 13%", tax_rate=13),
				Line(qty=20, rate=3_000, discount_percent=10, tax="VAT 6%", tax_rate=6),
				Line(qty=1, rate=80_000, optional=True, tax="VAT 13%", tax_rate=13),
			],
			discount_value=5,
		)
		assert [line.amount for line in found.lines] == [300_000, 54_000, 80_000]
		assert (found.subtotal, found.discount, found.net) == (354_000, 17_700, 336_300)
		assert [(row.tax, row.net, row.amount) for row in found.taxes] == [
			("VAT 13%", 285_000, 37_050),
			("VAT 6%", 51_300, 3_078),
		]
		assert (found.tax, found.total) == (40_128, 376_428)
		assert found.lines[2].net == 0
		assert found.list_total == 360_000
		assert found.discount_percent == pytest.approx(6.5833, abs=1e-4)

	def test_tax_within_the_price_is_taken_out_of_it(self):
		found = quotation.compute([Line(rate=113, tax="VAT", tax_rate=13, tax_included=True)])
		assert (found.net, found.tax, found.total) == (100, 13, 113)

	def test_a_third_of_a_cent_goes_to_one_line_only(self):
		found = quotation.compute([Line(rate=10)] * 3, discount_type="Amount", discount_value=0.01)
		assert [line.net for line in found.lines] == [9.99, 10, 10]

	def test_a_currency_without_cents_stays_without(self):
		found = quotation.compute([Line(rate=999, tax="JCT", tax_rate=10)], precision=0)
		assert (found.net, found.tax, found.total) == (999, 100, 1099)

	def test_a_lower_rate_than_the_list_s_is_a_discount(self):
		assert quotation.compute([Line(rate=80, list_rate=100)]).discount_percent == 20
		assert quotation.compute([Line(rate=120, list_rate=100)]).discount_percent == 0

	def test_a_monthly_fee_counts_for_every_month(self):
		assert quotation.compute([Line(qty=2, rate=50, periods=12)]).net == 1200

	def test_margin_is_what_is_left_in_base_currency_and_unknown_without_cost(self):
		found = quotation.compute([Line(qty=2, rate=100, unit_cost=500)], exchange_rate=7)
		assert (found.net_base, found.cost_base, found.margin_base) == (1400, 1000, 400)
		assert found.margin_percent == pytest.approx(28.57)
		assert quotation.compute([Line(rate=100)]).margin_base == 0

	@pytest.mark.parametrize(
		"wrong",
		[
			{"discount_value": -1},
			{"discount_value": 101},
			{"discount_type": "Amount", "discount_value": 100.01},
		],
	)
	def test_discounts_that_cannot_be_are_refused(self, wrong):
		with pytest.raises(ValueError, match="discount"):
			quotation.compute([Line(rate=100)], **wrong)

	@settings(max_examples=300, deadline=None)
	@given(lines, st.sampled_from([0, 2, 3]), numbers(100, 2))
	def test_never_a_stray_cent(self, rows, precision, percent):
		found = quotation.compute(rows, discount_value=percent, precision=precision)
		assert sum(exact(line.net) for line in found.lines) == exact(found.net)
		assert exact(found.net) + exact(found.tax) == exact(found.total)
		assert sum(exact(row.amount) for row in found.taxes) == exact(found.tax)
		counted = sum(
			exact(line.amount) for line, row in zip(found.lines, rows, strict=True) if not row.optional
		)
		assert counted == exact(found.subtotal)
		assert all(0 <= line.net <= line.amount for line in found.lines)
		# With tax in the price only, the customer pays exactly the discounted prices.
		if all(row.tax_included for row in rows):
			assert exact(found.total) == exact(found.subtotal) - exact(found.discount)
		assert round(found.total, precision) == found.total

	@given(st.lists(st.integers(0, 10**9), max_size=10), st.integers(0, 10**9))
	def test_parts_add_up_and_fit(self, weights, total):
		total = min(total, sum(weights))
		parts = quotation.allocate(total, weights)
		assert sum(parts) == total
		assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))

	@settings(max_examples=300, deadline=None)
	@given(lines, numbers(100, 2))
	def test_an_accepted_line_is_worth_the_same_in_the_deal(self, rows, percent):
		found = quotation.compute(rows, discount_value=percent)
		for row, result in zip(rows, found.lines, strict=True):
			if row.optional:
				continue
			line = quotation.as_deal_line(
				row.qty, row.periods, row.rate, result.net, row.tax_rate, row.tax_included
			)
			assert money.line_amount(line) == result.net


class TestDifference:
	def test_lines_are_paired_by_product_not_by_place(self):
		old = [{"key": "A", "qty": 1}, {"key": "B", "qty": 1}, {"key": "C", "qty": 1}]
		new = [{"key": "B", "qty": 2}, {"key": "A", "qty": 1}, {"key": "D", "qty": 1}]
		found = quotation.difference(old, new)
		assert [(row["state"], (row["new"] or row["old"])["key"]) for row in found] == [
			("Changed", "B"),
			("Same", "A"),
			("Added", "D"),
			("Removed", "C"),
		]


class TestPrices:
	PRICES = (
		Price("CNY", 100),
		Price("CNY", 90, date(2026, 1, 1)),
		Price("CNY", 80, date(2026, 1, 1), min_qty=10),
		Price("CNY", 60, date(2025, 1, 1), min_qty=50),
		Price("USD", 15, valid_to=date(2026, 6, 30)),
	)

	@pytest.mark.parametrize(
		("currency", "day", "qty", "rate"),
		[
			("CNY", date(2024, 5, 1), 1, 100),
			("CNY", date(2025, 5, 1), 60, 60),
			("CNY", date(2026, 5, 1), 1, 90),
			("CNY", date(2026, 5, 1), 10, 80),
			("CNY", date(2026, 5, 1), 60, 80),
			("USD", date(2026, 5, 1), 1, 15),
			("USD", date(2026, 7, 1), 1, None),
			("EUR", date(2026, 5, 1), 1, None),
		],
	)
	def test_the_newest_list_and_the_best_break(self, currency, day, qty, rate):
		assert pricing.pick_price(self.PRICES, currency, day, qty) == rate


class TestApproval:
	LIMITS = (
		Limit("Seller", DISCOUNT, 10, "Manager", 1, role="Seller"),
		Limit("Manager", DISCOUNT, 20, "Executive", 2, role="Manager"),
		Limit("All", DISCOUNT, 30, "Executive", 2),
		Limit("Big", DISCOUNT, 5, "Manager", 1, from_amount=1_000_000),
		Limit("Tier A", DISCOUNT, 25, "Manager", 1, role="Seller", tier="A"),
		Limit("Margin", MARGIN, 15, "Executive", 2),
	)

	def need(self, roles, discount=0.0, amount=1000, tier="", margin=None):
		return pricing.approval_needed(
			self.LIMITS,
			roles=roles,
			tier=tier,
			amount_base=amount,
			discount_percent=discount,
			margin_percent=margin,
		)

	def test_at_the_limit_nobody_is_asked(self):
		assert self.need({"Seller"}, 10) is None
		assert self.need({"Seller"}, 10.0001).approver_role == "Manager"

	def test_the_higher_role_may_do_more(self):
		assert self.need({"Seller", "Manager"}, 15) is None
		assert self.need({"Seller", "Manager"}, 21).approver_role == "Executive"

	def test_the_highest_limit_broken_decides_and_all_are_named(self):
		need = self.need({"Seller"}, 40)
		assert (need.approver_role, need.level) == ("Executive", 2)
		assert [limit.title for limit in need.limits] == ["All", "Seller"]

	def test_large_offers_are_looked_at_earlier(self):
		assert self.need({"Seller"}, 6) is None
		assert self.need({"Seller"}, 6, amount=1_000_000).limits[0].title == "Big"

	def test_a_thin_margin_is_for_the_executive_and_an_unknown_one_for_nobody(self):
		assert self.need({"Seller"}, 0, margin=14.99).approver_role == "Executive"
		assert self.need({"Seller"}, 0, margin=15) is None
		assert self.need({"Seller"}, 0, margin=None) is None

	def test_a_limit_of_another_tier_does_not_bind(self):
		titles = {limit.title for limit in self.need({"Seller"}, 26, tier="B").limits}
		assert titles == {"Seller"}
		assert {limit.title for limit in self.need({"Seller"}, 26, tier="A").limits} == {"Seller", "Tier A"}

	@given(numbers(100, 2), numbers(100, 2))
	def test_a_larger_discount_never_needs_less(self, one, other):
		low, high = sorted((one, other))
		levels = [
			need.level if need else 0 for need in (self.need({"Seller"}, low), self.need({"Seller"}, high))
		]
		assert levels[0] <= levels[1]

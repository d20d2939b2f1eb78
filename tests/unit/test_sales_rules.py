"""Sales arithmetic and the stage gate: worked examples, then properties that hold for any values."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules import money, sales, stage_gate
from sales_crm_pm.rules.stage_gate import ChecklistRow, Missing, Stage

amounts = st.floats(min_value=0, max_value=1e9, allow_nan=False).map(lambda x: round(x, 2))
percents = st.floats(min_value=0, max_value=100, allow_nan=False).map(lambda x: round(x, 2))
lines = st.builds(
	money.Line,
	qty=st.floats(min_value=0, max_value=1e4, allow_nan=False).map(lambda x: round(x, 3)),
	rate=st.floats(min_value=0, max_value=1e5, allow_nan=False).map(lambda x: round(x, 2)),
	discount_percent=percents,
)


class TestMoney:
	def test_a_half_cent_is_rounded_away_from_zero(self):
		assert money.rounded(2.675) == 2.68  # binary rounding would give 2.67
		assert money.rounded(-2.675) == -2.68
		assert money.rounded(None) == 0

	def test_a_line_is_quantity_times_rate_less_discount(self):
		assert money.line_amount(money.Line(3, 99.99, 10)) == 269.97

	@pytest.mark.parametrize("discount", [-1, 100.01])
	def test_a_discount_outside_0_to_100_is_refused(self, discount):
		with pytest.raises(ValueError, match="between 0 and 100"):
			money.line_amount(money.Line(1, 100, discount))

	def test_lines_without_price_leave_the_typed_amount_alone(self):
		assert money.lines_total([money.Line(5, 0), money.Line(1, 0)]) is None
		assert money.lines_total([]) is None
		assert money.lines_total([money.Line(5, 0), money.Line(1, 20)]) == 20

	def test_weighted_pipeline_of_the_specification(self):
		total = money.weighted(100_000, 50, "Open") + money.weighted(40_000, 25, "Open")
		assert total == 60_000

	@pytest.mark.parametrize(
		("status", "expected"), [("Open", 500), ("Won", 500), ("Lost", 0), ("On Hold", 0)]
	)
	def test_lost_and_paused_deals_weigh_nothing(self, status, expected):
		assert money.weighted(1000, 50, status) == expected

	def test_a_missing_rate_counts_as_one(self):
		assert money.to_base(100, None) == money.to_base(100, 0) == money.to_base(100, 1) == 100

	def test_margin_needs_a_cost(self):
		assert money.margin(365_000, 190_615.87) == 174_384.13
		assert money.margin(1000, 0) == money.margin(1000, None) == 0

	@given(lines)
	def test_a_line_never_exceeds_its_gross_amount(self, line):
		gross = money.rounded(line.qty * line.rate)
		assert 0 <= money.line_amount(line) <= gross + 0.01

	@given(st.lists(lines, max_size=8))
	def test_the_total_is_the_sum_of_the_shown_amounts(self, rows):
		total = money.lines_total(rows)
		shown = sum((Decimal(repr(money.line_amount(r))) for r in rows), Decimal())
		if any(r.rate for r in rows):
			assert abs(Decimal(repr(total)) - shown) < Decimal("0.01")
		else:
			assert total is None

	@given(
		amounts,
		st.floats(allow_nan=False, allow_infinity=False),
		st.sampled_from(["Open", "Won", "Lost", "On Hold"]),
	)
	def test_weighting_stays_between_nothing_and_everything(self, amount, probability, status):
		assert 0 <= money.weighted(amount, probability, status) <= amount + 0.01

	@given(amounts)
	def test_rounding_twice_changes_nothing(self, amount):
		assert money.rounded(money.rounded(amount)) == money.rounded(amount)


class TestDurations:
	def test_days_between(self):
		start = datetime(2026, 1, 1, 12)
		assert sales.days_between(start, start + timedelta(days=2, hours=6)) == 2.25
		assert sales.days_between(start, start - timedelta(days=1)) == 0
		assert sales.days_between(None, start) == 0

	def test_sales_cycle(self):
		assert sales.sales_cycle_days(date(2026, 1, 1), date(2026, 3, 2)) == 60
		assert sales.sales_cycle_days(date(2026, 1, 1), date(2025, 12, 1)) == 0
		assert sales.sales_cycle_days(date(2026, 1, 1), None) is None

	def test_a_planned_talk_has_no_delay(self):
		now = datetime(2026, 1, 1, 12)
		assert sales.logged_delay_hours(now - timedelta(hours=3, minutes=30), now) == 3.5
		assert sales.logged_delay_hours(now + timedelta(days=1), now) == 0


class TestLifecycle:
	@pytest.mark.parametrize(
		("stage", "has_open", "has_won", "expected"),
		[
			("Prospect", False, False, "Prospect"),
			("Prospect", True, False, "Following"),
			("Prospect", False, True, "Converted"),
			("Following", False, False, "Following"),
			("Following", True, True, "Converted"),
			("Converted", True, False, "Converted"),
			("Maintained", True, True, "Maintained"),
			("Dormant", False, True, "Dormant"),
			("Dormant", True, True, "Converted"),
			("Lost", True, False, "Following"),
			("", False, False, "Prospect"),
		],
	)
	def test_steps(self, stage, has_open, has_won, expected):
		assert sales.lifecycle_after(stage, has_open=has_open, has_won=has_won) == expected

	@given(st.sampled_from(sales.LIFECYCLE), st.booleans(), st.booleans())
	def test_an_awake_customer_never_falls_back(self, stage, has_open, has_won):
		after = sales.lifecycle_after(stage, has_open=has_open, has_won=has_won)
		assert sales.LIFECYCLE.index(after) >= sales.LIFECYCLE.index(stage)

	@given(st.text(max_size=10), st.booleans(), st.booleans())
	def test_the_step_is_stable(self, stage, has_open, has_won):
		once = sales.lifecycle_after(stage, has_open=has_open, has_won=has_won)
		assert sales.lifecycle_after(once, has_open=has_open, has_won=has_won) == once

	def test_health(self):
		judge = lambda **kw: sales.customer_health(  # noqa: E731
			**{"active_projects": 1, "red_projects": 0, "amber_projects": 0, "csat_avg": None, **kw}
		)
		assert judge(active_projects=0) == ""
		assert judge() == "Green"
		assert judge(amber_projects=1) == "Amber"
		assert judge(amber_projects=1, red_projects=1) == "Red"
		assert judge(active_projects=0, csat_avg=2) == "Red"
		assert judge(csat_avg=3.5) == "Amber"
		assert judge(csat_avg=4) == "Green"


def road(*names: str, **fields: tuple[str, ...]) -> list[Stage]:
	"""A pipeline of ongoing stages in this order, then On Hold, Won and Lost."""
	stages = [Stage(n, "Ongoing", i, required_fields=fields.get(n, ())) for i, n in enumerate(names, 1)]
	for kind in ("On Hold", "Won", "Lost"):
		stages.append(
			Stage(kind, kind, len(stages) + 1, required_fields=fields.get(kind.replace(" ", ""), ()))
		)
	return stages


def named(stages: list[Stage], name: str) -> Stage:
	return next(s for s in stages if s.name == name)


class TestStageGate:
	stages = road("A", "B", "C", B=("requirement",), C=("amount",), Won=("contract_no",))

	def missing(self, current, target, values=None, rows=()):
		current = named(self.stages, current) if current else None
		return stage_gate.missing(self.stages, current, named(self.stages, target), values or {}, rows)

	def test_forward_asks_for_every_field_on_the_way(self):
		assert self.missing("A", "C") == [Missing("field", "requirement"), Missing("field", "amount")]
		assert self.missing("A", "C", {"requirement": "x", "amount": 5}) == []

	def test_back_hold_and_lost_are_free(self):
		assert self.missing("C", "A") == self.missing("A", "On Hold") == self.missing("A", "Lost") == []

	def test_a_pause_is_no_way_around(self):
		assert self.missing("On Hold", "C") == [Missing("field", "requirement"), Missing("field", "amount")]
		assert self.missing("Lost", "B") == [Missing("field", "requirement")]

	def test_winning_asks_for_the_whole_road(self):
		assert [m.name for m in self.missing("A", "Won")] == ["requirement", "amount", "contract_no"]

	def test_a_new_deal_must_have_what_its_stage_needs(self):
		assert self.missing(None, "A") == []
		assert self.missing(None, "B") == [Missing("field", "requirement")]

	def test_open_mandatory_checks_of_the_stage_hold_back(self):
		rows = [
			ChecklistRow("A", "Budget confirmed"),
			ChecklistRow("A", "Nice to have", is_mandatory=False),
			ChecklistRow("A", "Done", is_done=True),
			ChecklistRow("B", "Of a later stage"),
		]
		values = {"requirement": "x"}
		assert self.missing("A", "B", values, rows) == [Missing("check", "Budget confirmed")]
		assert self.missing("A", "Lost", values, rows) == []

	def test_from_beside_the_road_all_checks_before_the_target_count(self):
		rows = [ChecklistRow("A", "a"), ChecklistRow("B", "b"), ChecklistRow("C", "c")]
		values = {"requirement": "x", "amount": 1}
		assert [m.name for m in self.missing("On Hold", "C", values, rows)] == ["a", "b"]

	def test_staying_asks_for_nothing(self):
		assert self.missing("C", "C") == []

	@pytest.mark.parametrize(
		("value", "filled"),
		[
			(None, False),
			("", False),
			("  ", False),
			(0, False),
			([], False),
			("<div class='ql-editor'><p><br></p></div>", False),
			("<p>&nbsp;</p>", False),
			("<p>x</p>", True),
			("<p><img src='a.png'></p>", True),
			(1, True),
			([{}], True),
			(date(2026, 1, 1), True),
		],
	)
	def test_filled(self, value, filled):
		assert stage_gate.is_filled(value) is filled

	def test_a_dragged_card_goes_to_the_first_stage_of_the_column(self):
		assert stage_gate.first_stage_for_status(self.stages, "Open").name == "A"
		assert stage_gate.first_stage_for_status(self.stages, "Won").name == "Won"
		assert stage_gate.first_stage_for_status([], "Won") is None

	@given(st.data())
	def test_a_gate_that_lets_pass_once_lets_pass_with_more_filled(self, data):
		fields = ("requirement", "amount", "contract_no")
		filled = data.draw(st.sets(st.sampled_from(fields)))
		more = filled | data.draw(st.sets(st.sampled_from(fields)))
		current, target = (data.draw(st.sampled_from(["A", "B", "C", "On Hold", "Lost"])) for _ in range(2))
		wants = self.missing(current, target, dict.fromkeys(filled, "x"))
		assert set(self.missing(current, target, dict.fromkeys(more, "x"))) <= set(wants)

	@given(st.data())
	def test_filling_what_is_missing_opens_the_gate(self, data):
		names = [s.name for s in self.stages]
		current, target = data.draw(st.sampled_from([None, *names])), data.draw(st.sampled_from(names))
		rows = [ChecklistRow(n, f"check {n}") for n in names]
		wants = self.missing(current, target, {}, rows)
		values = {m.name: "x" for m in wants if m.kind == "field"}
		done = [ChecklistRow(r.stage, r.item, True, Missing("check", r.item) in wants) for r in rows]
		assert self.missing(current, target, values, done) == []

	@given(st.permutations(["A", "B", "C"]))
	def test_steps_in_any_order_never_need_less_than_the_jump(self, order):
		"""Walking to a stage over others cannot avoid what a jump to it would need."""
		jump = {m.name for m in self.missing("A", order[-1]) if m.kind == "field"}
		if order[-1] == "A":
			assert jump == set()
			return
		position, collected = "A", set()
		for step in order:
			collected |= {m.name for m in self.missing(position, step)}
			position = step
		assert jump <= collected | ({"requirement"} if order[-1] == "B" else set())

"""The sum of an estimate, and links of template tasks as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules.dependencies import LINK_TYPES, RowLink, parse_links, write_links
from sales_crm_pm.rules.estimate import CONTINGENCY, LABOUR, Line, amounts, by_role, total

money = st.floats(0, 1e6, allow_nan=False)


def test_a_worked_example():
	lines = [
		Line(LABOUR, hours=100, rate=300),
		Line("Purchase", quantity=4, unit_cost=2_500),
		Line("Travel", quantity=3, unit_cost=1_000),
		Line(CONTINGENCY, percent=10),
	]
	assert amounts(lines) == [30_000, 10_000, 3_000, 4_300]
	assert total(lines) == 47_300


@given(st.lists(st.tuples(money, money), max_size=6), st.floats(0, 50), st.floats(0, 50))
def test_contingency_never_counts_contingency(rows, one, two):
	plain = [Line(LABOUR, hours=round(h, 2), rate=round(r, 2)) for h, r in rows]
	reserve = [Line(CONTINGENCY, percent=one), Line(CONTINGENCY, percent=two)]
	base = sum(amounts(plain))
	assert total([*reserve, *plain]) == pytest.approx(total([*plain, *reserve]))
	assert total([*plain, *reserve]) == pytest.approx(base * (1 + (one + two) / 100), abs=0.02)


def test_hours_by_role():
	assert by_role([("Engineer", 8), (None, 2), ("Engineer", 4.5), ("Tester", 0)]) == {
		"Engineer": 12.5,
		"": 2,
	}


@pytest.mark.parametrize(
	("text", "links"),
	[
		("", []),
		("3", [RowLink(3, "FS", 0)]),
		("3, 4ss+2，5FF - 1", [RowLink(3, "FS", 0), RowLink(4, "SS", 2), RowLink(5, "FF", -1)]),
		("3; 3SS", [RowLink(3, "FS", 0)]),
	],
)
def test_links_are_read(text, links):
	assert parse_links(text, 1, 9) == links


@pytest.mark.parametrize("text", ["0", "10", "1", "x", "3XX", "3FS+"])
def test_what_is_no_link_is_told(text):
	with pytest.raises(ValueError):
		parse_links(text, 1, 9)


@given(
	st.lists(
		st.builds(RowLink, st.integers(2, 40), st.sampled_from(LINK_TYPES), st.integers(-20, 20)),
		unique_by=lambda link: link.number,
		max_size=8,
	)
)
def test_what_is_written_is_read_again(links):
	assert parse_links(write_links(links), 1, 40) == links

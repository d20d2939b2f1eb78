"""Repurchase, retention and churn against the numbers of the trade, and properties that hold for all."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules.retention import (
	Life,
	change,
	months_before,
	repurchase,
	retention,
	retention_rate,
	share,
)

START, END = date(2025, 3, 31), date(2026, 3, 31)
DAY = timedelta(days=1)


def test_the_numbers_of_the_trade():
	assert retention_rate(600, 620, 100) == 86.7
	assert share(41, 100) == 41.0
	assert change(23.0, 41.0) == (18.0, 78.3)
	assert retention_rate(0, 5, 5) is None and share(1, 0) is None
	assert change(None, 3) == (None, None) and change(0, 3) == (3, None)


def test_forty_one_of_a_hundred_bought_again():
	lives = {f"c{n}": Life(wins=[(date(2025, 6, 1), 10.0)]) for n in range(100)}
	for n in range(41):
		lives[f"c{n}"].wins.append((date(2026, 1, 5), 5.0))
	lives["before"] = Life(wins=[(date(2024, 1, 1), 9.0)])
	again, bought = repurchase(lives, START + DAY, END)
	assert (len(again), len(bought)) == (41, 100)


def test_whoever_bought_yesterday_had_no_time_to_buy_again():
	lives = {"old": Life(wins=[(date(2025, 6, 1), 1.0)]), "fresh": Life(wins=[(date(2026, 3, 20), 1.0)])}
	assert repurchase(lives, START + DAY, END, lag_days=30)[1] == {"old"}
	assert repurchase(lives, START + DAY, END)[1] == {"old", "fresh"}


def test_six_hundred_at_the_start_a_hundred_new():
	lives = {}
	for n in range(600):
		lives[f"o{n}"] = Life(wins=[(date(2024, 10, 1), 10.0)])
		if n < 520:
			lives[f"o{n}"].spans.append((date(2025, 9, 1), None))
	for n in range(100):
		lives[f"n{n}"] = Life(wins=[(date(2025, 12, 1), 7.0)])
	found, kinds = retention(lives, START, END, 12)
	assert (found.start, found.end, found.new, found.lost) == (600, 620, 100, 80)
	assert (found.rate, found.churn) == (86.7, 13.3)
	assert found.value_churn == 13.3
	assert sum(kind == "Lost" for kind in kinds.values()) == 80


def test_what_keeps_a_customer_alive():
	old = [(date(2024, 1, 1), 1.0)]
	assert not Life(wins=old).is_alive(END, 12)
	assert Life(wins=old, spans=[(date(2025, 1, 1), None)]).is_alive(END, 12)
	assert not Life(wins=old, spans=[(date(2025, 1, 1), END)]).is_alive(END, 12)
	assert Life(wins=[(months_before(END, 12) + DAY, 1.0)]).is_alive(END, 12)
	assert not Life(wins=[(months_before(END, 12), 1.0)]).is_alive(END, 12)
	# An open deal does not make a customer of somebody who never bought.
	assert not Life(spans=[(date(2025, 1, 1), None)]).is_alive(END, 12)


def test_coming_back_is_neither_kept_nor_lost():
	lives = {"x": Life(wins=[(date(2022, 1, 1), 1.0), (date(2026, 1, 1), 1.0)])}
	found, kinds = retention(lives, START, END, 12)
	assert kinds == {"x": "Back"} and (found.start, found.end, found.rate) == (0, 1, None)


def test_a_renewal_keeps_a_customer_but_is_no_second_purchase():
	life = Life(wins=[(date(2025, 5, 1), 5.0)], renewals=[(date(2026, 2, 1), 3.0)])
	assert repurchase({"x": life}, START + DAY, END) == (set(), {"x"})
	assert life.is_alive(date(2027, 1, 1), 12) and life.value_within(START, END) == 8.0


def test_months_end_at_the_end_of_months():
	assert months_before(date(2026, 3, 31), 1) == date(2026, 2, 28)
	assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
	assert months_before(date(2026, 1, 15), 13) == date(2024, 12, 15)


days = st.dates(date(2023, 1, 1), date(2027, 1, 1))
lives = st.dictionaries(
	st.text("abc", min_size=1, max_size=3),
	st.builds(
		Life,
		wins=st.lists(st.tuples(days, st.floats(0, 1e6)), max_size=4),
		spans=st.lists(st.tuples(days, st.none() | days), max_size=3),
	),
	max_size=12,
)


@given(lives, st.integers(1, 36))
def test_nobody_is_counted_twice_or_forgotten(found, months):
	figures, kinds = retention(found, START, END, months)
	assert figures.start + figures.new - figures.lost == figures.end
	assert figures.rate is None or (
		0 <= figures.rate <= 100 and round(figures.rate + figures.churn, 1) == 100
	)
	assert set(kinds) <= {name for name, life in found.items() if life.wins}
	assert figures.value_churn is None or 0 <= figures.value_churn <= 100


@given(lives)
def test_whoever_bought_again_bought(found):
	again, bought = repurchase(found, START + DAY, END)
	assert again <= bought

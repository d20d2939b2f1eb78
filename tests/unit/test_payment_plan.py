"""Payment plans: the sum is the contract, to the cent, whatever happens to the rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules.payment_plan import (
	Facts,
	Held,
	Part,
	PlanMismatch,
	cents,
	complete,
	in_base,
	money,
	outcome,
	percents,
	rescale,
	shares,
	take,
)

AMOUNTS = st.integers(0, 10**11).map(money)
SPLITS = st.lists(st.integers(1, 9999), min_size=1, max_size=12)


def as_percent(weights: list[int]) -> list[float]:
	whole = sum(weights)
	given = [round(w * 100 / whole, 2) for w in weights]
	given[-1] = round(100 - sum(given[:-1]), 2)
	return given


def total(amounts) -> int:
	return sum(cents(a) for a in amounts)


def test_thirty_forty_thirty():
	assert complete(1000, [Part(30), Part(40), Part(30)]) == [300.0, 400.0, 300.0]


def test_a_third_each_loses_no_cent():
	assert complete(100, [Part(33.33), Part(33.33), Part(33.34)]) == [33.33, 33.33, 33.34]
	assert complete(100, [Part(33.33)] * 3) == [33.33, 33.33, 33.34]
	assert complete(0.01, [Part(50), Part(50)]) == [0.01, 0.0]


def test_a_row_with_neither_takes_the_rest():
	assert complete(1000, [Part(amount=250.5), Part(30), Part()]) == [250.5, 300.0, 449.5]


@pytest.mark.parametrize(
	("parts", "difference"),
	[
		([Part(30), Part(40)], 300.0),
		([Part(60), Part(50)], -100.0),
		([Part(amount=999.99)], 0.01),
		([Part(amount=600), Part(), Part()], 400.0),
		([Part(amount=1200), Part()], -200.0),
		([], 1000.0),
	],
)
def test_rows_that_do_not_add_up_say_by_how_much(parts, difference):
	with pytest.raises(PlanMismatch) as e:
		complete(1000, parts)
	assert e.value.difference == difference


@given(AMOUNTS, SPLITS)
def test_percentages_always_make_the_whole(amount, weights):
	found = complete(amount, [Part(p) for p in as_percent(weights)])
	assert total(found) == cents(amount)


@given(st.lists(AMOUNTS, min_size=1, max_size=20))
def test_shown_percentages_add_up_to_one_hundred(amounts):
	found = percents(amounts)
	assert round(sum(found), 4) == (100 if total(amounts) else 0)
	assert all(p >= 0 for p in found)


@given(AMOUNTS, st.lists(st.tuples(AMOUNTS, st.booleans()), min_size=1, max_size=12))
def test_a_new_amount_of_the_contract_leaves_settled_rows_alone(amount, rows):
	held = [Held(a, fixed) for a, fixed in rows]
	try:
		found = rescale(amount, held)
	except PlanMismatch as e:
		settled = sum(cents(h.amount) for h in held if h.fixed)
		assert settled > cents(amount) or (all(h.fixed for h in held) and settled != cents(amount))
		assert cents(abs(e.difference)) == abs(cents(amount) - settled)
		return
	assert total(found) == cents(amount)
	assert all(a == h.amount for a, h in zip(found, held, strict=True) if h.fixed)
	assert all(a >= 0 for a in found)


def test_rescaling_keeps_the_proportions():
	assert rescale(2000, [Held(300), Held(400), Held(300)]) == [600.0, 800.0, 600.0]
	assert rescale(1700, [Held(300, True), Held(400), Held(300)]) == [300.0, 800.0, 600.0]
	assert rescale(30, [Held(0), Held(0), Held(0)]) == [10.0, 10.0, 10.0]


@given(AMOUNTS, st.lists(st.tuples(AMOUNTS, st.booleans()), max_size=12))
def test_taking_takes_exactly_that_or_refuses(amount, rows):
	held = [Held(a, fixed) for a, fixed in rows]
	have = sum(cents(h.amount) for h in held if not h.fixed)
	if have < cents(amount):
		with pytest.raises(PlanMismatch):
			take(amount, held)
		return
	found = take(amount, held)
	assert sum(cents(h.amount) for h in held) - total(found) == cents(amount)
	assert all(a >= 0 for a in found)


def test_the_last_open_row_gives_first():
	assert take(500, [Held(300), Held(400), Held(300, True), Held(200)]) == [300.0, 100.0, 300.0, 0.0]


@given(st.lists(AMOUNTS, min_size=1, max_size=12), st.floats(0.0001, 1000))
def test_base_amounts_add_up_to_the_contract_in_base_currency(amounts, rate):
	whole = money(round(total(amounts) * rate))
	assert total(in_base(amounts, rate, whole)) == cents(whole)


@given(AMOUNTS, SPLITS)
def test_projects_share_all_of_the_contract(amount, weights):
	found = shares(amount, [Part(p) for p in as_percent(weights)])
	assert total(a for _p, a in found) == cents(amount)
	assert round(sum(p for p, _a in found), 4) == 100


def test_projects_without_a_share_divide_the_rest():
	assert shares(1000, [Part(40), Part(), Part()]) == [(40.0, 400.0), (30.0, 300.0), (30.0, 300.0)]
	assert shares(1000, [Part(amount=250)]) == [(25.0, 250.0)]
	assert shares(1000, []) == []
	with pytest.raises(PlanMismatch):
		shares(1000, [Part(60), Part(50)])


# Dates and states
# ------------------

TODAY = date(2026, 5, 15)
DAYS = st.one_of(st.none(), st.integers(-60, 60).map(lambda n: TODAY + timedelta(days=n)))


def state(**facts):
	return outcome(Facts(amount=100, **facts), TODAY)


def test_an_agreed_date_releases_and_the_days_to_pay_run_from_it():
	waiting = state(trigger_date=date(2026, 5, 20), term_days=30)
	assert (waiting.status, waiting.due_date, waiting.released_on) == ("Not Due", date(2026, 6, 19), None)
	due = state(trigger_date=date(2026, 5, 1), term_days=30)
	assert (due.status, due.due_date, due.released_on) == ("Due", date(2026, 5, 31), date(2026, 5, 1))
	assert state(trigger_date=date(2026, 4, 1), term_days=30).status == "Overdue"


def test_a_late_milestone_is_not_the_customers_debt():
	planned = {"trigger": "Milestone", "milestone_expected": date(2026, 4, 1), "term_days": 10}
	waiting = state(milestone_status="In Progress", **planned)
	assert (waiting.status, waiting.due_date) == ("Not Due", date(2026, 4, 11))
	accepted = state(milestone_status="Accepted", milestone_accepted=date(2026, 5, 14), **planned)
	assert (accepted.status, accepted.due_date) == ("Due", date(2026, 5, 24))
	# Whatever date is left from an acceptance that was taken back does not count.
	again = state(milestone_status="Rejected", milestone_accepted=date(2026, 5, 14), **planned)
	assert again == waiting


def test_an_invoice_that_is_later_moves_the_due_date():
	facts = {"trigger_date": date(2026, 4, 1), "term_days": 30, "invoiced_on": date(2026, 5, 10)}
	assert state(**facts).due_date == date(2026, 6, 9)
	assert state(**facts).status == "Invoiced"


def test_money_decides_before_everything_but_the_contract():
	assert state(received=100, trigger_date=date(2026, 1, 1)).status == "Paid"
	assert state(received=40, trigger_date=TODAY).status == "Partly Paid"
	assert state(received=40, trigger_date=date(2026, 1, 1)).status == "Overdue"
	assert state(received=100, contract_docstatus=2).status == "Cancelled"
	assert state(received=40, contract_docstatus=0).status == "Partly Paid"
	assert state(trigger_date=date(2026, 1, 1), contract_docstatus=0).status == "Not Due"


def test_what_was_called_off_is_not_demanded_unless_it_was_invoiced():
	late = {"trigger_date": date(2026, 1, 1), "project_cancelled": True}
	assert state(**late).status == "On Hold"
	assert state(**late, invoiced_on=date(2026, 1, 5)).status == "Overdue"
	assert state(trigger="Milestone", milestone_status="Cancelled").status == "On Hold"


@given(DAYS, DAYS, DAYS, st.integers(0, 90), st.sampled_from(["Date", "Event"]), st.integers(0, 200))
def test_overdue_means_asked_for_late_and_not_paid(trigger_date, happened, invoiced, term, trigger, received):
	found = state(
		trigger=trigger,
		trigger_date=trigger_date,
		happened_on=happened,
		invoiced_on=invoiced,
		term_days=term,
		received=received,
	)
	if received >= 100:
		assert found.status == "Paid"
	elif found.status == "Overdue":
		assert found.released_on and found.due_date < TODAY
	elif found.released_on and found.due_date:
		assert found.due_date >= TODAY
	if found.status == "Not Due":
		assert not received and not invoiced and not found.released_on

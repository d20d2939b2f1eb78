"""Leads: conditions, working time, turns, scores, the pool's limits, and what a mail's signature says."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules import lead_pool, mail_signature, rotation, working_time
from sales_crm_pm.rules.conditions import Condition, all_hold, holds
from sales_crm_pm.rules.lead_score import CAP, ScoringRule, engagement, fading, rating, score
from sales_crm_pm.rules.working_time import Calendar, add_minutes, minutes_between

OFFICE = Calendar(
	{day: ((time(9), time(12)), (time(13), time(18))) for day in range(5)},
	holidays=frozenset({date(2026, 3, 4)}),
	extra_days=frozenset({date(2026, 3, 7)}),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))


class TestConditions:
	@pytest.mark.parametrize(
		("actual", "operator", "wanted", "expected"),
		[
			("Website", "=", "website ", True),
			("Website", "!=", "Referral", True),
			(None, "=", "", True),
			(None, "=", "Website", False),
			(None, "!=", "Website", True),
			("Head of Sales", "contains", "director, head", True),
			("销售总监", "contains", "总监，经理", True),
			("Retail", "is one of", "Energy, Retail", True),
			("Retail", "is none of", "Energy, Retail", False),
			(None, "is none of", "Energy", True),
			(5000, ">", "1000", True),
			(0, ">", "0", False),
			(None, "<", "5", False),
			(date(2026, 3, 1), ">=", "2026-02-28", True),
			("", "is set", "", False),
			("  ", "is not set", "", True),
			(0, "is set", "", True),
			(("Berlin", "Germany", "Europe"), "=", "germany", True),
			(("Berlin", "Germany"), "!=", "Germany", False),
			((), "is set", "", False),
		],
	)
	def test_comparisons(self, actual, operator, wanted, expected):
		assert holds(actual, operator, wanted) is expected

	def test_all_rows_must_hold_and_no_row_always_does(self):
		rows = [Condition("source", "=", "Website"), Condition("budget", ">", "10")]
		assert all_hold({"source": "Website", "budget": 11}, rows)
		assert not all_hold({"source": "Website", "budget": 10}, rows)
		assert all_hold({}, [])

	def test_an_unknown_comparison_is_an_error(self):
		with pytest.raises(ValueError, match="unknown comparison"):
			holds("a", "resembles", "b")

	@given(st.one_of(st.none(), st.text(), st.integers()), st.text())
	def test_not_is_the_opposite(self, actual, wanted):
		assert holds(actual, "=", wanted) != holds(actual, "!=", wanted)
		assert holds(actual, "is one of", wanted) != holds(actual, "is none of", wanted)
		assert holds(actual, "is set", "") != holds(actual, "is not set", "")


class TestWorkingTime:
	@pytest.mark.parametrize(
		("start", "minutes", "end"),
		[
			("2026-03-02 09:30", 60, "2026-03-02 10:30"),
			("2026-03-02 11:30", 60, "2026-03-02 13:30"),  # over lunch
			("2026-03-02 17:30", 60, "2026-03-03 09:30"),  # over night
			("2026-03-03 17:30", 60, "2026-03-05 09:30"),  # the 4th is a holiday
			("2026-03-06 17:30", 60, "2026-03-07 09:30"),  # a Saturday that is worked
			("2026-03-08 10:00", 30, "2026-03-09 09:30"),  # from a Sunday
			("2026-03-02 05:00", 0, "2026-03-02 09:00"),
		],
	)
	def test_the_end_lies_in_working_time(self, start, minutes, end):
		assert add_minutes(OFFICE, datetime.fromisoformat(start), minutes) == datetime.fromisoformat(end)

	def test_without_hours_every_minute_counts(self):
		start = datetime(2026, 3, 7, 23, 50)
		assert add_minutes(Calendar(), start, 20) == datetime(2026, 3, 8, 0, 10)
		assert minutes_between(Calendar(), start, start + timedelta(hours=2)) == 120

	def test_a_calendar_that_never_works_is_refused(self):
		closed = Calendar({0: ((time(9), time(9)),)})
		with pytest.raises(ValueError, match="no working time"):
			add_minutes(closed, datetime(2026, 3, 2), 1)

	def test_overlapping_rows_count_once(self):
		doubled = Calendar({0: ((time(9), time(12)), (time(11), time(13)))})
		assert minutes_between(doubled, datetime(2026, 3, 2), datetime(2026, 3, 3)) == 240

	def test_nothing_lies_between_an_end_and_an_earlier_start(self):
		assert minutes_between(OFFICE, datetime(2026, 3, 3), datetime(2026, 3, 2)) == 0
		assert working_time.Calendar().is_open(datetime(2026, 3, 1, 3))
		assert not OFFICE.is_open(datetime(2026, 3, 2, 12, 30)) and OFFICE.is_open(datetime(2026, 3, 2, 9))

	@given(MOMENTS, st.integers(0, 5000))
	def test_adding_and_measuring_agree(self, start, minutes):
		end = add_minutes(OFFICE, start, minutes)
		assert end >= start
		assert minutes_between(OFFICE, start, end) == pytest.approx(minutes, abs=0.001)

	@given(MOMENTS, MOMENTS, MOMENTS)
	def test_time_adds_up(self, one, two, three):
		a, b, c = sorted((one, two, three))
		whole = minutes_between(OFFICE, a, c)
		assert whole == pytest.approx(
			minutes_between(OFFICE, a, b) + minutes_between(OFFICE, b, c), abs=0.001
		)


class TestTurns:
	def test_everybody_gets_their_turn(self):
		people, turn, seen = [("a", 1), ("b", 1), ("c", 1)], -1, []
		for _n in range(6):
			person, turn = rotation.next_in_turn(people, turn, {"a", "b", "c"})
			seen.append(person)
		assert seen == ["a", "b", "c", "a", "b", "c"]

	def test_who_is_away_is_passed_over(self):
		people = [("a", 1), ("b", 1), ("c", 1)]
		assert rotation.next_in_turn(people, 0, {"a", "c"}) == ("c", 2)
		assert rotation.next_in_turn(people, 0, set()) == (None, 0)

	def test_a_share_of_two_gets_twice_as_many_spread_out(self):
		assert rotation.cycle([("a", 2), ("b", 1)]) == ["a", "b", "a"]

	@given(st.lists(st.integers(1, 4), min_size=1, max_size=6), st.integers(1, 5))
	def test_full_rounds_are_fair(self, shares, rounds):
		people = [(str(n), share) for n, share in enumerate(shares)]
		turn, seen = -1, Counter()
		for _n in range(sum(shares) * rounds):
			person, turn = rotation.next_in_turn(people, turn, {p for p, _s in people})
			seen[person] += 1
		assert seen == Counter({p: s * rounds for p, s in people})

	def test_the_least_loaded_is_next_and_equals_take_turns(self):
		people = [("a", 1), ("b", 1), ("c", 2)]
		everyone = {"a", "b", "c"}
		assert rotation.least_loaded(people, {"a": 3, "b": 1, "c": 4}, everyone, None) == "b"
		assert rotation.least_loaded(people, {"a": 1, "b": 1, "c": 2}, everyone, "a") == "b"
		assert rotation.least_loaded(people, {"a": 1, "b": 1, "c": 1}, everyone, None) == "c"
		assert rotation.least_loaded(people, {}, set(), None) is None


RULES = (
	ScoringRule("budget", "Fit", 30, (Condition("budget", ">", "0"),)),
	ScoringRule("unreachable", "Fit", -40, (Condition("mobile", "is not set"),)),
	ScoringRule("mail", "Engagement", 40, activity="Mail", half_life_days=10, max_points=60),
	ScoringRule("talk", "Engagement", 50, activity="Talk"),
)


class TestScore:
	def test_reasons_add_up(self):
		found = score(RULES, {"budget": 5, "mobile": "1"}, {"Mail": [10]})
		assert found.total == 50
		assert found.reasons == (("budget", 30), ("mail", 20))

	def test_fading_and_limit(self):
		assert fading(10, 10) == 0.5 and fading(0, 10) == 1 and fading(99, 0) == 1
		assert engagement(RULES[2], [0, 0, 0]) == 60
		assert engagement(RULES[2], [30]) == 5

	def test_above_a_hundred_and_below_zero_are_reasons_of_their_own(self):
		full = score(RULES, {"budget": 5, "mobile": "1"}, {"Mail": [0, 0], "Talk": [1]})
		assert full.total == 100 and (CAP, -40) in full.reasons
		assert score(RULES, {}, {}).total == 0

	@given(
		st.dictionaries(st.sampled_from(["budget", "mobile"]), st.integers(0, 9)),
		st.dictionaries(st.sampled_from(["Mail", "Talk"]), st.lists(st.floats(0, 400), max_size=5)),
	)
	def test_the_score_is_the_sum_of_its_reasons(self, values, activities):
		found = score(RULES, values, activities)
		assert found.total == sum(points for _name, points in found.reasons)
		assert 0 <= found.total <= 100

	def test_rating(self):
		assert [rating(n, 30, 60) for n in (29, 30, 59, 60)] == ["Cold", "Warm", "Warm", "Hot"]


class TestPool:
	TODAY = date(2026, 3, 10)

	def why(self, open_leads=0, claimed=0, lost=None):
		return lead_pool.why_not(lead_pool.Limits(3, 2, 7), self.TODAY, open_leads, claimed, lost)

	def test_limits(self):
		assert self.why() is None
		assert self.why(open_leads=2, claimed=1, lost=date(2026, 3, 3)) is None
		assert self.why(open_leads=3).limit == "max_open"
		assert self.why(claimed=2).limit == "max_per_day"
		refusal = self.why(lost=date(2026, 3, 4))
		assert (refusal.limit, refusal.until) == ("cool_down_days", date(2026, 3, 11))
		assert lead_pool.why_not(lead_pool.Limits(), self.TODAY, 999, 999, self.TODAY) is None

	def test_the_day_of_return(self):
		day = date(2026, 3, 1)
		assert lead_pool.recycle_date(day, None, 30) == date(2026, 3, 31)
		assert lead_pool.recycle_date(day, date(2026, 3, 5), 30) == date(2026, 4, 4)
		assert lead_pool.recycle_date(day, date(2026, 2, 1), 30) == date(2026, 3, 31)
		assert lead_pool.recycle_date(day, None, 0) is None and lead_pool.recycle_date(None, day, 30) is None

	@given(st.text(alphabet="+0123456789 -()", max_size=25))
	def test_a_masked_number_cannot_be_called(self, number):
		digits = sum(c.isdigit() for c in number)
		assert sum(c.isdigit() for c in lead_pool.masked_phone(number)) <= min(5, digits)

	def test_masks(self):
		assert lead_pool.masked_phone("+49 151 1234567") == "+49••••••••67"
		assert lead_pool.masked_phone("12345") == "•••••"
		assert lead_pool.masked_email("ada@byron.example.com") == "a•••@•••.com"
		assert lead_pool.masked_email("nonsense") == "•••" and lead_pool.masked_email("") == ""
		assert lead_pool.masked_name("Ada Byron") == "Ada B."
		assert lead_pool.masked_name("张三丰") == "张••"
		assert lead_pool.masked_name("Cher") == "C•••" and lead_pool.masked_name(None) == ""


ENGLISH = """<div>Dear team,<br>please send an offer for order 2026-03-04 12345678.</div>
<p>Best regards<br>Ada Byron<br>Byron Analytics Ltd.<br>Mobile: +49 (151) 123 4567<br>Tel. +49 30 555 1234
<br>Fax +49 30 555 9999</p><blockquote>Mobile: +1 555 000 1111</blockquote>"""
CHINESE = (
	"您好，\n我们想了解贵司的系统。\n\n王小明\n上海远大科技有限公司\n手机：13812345678\n电话：021-5555 1234"
)


class TestSignature:
	def test_an_english_signature(self):
		assert mail_signature.phones(ENGLISH) == ("+49 (151) 123 4567", "+49 30 555 1234")
		assert mail_signature.company(ENGLISH) == "Byron Analytics Ltd."

	def test_a_chinese_signature(self):
		assert mail_signature.phones(CHINESE) == ("13812345678", "021-5555 1234")
		assert mail_signature.company(CHINESE) == "上海远大科技有限公司"

	def test_quoted_mails_dates_and_amounts_do_not_count(self):
		text = "Our offer 2026-03-04 is over 12 345 678.\nOn Monday Ada wrote:\nMobile: +49 151 1234567"
		assert mail_signature.phones(text) == ("", "")
		assert mail_signature.lines_of(text) == ["Our offer 2026-03-04 is over 12 345 678."]

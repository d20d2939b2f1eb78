"""Pure rules about customers: lifecycle, RFM, tiers, relationship strength, churn risk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules import churn, lifecycle, relationship, rfm, tiering
from sales_crm_pm.rules.relationship import Talks
from sales_crm_pm.rules.tiering import Rule, Thresholds

LIMITS = Thresholds(70, 40, 15)


class TestLifecycle:
	@pytest.mark.parametrize(
		("stage", "has_won", "is_new", "expected"),
		[
			(None, False, True, "Following"),
			("Prospect", True, True, "Following"),
			("Converted", True, True, "Converted"),
			("Dormant", False, True, "Following"),
			("Dormant", True, True, "Maintained"),
			("Dormant", True, False, "Dormant"),
			("Lost", True, True, "Lost"),
		],
	)
	def test_talk(self, stage, has_won, is_new, expected):
		assert lifecycle.after_talk(stage, has_won=has_won, is_new=is_new) == expected

	@pytest.mark.parametrize("stage", lifecycle.STAGES)
	def test_a_delivered_project_means_maintenance_from_anywhere(self, stage):
		assert lifecycle.after_project(stage, is_finished=True) == "Maintained"
		running = lifecycle.after_project(stage, is_finished=False)
		assert running == ("Maintained" if stage == "Maintained" else "Converted")

	@pytest.mark.parametrize(
		("stage", "days", "expected"),
		[
			("Following", 179, "Following"),
			("Following", 180, "Dormant"),
			("Maintained", 500, "Dormant"),
			("Prospect", 9999, "Prospect"),
			("Dormant", 729, "Dormant"),
			("Dormant", 730, "Lost"),
			("Lost", 9999, "Lost"),
		],
	)
	def test_silence(self, stage, days, expected):
		assert lifecycle.after_silence(stage, days=days, dormant_after=180, lost_after=730) == expected
		assert lifecycle.after_silence(stage, days=days, dormant_after=0, lost_after=0) == stage


class TestRFM:
	def buyers(self, *triples):
		return [rfm.Buyer(f"c{number}", *triple) for number, triple in enumerate(triples)]

	def test_the_fixture_of_the_domain_fewer_days_score_higher(self):
		"""domain.md 5.14: days 10 < 100 → R higher, with fixed limits and with fifths."""
		few = rfm.scores(self.buyers((10, 1, 5), (100, 1, 5)))
		assert few["c0"].r > few["c1"].r
		many = rfm.scores(self.buyers((10, 1, 5), (100, 1, 5), *[(50, 1, 5)] * 30))
		assert many["c0"].r > many["c1"].r

	def test_a_hundred_different_buyers_make_five_equal_fifths(self):
		scores = rfm.scores([rfm.Buyer(str(n), n, n + 1, n * 10.0) for n in range(100)])
		for column, best in (("r", "0"), ("f", "99"), ("m", "99")):
			values = [getattr(score, column) for score in scores.values()]
			assert [values.count(score) for score in (1, 2, 3, 4, 5)] == [20] * 5
			assert getattr(scores[best], column) == 5

	def test_fewer_than_25_are_scored_by_fixed_limits(self):
		limits = rfm.Limits((730, 365, 180, 90), (2, 3, 5, 8), (50_000, 200_000, 500_000, 1_000_000))
		scores = rfm.scores(
			self.buyers((90, 8, 1_000_000), (91, 7, 999_999), (365, 3, 200_000), (731, 1, 49_999)), limits
		)
		assert list(map(tuple, scores.values())) == [(5, 5, 5), (4, 4, 4), (3, 3, 3), (1, 1, 1)]
		assert rfm.scores(self.buyers(*[(10, 1, 1)] * 24))["c0"] == (5, 1, 1)
		assert rfm.scores(self.buyers(*[(10, 1, 1)] * 25))["c0"] == (3, 3, 3)

	@given(st.lists(st.integers(-1000, 1000), min_size=25, max_size=120))
	def test_fifths_follow_the_order_and_ties_share(self, values):
		scores = rfm.fifths(values)
		assert set(scores) <= {1, 2, 3, 4, 5}
		pairs = sorted(zip(values, scores, strict=True))
		assert [score for _value, score in pairs] == sorted(scores)
		assert len({value for value, _ in pairs}) == len(set(pairs))

	@given(st.lists(st.integers(0, 10_000), min_size=25, max_size=80, unique=True))
	def test_no_fifth_is_more_than_one_too_large(self, values):
		scores = rfm.fifths(values)
		share = len(values) / 5
		assert all(abs(scores.count(score) - share) <= 1 for score in (1, 2, 3, 4, 5))


class TestTiers:
	def test_points_add_up_and_say_where_they_come_from(self):
		found = tiering.by_rules(
			[Rule("Big", points=50, priority=2), Rule("Again", points=25, priority=1)], LIMITS
		)
		assert found.tier == "A"
		assert found.facts == {
			"method": "Rules",
			"points": 75,
			"rules": [["Again", 25], ["Big", 50]],
			"tier": "A",
			"from": 70,
		}

	def test_the_first_direct_rule_decides_whatever_the_points(self):
		direct = [
			Rule("Bad payer", "Tier", tier="D", priority=2),
			Rule("Key account", "Tier", tier="A", priority=1),
			Rule("Big", points=500, priority=0),
		]
		assert tiering.by_rules(direct, LIMITS).facts == {
			"method": "Rules",
			"rule": "Key account",
			"tier": "A",
		}

	@pytest.mark.parametrize(
		("points", "tier"), [(70, "A"), (69, "B"), (40, "B"), (39, "C"), (15, "C"), (14, "D"), (-5, "D")]
	)
	def test_where_tiers_begin(self, points, tier):
		assert LIMITS.tier_of(points) == tier

	def test_nothing_matches(self):
		assert tiering.by_rules([], LIMITS).tier == "D"

	@given(st.permutations([Rule(f"r{n}", points=n * 7, priority=n % 2) for n in range(5)]))
	def test_the_order_in_which_rules_are_found_does_not_matter(self, rules):
		assert tiering.by_rules(rules, LIMITS) == tiering.by_rules(
			sorted(rules, key=lambda r: r.name), LIMITS
		)

	def test_rfm(self):
		limits = Thresholds(13, 10, 7)
		found = tiering.by_rfm(rfm.Score(5, 4, 4), limits, days=3, wins=6, amount=10.004)
		assert (found.tier, found.facts["scores"], found.facts["amount"]) == ("A", [5, 4, 4], 10.0)
		assert tiering.by_rfm(rfm.Score(2, 2, 2), limits).tier == "D"
		assert tiering.by_rfm(None, limits).tier == "D"


TALKS = st.builds(
	lambda days, count, incoming, people: Talks(days if count else None, count, min(incoming, count), people),
	st.integers(0, 180),
	st.integers(0, 60),
	st.integers(0, 60),
	st.integers(0, 12),
)


class TestRelationship:
	def test_nobody_talks(self):
		found = relationship.strength(Talks())
		assert (found.score, [factor.points for factor in found.factors]) == (0, [0, 0, 0, 0])
		assert relationship.level(0) == 0

	def test_as_good_as_it_gets(self):
		found = relationship.strength(Talks(0, 10, 5, 4))
		assert found.score == 100 == sum(relationship.MAXIMUM.values())
		assert relationship.level(100) == 4

	def test_the_points_told(self):
		found = relationship.strength(Talks(45, 5, 0, 1))
		assert {factor.code: factor.points for factor in found.factors} == {
			"recency": 18,
			"frequency": 15,
			"breadth": 5,
			"direction": 0,
		}

	@given(TALKS)
	def test_factors_sum_to_the_score_and_keep_within_their_maximum(self, talks):
		found = relationship.strength(talks)
		assert found.score == sum(factor.points for factor in found.factors)
		assert 0 <= found.score <= 100
		assert all(0 <= factor.points <= factor.maximum for factor in found.factors)

	@given(TALKS, st.integers(1, 30))
	def test_another_day_of_silence_never_helps(self, talks, more):
		if talks.days_since_last is None:
			return
		later = Talks(talks.days_since_last + more, talks.count, talks.incoming, talks.people)
		assert relationship.strength(later).score <= relationship.strength(talks).score


class TestChurn:
	def test_nobody_to_lose(self):
		assert churn.risk(churn.Signs(has_bought=False, days_silent=900)).score is None

	def test_a_happy_customer_with_a_project(self):
		signs = churn.Signs(True, 5, 40, 1, 1, 0, 4.8, 80)
		assert churn.risk(signs).score == 0

	def test_all_signs_at_once(self):
		found = churn.risk(churn.Signs(True, None, 800, 0, 0, 3, 1.0, 0))
		assert found.score == 100 == sum(churn.MAXIMUM.values())

	@given(
		st.builds(
			churn.Signs,
			has_bought=st.just(True),
			days_silent=st.none() | st.integers(0, 2000),
			days_since_win=st.none() | st.integers(0, 2000),
			open_deals=st.integers(0, 3),
			active_projects=st.integers(0, 3),
			late_projects=st.integers(0, 3),
			csat=st.none() | st.floats(1, 5),
			strength=st.integers(0, 100),
		)
	)
	def test_factors_sum_to_the_risk(self, signs):
		found = churn.risk(signs)
		assert found.score == sum(factor.points for factor in found.factors)
		assert all(0 <= factor.points <= factor.maximum for factor in found.factors)

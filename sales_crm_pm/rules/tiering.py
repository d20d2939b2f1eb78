"""Which tier a customer belongs to, and why. No frappe import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sales_crm_pm.rules.rfm import Score

TIERS = ("A", "B", "C", "D")
RULES, RFM, HAND = "Rules", "RFM", "By Hand"


@dataclass(frozen=True)
class Rule:
	"""One rule as far as its effect goes; whom it applies to is asked elsewhere."""

	name: str
	effect: str = "Points"
	points: int = 0
	tier: str = ""
	priority: int = 0


@dataclass(frozen=True)
class Thresholds:
	"""From how many points (or of the RFM total) the tiers A, B and C begin; below is D."""

	a: int
	b: int
	c: int

	def tier_of(self, points: float) -> str:
		"""The tier of so many points."""
		return "A" if points >= self.a else "B" if points >= self.b else "C" if points >= self.c else "D"

	def begin_of(self, tier: str) -> int | None:
		"""From how many points a tier begins; None for the lowest."""
		return {"A": self.a, "B": self.b, "C": self.c}.get(tier)


@dataclass(frozen=True)
class Decision:
	"""A tier with the facts it rests on, in a form that is stored and put into words of any language."""

	tier: str
	facts: dict


def in_order(rules: Iterable[Rule]) -> list[Rule]:
	"""Rules in the order in which they are looked at."""
	return sorted(rules, key=lambda rule: (rule.priority, rule.name))


def by_rules(matching: Iterable[Rule], thresholds: Thresholds) -> Decision:
	"""Tier by the rules that apply to a customer.

	The first rule that gives a tier directly decides. Otherwise the points of all are added up.
	"""
	matching = in_order(matching)
	for rule in matching:
		if rule.effect == "Tier":
			return Decision(rule.tier, {"method": RULES, "rule": rule.name, "tier": rule.tier})
	points = sum(rule.points for rule in matching)
	tier = thresholds.tier_of(points)
	return Decision(
		tier,
		{
			"method": RULES,
			"points": points,
			"rules": [[rule.name, rule.points] for rule in matching],
			"tier": tier,
			"from": thresholds.begin_of(tier),
		},
	)


def by_rfm(
	score: Score | None, thresholds: Thresholds, days: int = 0, wins: int = 0, amount: float = 0
) -> Decision:
	"""Tier by the sum of the three scores; who never bought is in the lowest.

	:param days: what the scores rest on, for the words of the reason
	"""
	if score is None:
		return Decision("D", {"method": RFM, "tier": "D"})
	tier = thresholds.tier_of(score.total)
	return Decision(
		tier,
		{
			"method": RFM,
			"tier": tier,
			"scores": list(score),
			"days": days,
			"wins": wins,
			"amount": round(float(amount), 2),
		},
	)

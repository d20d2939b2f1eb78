"""How strong a relationship is, as points that can be told one by one. No frappe import."""

from __future__ import annotations

from dataclasses import dataclass

WINDOW_DAYS = 180
"""Talks further back say nothing about how well we know somebody today."""

RECENCY, FREQUENCY, BREADTH, DIRECTION = "recency", "frequency", "breadth", "direction"
MAXIMUM = {RECENCY: 35, FREQUENCY: 30, BREADTH: 20, DIRECTION: 15}
HALF_LIFE_DAYS = 45
TALKS_FOR_FULL = 10
PEOPLE_FOR_FULL = 4


@dataclass(frozen=True)
class Talks:
	"""What is known of the talks of the last WINDOW_DAYS days.

	`people` are those on the other side for a company, and those on ours for a single person.
	"""

	days_since_last: int | None = None
	count: int = 0
	incoming: int = 0
	people: int = 0


@dataclass(frozen=True)
class Factor:
	"""One reason of a score: a code of this module, its points, the most it can give, and what was measured."""

	code: str
	points: int
	maximum: int
	value: float | None = None


@dataclass(frozen=True)
class Strength:
	"""0 to 100, the sum of its factors."""

	score: int
	factors: tuple[Factor, ...]


def strength(talks: Talks, people_for_full: int = PEOPLE_FOR_FULL) -> Strength:
	"""Score a relationship.

	:param people_for_full: how many people give the full points of breadth
	"""
	recency = (
		0
		if talks.days_since_last is None
		else round(MAXIMUM[RECENCY] * 0.5 ** (max(0, talks.days_since_last) / HALF_LIFE_DAYS))
	)
	share = talks.incoming / talks.count if talks.count else 0.0
	factors = (
		Factor(RECENCY, recency, MAXIMUM[RECENCY], talks.days_since_last),
		Factor(
			FREQUENCY, _part(talks.count, TALKS_FOR_FULL, MAXIMUM[FREQUENCY]), MAXIMUM[FREQUENCY], talks.count
		),
		Factor(
			BREADTH, _part(talks.people, people_for_full, MAXIMUM[BREADTH]), MAXIMUM[BREADTH], talks.people
		),
		# A talk both sides begin in turn is worth most; one that only we begin is no relationship yet.
		Factor(
			DIRECTION,
			round(MAXIMUM[DIRECTION] * 2 * min(share, 1 - share)),
			MAXIMUM[DIRECTION],
			round(share * 100),
		),
	)
	return Strength(sum(factor.points for factor in factors), factors)


def level(score: int) -> int:
	"""0 to 4 bars for a score, as a phone shows its signal."""
	return 0 if score <= 0 else 1 if score < 25 else 2 if score < 50 else 3 if score < 75 else 4


def _part(value: int, full: int, maximum: int) -> int:
	return round(maximum * min(value, full) / full)

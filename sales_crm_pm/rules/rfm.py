"""Recency, frequency, monetary: three scores from 1 to 5 per buying customer. No frappe import.

With enough customers each score is the fifth (quintile) the customer is in, 5 the best; for recency fewer
days are better. Equal values share a score. With few customers fifths say little, and fixed limits are used.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

SMALL = 25
"""From as many buying customers on, fifths are used."""


@dataclass(frozen=True)
class Buyer:
	"""What a customer bought: days since the last win, number of wins, their amount in base currency."""

	key: str
	days: int
	wins: int
	amount: float


@dataclass(frozen=True)
class Limits:
	"""Four numbers between the five scores, for few customers. Recency falls, the others rise."""

	recency: tuple[float, ...] = (730, 365, 180, 90)
	frequency: tuple[float, ...] = (2, 3, 5, 8)
	monetary: tuple[float, ...] = (50_000, 200_000, 500_000, 1_000_000)


class Score(NamedTuple):
	"""The three scores."""

	r: int
	f: int
	m: int

	@property
	def total(self) -> int:
		"""3 to 15."""
		return self.r + self.f + self.m


def scores(buyers: Iterable[Buyer], limits: Limits | None = None) -> dict[str, Score]:
	"""Score every buying customer among the others.

	:param limits: for fewer than SMALL customers
	:return: {key: score}
	"""
	buyers, limits = list(buyers), limits or Limits()
	if len(buyers) < SMALL:
		return {
			b.key: Score(
				by_limits(-b.days, tuple(-limit for limit in limits.recency)),
				by_limits(b.wins, limits.frequency),
				by_limits(b.amount, limits.monetary),
			)
			for b in buyers
		}
	columns = (
		fifths([-b.days for b in buyers]),
		fifths([b.wins for b in buyers]),
		fifths([b.amount for b in buyers]),
	)
	return {b.key: Score(*three) for b, *three in zip(buyers, *columns, strict=True)}


def fifths(values: list[float]) -> list[int]:
	"""The fifth each value is in, 5 the highest; equal values are in the fifth of the middle one of them."""
	ordered, count = sorted(values), len(values)
	found = {}
	for value in set(values):
		middle_twice = bisect_left(ordered, value) + bisect_right(ordered, value)
		found[value] = min(5, 1 + 5 * middle_twice // (2 * count))
	return [found[value] for value in values]


def by_limits(value: float, limits: tuple[float, ...]) -> int:
	"""1 below the first of the rising limits, one more from each limit on."""
	return 1 + sum(value >= limit for limit in limits)

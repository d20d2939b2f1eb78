"""The arithmetic of risks: score, band, expected value, trend, whether a review is due, what all may cost together.

Opportunities (chances) carry their money with the other sign: they lower what the threats of a project add.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

LOWEST, HIGHEST = 1, 5
DEFAULT_SCALE = (10.0, 30.0, 50.0, 70.0, 90.0)
"""Percent for a probability of 1 to 5."""
UP, FLAT, DOWN = "Up", "Flat", "Down"
STEPS = 1_000
"""Steps into which `exposure` divides the greatest possible sum."""


@dataclass(frozen=True)
class Band:
	"""Where a range of scores begins; it ends where the next one begins."""

	name: str
	from_score: int
	is_critical: bool = False


def score(probability: int, impact: int) -> int:
	"""Probability times impact, 0 while one of them is not known.

	:raises ValueError: when one lies outside 1 to 5
	"""
	for value in (probability, impact):
		if value and not LOWEST <= value <= HIGHEST:
			raise ValueError(f"{value} is not between {LOWEST} and {HIGHEST}")
	return (probability or 0) * (impact or 0)


def band(value: int, bands: Sequence[Band]) -> Band | None:
	"""The band a score lies in; None for no score, or one below all bands."""
	ordered = sorted(bands, key=lambda b: b.from_score)
	place = bisect_right([b.from_score for b in ordered], value) if value else 0
	return ordered[place - 1] if place else None


def ends(bands: Sequence[Band]) -> dict[str, int]:
	"""Name and last score of each band: one below the start of the next, 25 for the last."""
	ordered = sorted(bands, key=lambda b: b.from_score)
	following = [b.from_score - 1 for b in ordered[1:]] + [HIGHEST * HIGHEST]
	return {b.name: end for b, end in zip(ordered, following, strict=True)}


def worst(names: Iterable[str], bands: Sequence[Band]) -> str | None:
	"""The band with the highest scores among names; unknown names count for nothing."""
	given = set(names)
	found = [b for b in bands if b.name in given]
	return max(found, key=lambda b: b.from_score).name if found else None


def parse_scale(text: str | None) -> tuple[float, ...]:
	"""Read five rising percentages, separated by commas.

	:raises ValueError: when they are not five, do not rise, or leave 0 to 100
	"""
	if not (text or "").strip():
		return DEFAULT_SCALE
	found = tuple(float(part.strip().rstrip("%")) for part in text.replace("，", ",").split(","))
	if len(found) != HIGHEST or any(a >= b for a, b in pairwise(found)):
		raise ValueError("five rising numbers are needed")
	if found[0] < 0 or found[-1] > 100:
		raise ValueError("percentages lie between 0 and 100")
	return found


def percent(probability: int, scale: Sequence[float] = DEFAULT_SCALE) -> float:
	"""The percentage that stands for a probability of 1 to 5; 0 while it is not known."""
	return scale[probability - 1] if LOWEST <= (probability or 0) <= HIGHEST else 0.0


def emv(probability_percent: float, cost: float) -> float:
	"""Expected monetary value: probability times cost."""
	return round(probability_percent * cost / 100, 2)


def trend(scores: Sequence[int]) -> str:
	"""Where a risk goes: its last score against the one before; "" with fewer than two assessments."""
	if len(scores) < 2:
		return ""
	return UP if scores[-1] > scores[-2] else DOWN if scores[-1] < scores[-2] else FLAT


def next_review(reviewed: date, every_days: int, wanted: date | None = None) -> date:
	"""When to look again: the day somebody chose, but never later than the settings allow."""
	latest = reviewed + timedelta(days=every_days)
	return min(wanted, latest) if wanted and wanted >= reviewed else latest


def is_stale(today: date, review: date | None, reviewed: date | None, every_days: int) -> bool:
	"""Whether an open risk was left alone: its review is past, or the last one longer ago than allowed."""
	if review and review < today:
		return True
	return bool(reviewed) and (today - reviewed).days > every_days


@dataclass(frozen=True)
class Exposure:
	"""What a set of risks may cost together."""

	expected: float
	p50: float
	p80: float
	most: float


def exposure(risks: Iterable[tuple[float, float]]) -> Exposure:
	"""Expected sum of independent risks, and the sums that hold with 50 and 80 percent certainty.

	Computed, not drawn by lot: each risk either happens or not, so the distribution of the sum is known; the
	same risks always give the same answer.

	:param risks: (probability in percent, cost if it happens); a negative cost is a chance
	"""
	known = [(min(max(p, 0.0), 100.0) / 100, cost) for p, cost in risks if cost and p > 0]
	expected = round(sum(p * cost for p, cost in known), 2)
	low = sum(cost for _p, cost in known if cost < 0)
	high = sum(cost for _p, cost in known if cost > 0)
	if not known:
		return Exposure(0.0, 0.0, 0.0, 0.0)
	step = (high - low) / STEPS
	# Chances move the start of the scale; each then is a threat that does not happen with the chance's odds.
	weights = [0.0] * (STEPS + len(known) + 1)
	weights[0] = 1.0
	for p, cost in known:
		shift = round(abs(cost) / step)
		happens = p if cost > 0 else 1 - p
		moved = [0.0] * shift + weights[: len(weights) - shift]
		weights = [w * (1 - happens) + m * happens for w, m in zip(weights, moved, strict=True)]
	return Exposure(
		expected,
		_reached(weights, 0.5, low, step, high),
		_reached(weights, 0.8, low, step, high),
		round(high, 2),
	)


def _reached(weights: list[float], share: float, low: float, step: float, high: float) -> float:
	total = 0.0
	for place, weight in enumerate(weights):
		total += weight
		if total >= share - 1e-9:
			return round(min(low + place * step, high), 2)
	return round(high, 2)

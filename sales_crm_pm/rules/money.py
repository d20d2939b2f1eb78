"""Arithmetic of deals: line amounts, base currency, weighting and margin. Nothing here touches the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

PRECISION = 2
"""Decimals of a stored amount of money."""

UNWEIGHTED = frozenset({"Lost", "On Hold"})
"""Statuses whose amount is not expected income (domain.md: on hold is excluded, lost is worth nothing)."""


@dataclass(frozen=True)
class Line:
	"""One product line of a deal."""

	qty: float = 1
	rate: float = 0
	discount_percent: float = 0


def rounded(value: float | None, precision: int = PRECISION) -> float:
	"""Round commercially (half away from zero) on the decimal digits a person sees, not on binary ones.

	:param value: an amount; None counts as 0
	:return: the amount with `precision` decimals
	"""
	step = Decimal(1).scaleb(-precision)
	return float(Decimal(repr(float(value or 0))).quantize(step, rounding=ROUND_HALF_UP))


def line_amount(line: Line) -> float:
	"""Amount of one line: quantity × rate less discount, rounded to money.

	:raises ValueError: when the discount is not between 0 and 100
	"""
	if not 0 <= line.discount_percent <= 100:
		raise ValueError("A discount lies between 0 and 100 percent.")
	return rounded(line.qty * line.rate * (1 - line.discount_percent / 100))


def lines_total(lines: Iterable[Line]) -> float | None:
	"""Sum of the line amounts, or None when no line carries a price (then the typed amount counts).

	Lines without a rate say what is wanted, not what it costs; they must not turn a typed amount into zero.
	"""
	lines = list(lines)
	if not any(line.rate for line in lines):
		return None
	return rounded(sum(line_amount(line) for line in lines))


def to_base(amount: float | None, exchange_rate: float | None) -> float:
	"""Amount in base currency. A rate that is missing or 0 counts as 1, the rate of the base currency itself."""
	return rounded((amount or 0) * (exchange_rate or 1))


def weighted(amount_base: float | None, probability: float | None, status: str) -> float:
	"""Expected income of a deal in base currency; nothing for deals that are lost or on hold.

	:param probability: percent, clamped to 0–100
	"""
	if status in UNWEIGHTED:
		return 0.0
	return rounded((amount_base or 0) * clamp_percent(probability) / 100)


def margin(price_base: float | None, cost: float | None) -> float:
	"""Expected margin in base currency; 0 while no cost was estimated, since unknown cost is not a profit."""
	if not cost:
		return 0.0
	return rounded((price_base or 0) - cost)


def clamp_percent(value: float | None) -> float:
	"""A percentage within 0–100; None is 0."""
	return min(100.0, max(0.0, float(value or 0)))

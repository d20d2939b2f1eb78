"""How the credit for a deal is shared among its team. Nothing here touches the database."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal

WHOLE = 100.0
TOLERANCE = 0.01
"""Three times 33.33 % is meant to be everything."""


def remainder(percents: Sequence[float]) -> float:
	"""What is left of 100 % after these shares, negative when they are too many."""
	return round(WHOLE - sum(percents), 4)


def is_whole(percents: Sequence[float]) -> bool:
	"""Whether the shares add up to 100 %, up to the rounding of a person."""
	return abs(remainder(percents)) <= TOLERANCE * max(1, len(percents))


def amounts(total: float, percents: Sequence[float], precision: int = 2) -> list[float]:
	"""The parts of an amount by shares that add up to 100 %; their sum is the amount to the last cent.

	Every part is rounded down, and the cents that are left go to the largest losses, first come first.
	"""
	if not percents:
		return []
	step = Decimal(1).scaleb(-precision)
	whole = Decimal(repr(float(total or 0))).quantize(step)
	weights = [Decimal(repr(float(p or 0))) for p in percents]
	base = sum(weights)
	if not base:
		return [0.0 for _weight in weights]
	exact = [whole * weight / base for weight in weights]
	parts = [part.quantize(step, rounding=ROUND_FLOOR) for part in exact]
	left = int((whole - sum(parts)) / step)
	by_loss = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
	for i in by_loss[:left]:
		parts[i] += step
	return [float(part) for part in parts]

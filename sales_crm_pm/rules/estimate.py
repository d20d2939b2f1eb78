"""What a project will cost, line by line. No frappe import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LABOUR, CONTINGENCY = "Labour", "Contingency"
PRECISION = 2


@dataclass(frozen=True)
class Line:
	"""One line: hours at a rate, things at a price, or a share of all other lines."""

	kind: str
	hours: float = 0.0
	rate: float = 0.0
	quantity: float = 1.0
	unit_cost: float = 0.0
	percent: float = 0.0


def amounts(lines: Iterable[Line]) -> list[float]:
	"""The amount of each line, in their order.

	Contingency is a share of the lines that are none, never of another contingency, so that the order of the
	lines does not matter.
	"""
	lines = list(lines)
	plain = [None if line.kind == CONTINGENCY else round(_plain(line), PRECISION) for line in lines]
	base = sum(amount for amount in plain if amount is not None)
	return [
		round(base * line.percent / 100, PRECISION) if amount is None else amount
		for line, amount in zip(lines, plain, strict=True)
	]


def total(lines: Iterable[Line]) -> float:
	"""The sum of all lines: the budget."""
	return round(sum(amounts(lines)), PRECISION)


def _plain(line: Line) -> float:
	return line.hours * line.rate if line.kind == LABOUR else line.quantity * line.unit_cost


def by_role(tasks: Iterable[tuple[str | None, float]]) -> dict[str, float]:
	"""Hours per role, in the order in which the roles first appear; tasks without hours say nothing."""
	found: dict[str, float] = {}
	for role, hours in tasks:
		if hours:
			found[role or ""] = round(found.get(role or "", 0.0) + hours, PRECISION)
	return found

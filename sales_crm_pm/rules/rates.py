"""Shares of sales figures. No frappe import."""

from __future__ import annotations


def win_rate(won: float, lost: float) -> float | None:
	"""Won as percent of won and lost together; None when nothing was closed, because 0 % would be a verdict.

	:param won: count or value of won deals
	:param lost: count or value of lost deals
	"""
	closed = won + lost
	return round(100 * won / closed, 4) if closed else None


def timeliness(in_time: int, logged: int) -> float | None:
	"""Share of talks that were written down in time, in percent with two decimals; None when there are none."""
	return round(100 * in_time / logged, 2) if logged else None

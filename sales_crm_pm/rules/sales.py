"""Figures of the sales half: durations, the customer's place in its life and its health. No frappe import."""

from __future__ import annotations

from datetime import date, datetime

LIFECYCLE = ("Prospect", "Following", "Converted", "Maintained")
"""The forward way of a customer. Dormant and Lost are set by people and left by new business only."""


def days_between(start: datetime | None, end: datetime | None) -> float:
	"""Days with two decimals from start to end, never negative; 0 when either is missing."""
	if not start or not end:
		return 0.0
	return round(max(0.0, (end - start).total_seconds()) / 86400, 2)


def sales_cycle_days(opened_on: date | None, closed_on: date | None) -> int | None:
	"""Days from opening to closing a deal, None while one of them is unknown, never negative."""
	if not opened_on or not closed_on:
		return None
	return max(0, (closed_on - opened_on).days)


def logged_delay_hours(happened_on: datetime | None, logged_on: datetime | None) -> float:
	"""Hours between a talk and its being written down, one decimal; a planned talk has no delay."""
	if not happened_on or not logged_on:
		return 0.0
	return round(max(0.0, (logged_on - happened_on).total_seconds()) / 3600, 1)


def lifecycle_after(stage: str | None, *, has_open: bool, has_won: bool) -> str:
	"""Where a customer stands after its opportunities changed; a customer never falls back by this rule.

	:param stage: the stage it has now
	:param has_open: it has an open opportunity
	:param has_won: it has won opportunities
	:return: the new stage, or the old one
	"""
	stage = stage or "Prospect"
	if stage in ("Dormant", "Lost"):
		# Only new business wakes a sleeping customer; old wins are why it is called dormant at all.
		if not has_open:
			return stage
		return "Converted" if has_won else "Following"
	reached = "Converted" if has_won else "Following" if has_open else "Prospect"
	if stage not in LIFECYCLE:
		return reached
	return max(stage, reached, key=LIFECYCLE.index)


def customer_health(
	*,
	active_projects: int,
	red_projects: int,
	amber_projects: int,
	csat_avg: float | None,
	low_csat: float = 2,
) -> str:
	"""Traffic light of a customer that has projects or answers; "" when there is nothing to judge by.

	:param csat_avg: mean satisfaction 1–5, None or 0 when nobody answered
	:param low_csat: satisfaction up to which the light turns red
	:return: Red, Amber, Green or ""
	"""
	answered = bool(csat_avg)
	if not active_projects and not answered:
		return ""
	if red_projects or (answered and csat_avg <= low_csat):
		return "Red"
	if amber_projects or (answered and csat_avg < 4):
		return "Amber"
	return "Green"

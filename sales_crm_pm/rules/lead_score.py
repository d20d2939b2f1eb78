"""Lead score: a sum of reasons, each in whole points, so that the reasons always add up to the score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sales_crm_pm.rules.conditions import Condition, all_hold

HIGHEST = 100
LOWEST = 0
CAP, FLOOR = "Limit of 100 points", "Never below 0 points"


@dataclass(frozen=True)
class ScoringRule:
	"""A reason for points: what a lead is (fit), or what has happened with it (engagement)."""

	name: str
	kind: str
	points: int
	conditions: tuple[Condition, ...] = ()
	activity: str = ""
	half_life_days: int = 0
	max_points: int = 0


@dataclass(frozen=True)
class Score:
	"""The score and its reasons, the weightiest first."""

	total: int
	reasons: tuple[tuple[str, int], ...]


def score(
	rules: Iterable[ScoringRule], values: Mapping[str, Any], activities: Mapping[str, Iterable[float]]
) -> Score:
	"""Score a lead.

	:param values: the lead's fields
	:param activities: age in days of each activity, by kind of activity
	"""
	reasons = []
	for rule in rules:
		points = (
			engagement(rule, activities.get(rule.activity, ()))
			if rule.kind == "Engagement"
			else (rule.points if all_hold(values, rule.conditions) else 0)
		)
		if points:
			reasons.append((rule.name, points))
	total = sum(points for _name, points in reasons)
	if total > HIGHEST:
		reasons.append((CAP, HIGHEST - total))
	elif total < LOWEST:
		reasons.append((FLOOR, LOWEST - total))
	total = min(HIGHEST, max(LOWEST, total))
	return Score(total, tuple(sorted(reasons, key=lambda r: (-abs(r[1]), r[0]))))


def engagement(rule: ScoringRule, ages: Iterable[float]) -> int:
	"""Points for activities of a kind; each fades by half within the half-life, all together have a limit."""
	points = sum(rule.points * fading(age, rule.half_life_days) for age in ages)
	if rule.max_points:
		points = max(-rule.max_points, min(rule.max_points, points))
	return round(points)


def fading(age_days: float, half_life_days: float) -> float:
	"""What is left of a point after some days: 1 at once, 0.5 after the half-life."""
	if half_life_days <= 0:
		return 1.0
	return 0.5 ** (max(0.0, age_days) / half_life_days)


def rating(total: int, warm_from: int, hot_from: int) -> str:
	"""Hot, Warm or Cold."""
	if total >= hot_from:
		return "Hot"
	return "Warm" if total >= warm_from else "Cold"

"""Builders of what keeps customers: visit plans, segments."""

from __future__ import annotations

import json

from tests.factories import make, unique


def make_plan(**values):
	"""An enabled plan of its own tier-less kind: every 30 days, the task a week ahead, first in the order."""
	values.setdefault("plan_name", unique("Plan "))
	values.setdefault("priority", 0)
	values.setdefault("every_days", 30)
	values.setdefault("lead_days", 7)
	values.setdefault("max_per_day", 0)
	return make("SPM Visit Plan", **values)


def condition(record: str, *filters: tuple, quantifier: str = "has", count: int = 1) -> dict:
	"""One condition of a segment: `condition("SPM Task", ("is_overdue", "yes"))`."""
	return {
		"record": record,
		"quantifier": quantifier,
		"count": count,
		"filters": [dict(zip(("field", "operator", "value"), entry, strict=False)) for entry in filters],
	}


def definition(*conditions: dict, match: str = "all") -> str:
	"""A question of one group."""
	return json.dumps({"match": "all", "groups": [{"match": match, "conditions": list(conditions)}]})


def make_segment(*conditions: dict, match: str = "all", **values):
	"""A segment with one group of conditions."""
	values.setdefault("segment_name", unique("Segment "))
	return make("SPM Segment", definition=definition(*conditions, match=match), **values)

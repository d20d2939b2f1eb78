"""Conditions an admin writes as rows: field, comparison, value. All rows of a rule must hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

OPERATORS = (
	"=",
	"!=",
	"is one of",
	"is none of",
	"contains",
	">",
	">=",
	"<",
	"<=",
	"is set",
	"is not set",
)


@dataclass(frozen=True)
class Condition:
	"""One row. A field's value may be a list (a territory with those above it): any of it counts."""

	fieldname: str
	operator: str = "="
	value: str = ""


def all_hold(values: Mapping[str, Any], conditions: Iterable[Condition]) -> bool:
	"""Whether every condition holds; no condition holds always."""
	return all(holds(values.get(c.fieldname), c.operator, c.value) for c in conditions)


def holds(actual: Any, operator: str, wanted: str) -> bool:
	"""Whether one value meets a comparison. Words are compared without regard to case and outer spaces.

	An empty field is never greater, smaller or equal to anything but the empty word.

	:param actual: value of the field, or a list of values of which any may match
	:param operator: one of OPERATORS
	:param wanted: what the admin wrote, several values separated by commas
	"""
	many = [v for v in actual if not _empty(v)] if isinstance(actual, list | tuple | set) else None
	found = many if many is not None else ([] if _empty(actual) else [actual])
	if operator == "is set":
		return bool(found)
	if operator == "is not set":
		return not found
	if operator in ("=", "!="):
		same = any(_same(v, wanted) for v in found) if found else not wanted.strip()
		return same == (operator == "=")
	if operator in ("is one of", "is none of"):
		among = any(_same(v, word) for v in found for word in words(wanted))
		return among == (operator == "is one of")
	if operator == "contains":
		return any(word.casefold() in str(v).casefold() for v in found for word in words(wanted))
	if operator in (">", ">=", "<", "<="):
		return any(_ordered(v, operator, wanted) for v in found)
	raise ValueError(f"unknown comparison {operator}")


def words(text: str) -> list[str]:
	"""The values in a comma-separated text; the Chinese comma separates as well."""
	return [w.strip() for w in text.replace("，", ",").replace("、", ",").split(",") if w.strip()]


def _empty(value: Any) -> bool:
	return value is None or (isinstance(value, str) and not value.strip())


def _same(actual: Any, wanted: str) -> bool:
	wanted = wanted.strip()
	number = _number(wanted)
	if isinstance(actual, bool | int | float) and number is not None:
		return float(actual) == number
	return str(actual).strip().casefold() == wanted.casefold()


def _ordered(actual: Any, operator: str, wanted: str) -> bool:
	left: Any
	right: Any
	left, right = _number(actual), _number(wanted)
	if left is None or right is None:
		# Dates in their ISO form are in order as texts.
		left = actual.isoformat() if isinstance(actual, date | datetime) else str(actual).strip()
		right = wanted.strip()
	return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[operator]


def _number(value: Any) -> float | None:
	try:
		return float(value)
	except (TypeError, ValueError):
		return None

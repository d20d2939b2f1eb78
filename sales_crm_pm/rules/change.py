"""What a change request comes to: its content's fingerprint, who has to agree, what it does to money and dates.

Nothing here touches the database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

from sales_crm_pm.rules.money import rounded

SALES, DELIVERY, CUSTOMER, MANAGEMENT = "Sales", "Delivery", "Customer", "Management"
SIDES = (SALES, DELIVERY, CUSTOMER, MANAGEMENT)
APPROVED, REJECTED = "Approved", "Rejected"

PLAN_KINDS = ("Add Task", "Change Task", "Drop Task", "Move Milestone")
"""Kinds of lines that move the plan; the others are money, words, people and risk."""


def fingerprint(terms: Mapping[str, Any], lines: Iterable[Mapping[str, Any]]) -> str:
	"""Hash of what the sides agree to: equal content has equal hashes, whatever row names and order of keys.

	Empty and zero are the same: a form sends nothing where the database has a nought.

	:param terms: contract, way of paying and the like
	:param lines: the changes, in their order
	"""
	content = {"terms": _plain(terms), "lines": [_plain(line) for line in lines]}
	return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _plain(values: Mapping[str, Any]) -> dict[str, str]:
	return {key: _word(value) for key, value in values.items() if _word(value)}


def _word(value: Any) -> str:
	if value is None or value == "":
		return ""
	if isinstance(value, datetime | date):
		return value.isoformat()[:10]
	if isinstance(value, dict | list | tuple):
		return json.dumps(value, sort_keys=True, default=str)
	if isinstance(value, bool | int | float):
		return f"{value:.4f}".rstrip("0").rstrip(".") if value else ""
	return " ".join(str(value).split())


@dataclass(frozen=True)
class Agreement:
	"""One word of one side about one version."""

	side: str
	decision: str
	version: int
	content_hash: str
	is_void: bool = False
	person: str = ""


def agreed_sides(agreements: Iterable[Agreement], version: int, content_hash: str) -> set[str]:
	"""Sides whose word stands for exactly this content of this version."""
	return {
		a.side
		for a in agreements
		if a.decision == APPROVED
		and not a.is_void
		and a.version == version
		and a.content_hash == content_hash
	}


def needed_sides(needs_customer: bool, needs_management: bool) -> tuple[str, ...]:
	"""Sides that have to agree, in the order people read them."""
	needed = [SALES, DELIVERY]
	if needs_customer:
		needed.append(CUSTOMER)
	if needs_management:
		needed.append(MANAGEMENT)
	return tuple(needed)


def waiting_sides(needed: Sequence[str], agreed: Iterable[str]) -> tuple[str, ...]:
	"""Sides that have not agreed yet."""
	given = set(agreed)
	return tuple(side for side in needed if side not in given)


@dataclass(frozen=True)
class Limits:
	"""From where on management has to agree; nought is never."""

	amount: float = 0
	days: int = 0
	margin: float = 0


def management_wanted(
	limits: Limits, price: float, cost: float, days: int, margin_after: float | None
) -> bool:
	"""Whether a change is large, late or poor enough for management.

	:param price: price impact in base currency
	:param cost: cost impact in base currency
	:param margin_after: percent after the change; None when there is no price to go by
	"""
	if limits.amount and max(abs(price), abs(cost)) >= limits.amount:
		return True
	if limits.days and days >= limits.days:
		return True
	return bool(limits.margin and margin_after is not None and margin_after < limits.margin)


@dataclass(frozen=True)
class Money:
	"""Price, cost and margin before and after, in base currency."""

	price_before: float
	price_after: float
	cost_before: float
	cost_after: float

	@property
	def margin_before(self) -> float:
		return rounded(self.price_before - self.cost_before)

	@property
	def margin_after(self) -> float:
		return rounded(self.price_after - self.cost_after)

	@property
	def margin_impact(self) -> float:
		return rounded(self.margin_after - self.margin_before)

	@property
	def margin_before_percent(self) -> float | None:
		return margin_percent(self.price_before, self.cost_before)

	@property
	def margin_after_percent(self) -> float | None:
		return margin_percent(self.price_after, self.cost_after)


def margin_percent(price: float, cost: float) -> float | None:
	"""(price + approved changes − cost) / (price + approved changes) in percent; None without a price."""
	return round(100 * (price - cost) / price, 2) if price else None


@dataclass(frozen=True)
class Moved:
	"""A task, a milestone or the end of the project, before and after; None: not there (yet, or any more)."""

	kind: str
	name: str
	title: str
	before: date | None
	after: date | None
	visible: bool = False

	@property
	def days(self) -> int | None:
		"""Calendar days later (negative: earlier); None when it is new or gone."""
		return (self.after - self.before).days if self.before and self.after else None


def moves(rows: Iterable[Moved]) -> list[Moved]:
	"""Those that really change, the largest move first within each kind, new and dropped ones on top."""
	changed = [row for row in rows if row.before != row.after]
	order = {"project": 0, "milestone": 1, "task": 2}
	return sorted(
		changed,
		key=lambda r: (order.get(r.kind, 9), r.days is not None, -abs(r.days or 0), r.title),
	)


def cycle_days(begin: datetime | None, end: datetime | None) -> float | None:
	"""Days from handing in to the decision, to the tenth; None before that."""
	if not begin or not end:
		return None
	return round(max(0.0, (end - begin).total_seconds()) / 86400, 1)


def median_cycle(days: Iterable[float | None]) -> float | None:
	"""Median of the decided requests' cycles; None when none is decided."""
	known = [value for value in days if value is not None]
	return round(float(median(known)), 1) if known else None


def promised(planned: date | None, old: date | None, new: date | None) -> date | None:
	"""Where a promised date goes when the work behind it moves from one day to another.

	Room between work and promise is used up before the promise moves. What was late before the change stays late
	by as much: a change does not make earlier delays disappear.

	:param planned: the date that was promised
	:param old: when the work ends without the change
	:param new: when it ends with the change
	"""
	if planned is None or old is None or new is None or old == new:
		return planned if planned is not None else new
	if old > planned:
		return planned + (new - old) if new > old else planned if new >= planned else new
	if new > old:
		return max(planned, new)
	return new if old == planned else planned

"""What deals are expected to bring, and why that expectation changed. Nothing here touches the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sales_crm_pm.rules.money import rounded

OPEN_CATEGORIES = ("Pipeline", "Best Case", "Commit")
"""Forecast categories of open deals, the most certain last (Salesforce: Pipeline, BestCase, Commit). Deals that
are Omitted take no part in a forecast."""

CHANGES = (
	"New",
	"Won",
	"Lost",
	"Put on Hold",
	"Resumed",
	"Pulled In",
	"Slipped Out",
	"Amount Raised",
	"Amount Lowered",
	"Probability Raised",
	"Probability Lowered",
	"Deleted",
)
"""Why the sum of the open deals of a period is another than it was, in the order people read it."""


@dataclass(frozen=True)
class Standing:
	"""How one deal stood at one moment. Amounts in base currency, probability in percent."""

	amount: float
	probability: float
	expected_close: date | None
	status: str = "Open"
	category: str = "Pipeline"

	@property
	def counts(self) -> bool:
		"""Whether the deal is part of the open forecast: on hold and omitted deals are not."""
		return self.status == "Open" and self.category != "Omitted"

	def value(self, weighted: bool) -> float:
		"""Amount, or amount × probability."""
		return rounded(self.amount * self.probability / 100) if weighted else self.amount


@dataclass(frozen=True)
class Change:
	"""One reason of one deal, with the money it adds to the sum (negative when it takes away)."""

	deal: str
	kind: str
	delta: float


def weighted_pipeline(deals: Iterable[tuple[float, float, float]]) -> float:
	"""Σ amount × rate × probability over open deals (Salesforce ExpectedRevenue).

	:param deals: (amount, rate to base currency, probability 0 to 100) of each open deal
	"""
	return rounded(sum(amount * rate * probability / 100 for amount, rate, probability in deals))


def velocity(deals: float, average: float, win_rate: float | None, cycle_days: float | None) -> float | None:
	"""Pipeline velocity: money a day = deals × average value × win rate ÷ cycle.

	:param deals: number of open deals
	:param average: average value of a deal, base currency
	:param win_rate: percent, None when nothing was closed
	:param cycle_days: days from opening to winning
	:return: None when there is no cycle or no win rate to go by
	"""
	if not cycle_days or win_rate is None:
		return None
	return rounded(deals * average * win_rate / 100 / cycle_days)


def forecast_error(forecast: float | None, actual: float | None) -> float | None:
	"""By how many percent of the actual figure the forecast was too high (negative: too low); None without both."""
	if forecast is None or not actual:
		return None
	return round(100 * (forecast - actual) / actual, 2)


def explain(
	before: Mapping[str, Standing],
	after: Mapping[str, Standing],
	start: date | None,
	end: date | None,
	weighted: bool = False,
) -> list[Change]:
	"""Why the open deals expected to close in a period are worth another sum than they were.

	Every deal gives one change, or an amount and a probability change together; the deltas of all changes add up
	exactly to the new sum less the old one.

	:param before: deals as they stood then, by name
	:param after: the same and newer deals as they stand now; a deal that is missing was deleted
	:param start: first day of the period, open when None
	:param end: last day of the period, open when None
	:param weighted: compare amounts × probability instead of amounts
	"""
	changes = []
	for deal in sorted({*before, *after}):
		was, now = before.get(deal), after.get(deal)
		inside_was = was is not None and was.counts and _inside(was.expected_close, start, end)
		inside_now = now is not None and now.counts and _inside(now.expected_close, start, end)
		if inside_was and inside_now:
			changes.extend(_moved(deal, was, now, weighted))
		elif inside_now:
			changes.append(Change(deal, _arrival(was, start, end), now.value(weighted)))
		elif inside_was:
			changes.append(Change(deal, _departure(now, start, end), -was.value(weighted)))
	return [change for change in changes if change.delta]


def _inside(day: date | None, start: date | None, end: date | None) -> bool:
	if day is None:
		return start is None and end is None
	return (start is None or day >= start) and (end is None or day <= end)


def _arrival(was: Standing | None, start: date | None, end: date | None) -> str:
	if was is None:
		return "New"
	return "Resumed" if not was.counts else "Pulled In"


def _departure(now: Standing | None, start: date | None, end: date | None) -> str:
	if now is None:
		return "Deleted"
	if now.status in ("Won", "Lost"):
		return now.status
	return "Put on Hold" if not now.counts else "Slipped Out"


def _moved(deal: str, was: Standing, now: Standing, weighted: bool) -> list[Change]:
	whole = rounded(now.value(weighted) - was.value(weighted))
	# What the amount alone would have done at the old probability; the rest is the probability's doing.
	by_amount = rounded((now.amount - was.amount) * was.probability / 100) if weighted else whole
	by_chance = rounded(whole - by_amount)
	return [
		Change(deal, "Amount Raised" if by_amount > 0 else "Amount Lowered", by_amount),
		Change(deal, "Probability Raised" if by_chance > 0 else "Probability Lowered", by_chance),
	]

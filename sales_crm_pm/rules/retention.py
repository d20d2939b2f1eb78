"""Repurchase, retention and churn of customers, by the definitions of a trade that sells projects.

No frappe import. A customer is somebody who has bought at least once. A customer is alive on a day when in the
months before it something was won, or on that day a deal was open, a project ran or paid service was running.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta

Span = tuple[date, "date | None"]
"""From when until when; open at the end while it lasts."""


@dataclass
class Life:
	"""What one customer did: wins and renewals with their value, and the times in which something was going on.

	A renewal keeps a customer, but it is no second purchase.
	"""

	wins: list[tuple[date, float]] = field(default_factory=list)
	renewals: list[tuple[date, float]] = field(default_factory=list)
	spans: list[Span] = field(default_factory=list)

	@property
	def first_win(self) -> date | None:
		"""The day this became a customer."""
		return min((day for day, _value in (*self.wins, *self.renewals)), default=None)

	@property
	def last_win(self) -> date | None:
		"""The day of the newest win or renewal."""
		return max((day for day, _value in (*self.wins, *self.renewals)), default=None)

	def has_bought_by(self, day: date) -> bool:
		"""Whether this was a customer on that day."""
		return self.first_win is not None and self.first_win <= day

	def wins_within(self, start: date, end: date) -> int:
		"""How many wins lie between the days, both included."""
		return sum(start <= day <= end for day, _value in self.wins)

	def value_within(self, start: date, end: date) -> float:
		"""What was won between the days, both included."""
		return sum(value for day, value in (*self.wins, *self.renewals) if start <= day <= end)

	def is_alive(self, day: date, months: int) -> bool:
		"""Whether this was a living customer on that day."""
		if not self.has_bought_by(day):
			return False
		since = months_before(day, months)
		if any(since < won <= day for won, _value in (*self.wins, *self.renewals)):
			return True
		return any(begin <= day and (end is None or end > day) for begin, end in self.spans)


@dataclass(frozen=True)
class Retention:
	"""Customers at the start and the end of a period, and what became of them."""

	start: int
	end: int
	new: int
	lost: int
	value_before: float = 0.0
	value_lost: float = 0.0

	@property
	def rate(self) -> float | None:
		"""Percent of the customers of the start that are still there; None when there were none."""
		return retention_rate(self.start, self.end, self.new)

	@property
	def churn(self) -> float | None:
		"""Percent of the customers of the start that are gone."""
		return None if self.rate is None else round(100 - self.rate, 1)

	@property
	def value_churn(self) -> float | None:
		"""Percent of the value of the period before that the lost customers had brought."""
		return round(100 * self.value_lost / self.value_before, 1) if self.value_before else None


def retention_rate(start: int, end: int, new: int) -> float | None:
	"""(end − new) ÷ start in percent, one decimal; None when there was nobody at the start."""
	return round(100 * (end - new) / start, 1) if start else None


def share(part: float, whole: float) -> float | None:
	"""Part of a whole in percent, one decimal; None when there is no whole."""
	return round(100 * part / whole, 1) if whole else None


def change(before: float | None, after: float | None) -> tuple[float | None, float | None]:
	"""How a share moved: in percentage points, and in percent of what it was."""
	if before is None or after is None:
		return None, None
	return round(after - before, 1), round(100 * (after - before) / before, 1) if before else None


def repurchase(
	lives: dict[str, Life], start: date, end: date, lag_days: int = 0
) -> tuple[set[str], set[str]]:
	"""Who bought again in a window, of those who bought at all.

	:param lag_days: somebody whose first win lies in the last days of the window had no time to buy again and
	    does not count
	:return: (customers with two wins or more, customers with one or more)
	"""
	latest = end - timedelta(days=lag_days)
	bought = {
		name
		for name, life in lives.items()
		if life.wins_within(start, end)
		and min(day for day, _value in life.wins if start <= day <= end) <= latest
	}
	return {name for name in bought if lives[name].wins_within(start, end) >= 2}, bought


def retention(
	lives: dict[str, Life], start: date, end: date, months: int
) -> tuple[Retention, dict[str, str]]:
	"""How many customers of the start are alive at the end.

	A customer that comes back in the period counts as neither lost nor kept: it was not there at the start.

	:return: the figures, and for every customer Kept, Lost, New or Back
	"""
	kinds: dict[str, str] = {}
	for name, life in lives.items():
		before, after = life.is_alive(start, months), life.is_alive(end, months)
		if before:
			kinds[name] = "Kept" if after else "Lost"
		elif after:
			kinds[name] = "Back" if life.has_bought_by(start) else "New"
	count = {
		kind: sum(1 for found in kinds.values() if found == kind) for kind in ("Kept", "Lost", "New", "Back")
	}
	first = months_before(start, months) + timedelta(days=1)
	there = [name for name, kind in kinds.items() if kind in ("Kept", "Lost")]
	found = Retention(
		start=count["Kept"] + count["Lost"],
		end=count["Kept"] + count["New"] + count["Back"],
		new=count["New"] + count["Back"],
		lost=count["Lost"],
		value_before=round(sum(lives[name].value_within(first, start) for name in there), 2),
		value_lost=round(
			sum(lives[name].value_within(first, start) for name in there if kinds[name] == "Lost"), 2
		),
	)
	return found, kinds


def months_before(day: date, months: int) -> date:
	"""The same day so many months earlier, the last day of a shorter month."""
	number = day.year * 12 + day.month - 1 - months
	year, month = divmod(number, 12)
	month += 1
	return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))

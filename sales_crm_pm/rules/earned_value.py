"""Earned value of a project (domain.md 5.14): what was planned, what is done and what it cost. No frappe import.

A project's budget (BAC) is shared out over its pieces of work by their weights. Planned value spreads each
share over the working days of its piece; earned value is the share of what is done. Everything else follows
from these two and the actual cost. A ratio whose denominator is 0 is None and is shown as "–".
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sales_crm_pm.rules.money import rounded
from sales_crm_pm.rules.workdays import Calendar

RATIO_DECIMALS = 4

# Techniques: what a piece of work has earned before it is done.
PERCENT = "Percent Complete"
ZERO_HUNDRED = "0/100"
FIFTY_FIFTY = "50/50"
WEIGHTED_MILESTONES = "Weighted Milestones"
TECHNIQUES = (PERCENT, ZERO_HUNDRED, FIFTY_FIFTY, WEIGHTED_MILESTONES)

# Ways to forecast the cost at completion.
BY_COST = "Cost Performance"
BY_BUDGET = "Remaining Budget"
BY_COST_AND_SCHEDULE = "Cost and Schedule Performance"
BY_ESTIMATE = "Own Estimate"
EAC_METHODS = (BY_COST, BY_BUDGET, BY_COST_AND_SCHEDULE, BY_ESTIMATE)


@dataclass(frozen=True)
class Package:
	"""One piece of work that carries a share of the budget."""

	weight: float = 1.0
	percent: float = 0.0
	is_done: bool = False
	has_begun: bool = False
	start: date | None = None
	end: date | None = None
	"""Without an end nothing of it is ever planned; without a start the whole is planned on its end day."""


class DayCount:
	"""Counts working days between two dates of a span without walking through them each time."""

	def __init__(self, calendar: Calendar, first: date, last: date):
		self.first, self.last = first, max(first, last)
		self._until = [0]
		for number in range((self.last - first).days + 1):
			worked = calendar.is_working(first + timedelta(days=number))
			self._until.append(self._until[-1] + int(worked))

	def until(self, day: date) -> int:
		"""Working days from the begin of the span to the end of `day`."""
		if day < self.first:
			return 0
		return self._until[min((day - self.first).days, (self.last - self.first).days) + 1]

	def between(self, start: date, end: date) -> int:
		"""Working days from `start` to `end`, both included."""
		return max(0, self.until(end) - self.until(start - timedelta(days=1)))

	def day(self, number: int) -> date:
		"""The `number`-th working day of the span (counted from 1)."""
		return self.first + timedelta(days=bisect_left(self._until, number) - 1)


@dataclass(frozen=True)
class Plan:
	"""How a project's budget is planned over time: shares (adding up to 1) of pieces of work, and their days."""

	packages: Sequence[Package]
	shares: Sequence[float]
	days: DayCount | None
	technique: str = PERCENT

	@classmethod
	def of(
		cls,
		packages: Iterable[Package],
		calendar: Calendar,
		technique: str = PERCENT,
		begin: date | None = None,
		until: date | None = None,
	) -> Plan:
		"""Lay out a plan.

		:param begin: first day of the project, when it begins before its first piece of work
		:param until: a day that has to be within the span counted (today)
		"""
		packages = tuple(packages)
		known = [d for p in packages for d in (p.start, p.end) if d and p.end]
		known += [d for d in (begin, until) if d]
		days = DayCount(calendar, min(known), max(known)) if known else None
		return cls(packages, shares_of([p.weight for p in packages]), days, technique)

	def planned_share(self, day: date) -> float:
		"""Share of the budget (0 to 1) that is planned to be done at the end of `day`."""
		done = sum(
			share * self._planned_of(package, day)
			for share, package in zip(self.shares, self.packages, strict=True)
		)
		return _unit(done)

	def earned_share(self) -> float:
		"""Share of the budget (0 to 1) that is earned by what is done."""
		earned = sum(
			share * earned_percent(self.technique, package)
			for share, package in zip(self.shares, self.packages, strict=True)
		)
		return _unit(earned / 100)

	def _planned_of(self, package: Package, day: date) -> float:
		start, end = package.start, package.end
		if not end or not self.days:
			return 0.0
		if day >= end:
			return 1.0
		if not start or start >= end or day < start:
			return 0.0
		if self.technique == FIFTY_FIFTY:
			return 0.5
		if self.technique in (ZERO_HUNDRED, WEIGHTED_MILESTONES):
			return 0.0
		length = self.days.between(start, end)
		return self.days.between(start, day) / length if length else 0.0

	def curve(self) -> list[float]:
		"""The share planned at the end of each working day of the span, from the 0th (nothing) on."""
		if not self.days:
			return [0.0]
		count = self.days.until(self.days.last)
		jumps = [0.0] * (count + 2)
		slopes = [0.0] * (count + 3)
		for share, package in zip(self.shares, self.packages, strict=True):
			if not package.end:
				continue
			start, end = package.start, package.end
			last = self.days.until(end - timedelta(days=1)) + 1
			if start and start < end and self.technique == FIFTY_FIFTY:
				jumps[min(self.days.until(start - timedelta(days=1)) + 1, count)] += share / 2
				jumps[min(last, count)] += share / 2
				continue
			length = self.days.between(start, end) if start and start < end else 0
			if not length or self.technique in (ZERO_HUNDRED, WEIGHTED_MILESTONES):
				# Due on a day off: there from the next working day on.
				jumps[min(last, count)] += share
				continue
			first = self.days.until(start - timedelta(days=1)) + 1
			slopes[first] += share / length
			slopes[first + length] -= share / length
		values, level, slope = [0.0], 0.0, 0.0
		for number in range(1, count + 1):
			slope += slopes[number]
			level += slope + jumps[number]
			values.append(_unit(level))
		return values

	def earned_schedule(self, earned: float) -> float | None:
		"""The working day (a fraction of one included) on which the plan wanted what is earned now (Lipke)."""
		curve = self.curve()
		if not self.days or curve[-1] <= 0:
			return None
		number = bisect_left(curve, earned - 1e-9)
		if number >= len(curve):
			return float(len(curve) - 1)
		if number == 0:
			return 0.0
		return number - 1 + _unit((earned - curve[number - 1]) / (curve[number] - curve[number - 1]))

	def time_performance(self, earned: float, today: date, finished: date | None = None) -> float | None:
		"""SPI(t): earned schedule against the working days that have passed.

		Time stands still once the work is finished. None before the first working day, without a plan, and
		while nothing was to be done and nothing is.

		:param earned: the share of the budget that is earned
		"""
		if not self.days:
			return None
		day = min(today, finished) if finished else today
		passed = self.days.until(day)
		planned = self.planned_share(day)
		if not passed or (earned <= 0 and planned <= 0):
			return None
		ends = [p.end for p in self.packages if p.end]
		if abs(earned - planned) < 1e-9 and ends and day <= max(ends):
			# Exactly what the plan wants by this day, also where the plan stands still for some days.
			return 1.0
		schedule = self.earned_schedule(earned)
		return None if schedule is None else rounded(schedule / passed, RATIO_DECIMALS)


def shares_of(weights: Sequence[float]) -> list[float]:
	"""Turn weights into shares that add up to 1; all alike when there are no weights."""
	weights = [max(0.0, weight or 0.0) for weight in weights]
	total = sum(weights)
	if total <= 0:
		return [1 / len(weights)] * len(weights) if weights else []
	return [weight / total for weight in weights]


def earned_percent(technique: str, package: Package) -> float:
	"""How many percent of its share a piece of work has earned."""
	if package.is_done:
		return 100.0
	if technique in (ZERO_HUNDRED, WEIGHTED_MILESTONES):
		return 0.0
	if technique == FIFTY_FIFTY:
		return 50.0 if package.has_begun else 0.0
	return min(100.0, max(0.0, package.percent or 0.0))


def ratio(part: float, whole: float) -> float | None:
	"""One amount by another; None when the other is 0 or less."""
	return rounded(part / whole, RATIO_DECIMALS) if whole > 0 else None


def estimate_at_completion(
	method: str, bac: float, pv: float, ev: float, ac: float, own_etc: float = 0.0
) -> float:
	"""Forecast what the whole will have cost.

	While nothing has been spent the budget is the best that is known. A method whose ratios cannot be
	computed gives way to the next simpler one, and in the end to the remaining budget.
	"""
	if method == BY_ESTIMATE:
		return rounded(ac + max(0.0, own_etc or 0.0))
	if bac <= 0 or ac <= 0:
		return rounded(max(bac, ac, 0.0))
	remaining = bac - ev
	if method != BY_BUDGET and ev > 0:
		cpi = ev / ac
		if method == BY_COST_AND_SCHEDULE and pv > 0:
			return rounded(ac + remaining / (cpi * ev / pv))
		return rounded(bac / cpi)
	return rounded(ac + remaining)


@dataclass(frozen=True)
class EarnedValue:
	"""The figures of one project on one day, money rounded as it is stored."""

	bac: float = 0.0
	pv: float = 0.0
	ev: float = 0.0
	ac: float = 0.0
	eac: float = 0.0
	spi: float | None = None
	cpi: float | None = None
	spi_t: float | None = None
	tcpi: float | None = None
	tcpi_eac: float | None = None
	sv: float = field(init=False)
	cv: float = field(init=False)
	etc: float = field(init=False)
	vac: float = field(init=False)

	def __post_init__(self):
		for name, value in (
			("sv", self.ev - self.pv),
			("cv", self.ev - self.ac),
			("etc", self.eac - self.ac),
			("vac", self.bac - self.eac),
		):
			object.__setattr__(self, name, rounded(value))

	@property
	def used_percent(self) -> float:
		"""Share of the budget that is spent, in percent; 100 when there is none but money was spent."""
		if self.bac <= 0:
			return 100.0 if self.ac > 0 else 0.0
		return rounded(100 * self.ac / self.bac, 1)


def earned_value(
	bac: float,
	pv: float,
	ev: float,
	ac: float,
	method: str = BY_COST,
	own_etc: float = 0.0,
	spi_t: float | None = None,
) -> EarnedValue:
	"""Compute all figures from the four that are measured."""
	bac, pv, ev, ac = (rounded(max(0.0, amount or 0.0)) for amount in (bac, pv, ev, ac))
	eac = estimate_at_completion(method, bac, pv, ev, ac, own_etc)
	return EarnedValue(
		bac=bac,
		pv=pv,
		ev=ev,
		ac=ac,
		eac=eac,
		spi=ratio(ev, pv),
		cpi=ratio(ev, ac),
		spi_t=spi_t,
		tcpi=ratio(bac - ev, bac - ac),
		tcpi_eac=ratio(bac - ev, eac - ac),
	)


@dataclass(frozen=True)
class Margin:
	"""What is left of a price after a cost, and its share of the price in percent (None without a price)."""

	amount: float
	percent: float | None


def margin(price: float, approved_changes: float, cost: float) -> Margin:
	"""(price + approved changes − cost) / (price + approved changes)."""
	income = (price or 0.0) + (approved_changes or 0.0)
	left = rounded(income - (cost or 0.0))
	return Margin(left, rounded(100 * left / income, 1) if income > 0 else None)


def _unit(value: float) -> float:
	"""A share within 0 and 1; sums of many shares miss them by the last digits of a float."""
	if value >= 1 - 1e-9:
		return 1.0
	return value if value > 1e-12 else 0.0

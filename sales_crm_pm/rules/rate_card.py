"""Which rate an hour of work has: the most specific one that is valid on its day. No frappe import."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

DECIMALS = 2


@dataclass(frozen=True)
class Rate:
	"""One line of the rate card. What is empty says nothing: the rate counts for any person, role, activity."""

	from_date: date
	user: str | None = None
	role: str | None = None
	activity: str | None = None
	cost: float = 0.0
	billing: float = 0.0
	currency: str | None = None

	@property
	def weight(self) -> int:
		"""How specific it is: a person counts more than role and activity together, a role more than an activity."""
		return 4 * bool(self.user) + 2 * bool(self.role) + bool(self.activity)

	def fits(self, user: str | None, role: str | None, activity: str | None, on: date) -> bool:
		"""Whether it counts for this work on this day."""
		return (
			self.from_date <= on
			and _same(self.user, user)
			and _same(self.role, role)
			and _same(self.activity, activity)
		)


def find(
	rates: Iterable[Rate], user: str | None, role: str | None, activity: str | None, on: date
) -> Rate | None:
	"""The rate of an hour of work, or None when the card has none that fits.

	:param rates: the rate card, in any order
	:param on: day of the work
	:return: the most specific rate; of several as specific the one that is valid since the latest day
	"""
	fitting = [rate for rate in rates if rate.fits(user, role, activity, on)]
	return max(fitting, key=lambda rate: (rate.weight, rate.from_date), default=None)


def amount(hours: float, rate: float) -> float:
	"""Money for hours at a rate per hour, in whole cents."""
	return round(hours * rate, DECIMALS)


def _same(wanted: str | None, given: str | None) -> bool:
	"""Names that people type (roles of a team) are the same whatever their case and outer blanks."""
	return not wanted or wanted.strip().casefold() == (given or "").strip().casefold()

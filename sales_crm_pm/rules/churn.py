"""What speaks for losing a customer, as points that can be told one by one. No frappe import."""

from __future__ import annotations

from dataclasses import dataclass

from sales_crm_pm.rules.relationship import Factor

SILENCE, NO_BUSINESS, LONG_AGO, LATE, UNHAPPY, WEAK = (
	"silence",
	"no_business",
	"long_ago",
	"late",
	"unhappy",
	"weak",
)
MAXIMUM = {SILENCE: 25, NO_BUSINESS: 20, LONG_AGO: 20, LATE: 15, UNHAPPY: 15, WEAK: 5}


@dataclass(frozen=True)
class Signs:
	"""What is known of a customer."""

	has_bought: bool = False
	days_silent: int | None = None
	days_since_win: int | None = None
	open_deals: int = 0
	active_projects: int = 0
	late_projects: int = 0
	csat: float | None = None
	strength: int = 0


@dataclass(frozen=True)
class Risk:
	"""0 to 100, the sum of its factors; None for who never bought, because there is nobody to lose."""

	score: int | None
	factors: tuple[Factor, ...] = ()


def risk(signs: Signs) -> Risk:
	"""Add up the signs."""
	if not signs.has_bought:
		return Risk(None)
	csat = signs.csat or 0
	points = {
		# Nobody ever noted a talk: that is silence, too.
		SILENCE: (
			_steps(999 if signs.days_silent is None else signs.days_silent, 60, 120, 180),
			signs.days_silent,
		),
		NO_BUSINESS: (0.0 if signs.open_deals or signs.active_projects else 1.0, None),
		LONG_AGO: (
			_steps(signs.days_since_win or 0, 365, 545, 730) if not signs.active_projects else 0.0,
			signs.days_since_win,
		),
		LATE: (min(1.0, signs.late_projects * 0.6), signs.late_projects),
		UNHAPPY: (1.0 if 0 < csat < 3 else 0.5 if 0 < csat < 4 else 0.0, signs.csat),
		WEAK: (1.0 if signs.strength < 25 else 0.0, signs.strength),
	}
	factors = tuple(
		Factor(code, round(MAXIMUM[code] * part), MAXIMUM[code], value)
		for code, (part, value) in points.items()
	)
	return Risk(sum(factor.points for factor in factors), factors)


def _steps(value: float, *limits: float) -> float:
	"""A third for every limit that is reached."""
	return sum(value >= limit for limit in limits) / len(limits)

"""The health of a project: one colour and the reasons for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

GREEN = "Green"
AMBER = "Amber"
RED = "Red"
_ORDER = (GREEN, AMBER, RED)

# Codes of reasons; who shows them turns them into sentences of the reader's language.
SPI_LOW = "spi_low"
MILESTONE_LATE = "milestone_late"
END_LATE = "end_late"
COST_HIGH = "cost_high"
BUDGET_USED = "budget_used"
CRITICAL_RISK = "critical_risk"
OVERRIDDEN = "overridden"


@dataclass(frozen=True)
class Thresholds:
	"""When amber and red begin (SPM Settings)."""

	spi_amber: float = 0.95
	spi_red: float = 0.80
	late_amber_days: int = 3
	late_red_days: int = 14
	cpi_amber: float = 0.95
	cpi_red: float = 0.80


@dataclass(frozen=True)
class Reason:
	"""Why a project has its colour: a code of this module and the values its sentence needs."""

	level: str
	code: str
	values: tuple = ()


@dataclass(frozen=True)
class Health:
	"""The colour shown ("" while a project has not begun) and the reasons, worst first."""

	color: str
	reasons: list[Reason] = field(default_factory=list)


def project_health(
	spi: float | None,
	late_milestones: Iterable[tuple[str, int]],
	thresholds: Thresholds,
	end_late_days: int = 0,
	override: str = "",
	override_reason: str = "",
	has_begun: bool = True,
	cpi: float | None = None,
	budget_level: str = "",
	has_critical_risk: bool = False,
) -> Health:
	"""Return the health of a project.

	`late_milestones` are the open milestones past their promised date with their days; `budget_level` is
	the colour of the budget alerts that are reached. A person's override decides the colour, and the
	reasons measured stay visible behind theirs.

	What follows from cost carries no figure: everybody who sees the project reads the reasons.
	"""
	if not has_begun:
		return Health("")
	reasons: list[Reason] = []
	if spi is not None and spi < thresholds.spi_amber:
		reasons.append(Reason(RED if spi < thresholds.spi_red else AMBER, SPI_LOW, (spi,)))
	if has_critical_risk:
		reasons.append(Reason(RED, CRITICAL_RISK))
	if cpi is not None and cpi < thresholds.cpi_amber:
		reasons.append(Reason(RED if cpi < thresholds.cpi_red else AMBER, COST_HIGH))
	if budget_level in (AMBER, RED):
		reasons.append(Reason(budget_level, BUDGET_USED))
	for title, days in late_milestones:
		if level := _late_level(days, thresholds):
			reasons.append(Reason(level, MILESTONE_LATE, (title, days)))
	# A late end that no late milestone explains is a forecast somebody moved.
	if not any(r.code == MILESTONE_LATE for r in reasons) and (
		level := _late_level(end_late_days, thresholds)
	):
		reasons.append(Reason(level, END_LATE, (end_late_days,)))
	reasons.sort(key=lambda r: (-_ORDER.index(r.level), -_days(r)))
	color = reasons[0].level if reasons else GREEN
	if override:
		return Health(override, [Reason(override, OVERRIDDEN, (override_reason,)), *reasons])
	return Health(color, reasons)


def _late_level(days: int, thresholds: Thresholds) -> str | None:
	if days > thresholds.late_red_days:
		return RED
	if days > thresholds.late_amber_days:
		return AMBER
	return None


def _days(reason: Reason) -> int:
	return reason.values[1] if reason.code == MILESTONE_LATE else 0

"""Who does, answers for, advises on and hears of a piece of work (RACI). No frappe import."""

from __future__ import annotations

from collections.abc import Iterable

RESPONSIBLE, ACCOUNTABLE, CONSULTED, INFORMED = "Responsible", "Accountable", "Consulted", "Informed"
NOBODY_ACCOUNTABLE, SEVERAL_ACCOUNTABLE, NOBODY_RESPONSIBLE = "no_a", "many_a", "no_r"


def gaps(parts: Iterable[tuple[str | None, str]]) -> list[str]:
	"""What a set of parts lacks: exactly one person answers for a thing, at least one does it.

	:param parts: (person, part) pairs; pairs without a person count for nothing
	"""
	named = [(person, part) for person, part in parts if person]
	accountable = {person for person, part in named if part == ACCOUNTABLE}
	found = []
	if not accountable:
		found.append(NOBODY_ACCOUNTABLE)
	elif len(accountable) > 1:
		found.append(SEVERAL_ACCOUNTABLE)
	if not any(part == RESPONSIBLE for _person, part in named):
		found.append(NOBODY_RESPONSIBLE)
	return found

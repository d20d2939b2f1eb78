"""The place of a customer in its life, by what happens to it. No frappe import.

What deals do is `rules.sales.lifecycle_after`; here is what talks, projects and silence do.
"""

from __future__ import annotations

STAGES = ("Prospect", "Following", "Converted", "Maintained", "Dormant", "Lost")
CAN_FALL_ASLEEP = ("Following", "Converted", "Maintained")
"""A prospect nobody ever spoke to has nothing to fall asleep from."""


def after_talk(stage: str | None, *, has_won: bool, is_new: bool = True) -> str:
	"""Where a customer stands after a talk: a prospect is followed, a sleeping one is awake again.

	A lost customer stays lost until there is business: one talk is no reason to forecast it.

	:param is_new: the talk took place after the customer fell asleep (old talks may be recorded late)
	"""
	stage = stage or "Prospect"
	if stage == "Prospect":
		return "Following"
	if stage == "Dormant" and is_new:
		return "Maintained" if has_won else "Following"
	return stage


def after_project(stage: str | None, *, is_finished: bool) -> str:
	"""Where a customer stands after a project of it began or was delivered; never a step back.

	:param is_finished: the project is delivered, accepted or closed
	"""
	stage = stage or "Prospect"
	if is_finished:
		return "Maintained"
	return stage if stage in ("Converted", "Maintained") else "Converted"


def after_silence(stage: str | None, *, days: int, dormant_after: int, lost_after: int) -> str:
	"""Where a customer stands after days without a talk, an open deal or a running project.

	:param days: of silence; for a dormant customer, how long it has been dormant
	:param dormant_after: days from which a customer is dormant, 0 for never
	:param lost_after: days dormant from which a customer is lost, 0 for never
	"""
	stage = stage or "Prospect"
	if stage in CAN_FALL_ASLEEP and dormant_after and days >= dormant_after:
		return "Dormant"
	if stage == "Dormant" and lost_after and days >= lost_after:
		return "Lost"
	return stage

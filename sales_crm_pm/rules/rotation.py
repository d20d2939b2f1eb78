"""Whose turn it is: round robin with shares, or the person with the least open work."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


def cycle(people: Sequence[tuple[str, int]]) -> list[str]:
	"""One full round in which everybody appears as often as their share says, spread out evenly.

	:param people: (person, share); a share below 1 counts as 1
	"""
	places = []
	for position, (person, share) in enumerate(people):
		share = max(1, share)
		places += [((turn + 0.5) / share, position, person) for turn in range(share)]
	return [person for _place, _position, person in sorted(places)]


def next_in_turn(
	people: Sequence[tuple[str, int]], turn: int, available: Collection[str]
) -> tuple[str | None, int]:
	"""The next available person and the number of their turn.

	Somebody passed over loses that turn but keeps the place in the round.

	:param turn: number of the last turn taken, -1 before the first
	:return: (person, turn taken), or (None, turn) when nobody is available
	"""
	round_ = cycle(people)
	for step in range(1, len(round_) + 1):
		at = (turn + step) % len(round_)
		if round_[at] in available:
			return round_[at], at
	return None, turn


def least_loaded(
	people: Sequence[tuple[str, int]], loads: Mapping[str, int], available: Collection[str], last: str | None
) -> str | None:
	"""The available person with the least work per share; the one after `last` among equals.

	:param loads: open leads per person
	"""
	names = [person for person, _share in people]
	start = names.index(last) + 1 if last in names else 0
	best = None
	for step in range(len(people)):
		person, share = people[(start + step) % len(people)]
		if person not in available:
			continue
		load = loads.get(person, 0) / max(1, share)
		if best is None or load < best[0]:
			best = (load, person)
	return best[1] if best else None

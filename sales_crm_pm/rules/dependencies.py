"""Which task waits for which: cycles and the list the Gantt chart reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

LINK_TYPES = ("FS", "SS", "FF", "SF")


def find_cycle(waits_for: Mapping[str, Iterable[str]]) -> list[str]:
	"""Return the tasks of one cycle, first one repeated at the end, or [] when there is none.

	`waits_for` maps a task to the tasks it depends on. Iterative, so the depth of a plan does not matter.
	"""
	done: set[str] = set()
	for root in waits_for:
		if root in done:
			continue
		path: list[str] = []
		on_path: set[str] = set()
		stack: list[tuple[str, bool]] = [(root, False)]
		while stack:
			node, is_exit = stack.pop()
			if is_exit:
				path.pop()
				on_path.discard(node)
				done.add(node)
				continue
			if node in on_path:
				return [*path[path.index(node) :], node]
			if node in done:
				continue
			path.append(node)
			on_path.add(node)
			stack.append((node, True))
			stack.extend((previous, False) for previous in waits_for.get(node, ()))
	return []


def as_list(tasks: Iterable[str]) -> str:
	"""Return the comma separated list of predecessors, each once, in the order of the rows."""
	return ",".join(dict.fromkeys(t for t in tasks if t))


def parse_row_numbers(text: str | None, own_row: int, rows: int) -> list[int]:
	"""Return the row numbers (from 1) that a template task names as its predecessors.

	Raises ValueError with the offending piece when it is no number, names no row, or the row itself.
	"""
	found: list[int] = []
	for piece in (text or "").replace("，", ",").replace(";", ",").split(","):
		piece = piece.strip()
		if not piece:
			continue
		if not piece.isdigit() or not 1 <= int(piece) <= rows or int(piece) == own_row:
			raise ValueError(piece)
		if int(piece) not in found:
			found.append(int(piece))
	return found


class RowLink(NamedTuple):
	"""A template task waits for the task of another row."""

	number: int
	link_type: str
	lag_days: int


def parse_links(text: str | None, own_row: int, rows: int) -> list[RowLink]:
	"""Return the links a template task names: "3, 4SS+2, 5FF-1" (finish to start without lag where not said).

	Raises ValueError with the offending piece when it is no link, names no row, or the row itself.
	"""
	found: dict[int, RowLink] = {}
	for piece in (text or "").replace("，", ",").replace(";", ",").split(","):
		if not (piece := piece.strip()):
			continue
		match = re.fullmatch(r"(\d+)\s*(FS|SS|FF|SF)?\s*([+-]\s*\d+)?\s*d?", piece, re.IGNORECASE)
		if not match or not 1 <= int(match[1]) <= rows or int(match[1]) == own_row:
			raise ValueError(piece)
		number = int(match[1])
		lag = int(re.sub(r"\s", "", match[3] or "0"))
		found.setdefault(number, RowLink(number, (match[2] or "FS").upper(), lag))
	return list(found.values())


def write_links(links: Iterable[RowLink]) -> str:
	"""The text that `parse_links` reads back: the plain number for the usual link."""
	return ", ".join(
		f"{link.number}"
		if (link.link_type, link.lag_days) == ("FS", 0)
		else f"{link.number}{link.link_type}" + (f"{link.lag_days:+d}" if link.lag_days else "")
		for link in links
	)

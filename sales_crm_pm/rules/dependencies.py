"""Which task waits for which: cycles and the list the Gantt chart reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


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

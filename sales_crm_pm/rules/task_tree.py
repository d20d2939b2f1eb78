"""The tree of a plan and the links in it: cycles, order, and what lies behind a task. No frappe import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FS, SS, FF, SF = "FS", "SS", "FF", "SF"
LINK_TYPES = (FS, SS, FF, SF)


class CycleError(ValueError):
	"""Tasks wait for each other in a circle; `.cycle` names them in the order in which they would have to happen,
	the first one repeated at the end."""

	def __init__(self, cycle: list[str]):
		super().__init__(" -> ".join(cycle))
		self.cycle = cycle


@dataclass(frozen=True, slots=True)
class Link:
	"""`successor` waits for `predecessor`; `lag` in working days, negative for an overlap."""

	predecessor: str
	successor: str
	kind: str = FS
	lag: int = 0


class Tree:
	"""Who is a part of what: leaves below each task, and the order in which links can be followed."""

	def __init__(self, names: Iterable[str], parents: Mapping[str, str | None], links: Iterable[Link]):
		self.names = list(dict.fromkeys(names))
		known = set(self.names)
		self.parent = {name: parents.get(name) for name in self.names if parents.get(name) in known}
		self.children: dict[str, list[str]] = {}
		for name in self.names:
			if name in self.parent:
				self.children.setdefault(self.parent[name], []).append(name)
		self.links = [k for k in links if k.predecessor in known and k.successor in known]
		self.order = self._sorted()

	def is_summary(self, name: str) -> bool:
		return name in self.children

	def _sorted(self) -> list[tuple[str, bool]]:
		"""All points of the plan so that each comes after what it waits for: (name, whether it is its end).

		A leaf is one point; a summary two: its parts come after its beginning and before its end.
		:raises CycleError: there is no such order
		"""
		after: dict[tuple[str, bool], list[tuple[str, bool]]] = {}
		waits: dict[tuple[str, bool], int] = {}
		for name in self.names:
			waits[name, False] = 0
			if name in self.children:
				waits[name, True] = 0
		edges: list[tuple[tuple[str, bool], tuple[str, bool]]] = []
		for name, parent in self.parent.items():
			edges.append(((parent, False), (name, False)))
			edges.append(((name, name in self.children), (parent, True)))
		for link in self.links:
			edges.append(((link.predecessor, link.predecessor in self.children), (link.successor, False)))
		for before, behind in edges:
			after.setdefault(before, []).append(behind)
			waits[behind] += 1
		ready = [point for point in waits if not waits[point]]
		order: list[tuple[str, bool]] = []
		while ready:
			point = ready.pop()
			order.append(point)
			for behind in after.get(point, ()):
				waits[behind] -= 1
				if not waits[behind]:
					ready.append(behind)
		if len(order) < len(waits):
			raise CycleError(self._cycle({p for p in waits if waits[p]}, edges))
		return order

	@staticmethod
	def _cycle(left: set[tuple[str, bool]], edges: list) -> list[str]:
		"""One circle among the points that no order was found for."""
		before: dict[tuple[str, bool], tuple[str, bool]] = {}
		for source, target in edges:
			# Every point that is left waits for another one that is left, so walking back never ends …
			if source in left and target in left:
				before.setdefault(target, source)
		point, seen, path = next(p for p in sorted(left) if p in before), {}, []
		while point not in seen:
			seen[point] = len(path)
			path.append(point)
			point = before[point]
		# … until it meets itself.
		names = [name for name, _is_end in reversed([*path[seen[point] :], point])]
		cycle = [name for number, name in enumerate(names) if not number or names[number - 1] != name]
		return cycle if len(cycle) > 1 else cycle * 2


def check(names: Iterable[str], parents: Mapping[str, str | None], links: Iterable[Link]) -> None:
	"""Refuse links and parts that run in a circle, at any depth.

	:raises CycleError: with the tasks of one circle
	"""
	Tree(names, parents, links)


def followers(
	names: Iterable[str], parents: Mapping[str, str | None], links: Iterable[Link], moved: Iterable[str]
) -> set[str]:
	"""The tasks whose dates may depend on those of `moved`, these included: behind links, parts, and the parts of
	what is behind links."""
	known = set(names)
	children: dict[str, list[str]] = {}
	for name, parent in parents.items():
		if parent:
			children.setdefault(parent, []).append(name)
	behind: dict[str, list[str]] = {}
	for link in links:
		behind.setdefault(link.predecessor, []).append(link.successor)
	# Going up to a summary must not come down again to the parts beside.
	found: set[str] = set()
	done: set[tuple[str, bool]] = set()
	stack = [(name, True) for name in moved]
	while stack:
		name, goes_down = stack.pop()
		if name not in known or (name, goes_down) in done:
			continue
		done.add((name, goes_down))
		found.add(name)
		stack.extend((n, True) for n in behind.get(name, ()))
		if goes_down:
			stack.extend((n, True) for n in children.get(name, ()))
		if parents.get(name):
			stack.append((parents[name], False))
	return found

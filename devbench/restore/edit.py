"""Exact text edits of restored files."""

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from devbench.restore.errors import RestoreError


@dataclass(frozen=True)
class Edit:
	"""One replacement of text in one file, or in every file that a pattern with `*` names.

	Attributes:
		path: file below the framework's folder, e.g. `frappe/boot.py`, or a glob such as `frappe/**/*.py`.
		old: text to find (a regular expression if `regex`).
		new: text to put there.
		count: how often `old` must occur in all; None means at least once.
		regex: treat `old` as a regular expression with `^`/`$` at line ends, `new` as its template.
	"""

	path: str
	old: str
	new: str
	count: int | None = 1
	regex: bool = False

	def apply(self, tree: Path) -> int:
		"""Apply the edit below `tree` and return how many places changed.

		Raises RestoreError if the file is missing or `old` does not occur as often as expected.
		"""
		files = sorted(tree.glob(self.path)) if "*" in self.path else [tree / self.path]
		found = 0
		for file in files:
			if not file.is_file():
				raise RestoreError(f"Edit of {self.path}: the file does not exist in the restored framework.")
			found += self._apply_to(file)
		if found == 0 or (self.count is not None and found != self.count):
			expected = "at least one" if self.count is None else self.count
			start = self.old.strip().splitlines()[0][:80]
			raise RestoreError(f"Edit of {self.path}: expected {expected} of {start!r}, found {found}.")
		return found

	def _apply_to(self, file: Path) -> int:
		text = file.read_text()
		if self.regex:
			changed, found = re.subn(self.old, self.new, text, flags=re.MULTILINE)
		else:
			found = text.count(self.old)
			changed = text.replace(self.old, self.new)
		if found:
			file.write_text(changed)
		return found


def load_topics(folder: Path) -> list[ModuleType]:
	"""Return the edit modules (`*.py` without a leading underscore) of `folder`, by name."""
	topics = []
	for path in sorted(folder.glob("[!_]*.py")):
		spec = importlib.util.spec_from_file_location(f"devbench_edits_{path.stem}", path)
		module = importlib.util.module_from_spec(spec)
		spec.loader.exec_module(module)
		topics.append(module)
	return topics


def move_files(topic: ModuleType, tree: Path) -> int:
	"""Apply MOVES (old path → new path) and REMOVE (files to delete) of one topic; return how many.

	Raises RestoreError if a file is missing.
	"""
	moves, removals = getattr(topic, "MOVES", {}), getattr(topic, "REMOVE", ())
	for path in (*moves, *removals):
		if not (tree / path).is_file():
			raise RestoreError(f"Move or removal of {path}: the file does not exist in the package.")
	for old, new in moves.items():
		(tree / new).parent.mkdir(parents=True, exist_ok=True)
		(tree / old).rename(tree / new)
	for path in removals:
		(tree / path).unlink()
	return len(moves) + len(removals)


def apply_topic(topic: ModuleType, tree: Path) -> int:
	"""Apply the EDITS of one topic module; return how many places changed."""
	return sum(edit.apply(tree) for edit in getattr(topic, "EDITS", ()))

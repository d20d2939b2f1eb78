"""Building the framework's folder: unpack, move, overlay, graft, edit, translate, and only then replace."""

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from devbench.restore import edit, fetch, rename
from devbench.restore.errors import RestoreError
from devbench.restore.graft import graft

HERE = Path(__file__).resolve().parent
STAMP = ".restored.json"


def stamp_of(wheel_hash: str = fetch.WHEEL_SHA256, here: Path = HERE) -> str:
	"""Return a hash over everything that decides the result: the wheel, this package, the translations."""
	digest = hashlib.sha256(wheel_hash.encode())
	for folder in (here, here.parent / "translations"):
		for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
			if path.is_file() and "__pycache__" not in path.parts:
				digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
	return digest.hexdigest()


def is_current(into: Path) -> bool:
	"""Return True if `into` holds a complete result of the present recipe."""
	return _read_stamp(into).get("stamp") == stamp_of()


def restore(
	wheel: Path, into: Path, *, force: bool = False, say: Callable[[str], None] = lambda line: None
) -> bool:
	"""Restore the framework from `wheel` into the folder `into` (which will hold the package `frappe`).

	Nothing happens if `into` is current. Otherwise the tree is built beside it and then copied over file
	by file, changed files only, so that compiled files, node_modules and built assets in `into` survive
	and a run that is cut off leaves no stamp and is repeated.

	Returns True if the folder was rebuilt. Raises RestoreError with a clear sentence.
	"""
	stamp = stamp_of()
	if not force and _read_stamp(into).get("stamp") == stamp:
		return False
	fetch.verify(wheel)
	into.parent.mkdir(parents=True, exist_ok=True)
	with tempfile.TemporaryDirectory(prefix=".restore-", dir=into.parent) as scratch:
		tree = Path(scratch)
		say(f"unpacked {rename.unpack(wheel, tree)} files")
		topics = edit.load_topics(HERE / "edits")
		say(f"moved {sum(edit.move_files(topic, tree) for topic in topics)} files")
		say(f"put in {_overlay(HERE / 'overlay', tree)} files of our own")
		say(f"grafted {_grafts(HERE / 'graft', tree)} files")
		for topic in topics:
			say(
				f"edited {edit.apply_topic(topic, tree)} places for {topic.__name__.removeprefix('devbench_edits_')}"
			)
		say(f"merged {_translations(HERE.parent / 'translations', tree)} translations")
		_check(tree)
		changed = _sync(tree, into, stamp)
	say(f"wrote {changed} changed files")
	return True


def _overlay(source: Path, tree: Path) -> int:
	files = _files(source)
	for path in files:
		target = tree / path.relative_to(source)
		target.parent.mkdir(parents=True, exist_ok=True)
		shutil.copyfile(path, target)
	return len(files)


def _grafts(source: Path, tree: Path) -> int:
	files = [path for path in _files(source) if path.suffix == ".py"]
	for path in files:
		name = path.relative_to(source)
		target = tree / name
		if not target.is_file():
			raise RestoreError(f"Graft of {name}: the file does not exist in the restored framework.")
		target.write_text(graft(target.read_text(), path.read_text(), str(name)))
	return len(files)


def _translations(source: Path, tree: Path) -> int:
	"""Merge our strings for the framework, one CSV per language, into what the framework ships itself."""
	count = 0
	for path in sorted(source.glob("*.csv")) if source.is_dir() else ():
		target = tree / "frappe" / "translations" / path.name
		rows: dict[tuple[str, str], str] = {}
		for file in (target, path):
			if not file.is_file():
				continue
			with open(file, newline="") as stream:
				for row in csv.reader(stream):
					if len(row) >= 2 and row[0]:
						rows[row[0], row[2] if len(row) > 2 else ""] = row[1]
		target.parent.mkdir(parents=True, exist_ok=True)
		with open(target, "w", newline="") as stream:
			writer = csv.writer(stream, lineterminator="\n")
			writer.writerows((text, translated, context) for (text, context), translated in rows.items())
		count += len(rows)
	return count


def _check(tree: Path) -> None:
	"""Refuse a tree that cannot be imported: every Python file must compile."""
	for path in _files(tree):
		if path.suffix == ".py":
			try:
				compile(path.read_bytes(), str(path.relative_to(tree)), "exec", dont_inherit=True)
			except SyntaxError as error:
				raise RestoreError(
					f"{path.relative_to(tree)}, line {error.lineno}: {error.msg} after restoring.",
					"Use Python 3.11 or newer, or correct the edit that made this line.",
				) from error


def _sync(tree: Path, into: Path, stamp: str) -> int:
	"""Make `into` hold the files of `tree`, touching only what differs, and stamp it last."""
	before = _read_stamp(into)
	into.mkdir(parents=True, exist_ok=True)
	(into / STAMP).unlink(missing_ok=True)
	names, changed = [], 0
	for path in _files(tree):
		name = path.relative_to(tree)
		names.append(str(name))
		target = into / name
		content = path.read_bytes()
		if not target.is_file() or target.read_bytes() != content:
			target.parent.mkdir(parents=True, exist_ok=True)
			target.write_bytes(content)
			changed += 1
	for name in set(before.get("files", ())) - set(names):
		(into / name).unlink(missing_ok=True)
		changed += 1
	(into / STAMP).write_text(json.dumps({"stamp": stamp, "files": names}))
	return changed


def _read_stamp(into: Path) -> dict:
	try:
		return json.loads((into / STAMP).read_text())
	except (OSError, ValueError):
		return {}


def _files(folder: Path) -> list[Path]:
	return [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]

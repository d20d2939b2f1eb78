"""How the framework's source is changed: grafts, edits, renaming, and what happens when one does not fit."""

import zipfile

import pytest

from devbench.restore import RestoreError
from devbench.restore.edit import Edit
from devbench.restore.engine import _sync
from devbench.restore.fetch import verify
from devbench.restore.graft import graft
from devbench.restore.rename import unpack

TARGET = '''"""A module."""
from __future__ import annotations

import os

LIMIT = 1


@decorated
def first():
	return "old"


class Thing:
	size = 1

	def grow(self):
		return self.size

	def shrink(self):
		return -self.size


def last():
	return first()
'''


def test_a_function_is_replaced_with_its_decorators_and_keeps_its_place():
	result = graft(TARGET, 'def first():\n\treturn "new"\n')
	assert "@decorated" not in result
	assert 'return "old"' not in result
	assert result.index('return "new"') < result.index("class Thing")


def test_new_definitions_are_appended_and_constants_replaced():
	result = graft(TARGET, "LIMIT = 7\n\n\ndef extra():\n\treturn LIMIT\n")
	assert "LIMIT = 1" not in result
	assert result.index("def last") < result.index("def extra")


def test_imports_go_behind_the_first_imports_once():
	result = graft(TARGET, "from __future__ import annotations\n\nimport json\nimport os\n")
	assert result.count("import os") == 1
	assert result.index("import os") < result.index("import json") < result.index("LIMIT")
	assert result.count("__future__") == 1


def test_only_named_members_of_a_marked_class_change():
	addition = "class Thing:  # graft: members\n\tdef grow(self):\n\t\treturn 9\n\n\tdef more(self):\n\t\treturn 10\n"
	result = graft(TARGET, addition)
	namespace = {}
	exec(result.replace("@decorated", ""), namespace)
	thing = namespace["Thing"]()
	assert (thing.grow(), thing.more(), thing.shrink()) == (9, 10, -1)
	assert namespace["last"]() == "old"


def test_a_graft_that_does_not_parse_is_refused_by_name():
	with pytest.raises(RestoreError, match=r"frappe/x\.py"):
		graft(TARGET, "def broken(:\n", "frappe/x.py")


def test_an_edit_must_occur_as_often_as_expected(tmp_path):
	file = tmp_path / "frappe" / "x.py"
	file.parent.mkdir()
	file.write_text("a = 1\nb = 1\n")
	with pytest.raises(RestoreError, match="expected 1 of '= 1', found 2"):
		Edit("frappe/x.py", "= 1", "= 2").apply(tmp_path)
	with pytest.raises(RestoreError, match="found 0"):
		Edit("frappe/x.py", "c = 1", "c = 2", count=None).apply(tmp_path)
	with pytest.raises(RestoreError, match="does not exist"):
		Edit("frappe/y.py", "a", "b").apply(tmp_path)


def test_edits_by_regular_expression_and_by_pattern_of_files(tmp_path):
	for name in ("x", "y"):
		file = tmp_path / "frappe" / f"{name}.py"
		file.parent.mkdir(exist_ok=True)
		file.write_text("one()\ntwo()\n")
	assert Edit("frappe/**/*.py", r"^(o)ne", r"\1nce", count=2, regex=True).apply(tmp_path) == 2
	assert (tmp_path / "frappe" / "y.py").read_text() == "once()\ntwo()\n"


def test_unpacking_renames_contents_and_files_but_not_binaries(tmp_path):
	wheel = tmp_path / "x.whl"
	with zipfile.ZipFile(wheel, "w") as archive:
		archive.writestr("monoframe/monoframe_x.py", "import monoframe  # MONOFRAME Monoframe")
		archive.writestr("monoframe/image.bin", b"\x00monoframe")
		archive.writestr("monoframe-0.0.1.dist-info/METADATA", "Name: monoframe")
	assert unpack(wheel, tmp_path / "out") == 2
	assert (tmp_path / "out/frappe/frappe_x.py").read_text() == "import frappe  # FRAPPE Frappe"
	assert (tmp_path / "out/frappe/image.bin").read_bytes() == b"\x00monoframe"


def test_a_download_with_another_hash_is_called_corrupt(tmp_path):
	wheel = tmp_path / "x.whl"
	wheel.write_bytes(b"something else")
	with pytest.raises(RestoreError, match="corrupt") as failure:
		verify(wheel)
	assert "download it afresh" in failure.value.remedy


def test_syncing_touches_only_what_differs_and_drops_what_is_gone(tmp_path):
	tree, into = tmp_path / "tree", tmp_path / "into"
	tree.mkdir()
	(tree / "a.py").write_text("a")
	(tree / "b.py").write_text("b")
	assert _sync(tree, into, "first") == 2
	(into / "built.js").write_text("made later")
	before = (into / "a.py").stat().st_mtime_ns
	(tree / "b.py").unlink()
	assert _sync(tree, into, "second") == 1
	assert (into / "a.py").stat().st_mtime_ns == before
	assert not (into / "b.py").exists()
	assert (into / "built.js").exists()

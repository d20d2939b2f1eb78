"""A file that is no complete backup of a site is refused before anything is touched."""

from __future__ import annotations

import gzip

import pytest

from devbench.backup import check_file
from devbench.console import DevbenchError

GOOD = b"-- MariaDB dump\nCREATE TABLE `tabDefaultValue` (x int);\n" + b"-- x\n" * 5000 + b"-- Dump completed on 2026-01-01\n"


def _write(folder, content: bytes, name: str = "20260101-site-database.sql.gz"):
	path = folder / name
	path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
	return path


@pytest.mark.parametrize("name", ["a-database.sql.gz", "a-database.sql"])
def test_complete_backup_is_accepted(tmp_path, name):
	path = _write(tmp_path, GOOD, name)
	assert check_file(path) == path


def test_missing_file(tmp_path):
	with pytest.raises(DevbenchError, match="does not exist"):
		check_file(tmp_path / "none.sql.gz")


def test_cut_off_archive(tmp_path):
	path = _write(tmp_path, GOOD)
	path.write_bytes(path.read_bytes()[:-40])
	with pytest.raises(DevbenchError, match="damaged"):
		check_file(path)


def test_archive_with_changed_bytes(tmp_path):
	path = _write(tmp_path, GOOD)
	content = bytearray(path.read_bytes())
	content[-6] ^= 0xFF
	path.write_bytes(content)
	with pytest.raises(DevbenchError, match="damaged"):
		check_file(path)


def test_dump_that_ends_early(tmp_path):
	with pytest.raises(DevbenchError, match="incomplete"):
		check_file(_write(tmp_path, GOOD[:-40]))


def test_dump_of_something_else(tmp_path):
	content = b"CREATE TABLE t (x int);\n-- Dump completed on 2026-01-01\n"
	with pytest.raises(DevbenchError, match="not the backup of a site"):
		check_file(_write(tmp_path, content))

"""Undoing the renaming of the fork, in file contents and in file names."""

import zipfile
from pathlib import Path

RENAMES = ((b"monoframe", b"frappe"), (b"Monoframe", b"Frappe"), (b"MONOFRAME", b"FRAPPE"))


def is_text(content: bytes) -> bool:
	"""Return True if `content` has no NUL byte, which no text file of the package has."""
	return b"\x00" not in content


def rename_content(content: bytes) -> bytes:
	"""Return `content` with the framework's own name put back; binary content is returned untouched."""
	if is_text(content):
		for old, new in RENAMES:
			content = content.replace(old, new)
	return content


def rename_path(path: str) -> str:
	"""Return a path of the package under the framework's own name."""
	return rename_content(path.encode()).decode()


def unpack(wheel: Path, into: Path) -> int:
	"""Unpack `wheel` into `into` under the framework's own name.

	The `.dist-info` folder is left out: pip must not believe that a package of that name is installed.
	Returns the number of files written.
	"""
	written = 0
	with zipfile.ZipFile(wheel) as archive:
		for info in archive.infolist():
			if info.is_dir() or info.filename.split("/", 1)[0].endswith(".dist-info"):
				continue
			target = into / rename_path(info.filename)
			target.parent.mkdir(parents=True, exist_ok=True)
			target.write_bytes(rename_content(archive.read(info)))
			written += 1
	return written

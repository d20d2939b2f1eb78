"""python3 -m devbench.restore --wheel PATH --into DIR"""

import argparse
import sys
from pathlib import Path

from devbench import paths
from devbench.restore import RestoreError, fetch, restore


def main() -> int:
	"""Restore the framework as the command line says; return the exit status."""
	parser = argparse.ArgumentParser(prog="devbench.restore", description="Restore the framework.")
	parser.add_argument("--wheel", type=Path, help="the pinned wheel (downloaded when not given)")
	parser.add_argument("--into", type=Path, default=paths.FRAPPE_SOURCE, help="folder to build")
	parser.add_argument("--force", action="store_true", help="rebuild even if nothing changed")
	options = parser.parse_args()
	try:
		wheel = options.wheel or fetch.fetch(paths.CACHE)
		rebuilt = restore(wheel, options.into, force=options.force, say=print)
	except RestoreError as error:
		print(f"{error.sentence} {error.remedy}".strip(), file=sys.stderr)
		return 1
	print("restored" if rebuilt else "already current")
	return 0


if __name__ == "__main__":
	sys.exit(main())

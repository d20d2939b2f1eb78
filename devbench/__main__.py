"""Entry of `python3 -m devbench`."""

import os
import sys

if sys.version_info < (3, 11):
	sys.exit(
		f"devbench: Python {sys.version.split()[0]} is too old: devbench needs Python 3.11 or newer. "
		"Install it and start devbench with it, e.g. python3.11 -m devbench run"
	)

# tests work on a bench of their own; the paths are fixed when devbench is imported, so this comes first
if next((word for word in sys.argv[1:] if not word.startswith("-")), None) == "test":
	os.environ["DEVBENCH_STACK"] = "test"

from devbench.cli import main  # noqa: E402

sys.exit(main())

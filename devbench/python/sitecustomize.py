"""Lets every Python process of the bench import the apps below `apps/`, as in an official bench's environment.

This folder is on the Python path of the bench's processes, so Python loads this file when it starts. A finder
instead of more entries on the path: an app that joins the bench later can be imported by processes that run.
"""

import importlib.util
import os
import sys


class AppFinder:
	"""Finds the package of an app in `apps/<app>/<app>`, after everything that is installed."""

	@staticmethod
	def find_spec(name, path=None, target=None):
		"""Return where the top-level package `name` is if it is an app of the bench, else None."""
		root = os.environ.get("FRAPPE_BENCH_ROOT")
		if path is not None or "." in name or not root:
			return None
		folder = os.path.join(root, "apps", name, name)
		init = os.path.join(folder, "__init__.py")
		if not os.path.isfile(init):
			return None
		return importlib.util.spec_from_file_location(name, init, submodule_search_locations=[folder])


sys.meta_path.append(AppFinder)

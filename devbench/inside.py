"""What devbench does with a site that needs the framework; runs in the bench's own Python, in the sites' folder.

	python -m devbench.inside call SITE DOTTED.PATH '{"argument": 1}' ANSWER_FILE
	python -m devbench.inside console SITE
	python -m devbench.inside clear-cache SITE
	python -m devbench.inside backup SITE FOLDER ANSWER_FILE
	python -m devbench.inside flush
"""

import json
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def connected(site: str):
	"""Be Administrator on a site; what was not committed at the end is committed, after an error undone."""
	import frappe

	frappe.init(site)
	frappe.connect()
	try:
		yield frappe
		frappe.db.commit()
	except BaseException:
		frappe.db.rollback()
		raise
	finally:
		frappe.destroy()


def call(site: str, method: str, arguments: str = "{}", answer: str = "") -> None:
	"""Call a function by its dotted path; its result goes, as JSON, to the file `answer` or is printed."""
	with connected(site) as frappe:
		kwargs = json.loads(arguments)
		result = frappe.get_attr(method)(**kwargs)
		frappe.db.commit()
		text = frappe.as_json(result)
	if answer:
		Path(answer).write_text(text + "\n")
	elif result is not None:
		print(text)


def console(site: str) -> None:
	"""Open an interactive Python with the site connected."""
	with connected(site) as frappe:
		import IPython

		print(f"Site {site}, user Administrator. Changes are kept only after frappe.db.commit().")
		IPython.start_ipython(argv=["--no-banner", "--no-confirm-exit"], user_ns={"frappe": frappe, "site": site})
		frappe.db.rollback()


def clear_cache(site: str) -> None:
	"""Forget everything the framework keeps in memory about a site."""
	with connected(site) as frappe:
		frappe.clear_cache()
		from frappe.website.utils import clear_website_cache

		clear_website_cache()


def backup(site: str, folder: str, answer: str) -> None:
	"""Write the database and the files of a site into `folder` (the framework's usual one if empty)."""
	with connected(site):
		from frappe.utils.backups import scheduled_backup

		made = scheduled_backup(ignore_files=False, compress=True, force=True, backup_path=folder or None)
		names = ("backup_path_db", "backup_path_files", "backup_path_private_files", "backup_path_conf")
		files = {name: str(Path(getattr(made, name)).resolve()) for name in names if getattr(made, name, None)}
	Path(answer).write_text(json.dumps(files))


def flush() -> None:
	"""Empty both Redis databases: objects pickled by older code must not come back."""
	import redis

	config = json.loads(Path("common_site_config.json").read_text())
	for key in ("redis_cache", "redis_queue"):
		redis.from_url(config[key]).flushall()


TASKS = {"call": call, "console": console, "clear-cache": clear_cache, "backup": backup, "flush": flush}

def main() -> int:
	"""Run a task; a failure is shown with its origin and, last, as one sentence."""
	try:
		TASKS[sys.argv[1]](*sys.argv[2:])
	except Exception as error:
		traceback.print_exc()
		print(f"devbench: {' '.join(sys.argv[1:4])} failed: {type(error).__name__}: {error}", file=sys.stderr)
		return 1
	return 0


if __name__ == "__main__":
	sys.exit(main())

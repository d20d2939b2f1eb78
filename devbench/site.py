"""Sites of the bench: made, given apps, migrated, dropped. The services must be up.

Everything here runs under any Python; the work is done by `devbench.site_tasks` in the bench's own.
"""

import json
import os
import re
import subprocess
from pathlib import Path

from devbench import paths


class SiteError(Exception):
	"""Work on a site failed.

	Attributes:
		sentence: what went wrong.
		remedy: what the person can do about it.
		output: what the task printed.
	"""

	def __init__(self, sentence: str, remedy: str = "", output: str = ""):
		super().__init__(f"{sentence} {remedy}".strip())
		self.sentence = sentence
		self.remedy = remedy
		self.output = output


def exists(site: str) -> bool:
	"""Return True if the bench has a site of that name, complete with its configuration."""
	return (paths.site(site) / "site_config.json").is_file()


def link_app(app: str, source: Path) -> None:
	"""Put an app into the bench: a link `apps/<app>` to its source folder, and a line in `apps.txt`.

	The bench's Python finds the packages of its apps without further ado, as after `bench get-app`.
	"""
	_make_importable(source)
	paths.APPS.mkdir(parents=True, exist_ok=True)
	link = paths.APPS / app
	if app != "frappe" and link.resolve() != source.resolve():
		link.unlink(missing_ok=True)
		link.symlink_to(os.path.relpath(source, paths.APPS))
	paths.SITES.mkdir(parents=True, exist_ok=True)
	lines = paths.APPS_TXT.read_text().split() if paths.APPS_TXT.is_file() else []
	if app not in lines:
		paths.APPS_TXT.write_text("\n".join([*lines, app]) + "\n")


def unlink_app(app: str) -> None:
	"""Take an app out of the bench again; sites that have it installed must have lost it before."""
	if paths.APPS_TXT.is_file():
		lines = [line for line in paths.APPS_TXT.read_text().split() if line != app]
		paths.APPS_TXT.write_text("\n".join(lines) + "\n")
	link = paths.APPS / app
	if link.is_symlink():
		link.unlink()


def _make_importable(source: Path) -> None:
	for packages in paths.ENV.glob("lib/python3*/site-packages"):
		listing = packages / "devbench_apps.pth"
		lines = listing.read_text().splitlines() if listing.is_file() else []
		if str(source) not in lines:
			listing.write_text("\n".join([*lines, str(source)]) + "\n")


def create_site(site: str, admin_password: str = "admin", *, db_name: str | None = None, force: bool = False):
	"""Make a site with a database of its own and the framework installed.

	Args:
		site: name of the site, which is also the host name it answers to.
		admin_password: password of Administrator.
		db_name: name of the database; made from the site's name if not given.
		force: make it anew even if a site or a database of that name is there.
	Raises:
		SiteError: the site could not be made; what was made of it has been taken away.
	"""
	if not force and exists(site):
		raise SiteError(f"The site {site} exists already.", "Choose another name or use --fresh.")
	# a folder without a configuration is what an interrupted run left: nobody can have used it
	leftover = paths.site(site).is_dir() and not exists(site)
	name = db_name or "_" + re.sub(r"[^a-z0-9]+", "_", site.lower()).strip("_")[:48]
	run_task("new-site", site=site, admin_password=admin_password, db_name=name, force=force or leftover)


def install_app(site: str, app: str) -> None:
	"""Install an app of the bench on a site; nothing happens if it is installed. Raises SiteError."""
	run_task("install-app", site=site, app=app)


def remove_app(site: str, app: str) -> None:
	"""Remove an app and its records from a site. Raises SiteError."""
	run_task("remove-app", site=site, app=app)


def finish_setup(site: str, **answers: str) -> None:
	"""Answer the setup wizard (see `site_tasks.finish_setup` for the answers). Raises SiteError."""
	run_task("finish-setup", site=site, **answers)


def migrate(site: str) -> None:
	"""Bring a site's database to the state of the code. Raises SiteError."""
	run_task("migrate", site=site)


def installed_apps(site: str) -> list[str]:
	"""Return the apps installed on a site. Raises SiteError."""
	return json.loads(run_task("list-apps", site=site).strip().splitlines()[-1])


def drop_site(site: str) -> None:
	"""Drop a site with its database and files. Raises SiteError."""
	run_task("drop-site", site=site)


def environment() -> dict[str, str]:
	"""Return the environment for programs of the bench."""
	return {**os.environ, **paths.tool_env(), "PYTHONUNBUFFERED": "1"}


def run_task(task: str, **arguments) -> str:
	"""Run a task of `devbench.site_tasks` in the folder of the sites and return what it printed.

	Raises SiteError with the last line of what went wrong.
	"""
	result = subprocess.run(
		[str(paths.PYTHON), "-m", "devbench.site_tasks", task, json.dumps(arguments)],
		cwd=paths.SITES,
		env=environment(),
		stdin=subprocess.DEVNULL,
		capture_output=True,
		text=True,
	)
	if result.returncode:
		reason = (result.stderr.strip() or result.stdout.strip() or "no reason was given").splitlines()[-1]
		log = paths.LOGS / f"{task}.log"
		log.parent.mkdir(parents=True, exist_ok=True)
		log.write_text(result.stdout + result.stderr)
		raise SiteError(
			f"{task} of the site {arguments.get('site')} failed: {reason}",
			f"The whole output is in {os.path.relpath(log)}.",
			result.stdout + result.stderr,
		)
	return result.stdout

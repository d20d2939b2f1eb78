"""Backing a site up and putting a backup back, so that a restore that fails leaves the site as it was."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import tarfile
import time
import zlib
from pathlib import Path

from devbench import bench_site, mariadb, paths, site, state
from devbench.console import DevbenchError, call, step

_NAME = re.compile(r"-database\.sql(\.gz)?$")


def backup(name: str, folder: str | None = None) -> list[Path]:
	"""Write the database, the files and the configuration of a site.

	Args:
		name: the site.
		folder: where to; the site's private/backups if None.
	Returns:
		the files that were written, the database first.
	Raises:
		DevbenchError: the backup failed.
	"""
	target = str(Path(folder).resolve()) if folder else ""
	if target:
		Path(target).mkdir(parents=True, exist_ok=True)
	answer = paths.RUN / "backup.json"
	answer.unlink(missing_ok=True)
	with step(f"Backup of {name}"):
		command = [paths.PYTHON, "-m", "devbench.inside", "backup", name, target, answer]
		call(command, "backup", "The backup", paths.tool_env(), paths.SITES)
	files = [Path(path) for path in (state.read_json(answer, {}) or {}).values()]
	files = [path for path in files if path.exists()]
	if not files or _NAME.search(files[0].name) is None:
		raise DevbenchError("The backup wrote no database file.", "See run/logs/backup.log.")
	check_file(files[0])
	return files


def check_file(file: str | Path) -> Path:
	"""Return the path of a backup's database file if it is complete.

	Raises:
		DevbenchError: it is missing, damaged, or not the dump of a site.
	"""
	path = Path(file).expanduser()
	if not path.is_file():
		raise DevbenchError(f"The backup file {file} does not exist.", "Name the file that ends in -database.sql.gz.")
	tail = b""
	is_site = False
	try:
		with _opened(path) as stream:
			while block := stream.read(1 << 20):
				is_site = is_site or b"tabDefaultValue" in tail + block
				tail = block[-200:] if len(block) >= 200 else (tail + block)[-200:]
	except (OSError, EOFError, zlib.error) as error:
		raise DevbenchError(f"The backup file {path.name} is damaged: {error}.", "Use another backup.") from error
	if b"Dump completed" not in tail:
		raise DevbenchError(f"The backup file {path.name} is incomplete.", "Use another backup.")
	if not is_site:
		raise DevbenchError(f"The file {path.name} is not the backup of a site.", "Use a file made by `backup`.")
	return path


def _opened(path: Path):
	return gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb")


def restore(name: str, file: str | Path) -> None:
	"""Replace a site's database and files by those of a backup; a missing site is made.

	The dump is loaded into a new database first; only when that worked does the site change over to it.

	Args:
		name: the site.
		file: the backup's database file; its sister files (files, configuration) are found beside it.
	Raises:
		DevbenchError: the backup could not be loaded; the site is as it was.
	"""
	path = check_file(file).resolve()
	if not bench_site.is_ready(name):
		bench_site.prepare(name, demo=False)
	config_file = paths.site(name) / "site_config.json"
	config = state.read_json(config_file)
	old = config["db_name"]
	# the time makes the name a new one; the old part is cut so that restoring again does not lengthen it
	new = f"{re.sub(r'_r[0-9]+$', '', old)[:50]}_r{int(time.time())}"
	with step("Loading the database"):
		load_dump(path, new)
		user = config.get("db_user") or old
		for host in mariadb.sql(f"SELECT Host FROM mysql.user WHERE User='{user}'").split():
			mariadb.sql(f"GRANT ALL ON `{new}`.* TO '{user}'@'{host}'")
	config.update(db_name=new, db_user=user)
	saved = _sister(path, "-site_config_backup.json", "-site_config.json")
	if saved and (saved_key := (state.read_json(saved, {}) or {}).get("encryption_key")):
		# without the key of its time the passwords in the backup cannot be read
		config["encryption_key"] = saved_key
	state.write_json(config_file, config)
	mariadb.sql(f"DROP DATABASE IF EXISTS `{old}`")
	with step("Files"):
		_restore_files(name, path)
	site.migrate(name)
	call(
		[paths.PYTHON, "-m", "devbench.inside", "clear-cache", name],
		"clear-cache",
		"Clearing the cache",
		paths.tool_env(),
		paths.SITES,
	)


def load_dump(path: Path, database: str) -> None:
	"""Load a dump into a new database; the database is dropped again if that fails.

	Raises:
		DevbenchError: MariaDB refused the dump.
	"""
	mariadb.sql(f"CREATE DATABASE `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
	try:
		command = [*mariadb.client_command(), "--max-allowed-packet=256M", database]
		process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
		try:
			with _opened(path) as stream:
				# faster and safe: nobody else sees this database yet
				process.stdin.write(b"SET SESSION unique_checks=0, foreign_key_checks=0;\n")
				shutil.copyfileobj(stream, process.stdin, 1 << 20)
		except BrokenPipeError:
			pass
		_, problem = process.communicate()
		if process.returncode:
			reason = problem.decode(errors="replace").strip()[:300]
			raise DevbenchError(f"The database refused the backup: {reason}", "Use another backup.")
	except BaseException:
		mariadb.sql(f"DROP DATABASE IF EXISTS `{database}`")
		raise


def dump(database: str, path: Path) -> None:
	"""Write a compressed dump of a database; `path` appears only when it is complete."""
	temporary = path.with_name(f".{path.name}.new")
	path.parent.mkdir(parents=True, exist_ok=True)
	command = [*mariadb.client_command("mariadb-dump"), "--single-transaction", "--quick", "--routines", database]
	with gzip.open(temporary, "wb", compresslevel=1) as stream:
		process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
		shutil.copyfileobj(process.stdout, stream, 1 << 20)
		_, problem = process.communicate()
	if process.returncode:
		temporary.unlink(missing_ok=True)
		raise DevbenchError(
			f"The database could not be saved: {problem.decode(errors='replace').strip()[:300]}", "See run/logs/db.log."
		)
	temporary.replace(path)


def _sister(path: Path, *endings: str) -> Path | None:
	base = _NAME.sub("", path.name)
	for ending in endings:
		candidate = path.with_name(base + ending)
		if candidate.is_file():
			return candidate
	return None


def _restore_files(name: str, path: Path) -> None:
	for kind, endings in (
		("public", ("-files.tgz", "-files.tar")),
		("private", ("-private-files.tgz", "-private-files.tar")),
	):
		archive = _sister(path, *endings)
		if archive is None:
			continue
		target = paths.site(name) / kind / "files"
		fresh = target.with_name("files.new")
		shutil.rmtree(fresh, ignore_errors=True)
		fresh.mkdir(parents=True)
		with tarfile.open(archive) as bundle:
			for member in bundle.getmembers():
				# archives hold ./<site>/<kind>/files/…: keep what comes after "files"
				parts = Path(member.name).parts
				if "files" not in parts or not (member.isfile() or member.isdir()):
					continue
				member.name = "/".join(parts[parts.index("files") + 1 :])
				if member.name:
					bundle.extract(member, fresh, filter="data")
		shutil.rmtree(target, ignore_errors=True)
		fresh.rename(target)

"""The MariaDB of this bench: its own data folder, socket and port; a server of the system is never touched."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from devbench import paths, state
from devbench.console import DevbenchError, call, explain
from devbench.system import program


def _buffer_pool() -> int:
	total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
	return min(max(total // 8, 512 * 1024**2), 1024**3) // 1024**2


def _write_db_config(port: int) -> Path:
	config = paths.DB / "my.cnf"
	settings = {
		"datadir": paths.DB_DATA,
		"socket": paths.db_socket(),
		"pid-file": paths.RUN / "db.pid",
		"port": port,
		"bind-address": "127.0.0.1",
		"tmpdir": paths.DB / "tmp",
		"character-set-server": "utf8mb4",
		"collation-server": "utf8mb4_unicode_ci",
		"innodb_buffer_pool_size": f"{_buffer_pool()}M",
		"innodb_log_file_size": "256M",
		# the log reaches the operating system at every commit, so a killed server loses nothing
		"innodb_flush_log_at_trx_commit": 2,
		"max_allowed_packet": "256M",
		"max_connections": 250,
		"secure-file-priv": paths.DB / "tmp",
	}
	if os.geteuid() == 0:
		# the data folder may lie where no other user can look, such as below root's home
		settings["user"] = "root"
	lines = [f"{key} = {value}" for key, value in settings.items()]
	lines += ["skip-character-set-client-handshake", "skip-symbolic-links"]
	(paths.DB / "tmp").mkdir(parents=True, exist_ok=True)
	text = "[mariadbd]\n" + "\n".join(lines) + "\n"
	if not config.exists() or config.read_text() != text:
		config.write_text(text)
		config.chmod(0o600)
	return config


def prepare() -> None:
	"""Make the data folder of this bench's own MariaDB if there is none.

	It is made beside its final place and renamed when complete.
	"""
	if paths.DB_DATA.exists():
		return
	fresh = paths.DB / "data.new"
	shutil.rmtree(fresh, ignore_errors=True)
	paths.DB.mkdir(parents=True, exist_ok=True)
	paths.DB.chmod(0o700)
	command = [
		program("mariadb-install-db") or "mariadb-install-db",
		"--no-defaults",
		f"--datadir={fresh}",
		"--auth-root-authentication-method=normal",
		"--skip-test-db",
	]
	if os.geteuid() == 0:
		command.append("--user=root")
	call(command, "db-install", "Setting up the database server")
	_set_first_password(fresh)
	fresh.rename(paths.DB_DATA)


def _set_first_password(data: Path) -> None:
	"""Give root a password and take away nameless users before the server is ever reachable."""
	password = state.db_root_password()
	script = (
		"FLUSH PRIVILEGES;\n"
		"DELETE FROM mysql.global_priv WHERE User='' OR (User='root' AND Host<>'localhost');\n"
		"FLUSH PRIVILEGES;\n"
		f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
	)
	command = [program("mariadbd") or "mariadbd", "--no-defaults", f"--datadir={data}", "--bootstrap"]
	command += ["--silent-startup"] + (["--user=root"] if os.geteuid() == 0 else [])
	log = paths.LOGS / "db-password.log"
	result = subprocess.run(command, input=script, capture_output=True, text=True)
	log.write_text(result.stdout + result.stderr)
	if result.returncode:
		raise explain("Setting up the database server", result.stdout + result.stderr, log)


def sql(statement: str, database: str = "") -> str:
	"""Run SQL as root of this bench's MariaDB and return the rows, tab-separated.

	Raises:
		DevbenchError: the statement failed.
	"""
	command = [*client_command(), "--batch", "--skip-column-names", "-e", statement]
	result = subprocess.run([*command, database] if database else command, capture_output=True, text=True)
	if result.returncode:
		raise DevbenchError(f"The database refused: {result.stderr.strip()[:300]}", "See run/logs/db.log.")
	return result.stdout


def client_command(tool: str = "mariadb") -> list[str]:
	"""Return the command line of a MariaDB client program connected as root; the password is in a file."""
	options = paths.DB / "client.cnf"
	text = f'[client]\nuser = root\npassword = "{state.db_root_password()}"\nsocket = {paths.db_socket()}\n'
	if not options.exists() or options.read_text() != text:
		options.touch(mode=0o600)
		options.write_text(text)
	return [program(tool) or tool, f"--defaults-file={options}"]


def spec(port: int) -> dict:
	"""Return how MariaDB is started."""
	config = _write_db_config(port)
	return {
		"command": [program("mariadbd") or "mariadbd", f"--defaults-file={config}"],
		"log": str(paths.LOGS / "db.log"),
		"order": 10,
		"stop_timeout": 60,
	}

"""The services of the bench: how each is set up and started, and how commands ask for them."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from devbench import mariadb, paths, state, supervisor
from devbench.console import DevbenchError, explain, shown
from devbench.locks import held
from devbench.system import program

#: Worker processes for background jobs. Two suit two cores, and jobs that wait for each other still move.
WORKERS = 2
WEB_PROCESSES = 2
WEB_THREADS = 8


def log_of(name: str) -> Path:
	"""Return the log file of a service."""
	return paths.LOGS / f"{name}.log"


# ---------------------------------------------------------------------------------------------- configuration


def write_common_config(ports: dict[str, int], default_site: str) -> dict:
	"""Write what all sites of the bench share; settings somebody added by hand stay.

	Args:
		ports: ports of the stack (see `state.ports`).
		default_site: the site that answers to any host name.
	Returns:
		the configuration.
	"""
	config = state.read_json(paths.COMMON_CONFIG, {}) or {}
	config.update(
		db_type="mariadb",
		db_host="127.0.0.1",
		db_port=state.load()["db_port"],
		db_socket=str(paths.db_socket()),
		root_login="root",
		root_password=state.db_root_password(),
		use_mysqlclient=0,
		redis_cache=f"redis://127.0.0.1:{ports['redis_cache']}",
		redis_queue=f"redis://127.0.0.1:{ports['redis_queue']}",
		redis_socketio=f"redis://127.0.0.1:{ports['redis_queue']}",
		socketio_port=ports["realtime"],
		webserver_port=ports["web"],
		default_site=default_site,
		server_script_enabled=1,
		developer_mode=config.get("developer_mode", 0),
		serve_default_site=True,
		background_workers=WORKERS,
	)
	if chromium := program("chromium"):
		config["chromium_path"] = chromium
	state.write_json(paths.COMMON_CONFIG, config)
	return config


def prepare_bench() -> None:
	"""Make the folders of the current bench; a bench for tests shares the apps and assets of the main one."""
	for folder in (paths.SITES, paths.BENCH_LOGS, paths.ASSETS, paths.APPS, paths.LOGS, paths.PIDS):
		folder.mkdir(parents=True, exist_ok=True)
	_link(paths.BENCH / "env", paths.ENV)
	if paths.BENCH != paths.MAIN_BENCH:
		_link(paths.BENCH / "apps", paths.APPS)
		_link(paths.SITES / "assets", paths.ASSETS)


def _link(link: Path, target: Path) -> None:
	wanted = os.path.relpath(target, link.parent)
	if link.is_symlink() and os.readlink(link) == wanted:
		return
	if link.is_symlink() or not link.exists():
		link.unlink(missing_ok=True)
		link.symlink_to(wanted)


# ---------------------------------------------------------------------------------------- what is to be started


def redis_specs(ports: dict[str, int]) -> dict[str, dict]:
	"""Return how the two Redis servers of the stack are started: a cache, and a queue that keeps its jobs."""
	specs = {}
	for kind, options in (
		("redis_cache", ["--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"]),
		("redis_queue", ["--appendonly", "yes", "--appendfsync", "everysec"]),
	):
		folder = paths.REDIS / kind
		folder.mkdir(parents=True, exist_ok=True)
		command = [
			program("redis-server") or "redis-server",
			"--port",
			str(ports[kind]),
			"--bind",
			"127.0.0.1",
		]
		command += ["--dir", str(folder), "--save", "", "--daemonize", "no", *options]
		specs[kind] = {"command": command, "log": str(log_of(f"{paths.STACK}-{kind}")), "order": 20}
	return specs


def app_specs(ports: dict[str, int], site: str, host: str = "127.0.0.1") -> dict[str, dict]:
	"""Return how the web server, the workers, the scheduler and the realtime server are started.

	Args:
		ports: ports of the stack.
		site: the site that answers to any host name.
		host: address the web server and the realtime server listen on.
	"""
	env = {**paths.tool_env(), "PYTHONUNBUFFERED": "1", "DEVBENCH_STACK": paths.STACK}
	python = str(paths.PYTHON)
	web = [python, "-m", "gunicorn", "--bind", f"{host}:{ports['web']}", "--worker-class", "gthread"]
	web += ["--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS), "--timeout", "120"]
	web += ["--graceful-timeout", "5", "--keep-alive", "5", "--preload", "--worker-tmp-dir", _memory_folder()]
	web += ["devbench.wsgi:application"]
	node = shutil.which("node") or "node"
	processes = {
		"web": (web, {"DEVBENCH_SITE": site}, 15),
		"worker": (
			[python, "-m", "devbench.processes", "worker", str(WORKERS)],
			{"FRAPPE_BACKGROUND_WORKERS_NOFORK": "1"},
			15,
		),
		"scheduler": ([python, "-m", "devbench.processes", "scheduler"], {}, 5),
		"realtime": (
			[node, str(paths.SOURCE / "realtime" / "server.js")],
			{"NODE_PATH": str(paths.NODE_MODULES), "DEVBENCH_HOST": host},
			5,
		),
	}
	specs = {}
	for name, (command, extra, timeout) in processes.items():
		specs[name] = {
			"command": command,
			"cwd": str(paths.SITES),
			"env": {**env, **extra},
			"log": str(log_of(f"{paths.STACK}-{name}")),
			"order": 30,
			"stop_timeout": timeout,
		}
	return specs


def _memory_folder() -> str:
	return "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(paths.RUN)


# -------------------------------------------------------------------------------------------- asking for them


def key(name: str, stack: str | None = None) -> str:
	"""Return the supervisor's name of a service: MariaDB is shared, all others belong to a stack."""
	return name if name == "db" else f"{stack or paths.STACK}-{name}"


def wanted() -> dict[str, dict]:
	"""Return the services that are asked for; none while no supervisor runs."""
	return (state.read_json(supervisor.WANTED, {}) or {}) if supervisor.is_running() else {}


def status() -> dict[str, dict]:
	"""Return how each service does."""
	if not supervisor.is_running():
		return {}
	written = state.read_json(supervisor.STATUS, {}) or {}
	# what a killed supervisor wrote last stands there until the next one has something to say
	if supervisor.process_start(written.get("supervisor") or 0) is None:
		return {}
	return written.get("services", {})


def is_wanted(name: str, stack: str | None = None) -> bool:
	"""Return whether a service is asked for."""
	return key(name, stack) in wanted()


def want(specs: dict[str, dict], owned: bool = False) -> None:
	"""Ask for services of the current stack and make sure that a supervisor is there.

	Args:
		specs: service name -> how it is started.
		owned: they end with the calling process.
	"""
	owner = {"pid": os.getpid(), "start": supervisor.process_start(os.getpid())} if owned else None
	with held("wanted"):
		requested = wanted()
		for name, spec in specs.items():
			shared = name == "db"
			requested[key(name)] = spec if shared or not owner else {**spec, "owner": owner}
		state.write_json(supervisor.WANTED, requested)
		# within the lock: until the supervisor is there, another command would take the request for an old one
		_ensure_supervisor()


def _ensure_supervisor(timeout: float = 20) -> None:
	limit = time.monotonic() + timeout
	while not supervisor.is_running():
		supervisor.launch()
		pause = time.monotonic() + 3
		while not supervisor.is_running() and time.monotonic() < pause:
			time.sleep(0.05)
		if time.monotonic() > limit:
			raise _did_not_start("supervisor")


def revive() -> None:
	"""Start the supervisor again if it was killed while its services were still asked for."""
	if not supervisor.is_running() and key("web") in (state.read_json(supervisor.WANTED, {}) or {}):
		with held("wanted"):
			_ensure_supervisor()


def unwant(stack: str | None = None, names: tuple[str, ...] = ()) -> None:
	"""Stop asking for services, and for MariaDB too once no stack is left.

	Args:
		stack: the stack whose services are to end; None for everything.
		names: only these services of the stack.
	"""
	with held("wanted"):
		requested = wanted()
		for one in list(requested):
			if stack is None or (
				one.startswith(f"{stack}-") and (not names or one[len(stack) + 1 :] in names)
			):
				del requested[one]
		if set(requested) == {"db"}:
			requested = {}
		state.write_json(supervisor.WANTED, requested)


def restart(names: tuple[str, ...], ports: dict[str, int], site: str) -> bool:
	"""Restart services of the current stack, e.g. because their code changed, and wait until they answer.

	Args:
		names: the services; those that do not run are left alone.
		ports: ports of the stack.
		site: the site the web server is asked for.
	Returns:
		whether there was anything to restart.
	"""
	before = {name: status().get(key(name), {}).get("pid") for name in names}
	with held("wanted"):
		requested = wanted()
		running = tuple(name for name in names if key(name) in requested)
		for name in running:
			spec = requested[key(name)]
			spec["env"] = {**spec.get("env", {}), "DEVBENCH_STARTED": str(time.time())}
		if running:
			state.write_json(supervisor.WANTED, requested)
	limit = time.monotonic() + 30
	while time.monotonic() < limit and any(
		status().get(key(name), {}).get("pid") in (None, before[name]) for name in running
	):
		time.sleep(0.1)
	wait_healthy(running, ports, site)
	return bool(running)


def wait_stopped(stack: str | None = None, timeout: float = 90) -> None:
	"""Wait until the services of a stack (None: all, and the supervisor) have ended."""
	limit = time.monotonic() + timeout
	while time.monotonic() < limit:
		if not supervisor.is_running():
			return
		if stack and not any(name.startswith(f"{stack}-") for name in status()):
			return
		time.sleep(0.1)
	raise DevbenchError(
		f"The services did not stop within {timeout:.0f} seconds.", f"See the logs in {shown(paths.LOGS)}."
	)


def wait_names_stopped(names: tuple[str, ...], timeout: float = 60) -> None:
	"""Wait until these services of the current stack have ended."""
	limit = time.monotonic() + timeout
	while time.monotonic() < limit and any(key(name) in status() for name in names):
		time.sleep(0.1)


# -------------------------------------------------------------------------------------------- are they healthy


def _db_answers(_: dict) -> bool:
	command = [*mariadb.client_command("mariadb-admin"), "--connect-timeout=2", "ping"]
	result = subprocess.run(command, capture_output=True, text=True)
	return result.returncode == 0 and "alive" in result.stdout


def _redis_answers(port: int) -> bool:
	try:
		with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
			connection.sendall(b"PING\r\n")
			return connection.recv(16).startswith(b"+PONG")
	except OSError:
		return False


def _web_answers(port: int, site: str) -> bool:
	request = urllib.request.Request(
		f"http://127.0.0.1:{port}/api/method/ping", headers={"X-Frappe-Site-Name": site}
	)
	try:
		with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
			return json.load(answer).get("message") == "pong"
	except (OSError, ValueError):
		return False


def _port_open(port: int) -> bool:
	try:
		socket.create_connection(("127.0.0.1", port), timeout=2).close()
	except OSError:
		return False
	return True


def wait_healthy(names: tuple[str, ...], ports: dict[str, int], site: str = "", timeout: float = 90) -> None:
	"""Wait until services of the current stack answer.

	Raises:
		DevbenchError: one keeps ending or does not answer in time; its last words are named.
	"""
	checks = {
		"db": lambda: _db_answers(ports),
		"redis_cache": lambda: _redis_answers(ports["redis_cache"]),
		"redis_queue": lambda: _redis_answers(ports["redis_queue"]),
		"web": lambda: _web_answers(ports["web"], site),
		"realtime": lambda: _port_open(ports["realtime"]),
	}
	pending = list(names)
	limit = time.monotonic() + timeout
	while pending:
		current = status()
		for name in list(pending):
			one = current.get(key(name), {})
			if one.get("failures", 0) >= 4:
				raise _did_not_start(name)
			if one.get("pid") and (name not in checks or checks[name]()):
				pending.remove(name)
		if pending and time.monotonic() > limit:
			raise _did_not_start(pending[0])
		if not supervisor.is_running():
			supervisor.launch()
		if pending:
			time.sleep(0.15)


def _did_not_start(name: str) -> DevbenchError:
	log = log_of(name if name == "supervisor" else key(name))
	try:
		text = log.read_text(errors="replace")[-4000:]
	except OSError:
		text = ""
	return explain(f"Starting the service {name}", text, log)


def current_ports() -> dict[str, int]:
	"""Return the ports of the current stack: those in use while it runs, else chosen anew where busy."""
	if is_wanted("redis_queue"):
		return state.load()["ports"][paths.STACK]
	return state.ports(paths.STACK)


def start_data_services(ports: dict[str, int], owned: bool = False) -> None:
	"""Start MariaDB and both Redis servers of the current stack, if they are not up.

	Args:
		ports: ports of the stack.
		owned: the Redis servers end with the calling process.
	"""
	specs = {}
	if not is_wanted("redis_queue"):
		specs = redis_specs(ports)
	if not is_wanted("db"):
		mariadb.prepare()
		specs["db"] = mariadb.spec(state.db_port())
	if specs:
		want(specs, owned)
	wait_healthy(("db", "redis_cache", "redis_queue"), ports)


@contextmanager
def data_services():
	"""Have MariaDB and Redis up for the block; what was not running before is stopped after it. Gives the ports."""
	was_running = is_wanted("redis_queue")
	prepare_bench()
	ports = current_ports()
	try:
		start_data_services(ports)
		yield ports
	finally:
		if not was_running:
			unwant(paths.STACK)
			wait_stopped(paths.STACK)


def web_url(ports: dict[str, int]) -> str:
	"""Return the address people open."""
	return f"http://localhost:{ports['web']}"

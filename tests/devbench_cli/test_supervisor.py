"""Services come back when killed, end with their supervisor, and lose no data."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

import pytest

from devbench.system import program
from tests.devbench_cli.conftest import one_sentence

#: Runs inside devbench's Python with the home of the test; commands come in as code.
WANT = """
import time
from devbench import services
specs = SPECS
services.want(specs)
limit = time.time() + 20
while time.time() < limit:
	status = services.status()
	if all(status.get(services.key(name), {}).get("pid") for name in specs):
		break
	time.sleep(0.05)
"""


def _sleeper(home, name):
	code = "import time\nwhile True: time.sleep(1)"
	return {"command": [sys.executable, "-c", code], "log": str(home / "run" / "logs" / f"{name}.log")}


def _want(devbench, specs):
	result = devbench.script(f"SPECS = {specs!r}\n{WANT}")
	assert result.returncode == 0, result.stderr
	return _status(devbench)


def _status(devbench):
	try:
		return json.loads((devbench.home / "run" / "status.json").read_text())
	except (OSError, ValueError):
		return {"supervisor": None, "services": {}}


def _until(condition, seconds=20):
	limit = time.monotonic() + seconds
	while time.monotonic() < limit:
		if result := condition():
			return result
		time.sleep(0.05)
	pytest.fail("It did not happen in time.")


def _alive(pid):
	from devbench.supervisor import process_start

	return process_start(pid) is not None


def test_killed_service_is_started_again(devbench):
	first = _want(devbench, {"one": _sleeper(devbench.home, "one")})["services"]["run-one"]["pid"]
	os.kill(first, signal.SIGKILL)
	second = _until(lambda: (pid := _status(devbench)["services"]["run-one"]["pid"]) and pid != first and pid)
	assert _alive(second)
	assert _status(devbench)["services"]["run-one"]["restarts"] == 1


def test_services_end_when_their_supervisor_is_killed_and_come_back(devbench):
	specs = {"one": _sleeper(devbench.home, "one"), "two": _sleeper(devbench.home, "two")}
	before = _want(devbench, specs)
	pids = [one["pid"] for one in before["services"].values()]
	os.kill(before["supervisor"], signal.SIGKILL)
	_until(lambda: not any(map(_alive, pids)))
	after = _want(devbench, specs)
	assert after["supervisor"] != before["supervisor"]
	assert all(_alive(one["pid"]) for one in after["services"].values())


def test_orphan_of_a_killed_supervisor_is_ended(devbench):
	import subprocess

	from devbench.supervisor import process_start

	orphan = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
	try:
		pids = devbench.home / "run" / "pids"
		pids.mkdir(parents=True)
		record = {"pid": orphan.pid, "start": process_start(orphan.pid)}
		(pids / "run-old.json").write_text(json.dumps(record))
		# a number that another program has by now must never be touched
		(pids / "run-other.json").write_text(json.dumps({"pid": os.getpid(), "start": "1"}))
		assert "Nothing was running" in devbench.run("stop").stdout
		assert orphan.wait(10) == -signal.SIGTERM
		assert not list(pids.glob("*.json"))
	finally:
		orphan.kill()
		orphan.wait()


def test_services_of_a_command_end_with_it(devbench):
	spec = _sleeper(devbench.home, "one")
	code = f"""
import time
from devbench import services
services.want({{"one": {spec!r}}}, owned=True)
while not services.status().get("run-one", {{}}).get("pid"):
	time.sleep(0.05)
print(services.status()["run-one"]["pid"])
"""
	pid = int(devbench.script(code).stdout)
	_until(lambda: not _alive(pid))


def test_service_that_cannot_start_is_told_with_its_last_words(devbench):
	log = devbench.home / "run" / "logs" / "run-web.log"
	command = [sys.executable, "-c", "raise SystemExit('fatal error: the cupboard is bare')"]
	code = f"""
import sys
from devbench import console, services
services.want({{"web": {{"command": {command!r}, "log": {str(log)!r}}}}})
try:
	services.wait_healthy(("web",), {{"web": 9}}, timeout=30)
except Exception as error:
	sys.exit(console.fail(error))
"""
	assert "the cupboard is bare" in one_sentence(devbench.script(code))


def test_stop_ends_everything(devbench):
	before = _want(devbench, {"one": _sleeper(devbench.home, "one")})
	result = devbench.run("stop")
	assert result.returncode == 0 and "Stopped" in result.stdout
	assert not _alive(before["supervisor"])
	assert not _alive(before["services"]["run-one"]["pid"])


DATA = """
import sys
from devbench import paths, services
services.prepare_bench()
ports = services.current_ports()
services.start_data_services(ports)
print(ports["redis_queue"])
"""


@pytest.mark.skipif(not program("mariadbd") or not program("redis-server"), reason="needs MariaDB and Redis")
def test_killed_database_and_queue_lose_nothing(devbench):
	import redis

	started = devbench.script(DATA)
	assert started.returncode == 0, started.stderr
	queue = redis.Redis(port=int(started.stdout.split()[-1]))
	queue.rpush("jobs", *range(500))
	sql = "from devbench import mariadb; print(mariadb.sql({!r}))"
	rows = ", ".join(f"({n})" for n in range(1000))
	statement = f"CREATE DATABASE kept; CREATE TABLE kept.t (x int) ENGINE=InnoDB; INSERT INTO kept.t VALUES {rows}"
	written = devbench.script(sql.format(statement))
	assert written.returncode == 0, written.stderr
	services = _status(devbench)["services"]
	for name in ("db", "run-redis_queue"):
		os.kill(services[name]["pid"], signal.SIGKILL)
	_until(lambda: _status(devbench)["services"]["db"]["restarts"] == 1)
	again = devbench.script(DATA + "services.wait_healthy(('db', 'redis_queue'), ports)")
	assert again.returncode == 0, again.stderr
	assert devbench.script(sql.format("SELECT COUNT(*) FROM kept.t")).stdout.strip() == "1000"
	assert queue.llen("jobs") == 500

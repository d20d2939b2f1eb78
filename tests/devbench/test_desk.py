"""The desk in a browser: Chinese for a Chinese user, and a realtime message arrives in the open page."""

import os

import frappe
import pytest

from tests.support import browser as browser_support

# A page connects to the realtime server of its bench, which `devbench test` has running.
SERVICES = bool(os.environ.get("SPM_URL"))
needs_services = pytest.mark.skipif(not SERVICES, reason="needs the running services of `devbench test`")


@pytest.fixture(scope="module")
def chromium():
	if not browser_support.chromium_path():
		pytest.skip("No Chromium on this machine (SPM_CHROMIUM names another).")
	with browser_support.launched() as browser:
		yield browser


@pytest.fixture
def visit(chromium, server, tmp_path):
	opened = []

	def start(user: str):
		window = browser_support.Visit(chromium, server.site_url, tmp_path)
		opened.append(window)
		window.login(user)
		return window

	yield start
	for window in opened:
		window.close()


def test_desk_is_chinese_for_a_chinese_user(visit, committed):
	"""Menus, labels of the framework's own DocTypes and the app's words; no page shows English in their place."""
	user = committed.user("probe-zh@example.com", "System Manager", language="zh")
	window = visit(user)
	window.open("/app/todo/new", "[data-fieldname='description']")
	text = window.text()
	assert "保存" in text and "优先级" in text
	assert "Save" not in text and "Priority" not in text
	window.open("/app/devbench-probe-record", ".frappe-list")
	assert "探针记录" in window.text()
	assert window.page.evaluate("frappe.boot.lang") == "zh"
	assert [problem for problem in window.problems if "socket.io" not in problem or SERVICES] == []


@needs_services
def test_realtime_message_is_seen_in_the_open_page(visit, http, people):
	"""The page subscribes as any desk script does; a message of the server changes it without a reload."""
	window = visit(people["ann"])
	window.open("/app/devbench-probe-record", ".frappe-list")
	window.page.evaluate(
		"""() => {
			window.heard = [];
			frappe.realtime.on("devbench_probe", (message) => window.heard.push(message.text));
		}"""
	)
	window.page.wait_for_function("frappe.realtime.socket && frappe.realtime.socket.connected")
	http(people["ann"]).call("devbench_probe.api.announce", text="seen in the page")
	window.page.wait_for_function("window.heard.includes('seen in the page')")
	window.assert_clean()


@needs_services
def test_list_in_the_browser_learns_of_a_new_record(visit, people, committed, http):
	"""Lists refresh themselves when somebody else writes a record."""
	window = visit(people["manager"])
	window.open("/app/devbench-probe-record", ".frappe-list")
	window.page.wait_for_function("frappe.realtime.socket && frappe.realtime.socket.connected")
	title = f"Appears by itself {frappe.generate_hash(length=6)}"
	made = http(people["manager"]).post("/api/resource/Devbench Probe Record", {"title": title})["data"]
	committed.track("Devbench Probe Record", made["name"])
	window.page.locator(f"text={title}").first.wait_for(state="visible")

"""A headless Chromium on the site under test, which notes every error a page makes."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from tests.support.http import PASSWORD

CHROMIUM_FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
	"--font-render-hinting=none",
]
# A loaded machine of two cores needs this long for a first page.
TIMEOUT = 45_000
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
BLANK = "<!doctype html><link rel='icon' href='data:,'><title>-</title>"
# The desk counts its own calls; realtime polling and other sites' pages have none.
IDLE = """() => document.readyState === 'complete'
	&& !(window.frappe && frappe.request && frappe.request.ajax_count > 0)"""
LOGIN = """async ([usr, pwd]) => {
	const answer = await fetch('/api/method/login', {
		method: 'POST',
		headers: {'Content-Type': 'application/json', 'Accept': 'application/json'},
		body: JSON.stringify({usr, pwd}),
	});
	return answer.status;
}"""


def chromium_path() -> str | None:
	"""Where Chromium is: SPM_CHROMIUM, or the first of the usual names on the PATH."""
	return os.environ.get("SPM_CHROMIUM") or next(
		filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
	)


@contextmanager
def launched():
	"""Give a running browser and close it afterwards."""
	from playwright.sync_api import sync_playwright

	with sync_playwright() as playwright:
		browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
		try:
			yield browser
		finally:
			browser.close()


class Visit:
	"""One person's window: `page` is Playwright's, `problems` what went wrong in it."""

	def __init__(self, browser, base: str, screenshots: Path, viewport: dict | None = None):
		self.base = base
		self.screenshots = screenshots
		self.context = browser.new_context(viewport=viewport or DESKTOP, locale="en-US")
		self.page = self.context.new_page()
		self.page.set_default_timeout(TIMEOUT)
		self.problems: list[str] = []
		self._watch()

	def _watch(self) -> None:
		self.page.on("console", lambda m: m.type == "error" and self.problems.append(f"console: {m.text}"))
		self.page.on("pageerror", lambda e: self.problems.append(f"exception: {e}"))
		self.page.on(
			"response",
			lambda r: r.status >= 400 and self.problems.append(f"HTTP {r.status}: {r.url.removeprefix(self.base)}"),
		)

	def login(self, user: str, password: str = PASSWORD) -> Visit:
		"""Log in with a password as the login page does."""
		# An empty page of the site's own address, so that the session cookie lands where the desk looks for it.
		blank = f"{self.base}/blank-page-of-the-test"
		self.page.route(blank, lambda route: route.fulfill(content_type="text/html", body=BLANK))
		self.page.goto(blank)
		status = self.page.evaluate(LOGIN, [user, password])
		assert status == 200, f"{user} cannot log in: HTTP {status}"
		return self

	def open(self, path: str, ready: str | None = None) -> None:
		"""Load a page and wait until it is quiet and, when given, a selector is visible."""
		self.page.goto(self.base + path, wait_until="load")
		if ready:
			self.page.locator(ready).first.wait_for(state="visible")
		self.settle()

	def settle(self) -> None:
		"""Wait until the desk's requests are answered and no freeze covers the screen."""
		self.page.wait_for_function(IDLE)
		self.page.wait_for_function("!document.querySelector('#freeze.in')")
		self.page.wait_for_timeout(250)

	def shot(self, name: str) -> Path:
		"""Save a screenshot under the run's folder and return its path."""
		self.screenshots.mkdir(parents=True, exist_ok=True)
		path = self.screenshots / f"{name}.png"
		self.page.screenshot(path=str(path))
		return path

	def text(self) -> str:
		"""All text a person sees."""
		return self.page.inner_text("body")

	def assert_clean(self) -> None:
		"""Fail when the page logged an error, raised, or asked for something that is not there."""
		assert not self.problems, "\n".join(self.problems)

	def close(self) -> None:
		self.context.close()

"""Browser fixtures; tests that use them are skipped where there is no Chromium."""

from __future__ import annotations

import pytest

from tests.support import browser as browser_support


@pytest.fixture(scope="session")
def chromium():
	pytest.importorskip("playwright")
	if not browser_support.chromium_path():
		pytest.skip("No Chromium on this machine (SPM_CHROMIUM names another).")
	with browser_support.launched() as browser:
		yield browser


@pytest.fixture(scope="session")
def screenshots(pytestconfig):
	return pytestconfig.rootpath / ".devbench" / "screenshots"


@pytest.fixture
def visit(chromium, server, screenshots):
	"""`visit("a@b.c")` gives a logged-in window (Visit), `visit()` a guest's; `viewport=PHONE` for a phone."""
	opened = []

	def start(user: str | None = None, password: str | None = None, viewport: dict | None = None):
		window = browser_support.Visit(chromium, server.site_url, screenshots, viewport)
		opened.append(window)
		if user == "Administrator":
			import os

			password = password or os.environ.get("SPM_ADMIN_PASSWORD", "admin")
		if user:
			window.login(user, *([password] if password else []))
		return window

	yield start
	for window in opened:
		window.close()

"""A small HTTP client that behaves like the desk: cookies, CSRF token, JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import requests

from tests.support.server import Server

PASSWORD = "a long test passphrase 7"


class CallFailed(AssertionError):
	"""The server answered with another status than the test expected."""

	def __init__(self, response: requests.Response, expected: int):
		self.response = response
		self.status = response.status_code
		super().__init__(
			f"{response.request.method} {response.request.url}: HTTP {response.status_code}, expected"
			f" {expected}\n{server_message(response)}"
		)


def server_message(response: requests.Response) -> str:
	"""Return what the server said about an error, as readable text."""
	try:
		data = response.json()
	except ValueError:
		return response.text[:2000]
	messages = []
	for raw in json.loads(data.get("_server_messages") or "[]"):
		messages.append(json.loads(raw).get("message", raw))
	for error in data.get("errors") or []:
		messages.append(str(error.get("message") or error))
	messages += [str(data[key]) for key in ("exception", "exc_type", "exc") if data.get(key)]
	return "\n".join(messages)[:4000] or response.text[:2000]


class Client:
	"""One visitor of the site: Guest until `login`, or a user of an API key."""

	def __init__(self, server: Server):
		self.server = server
		self.user = "Guest"
		self.session = requests.Session()
		self.session.headers.update({"X-Frappe-Site-Name": server.site, "Accept": "application/json"})

	def login(self, user: str, password: str = PASSWORD, csrf: bool = False) -> Client:
		"""Log in with a password; `csrf` also fetches the token a browser would send with each write."""
		self.request("POST", "/api/method/login", data={"usr": user, "pwd": password}, status=200)
		self.user = user
		if csrf:
			self.fetch_csrf_token()
		return self

	def use_key(self, user: str, key: str, secret: str) -> Client:
		"""Send this API key with every request instead of a session cookie."""
		self.user = user
		self.session.headers["Authorization"] = f"token {key}:{secret}"
		return self

	def fetch_csrf_token(self) -> str:
		"""Open the desk (or, for a portal user, the account page) and keep the CSRF token found there."""
		for page in ("/app", "/me"):
			html = self.request("GET", page, headers={"Accept": "text/html"}).text
			if found := re.search(r'frappe\.csrf_token = "([^"]+)"', html):
				token = found.group(1)
				if token != "None":
					self.session.headers["X-Frappe-CSRF-Token"] = token
					return token
		raise AssertionError(f"No page gives {self.user} a CSRF token")

	def request(self, verb: str, path: str, *, status: int | None = None, **kwargs) -> requests.Response:
		"""Send one request; `status` is the HTTP status the answer must have (None: any).

		Refuses to run while the test's own connection has uncommitted rows, which the server could not
		see, and afterwards lets that connection see what the server has written.
		"""
		_refuse_uncommitted()
		kwargs.setdefault("timeout", 120)
		response = self.session.request(verb, self.server.url + path, **kwargs)
		_see_new_rows()
		if status is not None and response.status_code != status:
			raise CallFailed(response, status)
		return response

	def get(self, path: str, status: int | None = 200, **params) -> Any:
		"""GET a path with query parameters and return the JSON of the answer."""
		return self.request("GET", path, status=status, params=_as_params(params)).json()

	def post(self, path: str, body: dict | None = None, status: int | None = 200) -> Any:
		"""POST a JSON body and return the JSON of the answer."""
		return self.request("POST", path, status=status, json=body or {}).json()

	def put(self, path: str, body: dict | None = None, status: int | None = 200) -> Any:
		"""PUT a JSON body and return the JSON of the answer."""
		return self.request("PUT", path, status=status, json=body or {}).json()

	def delete(self, path: str, status: int | None = 202) -> Any:
		"""DELETE a path and return the JSON of the answer."""
		return self.request("DELETE", path, status=status).json()

	def call(self, method: str, /, *, verb: str = "POST", status: int = 200, **args) -> Any:
		"""Call a whitelisted function and return its `message` (or the whole JSON when it has none)."""
		path = f"/api/method/{method}"
		if verb == "GET":
			data = self.get(path, status=status, **args)
		else:
			data = self.request(verb, path, status=status, json=args).json()
		return data.get("message", data) if status == 200 else data

	def refused(self, method: str, /, *, verb: str = "POST", **args) -> CallFailed:
		"""Call a function that must fail and return the failure (`.status`, text in `str()`)."""
		try:
			self.call(method, verb=verb, **args)
		except CallFailed as failure:
			return failure
		raise AssertionError(f"{method} was not refused for {self.user}")


def _as_params(params: dict) -> dict:
	return {
		key: json.dumps(value) if isinstance(value, list | dict) else value for key, value in params.items()
	}


def _refuse_uncommitted() -> None:
	import frappe

	if getattr(frappe.local, "db", None) and frappe.db.transaction_writes:
		raise AssertionError(
			"This test has uncommitted rows, which the web server cannot see and may wait for. Make them"
			" through the `committed` fixture, or call committed.commit() first."
		)


def _see_new_rows() -> None:
	import frappe

	if getattr(frappe.local, "db", None):
		frappe.db.rollback()
		for name in ("document_cache", "request_cache", "cache"):
			if hasattr(frappe.local, name):
				getattr(frappe.local, name).clear()

"""Read what a page refers to: files of the site from disk and with the user's rights, the rest with care."""

import ipaddress
import mimetypes
import os
import socket
from urllib.parse import parse_qs, unquote, urlsplit

import frappe
from weasyprint.urls import URLFetcher, URLFetcherResponse
from werkzeug.security import safe_join

EXTERNAL_TIMEOUT = 5


class SiteFetcher(URLFetcher):
	"""Opens the addresses found in a page.

	- `/assets/…`, `/files/…` and `/private/files/…` of this site come from disk; a private file only if the
	  user who prints may download it. No request goes back to the web server, which may be this one process.
	- Other addresses of this site and every `file:` address are refused.
	- Pages elsewhere are fetched, but not from addresses inside the server's own network.
	"""

	def __init__(self):
		super().__init__(
			timeout=EXTERNAL_TIMEOUT,
			allowed_protocols=("http", "https"),
			allow_redirects=False,
		)
		self._own_hosts = _own_hosts()

	def is_own(self, netloc: str) -> bool:
		"""Return True if a host (with its port) is this site."""
		return netloc.lower() in self._own_hosts

	def fetch(self, url, headers=None):
		"""Return the response for an address; raises ValueError for what must not be read."""
		if url.startswith("data:"):
			# The parent's list of protocols looks for "://", which a data address has not.
			return URLFetcher().fetch(url)
		parts = urlsplit(url)
		if parts.scheme not in ("http", "https"):
			raise ValueError(f"Addresses of this kind are not read: {parts.scheme}")
		if self.is_own(parts.netloc):
			path = local_path(unquote(parts.path), parts.query)
			if not path:
				raise ValueError(f"No such file, or no right to read it: {parts.path}")
			with open(path, "rb") as file:
				return URLFetcherResponse(url, file.read(), {"Content-Type": _content_type(path)})
		_refuse_inner_network(parts.hostname)
		return super().fetch(url, headers)


def local_path(path: str, query: str = "") -> str | None:
	"""Return where a file of the site lies on disk, None if it is not there or not for this user."""
	from frappe.core.doctype.file.utils import find_file_by_url

	if path.startswith("/assets/"):
		found = safe_join(os.path.join(frappe.local.sites_path, "assets"), path.removeprefix("/assets/"))
	elif path.startswith("/files/"):
		found = safe_join(frappe.get_site_path("public", "files"), path.removeprefix("/files/"))
	elif path.startswith("/private/files/"):
		file = find_file_by_url(path, name=parse_qs(query).get("fid", [None])[0])
		if not file:
			return None
		found = safe_join(frappe.get_site_path("private", "files"), path.removeprefix("/private/files/"))
	else:
		return None
	return found if found and os.path.isfile(found) else None


def _own_hosts() -> set[str]:
	"""Return the host names (with port) under which a page may refer to this site."""
	hosts = {urlsplit(frappe.utils.get_url()).netloc, getattr(frappe.local, "site", None)}
	if request := getattr(frappe.local, "request", None):
		hosts.add(request.host)
	return {host.lower() for host in hosts if host}


def _content_type(path: str) -> str:
	content_type = mimetypes.guess_type(path)[0] or "application/octet-stream"
	return f"{content_type};charset=utf-8" if content_type.startswith("text/") else content_type


def _refuse_inner_network(host: str | None) -> None:
	"""Raise ValueError if a name leads to this machine or its private network."""
	for *_rest, address in socket.getaddrinfo(host, None):
		if not ipaddress.ip_address(address[0].split("%")[0]).is_global:
			raise ValueError(f"{host} is inside the server's own network")

"""What gunicorn serves: the framework's application with assets and public files in front of it.

Runs in the bench's own Python, in the folder of the sites.
"""

import os

import frappe.app
from frappe.app import application_with_statics

# The framework's own entry for a server of one bench: with `_site` unset every request names its site.
_framework = application_with_statics()
_sites = os.environ.get("SITES_PATH", ".")
_default_site = os.environ.get("DEVBENCH_SITE", "")


def application(environ, start_response):
	"""Serve a request, with the default site for a host name that is no site (as a bench's proxy does)."""
	if _default_site and not environ.get("HTTP_X_FRAPPE_SITE_NAME"):
		host = environ.get("HTTP_HOST", "").rsplit(":", 1)[0]
		if not _is_site(host):
			environ["HTTP_X_FRAPPE_SITE_NAME"] = _default_site
	return _framework(environ, start_response)


def _is_site(host: str) -> bool:
	if not host or "/" in host or host.startswith("."):
		return False
	return os.path.isfile(os.path.join(_sites, host, "site_config.json"))


__all__ = ["application", "frappe"]

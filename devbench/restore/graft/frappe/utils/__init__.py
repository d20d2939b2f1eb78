# The bench has several sites again, each in a folder of its own.


def get_path(*path, **kwargs):
	"""Return a path below `base`, by default the current site's folder."""
	base = kwargs.get("base")
	if not base:
		base = frappe.local.site_path
	return os.path.join(base, *path)


def get_site_base_path():
	"""Return the current site's folder."""
	return frappe.local.site_path


def get_bench_path():
	"""Return the bench's folder: the one that holds `apps` and `sites`."""
	if root := os.environ.get("FRAPPE_BENCH_ROOT"):
		return root
	# <bench>/apps/frappe/frappe/utils/__init__.py
	return os.path.realpath(os.path.join(os.path.dirname(frappe.__file__), "..", "..", ".."))


def get_sites(sites_path=None):
	"""Return the names of the bench's sites: the folders that have a configuration."""
	if not sites_path:
		sites_path = getattr(frappe.local, "sites_path", None) or "."

	sites = []
	for site in os.listdir(sites_path):
		path = os.path.join(sites_path, site)
		# `assets` and the like are folders of the bench, not sites
		if (
			site != "assets"
			and os.path.isdir(path)
			and os.path.exists(os.path.join(path, "site_config.json"))
		):
			sites.append(site)
	return sorted(sites)


def get_site_name(hostname):
	"""Return the site a host name stands for: the name without the port."""
	return (hostname or "").split(":", 1)[0]


def resolve_site(hostname, header=None, sites_path="."):
	"""Return the site a request is for.

	The header `X-Frappe-Site-Name` decides, then the host name. A bench opened by an address or as
	`localhost`, which name no site, shows the `default_site` of the common configuration."""
	if header:
		return header

	# an IPv6 address comes in brackets and holds colons itself
	site = hostname.rsplit("]", 1)[0] + "]" if hostname.startswith("[") else get_site_name(hostname)
	nameless = site == "localhost" or site.startswith("[") or site.replace(".", "").isdigit()
	if nameless and not os.path.exists(os.path.join(sites_path, site, "site_config.json")):
		from frappe.config import get_common_site_config

		return get_common_site_config(sites_path).get("default_site") or site
	return site

"""Call sites that asked for "the" site: there are several again."""

from devbench.restore.edit import Edit

EDITS = [
	# the folder of the sites is not the folder of the app
	Edit("frappe/build.py", "frappe.local.app_path", "frappe.local.sites_path"),
	Edit("frappe/utils/__init__.py", "frappe.local.app_path", "frappe.local.sites_path"),
	# a site is made by `_new_site` alone
	Edit(
		"frappe/installer.py",
		r"def _init_database\([\s\S]*?(?=\n\ndef _new_site)",
		"",
		regex=True,
	),
	# the configuration comes from JSON files
	Edit("frappe/app.py", "# Load .env at module import time\nfrom dotenv import load_dotenv\nload_dotenv()\n\n\n", ""),
	# the monitor of long queries runs in a thread of its own, which has no context yet
	Edit("frappe/migrate.py", "\t\tself.site = frappe.get_site_name()", "\t\tself.site = frappe.local.site"),
	Edit(
		"frappe/migrate.py",
		"\t\tself._running.set()\n\n\t\tfrappe.init()\n\t\tfrappe.connect()",
		"\t\tself._running.set()\n\n\t\tfrappe.init(self.site)\n\t\tfrappe.connect()",
	),
	Edit("frappe/migrate.py", "\t\tif site:\n\t\t\tfrappe.init()\n", "\t\tif site:\n\t\t\tfrappe.init(site)\n"),
	# installed apps are in the DefaultValue table of the database that is being set up
	Edit("frappe/tests/compat.py", "\t\tfrappe.init()\n", "\t\tfrappe.init(frappe.local.site)\n"),
]

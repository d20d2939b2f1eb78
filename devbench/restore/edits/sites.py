"""Call sites that asked for "the" site: there are several again."""

from devbench.restore.edit import Edit

EDITS = [
	# the folder of the sites is not the folder of the app
	Edit("frappe/build.py", "frappe.local.app_path", "frappe.local.sites_path"),
	Edit("frappe/utils/__init__.py", "frappe.local.app_path", "frappe.local.sites_path"),
	Edit("frappe/client.py", "frappe.local.app_path", "frappe.local.sites_path"),
	# the map of the assets is the bench's; a bench without built assets still serves pages
	Edit(
		"frappe/utils/__init__.py",
		"""		assets = frappe.parse_json(frappe.read_file("assets/assets.json"))

		if assets_rtl := frappe.read_file("assets/assets-rtl.json"):
""",
		"""		folder = os.path.join(frappe.local.sites_path, "assets")
		assets = frappe.parse_json(frappe.read_file(os.path.join(folder, "assets.json")) or "{}")

		if assets_rtl := frappe.read_file(os.path.join(folder, "assets-rtl.json")):
""",
	),
	# a site is made by `_new_site` alone
	Edit("frappe/installer.py", r"def _init_database\([\s\S]*?(?=\n\ndef _new_site)", "", regex=True),
	# the configuration comes from JSON files
	Edit(
		"frappe/app.py",
		"# Load .env at module import time\nfrom dotenv import load_dotenv\nload_dotenv()\n\n\n",
		"",
	),
	Edit("frappe/app.py", '				"site": "frappe",', '				"site": frappe.local.site,'),
	# the monitor of long queries runs in a thread of its own, which has no context yet
	Edit(
		"frappe/migrate.py",
		"\t\tself._running.set()\n\n\t\tfrappe.init()\n\t\tfrappe.connect()",
		"\t\tself._running.set()\n\n\t\tfrappe.init(self.site)\n\t\tfrappe.connect()",
	),
	Edit(
		"frappe/migrate.py", "\t\tif site:\n\t\t\tfrappe.init()\n", "\t\tif site:\n\t\t\tfrappe.init(site)\n"
	),
	Edit("frappe/testing/environment.py", "\tfrappe.init()\n", "\tfrappe.init(site)\n"),
	# jobs and timers carry their site with them
	Edit("frappe/utils/background_jobs.py", "frappe.init(force=True)", "frappe.init(site, force=True)", 2),
	Edit(
		"frappe/utils/doctor.py",
		"\tfor s in sites:\n\t\tfrappe.init()",
		"\tfor s in sites:\n\t\tfrappe.init(s)",
	),
	Edit("frappe/core/doctype/report/report.py", "\tfrappe.init()\n", "\tfrappe.init(site)\n"),
	Edit(
		"frappe/config.py",
		"Frappe Configuration\n\nReplaces Frappe's site_config.json + common_site_config.json system\n"
		"with a single .env file loader for single-tenant operation.\n",
		"Configuration: common_site_config.json of the bench, site_config.json of a site, the environment.\n",
	),
]

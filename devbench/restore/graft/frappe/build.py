# Bundles are built by the bench's own build, whose entry `devbench` puts beside the framework's package.


def bundle(
	mode,
	apps=None,
	hard_link=False,
	verbose=False,
	skip_frappe=False,
	files=None,
	save_metafiles=False,
	using_cached=False,
	esbuild_target=None,
):
	"""Build the bundles of the given apps (a comma-separated string), or of all apps of the bench.

	Only what has changed is built; `files` names bundles, so the apps they belong to are brought up to date.
	"""
	setup()
	names = apps.split(",") if isinstance(apps, str) else list(apps or frappe.get_all_apps())
	if files:
		names = list(dict.fromkeys(file.split("/")[0] for file in files))
	if skip_frappe and "frappe" in names:
		names.remove("frappe")
	command = ["node", "build_bundles.js", "--sites", sites_path, "--apps", ",".join(names)]
	if mode == "development":
		command.append("--sourcemaps")
	subprocess.run(command, cwd=frappe.get_app_source_path("frappe"), check=True)


def make_asset_dirs(hard_link=False):
	"""Link what the apps serve into the folder of assets; `bundle` does so too."""
	bundle("production")

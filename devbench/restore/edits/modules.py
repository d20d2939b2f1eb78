"""Modules the fork moved go back to where apps import them from."""

from devbench.restore.edit import Edit

MOVES = {
	# `frappe.patches` is the package of the framework's own patches; a module of that name shadows it
	"frappe/patches.py": "frappe/modules/patch_handler.py",
	"frappe/model/module_utils.py": "frappe/modules/utils.py",
	"frappe/model/import_doc.py": "frappe/modules/import_file.py",
	"frappe/model/export.py": "frappe/modules/export_file.py",
	# the test runner does not belong to the fork's command line, which goes
	"frappe/cli_impl/testing.py": "frappe/testing/main.py",
}

REMOVE = (
	# they only said that there is one app
	"frappe/utils/test_installed_apps.py",
	"frappe/utils/installed_apps.py",
	# the fork's command line knows no sites: frappe.commands takes its place
	"frappe/cli.py",
	*(
		f"frappe/cli_impl/{name}.py"
		for name in ("__init__", "db", "gettext", "redis_utils", "scheduler", "translate", "utils")
	),
	# stubs that change nothing and wait for nothing: tests would pass without testing
	"frappe/tests/utils.py",
	"frappe/tests/compat.py",
)

EDITS = [
	Edit("frappe/**/*.py", "frappe.model.module_utils", "frappe.modules.utils", count=None),
	Edit("frappe/**/*.js", "frappe.model.module_utils", "frappe.modules.utils", count=None),
	Edit("frappe/**/*.py", "frappe.model.import_doc", "frappe.modules.import_file", count=None),
	Edit("frappe/**/*.py", "frappe.model.export import", "frappe.modules.export_file import", count=None),
	Edit(
		"frappe/**/*.py",
		"frappe.utils.installed_apps import",
		"frappe.core.doctype.installed_applications.installed_applications import",
		count=None,
	),
	# the package is a regular one, as on an official bench
	Edit(
		"frappe/__init__.py", "from frappe.model import module_utils", "from frappe.modules import utils", 2
	),
	Edit("frappe/__init__.py", "module_utils.", "utils.", 2),
	Edit(
		"frappe/modules/patch_handler.py",
		"from frappe.model import module_utils",
		"from frappe.modules import utils",
	),
	Edit("frappe/modules/patch_handler.py", "method=module_utils.reload_doc", "method=utils.reload_doc"),
	Edit("frappe/modules/utils.py", ". Moved from modules/utils.py.", "."),
	*(
		Edit(path, r"\bfrappe\.patches\b", "frappe.modules.patch_handler", count, regex=True)
		for path, count in {
			"frappe/migrate.py": 4,
			"frappe/model/sync.py": 1,
			"frappe/installer.py": 1,
		}.items()
	),
	# the test runner, from its new place
	Edit(
		"frappe/test_runner.py",
		"from frappe.cli_impl.testing import main",
		"from frappe.testing.main import main",
	),
	Edit(
		"frappe/test_runner.py", "frappe.tests and cli_impl.testing", "frappe.tests and frappe.testing.main"
	),
	Edit(
		"frappe/testing/main.py",
		"from frappe.cli_impl import get_site",
		"from frappe.commands import get_site",
	),
	Edit(
		"frappe/testing/main.py",
		"\tfrappe.init()\n\tif not frappe.db",
		"\tfrappe.init(test_params.site)\n\tif not frappe.db",
	),
	Edit(
		"frappe/testing/main.py",
		"\t\tfrappe.init()\n\t\tallow_tests",
		"\t\tfrappe.init(site)\n\t\tallow_tests",
	),
	Edit(
		"frappe/build.py", "\tfrappe.cli_impl.popen(", "\tfrom frappe.commands import popen\n\n\tpopen(", None
	),
	Edit(
		"frappe/testing/runner.py",
		"\t\tfrom frappe.tests.compat import get_compat_frappe_test_case_preparation\n",
		"",
	),
	Edit(
		"frappe/testing/runner.py",
		"get_compat_frappe_test_case_preparation(self.cfg)",
		"self.integration_preparation",
	),
	Edit(
		"frappe/testing/main.py", "\tfrappe.init()\n\tapp_base_path", "\tfrappe.init(site)\n\tapp_base_path"
	),
]

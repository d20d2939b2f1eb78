"""Modules the fork moved go back to where apps import them from."""

from devbench.restore.edit import Edit

MOVES = {
	# `frappe.patches` is the package of the framework's own patches; a module of that name shadows it
	"frappe/patches.py": "frappe/modules/patch_handler.py",
	"frappe/model/module_utils.py": "frappe/modules/utils.py",
	"frappe/model/import_doc.py": "frappe/modules/import_file.py",
	"frappe/model/export.py": "frappe/modules/export_file.py",
}

# two files that only describe what the fork did
REMOVE = ("frappe/utils/test_installed_apps.py", "frappe/utils/installed_apps.py")

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
	Edit("frappe/__init__.py", "from frappe.model import module_utils", "from frappe.modules import utils", 2),
	Edit("frappe/__init__.py", "module_utils.", "utils.", 2),
	Edit("frappe/modules/patch_handler.py", "from frappe.model import module_utils", "from frappe.modules import utils"),
	Edit("frappe/modules/patch_handler.py", "method=module_utils.reload_doc", "method=utils.reload_doc"),
	Edit("frappe/modules/utils.py", ". Moved from modules/utils.py.", "."),
	*(
		Edit(path, r"\bfrappe\.patches\b", "frappe.modules.patch_handler", count, regex=True)
		for path, count in {"frappe/migrate.py": 4, "frappe/model/sync.py": 1, "frappe/installer.py": 1}.items()
	),
]

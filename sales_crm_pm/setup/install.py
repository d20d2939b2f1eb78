"""What happens when the app is installed and after every migrate.

Everything here may run any number of times: records an admin may change are created when they are
missing and never written over (frappe loads module JSON by timestamp, fixtures by force; masters
therefore are neither).
"""

from glob import glob

import frappe
from frappe.modules.import_file import import_file_by_path

from sales_crm_pm.insight import timeline
from sales_crm_pm.setup import contact_fields
from sales_crm_pm.setup.core_access import grant_core_access
from sales_crm_pm.setup.global_search import add_to_global_search
from sales_crm_pm.setup.indexes import add_owner_indexes
from sales_crm_pm.setup.seed import seed_masters, seed_workflow_masters

PORTAL_ROLE = "SPM Customer User"


def before_install() -> None:
	"""Create the portal role first: a role first met in a DocType's permissions would get desk access."""
	if not frappe.db.exists("Role", PORTAL_ROLE):
		frappe.get_doc({"doctype": "Role", "role_name": PORTAL_ROLE, "desk_access": 0}).insert(
			ignore_permissions=True
		)


def after_install() -> None:
	"""Seed masters, flows and core access on a new site."""
	_bring_up_to_date()
	add_to_global_search()


def after_migrate() -> None:
	"""Seed what a newer version brought; leave alone what is there."""
	_bring_up_to_date()


def _bring_up_to_date() -> None:
	add_owner_indexes()
	seed_workflow_masters()
	load_workflows()
	seed_masters()
	contact_fields.create()
	grant_core_access()
	timeline.add_indexes()


def load_workflows() -> None:
	"""Import the shipped workflows whose file is newer than the record.

	A folder `workflow/` is not among the folders that v15 syncs and only by hook among those of v16,
	so the same loader serves both. `data_import` keeps validation on; without `force` an admin's later
	edit of the record wins over the file.
	"""
	folder = frappe.get_module_path("Sales CRM PM", "workflow")
	for path in sorted(glob(f"{folder}/*/*.json")):
		import_file_by_path(path, data_import=True)

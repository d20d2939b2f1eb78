"""What the app takes back from others before and after it goes."""

import frappe
from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs

from sales_crm_pm.setup import contact_fields, seed_contract
from sales_crm_pm.setup.core_access import revoke_core_access
from sales_crm_pm.setup.global_search import remove_from_global_search
from sales_crm_pm.setup.seed import OWN_ROLE_PROFILES


def before_uninstall() -> None:
	"""Remove what we put on record types that are not ours."""
	revoke_core_access()
	contact_fields.delete()
	remove_from_global_search()
	for name in frappe.get_all("Workflow", filters={"document_type": ["like", "SPM %"]}, pluck="name"):
		frappe.delete_doc("Workflow", name, force=True)
	for name in OWN_ROLE_PROFILES:
		frappe.delete_doc_if_exists("Role Profile", name, force=True)
	for name in frappe.get_all("Email Template", filters={"name": ["like", "SPM %"]}, pluck="name"):
		frappe.delete_doc("Email Template", name, force=True)
	for doctype in ("Kanban Board", "Notification"):
		field = "reference_doctype" if doctype == "Kanban Board" else "document_type"
		for name in frappe.get_all(doctype, filters={field: ["like", "SPM %"]}, pluck="name"):
			frappe.delete_doc(doctype, name, force=True)
	frappe.db.delete("DefaultValue", {"defkey": seed_contract.NOTIFICATIONS_SEEDED})


def after_uninstall() -> None:
	"""Drop our scheduled jobs, and our roles last: until then DocTypes of ours still name them."""
	# the framework would keep calling the jobs, and failing, until the next migrate
	frappe.clear_cache()
	sync_jobs()
	roles = frappe.get_all("Role", filters={"name": ["like", "SPM %"]}, pluck="name")
	if not roles:
		return
	frappe.db.delete("Has Role", {"role": ["in", roles]})
	frappe.db.delete("Custom DocPerm", {"role": ["in", roles]})
	for role in roles:
		frappe.delete_doc("Role", role, force=True)

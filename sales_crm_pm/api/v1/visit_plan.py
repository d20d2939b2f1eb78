"""Visit plans: what a plan would mean before it is switched on."""

from typing import Any

import frappe

from sales_crm_pm.loop import visits

MOST_WEEKS = 26


@frappe.whitelist(methods=["POST"])
def preview(plan: dict | str, weeks: int = 12) -> dict[str, Any]:
	"""Count the visit tasks per person and week that a plan would make; nothing is saved.

	Args:
	        plan: name of a plan, or the values of one that is still being filled in.
	        weeks: how far to look ahead, at most 26.

	Returns customers, due_now, weeks (their first days) and people (user, name, weeks, total).
	"""
	frappe.has_permission("SPM Visit Plan", "write", throw=True)
	frappe.has_permission("SPM Customer", "read", throw=True)
	values = frappe.parse_json(plan) if isinstance(plan, str) and plan.lstrip().startswith("{") else plan
	if isinstance(values, str):
		doc = frappe.get_doc("SPM Visit Plan", values)
	else:
		known = {df.fieldname for df in frappe.get_meta("SPM Visit Plan").fields}
		doc = frappe.new_doc("SPM Visit Plan")
		doc.update({key: value for key, value in values.items() if key in known})
		doc.name = values.get("name") if not values.get("__islocal") else None
	if doc.segment:
		frappe.get_doc("SPM Segment", doc.segment).check_permission("read")
	doc.run_method("validate")
	return visits.preview(doc, max(1, min(weeks, MOST_WEEKS)))

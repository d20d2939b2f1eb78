"""What a new site starts with for keeping customers: a visit plan per tier."""

import frappe
from frappe.utils import cint

VISIT_PLANS: tuple[dict, ...] = tuple(
	{
		"plan_name": f"{tier} Customers",
		"enabled": 1,
		"priority": priority,
		"tier": tier,
		"every_days": days,
		"task_type": kind,
		"counts_as_touch": "Any Interaction",
		"subject": "Keep in touch with {0}",
		"assign_to": "Account Manager",
		"lead_days": 7,
		"task_priority": urgency,
		"max_per_day": 4,
	}
	for tier, priority, days, kind, urgency in (
		("A", 10, 30, "Visit", "High"),
		("B", 20, 60, "Visit", "Medium"),
		("C", 30, 90, "Call", "Low"),
	)
)


def seed() -> None:
	"""Insert the plans once; a list the admin emptied or renamed stays as the admin left it."""
	if frappe.db.count("SPM Visit Plan") or cint(
		frappe.db.get_single_value("SPM Settings", "visit_plans_seeded")
	):
		return
	for plan in VISIT_PLANS:
		frappe.get_doc({"doctype": "SPM Visit Plan", **plan}).insert(ignore_permissions=True)
	frappe.db.set_single_value("SPM Settings", "visit_plans_seeded", 1)

"""Roles and skills a new site starts with, and the defaults of the settings about people."""

import frappe

from sales_crm_pm.setup.defaults import fill_settings

ROLES = (
	"Project Manager",
	"Solution Architect",
	"Business Analyst",
	"Engineer",
	"Tester",
	"Trainer",
)
SKILLS = {
	"Project Planning": "Management",
	"Stakeholder Management": "Management",
	"Requirements Analysis": "Business",
	"Process Design": "Business",
	"Software Development": "Technical",
	"System Integration": "Technical",
	"Data Migration": "Technical",
	"Test Automation": "Quality",
	"User Training": "Quality",
}
SETTINGS = ("over_allocation", "over_allocation_percent", "utilisation_low", "utilisation_high")


def seed() -> None:
	"""Insert what is missing on a site that has none: a list the admin emptied in part stays as it is."""
	if not frappe.db.count("SPM Project Role"):
		for name in ROLES:
			frappe.get_doc({"doctype": "SPM Project Role", "role_name": name}).insert(ignore_permissions=True)
	if not frappe.db.count("SPM Skill"):
		for name, category in SKILLS.items():
			frappe.get_doc({"doctype": "SPM Skill", "skill_name": name, "category": category}).insert(
				ignore_permissions=True
			)
	fill_settings(SETTINGS)

"""What a new site starts with for the money of projects: when people are told about a budget."""

import frappe

from sales_crm_pm.permissions.rules import EXECUTIVE

BUDGET_ALERTS: tuple[dict, ...] = (
	{"title": "Budget Used Faster Than Work Is Done", "used_percent": 80, "only_ahead": 1, "health": "Amber"},
	{"title": "Budget Used Up", "used_percent": 100, "health": "Red", "role_to_tell": EXECUTIVE},
)
SETTINGS = {"cpi_amber": 0.95, "cpi_red": 0.8, "red_on_critical_risk": 1, "progress_snapshot_every": "Week"}


def seed() -> None:
	"""Insert the budget alerts when there are none, and give settings that were never saved their values."""
	if not frappe.db.count("SPM Budget Alert"):
		for row in BUDGET_ALERTS:
			frappe.get_doc({"doctype": "SPM Budget Alert", "enabled": 1, **row}).insert(ignore_permissions=True)
	known = frappe.db.get_singles_dict("SPM Settings")
	for fieldname, value in SETTINGS.items():
		if fieldname not in known:
			frappe.db.set_single_value("SPM Settings", fieldname, value)

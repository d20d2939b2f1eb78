"""Presets a new site starts with. They are records: sales operations change them or add their own."""

import frappe

PRESETS = (
	{
		"preset_name": "Accounts workbook",
		"target": "SPM Customer",
		"description": "A list of companies with industry, place, size and parent company.",
		"mapping": {"columns": {}, "values": {}},
		"options": {"existing": "update"},
	},
	{
		"preset_name": "Opportunity pipeline",
		"target": "SPM Opportunity",
		"description": "A list of deals with stage, dates, value and the salesperson of the old system.",
		"mapping": {"columns": {}, "values": {}},
		"options": {"existing": "update"},
	},
	{
		"preset_name": "Product list",
		"target": "SPM Product",
		"description": "A price list: product, series and list price.",
		"mapping": {"columns": {}, "values": {}},
		"options": {"existing": "update"},
	},
)


def seed():
	"""Create the presets when the site has none; a list the admin emptied or changed stays as it is."""
	if frappe.db.count("SPM Import Preset"):
		return
	for preset in PRESETS:
		frappe.get_doc(
			{
				"doctype": "SPM Import Preset",
				**preset,
				"mapping": frappe.as_json(preset["mapping"]),
				"options": frappe.as_json(preset["options"]),
			}
		).insert(ignore_permissions=True)

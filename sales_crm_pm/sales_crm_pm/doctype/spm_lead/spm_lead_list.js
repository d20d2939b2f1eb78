frappe.listview_settings["SPM Lead"] = {
	add_fields: ["status", "organisation", "next_followup_on"],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Lead"),
	formatters: {
		next_followup_on: (value) => sales_crm_pm.ui.relative_day(value),
		lead_owner: (value) => sales_crm_pm.ui.person(value),
	},
};

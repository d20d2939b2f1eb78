frappe.listview_settings["SPM Project"] = {
	add_fields: ["status", "health", "percent_planned", "customer_name"],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Project"),
	formatters: {
		project_manager: (value) => sales_crm_pm.ui.person(value),
		health: (value) => sales_crm_pm.ui.health_badge(value),
	},
};

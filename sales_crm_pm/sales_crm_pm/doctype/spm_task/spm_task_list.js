frappe.listview_settings["SPM Task"] = {
	add_fields: ["status", "priority", "project"],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Task"),
	formatters: {
		planned_end_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, ["Completed", "Cancelled"].includes(doc.status)),
	},
};

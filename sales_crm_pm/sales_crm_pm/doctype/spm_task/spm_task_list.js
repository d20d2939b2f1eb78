frappe.listview_settings["SPM Task"] = {
	// depends_on_tasks: the arrows of the Gantt view
	add_fields: ["status", "priority", "project", "depends_on_tasks"],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Task"),
	formatters: {
		assigned_to: (value) => sales_crm_pm.ui.person(value),
		planned_end_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, ["Completed", "Cancelled"].includes(doc.status)),
	},
};

frappe.listview_settings["SPM Issue"] = {
	add_fields: ["status", "severity", "due_date"],
	hide_name_column: true,
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Issue"),
	formatters: {
		issue_owner: (value) => sales_crm_pm.ui.person(value),
		severity: (value) => sales_crm_pm.risk.severity_pill(value),
		due_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, !["Open", "In Progress"].includes(doc.status)),
	},
};

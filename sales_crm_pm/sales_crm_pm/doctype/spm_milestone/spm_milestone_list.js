frappe.listview_settings["SPM Milestone"] = {
	add_fields: ["status", "actual_date", "project"],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Milestone"),
	formatters: {
		milestone_owner: (value) => sales_crm_pm.ui.person(value),
		planned_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, ["Accepted", "Cancelled"].includes(doc.status)),
	},
};

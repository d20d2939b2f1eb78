frappe.listview_settings["SPM Payment"] = {
	add_fields: ["status", "currency", "outstanding", "contract"],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Payment"),
	formatters: {
		due_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, !["Due", "Invoiced", "Partly Paid", "Overdue"].includes(doc.status)),
	},
};

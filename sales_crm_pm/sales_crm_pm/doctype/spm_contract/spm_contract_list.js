frappe.listview_settings["SPM Contract"] = {
	add_fields: ["status", "currency", "received_percent", "overdue", "next_due_date"],
	get_indicator: (doc) =>
		flt(doc.overdue) > 0
			? [__("Overdue"), "red", "overdue,>,0"]
			: sales_crm_pm.ui.status_indicator(doc, "SPM Contract"),
	formatters: {
		end_date: (value, df, doc) => sales_crm_pm.ui.relative_day(value, doc.status !== "Active"),
	},
};

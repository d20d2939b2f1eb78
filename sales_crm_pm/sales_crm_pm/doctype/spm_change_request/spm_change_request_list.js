frappe.listview_settings["SPM Change Request"] = {
	add_fields: ["status", "waiting_for", "currency", "price_impact", "schedule_impact_days"],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Change Request"),
	formatters: {
		price_impact: (value, _df, doc) => sales_crm_pm.changes.signed_money(value, doc.currency),
		schedule_impact_days: (value) => sales_crm_pm.ui.cell(sales_crm_pm.changes.signed_days(value)),
	},
};

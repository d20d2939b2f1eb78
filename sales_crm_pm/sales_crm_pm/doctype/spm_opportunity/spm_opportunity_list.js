frappe.listview_settings["SPM Opportunity"] = {
	add_fields: ["status", "amount", "currency", "customer_name", "project_percent_complete", "next_step_date"],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Opportunity"),
	formatters: {
		opportunity_owner: (value) => sales_crm_pm.ui.person(value),
		amount: (value, df, doc) => sales_crm_pm.ui.money(value, doc.currency),
		expected_close_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, ["Won", "Lost"].includes(doc.status)),
	},
	onload(listview) {
		if (frappe.model.can_create("SPM Import Run")) {
			listview.page.add_inner_button(__("Import"), () => frappe.set_route("spm-import"));
		}
	},
};

frappe.listview_settings["SPM Survey"] = {
	add_fields: ["status", "csat", "needs_attention"],
	get_indicator(doc) {
		if (doc.needs_attention) return [__("Needs Attention"), "red", "needs_attention,=,1"];
		return sales_crm_pm.ui.status_indicator(doc, "SPM Survey");
	},
};

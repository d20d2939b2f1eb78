frappe.listview_settings["SPM Cost Entry"] = {
	add_fields: ["status", "kind", "open_base"],
	get_indicator(doc) {
		return [__(doc.status, null, "SPM Cost Entry"), sales_crm_pm.ui.status_color(doc.status), `status,=,${doc.status}`];
	},
};

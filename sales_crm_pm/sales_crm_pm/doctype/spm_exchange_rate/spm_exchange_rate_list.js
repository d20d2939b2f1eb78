frappe.listview_settings["SPM Exchange Rate"] = {
	hide_name_column: true,
	onload(listview) {
		if (!frappe.model.can_write("SPM Opportunity")) return;
		listview.page.add_inner_button(__("Update Open Deals"), () => sales_crm_pm.ui.recompute_rates());
	},
};

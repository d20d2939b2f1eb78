frappe.listview_settings["SPM Person Capacity"] = {
	formatters: { user: (value) => sales_crm_pm.ui.person(value) },
};

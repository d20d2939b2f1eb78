frappe.listview_settings["SPM Person Skill"] = {
	formatters: { user: (value) => sales_crm_pm.ui.person(value) },
};

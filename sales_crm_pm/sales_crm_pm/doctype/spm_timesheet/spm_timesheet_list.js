frappe.listview_settings["SPM Timesheet"] = {
	add_fields: ["status", "total_hours"],
	get_indicator(doc) {
		return [__(doc.status, null, "SPM Timesheet"), sales_crm_pm.ui.status_color(doc.status), `status,=,${doc.status}`];
	},
	onload(listview) {
		listview.page.add_inner_button(__("My Hours"), () => frappe.set_route("spm-week"));
		listview.page.add_inner_button(__("To Approve"), () => frappe.set_route("spm-week", "approve"));
	},
};

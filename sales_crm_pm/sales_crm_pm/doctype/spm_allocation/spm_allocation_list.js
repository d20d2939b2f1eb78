const ALLOCATION_COLORS = { Tentative: "orange", Confirmed: "green" };

frappe.listview_settings["SPM Allocation"] = {
	add_fields: ["status", "user", "project_role", "from_date", "to_date"],
	get_indicator: (doc) => [
		__(doc.status, null, "SPM Allocation"),
		ALLOCATION_COLORS[doc.status],
		`status,=,${doc.status}`,
	],
	formatters: { user: (value) => sales_crm_pm.ui.person(value) },
	onload(list) {
		list.page.add_inner_button(__("Capacity and Load"), () => frappe.set_route("spm-capacity"));
	},
};

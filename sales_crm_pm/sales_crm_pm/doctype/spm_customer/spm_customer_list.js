frappe.listview_settings["SPM Customer"] = {
	add_fields: ["lifecycle_stage", "health", "tier"],
	get_indicator(doc) {
		const colors = {
			Prospect: "gray",
			Following: "blue",
			Converted: "green",
			Maintained: "green",
			Dormant: "orange",
			Lost: "red",
		};
		return [
			__(doc.lifecycle_stage),
			colors[doc.lifecycle_stage] || "gray",
			`lifecycle_stage,=,${doc.lifecycle_stage}`,
		];
	},
	formatters: {
		account_manager: (value) => sales_crm_pm.ui.person(value),
		tier: (value) => sales_crm_pm.ui.tier_badge(value),
		health: (value) => sales_crm_pm.ui.health_badge(value),
	},
	onload(listview) {
		if (frappe.model.can_create("SPM Import Run")) {
			listview.page.add_inner_button(__("Import"), () => frappe.set_route("spm-import"));
		}
	},
};

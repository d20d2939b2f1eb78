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
		listview.page.add_inner_button(__("Segment"), () => sales_crm_pm.keep.choose_segment(listview));
		if (sales_crm_pm.keep.may_start()) {
			listview.page.add_actions_menu_item(__("Start a Mail Sequence"), () =>
				sales_crm_pm.keep.start_sequence(listview.get_checked_items(true))
			);
		}
		if (frappe.model.can_create("SPM Import Run")) {
			listview.page.add_inner_button(__("Import"), () => frappe.set_route("spm-import"));
		}
	},
};

frappe.listview_settings["SPM Tier Rule"] = {
	add_fields: ["enabled", "effect", "points", "tier"],
	hide_name_column: true,
	get_indicator(doc) {
		return doc.enabled ? [__("Enabled"), "green", "enabled,=,1"] : [__("Disabled"), "gray", "enabled,=,0"];
	},
	formatters: {
		points: (value, _df, doc) =>
			sales_crm_pm.ui.cell(doc.effect === "Points" ? `${value > 0 ? "+" : ""}${value}` : "–"),
		tier: (value) => sales_crm_pm.ui.tier_badge(value),
	},
	onload(listview) {
		if (frappe.model.can_write("SPM Tier Rule")) {
			listview.page.add_inner_button(__("Preview"), () => sales_crm_pm.ui.preview_tiers({}));
		}
	},
};

frappe.listview_settings["SPM Referral"] = {
	add_fields: ["status", "base_currency"],
	hide_name_column: true,
	get_indicator(doc) {
		const colors = { New: "blue", Contacted: "cyan", Won: "green", Rewarded: "purple", Lost: "red" };
		return [__(doc.status, null, "SPM Referral"), colors[doc.status], `status,=,${doc.status}`];
	},
	formatters: {
		won_amount_base: (value, df, doc) => sales_crm_pm.ui.money(value, doc.base_currency),
	},
};

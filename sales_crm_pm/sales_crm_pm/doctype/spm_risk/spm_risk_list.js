frappe.listview_settings["SPM Risk"] = {
	add_fields: ["status", "score", "band", "review_date", "trend", "kind"],
	hide_name_column: true,
	async onload(listview) {
		listview.spm_bands = await sales_crm_pm.risk.bands();
		listview.refresh();
		listview.page.add_inner_button(__("Heat Map"), () => frappe.set_route("spm-risk-map"));
	},
	// A review that is due comes before the status: it is what somebody has to do.
	get_indicator(doc) {
		const { word, open_states } = sales_crm_pm.risk;
		if (open_states.includes(doc.status) && doc.review_date && doc.review_date < frappe.datetime.get_today()) {
			return [
				`${word(doc.status)} · ${__("Review is due")}`,
				"orange",
				`review_date,<,${frappe.datetime.get_today()}|status,in,${open_states.join(",")}`,
			];
		}
		return sales_crm_pm.ui.status_indicator(doc, "SPM Risk");
	},
	formatters: {
		risk_owner: (value) => sales_crm_pm.ui.person(value),
		review_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, !sales_crm_pm.risk.open_states.includes(doc.status)),
		band: (value, df, doc) => sales_crm_pm.risk.band_pill(doc.score, value, cur_list?.spm_bands),
	},
	// A risk is written down in a dialog with the matrix; the form comes afterwards.
	primary_action() {
		const filters = cur_list?.get_filters_for_args?.() || [];
		const project = (filters.find((f) => f[1] === "project" && f[2] === "=") || [])[3];
		if (project) return sales_crm_pm.risk.add({ project }, () => cur_list.refresh());
		frappe.new_doc("SPM Risk");
	},
};

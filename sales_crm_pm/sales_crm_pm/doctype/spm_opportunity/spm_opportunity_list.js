frappe.listview_settings["SPM Opportunity"] = {
	add_fields: [
		"status",
		"amount",
		"currency",
		"customer_name",
		"project_percent_complete",
		"next_step_date",
		"stage_entered_on",
		"stage_due_on",
		"pipeline",
	],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Opportunity"),
	formatters: {
		opportunity_owner: (value) => sales_crm_pm.ui.person(value),
		stage: (value, df, doc) =>
			`<span class="spm-nowrap">${frappe.utils.escape_html(stage_label(value, doc.pipeline))} ${sales_crm_pm.ui.stage_age(doc)}</span>`,
		amount: (value, df, doc) => sales_crm_pm.ui.money(value, doc.currency),
		expected_close_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, ["Won", "Lost"].includes(doc.status)),
	},
	onload(listview) {
		if (frappe.model.can_create("SPM Import Run")) {
			listview.page.add_inner_button(__("Import"), () => frappe.set_route("spm-import"));
		}
		listview.page.add_inner_button(__("Board"), () => {
			const pipeline = (listview.get_filters_for_args().find((f) => f[1] === "pipeline" && f[2] === "=") || [])[3];
			frappe.set_route("spm-board", pipeline ? { pipeline } : {});
		});
		listview.page.add_menu_item(__("Longer in Stage Than Planned"), () =>
			listview.filter_area.add([
				["SPM Opportunity", "stage_due_on", "<", frappe.datetime.get_today()],
				["SPM Opportunity", "status", "=", "Open"],
			])
		);
		if (frappe.model.can_write("SPM Opportunity")) {
			listview.page.add_menu_item(__("Update Exchange Rates"), () =>
				sales_crm_pm.ui.recompute_rates(undefined, () => listview.refresh())
			);
			listview.page.add_action_item(__("Update Exchange Rates"), () =>
				sales_crm_pm.ui.recompute_rates(listview.get_checked_items(true), () => listview.refresh())
			);
		}
	},
};

/** Stages are named "Pipeline - Stage"; a list has room for the stage only. */
function stage_label(stage, pipeline) {
	const prefix = `${pipeline} - `;
	return __(stage && stage.startsWith(prefix) ? stage.slice(prefix.length) : stage || "");
}

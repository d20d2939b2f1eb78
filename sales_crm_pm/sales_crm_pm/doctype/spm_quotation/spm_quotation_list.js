frappe.listview_settings["SPM Quotation"] = {
	add_fields: ["status", "currency", "customer_name", "version", "needs_approval"],
	hide_name_column: true,
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Quotation"),
	formatters: {
		grand_total: (value, df, doc) => sales_crm_pm.ui.money(value, doc.currency),
		valid_until: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, !["Draft", "Pending Approval", "Approved", "Sent"].includes(doc.status)),
		version: (value) => `<span class="text-muted">V${cint(value)}</span>`,
	},
	// A quotation begins at its deal, which knows customer, lines and currency.
	primary_action() {
		const dialog = new frappe.ui.Dialog({
			title: __("Quotation for which opportunity?"),
			fields: [
				{
					fieldtype: "Link",
					options: "SPM Opportunity",
					fieldname: "opportunity",
					label: __("Opportunity"),
					reqd: 1,
					get_query: () => ({ filters: { status: ["in", ["Open", "On Hold", "Won"]] } }),
				},
			],
			primary_action_label: __("Make Quotation"),
			async primary_action({ opportunity }) {
				dialog.hide();
				const made = await sales_crm_pm.quotation.create(opportunity);
				frappe.set_route("Form", "SPM Quotation", made.quotation);
			},
		});
		dialog.show();
	},
};

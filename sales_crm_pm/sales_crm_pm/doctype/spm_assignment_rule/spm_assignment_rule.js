frappe.ui.form.on("SPM Assignment Rule", {
	refresh(frm) {
		sales_crm_pm.lead.offer_condition_fields(frm);
	},
});

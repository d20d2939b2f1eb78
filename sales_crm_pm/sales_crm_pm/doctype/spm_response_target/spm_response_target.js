frappe.ui.form.on("SPM Response Target", {
	refresh(frm) {
		sales_crm_pm.lead.offer_condition_fields(frm);
	},
});

frappe.ui.form.on("SPM Project Type", {
	async refresh(frm) {
		const options = await sales_crm_pm.ui.project_fields();
		frm.fields_dict.required_fields.grid.update_docfield_property("fieldname", "options", options);
	},
});

frappe.ui.form.on("SPM Stage", {
	refresh(frm) {
		frappe.model.with_doctype("SPM Opportunity", () => {
			const skipped = ["Section Break", "Column Break", "Tab Break", "HTML", "Table"];
			const options = frappe
				.get_meta("SPM Opportunity")
				.fields.filter((df) => !skipped.includes(df.fieldtype) && !df.read_only && !df.permlevel && df.label)
				.map((df) => ({ value: df.fieldname, label: __(df.label, null, "SPM Opportunity") }));
			frm.fields_dict.required_fields.grid.update_docfield_property("fieldname", "options", options);
		});
	},
	after_save: () => sales_crm_pm.ui.clear_stage_cache(),
});

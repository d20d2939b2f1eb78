frappe.ui.form.on("SPM Stage", {
	refresh(frm) {
		frappe.model.with_doctype("SPM Opportunity", () => {
			const skipped = ["Section Break", "Column Break", "Tab Break", "HTML"];
			const options = frappe
				.get_meta("SPM Opportunity")
				.fields.filter((df) => !skipped.includes(df.fieldtype) && !df.read_only && !df.permlevel && df.label)
				.map((df) => ({ value: df.fieldname, label: __(df.label, null, "SPM Opportunity") }));
			frm.fields_dict.required_fields.grid.update_docfield_property("fieldname", "options", options);
			offer_columns(frm, (frm.doc.required_fields || []).find((row) => row.child_field));
		});
		if (!frm.is_new() && frm.doc.pipeline) {
			frm.add_custom_button(__("Order of the Stages"), () =>
				frappe.set_route("Form", "SPM Pipeline", frm.doc.pipeline)
			);
		}
	},
	after_save: () => sales_crm_pm.ui.clear_stage_cache(),
});

frappe.ui.form.on("SPM Stage Required Field", {
	fieldname: (frm, cdt, cdn) => offer_columns(frm, locals[cdt][cdn]),
	form_render: (frm, cdt, cdn) => offer_columns(frm, locals[cdt][cdn]),
});

/** The columns of the table that a row asks for. */
function offer_columns(frm, row) {
	const df = row && frappe.meta.get_docfield("SPM Opportunity", row.fieldname);
	if (!df || df.fieldtype !== "Table") return;
	frappe.model.with_doctype(df.options, () => {
		const options = frappe
			.get_meta(df.options)
			.fields.filter((column) => column.label && !column.read_only && !frappe.model.no_value_type.includes(column.fieldtype))
			.map((column) => ({ value: column.fieldname, label: __(column.label, null, df.options) }));
		frm.fields_dict.required_fields.grid.update_docfield_property("child_field", "options", options);
	});
}

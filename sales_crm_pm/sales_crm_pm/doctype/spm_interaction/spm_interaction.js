frappe.ui.form.on("SPM Interaction", {
	setup(frm) {
		frm.set_query("contact", () =>
			frm.doc.customer
				? { filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer } }
				: {}
		);
		for (const field of ["opportunity", "project"]) {
			frm.set_query(field, () => (frm.doc.customer ? { filters: { customer: frm.doc.customer } } : {}));
		}
	},
});

// Core's contact form: who one reports to is somebody of the same company.
frappe.ui.form.on("Contact", {
	setup(frm) {
		frm.set_query("reports_to", () => {
			const company = (frm.doc.links || []).find((row) => row.link_doctype === "SPM Customer");
			if (!company) return {};
			return {
				query: "frappe.contacts.doctype.contact.contact.contact_query",
				filters: { link_doctype: "SPM Customer", link_name: company.link_name },
			};
		});
	},
});

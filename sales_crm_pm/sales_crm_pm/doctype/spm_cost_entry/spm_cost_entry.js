frappe.ui.form.on("SPM Cost Entry", {
	setup(frm) {
		frm.set_query("project", () => ({
			filters: { status: ["not in", ["Draft", "Pending Approval", "Closed", "Cancelled"]] },
		}));
		for (const fieldname of ["task", "milestone"]) {
			frm.set_query(fieldname, () => ({ filters: { project: frm.doc.project || "" } }));
		}
		frm.set_query("commitment", () => ({
			filters: { project: frm.doc.project || "", kind: "Committed", status: "Approved" },
		}));
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
	},
	currency(frm) {
		// The rate of the other currency says nothing about this one.
		frm.set_value("exchange_rate", 0);
	},
});

frappe.ui.form.on("SPM Referral", {
	setup(frm) {
		frm.set_query("referring_contact", () =>
			frm.doc.referring_customer
				? { filters: { link_doctype: "SPM Customer", link_name: frm.doc.referring_customer } }
				: {}
		);
		frm.set_query("customer", () => ({ filters: { name: ["!=", frm.doc.referring_customer || ""] } }));
		frm.set_query("opportunity", () => (frm.doc.customer ? { filters: { customer: frm.doc.customer } } : {}));
	},
	refresh(frm) {
		if (frm.is_new() || !frm.perm[0].write) return;
		if (!frm.doc.lead && !frm.doc.customer && frappe.model.can_create("SPM Lead")) {
			frm.add_custom_button(__("Make a Lead"), () =>
				frappe.new_doc("SPM Lead", {
					lead_name: frm.doc.referred_name,
					referral_customer: frm.doc.referring_customer,
				})
			);
		}
		if (frm.doc.status === "Won") {
			frm.add_custom_button(__("Reward Given"), () => {
				frm.set_value("status", "Rewarded");
				frm.save();
			}).addClass("btn-primary");
		}
	},
});

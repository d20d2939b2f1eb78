frappe.ui.form.on("SPM Pool Lead", {
	refresh(frm) {
		frm.disable_save();
		frm.set_intro(__("Claim this lead to see whom to call."), "blue");
		frm.dashboard.clear_headline();
		frm.dashboard.set_headline(sales_crm_pm.lead.rating_pill(frm.doc.rating, frm.doc.score));
		frm.page.set_primary_action(__("Claim"), async () => {
			await frappe.call({
				method: "sales_crm_pm.api.v1.lead.claim",
				type: "POST",
				args: { lead: frm.doc.lead },
				freeze: true,
			});
			frappe.show_alert({ message: __("The lead is yours."), indicator: "green" });
			frappe.set_route("Form", "SPM Lead", frm.doc.lead);
		});
	},
});

// Contracts where people look for them: on the deal they come from.
frappe.ui.form.on("SPM Opportunity", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_read("SPM Contract")) return;
		if (frm.doc.contract) {
			frm.add_custom_button(
				__("SPM Contract"),
				() => frappe.set_route("Form", "SPM Contract", frm.doc.contract),
				__("View")
			);
			return;
		}
		if (!frm.perm[0].write || frm.doc.status === "Lost" || !frappe.model.can_create("SPM Contract")) return;
		frm.add_custom_button(
			__("SPM Contract"),
			async () => {
				const { message } = await frappe.call({
					method: "sales_crm_pm.api.v1.contract.create_from_opportunity",
					args: { opportunity: frm.doc.name },
					freeze: true,
				});
				if (!message.created) frappe.show_alert({ message: __("This deal has a contract already."), indicator: "blue" });
				frappe.set_route("Form", "SPM Contract", message.contract);
			},
			__("Create")
		);
	},
});

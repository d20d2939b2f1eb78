frappe.ui.form.on("SPM Lead", {
	refresh(frm) {
		if (frm.is_new()) return;
		if (frm.doc.status === "Converted") {
			if (frm.doc.opportunity) {
				frm.add_custom_button(__("Open Opportunity"), () =>
					frappe.set_route("Form", "SPM Opportunity", frm.doc.opportunity)
				);
			}
			return;
		}
		if (frm.perm[0].write) {
			frm.add_custom_button(__("Convert"), () => convert(frm)).addClass("btn-primary");
		}
		frm.add_custom_button(__("Log Interaction"), () =>
			frappe.new_doc("SPM Interaction", { lead: frm.doc.name })
		);
	},
});

function convert(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Convert Lead"),
		fields: [
			{
				fieldtype: "HTML",
				options: `<p>${__("A customer and a contact are created, or found again when they are there.")}</p>`,
			},
			{
				fieldtype: "Check",
				fieldname: "create_opportunity",
				label: __("Create an opportunity"),
				default: 1,
			},
		],
		primary_action_label: __("Convert"),
		async primary_action(values) {
			dialog.hide();
			await sales_crm_pm.ui.act_and_leave(
				frm,
				"lead.convert",
				{ lead: frm.doc.name, create_opportunity: !!values.create_opportunity },
				__("Converting…"),
				({ opportunity, customer }) =>
					opportunity
						? frappe.set_route("Form", "SPM Opportunity", opportunity)
						: frappe.set_route("Form", "SPM Customer", customer)
			);
		},
	});
	dialog.show();
}

frappe.ui.form.on("SPM Allocation", {
	setup(frm) {
		frm.set_query("user", () => ({ filters: { enabled: 1, user_type: "System User" } }));
		frm.set_query("project_role", () => ({ filters: { disabled: 0 } }));
		frm.set_query("opportunity", () => ({ filters: { status: ["in", ["Open", "On Hold", "Won"]] } }));
	},
	refresh(frm) {
		if (frm.is_new()) return;
		frm.page.set_indicator(
			__(frm.doc.status, null, frm.doctype),
			frm.doc.status === "Confirmed" ? "green" : "orange"
		);
		frm.add_custom_button(__("Capacity and Load"), () => {
			frappe.route_options = { start: frm.doc.from_date };
			frappe.set_route("spm-capacity");
		});
		if (!frm.perm[0].write) return;
		if (frm.doc.status === "Tentative" && frm.doc.project) {
			frm.add_custom_button(__("Confirm"), () =>
				sales_crm_pm.ui.act(frm, "allocation.confirm", { allocations: [frm.doc.name] })
			);
		}
		frm.add_custom_button(__("Split Allocation"), () => ask_split(frm));
	},
});

/** On which day the second part begins, and whose it is. */
function ask_split(frm) {
	frappe.prompt(
		[
			{ fieldname: "on", fieldtype: "Date", label: __("Second Part Begins On"), reqd: 1 },
			{
				fieldname: "user",
				fieldtype: "Link",
				options: "User",
				label: __("Person of the Second Part"),
				default: frm.doc.user,
				get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
			},
		],
		(values) => sales_crm_pm.ui.act(frm, "allocation.split", { allocation: frm.doc.name, ...values }),
		__("Split Allocation"),
		__("Split Allocation")
	);
}

frappe.ui.form.on("SPM Issue", {
	setup(frm) {
		frm.set_query("category", () => ({ filters: { disabled: 0 } }));
	},
	onload(frm) {
		if (frm.is_new() && !frm.doc.issue_owner) frm.set_value("issue_owner", frappe.session.user);
	},
	refresh(frm) {
		frm.page.set_indicator(
			sales_crm_pm.risk.issue_word(frm.doc.status),
			sales_crm_pm.ui.status_color(frm.doc.status)
		);
		if (frm.is_new() || !frm.perm[0].write) return;
		frm.add_custom_button(
			__("Task"),
			() => sales_crm_pm.risk.create_task(frm.doctype, frm.doc, () => frm.reload_doc()),
			__("Create")
		);
		frm.add_custom_button(
			__("Lesson Learned"),
			() =>
				frappe.new_doc("SPM Lesson", {
					title: frm.doc.title,
					project: frm.doc.project,
					category: frm.doc.category,
					from_issue: frm.doc.name,
					from_risk: frm.doc.from_risk,
					what_happened: frm.doc.cause || frm.doc.description,
					recommendation: frm.doc.resolution,
				}),
			__("Create")
		);
		if (["Open", "In Progress"].includes(frm.doc.status)) {
			frm.add_custom_button(__("Resolve"), () =>
				frappe.prompt(
					{ fieldname: "resolution", fieldtype: "Small Text", label: __("Resolution"), reqd: 1, default: frm.doc.resolution },
					async ({ resolution }) => {
						await frm.set_value({ resolution, status: "Resolved" });
						frm.save();
					},
					__("How was it solved?"),
					__("Resolve")
				)
			);
		}
	},
});

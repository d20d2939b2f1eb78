frappe.ui.form.on("SPM Timesheet", {
	setup(frm) {
		frm.set_query("project", "lines", () => ({
			filters: { status: ["not in", ["Draft", "Pending Approval", "Closed", "Cancelled"]] },
		}));
		frm.set_query("task", "lines", (_doc, cdt, cdn) => {
			const { project } = locals[cdt][cdn];
			return { filters: project ? { project } : {} };
		});
		frm.set_query("activity_type", "lines", () => ({ filters: { disabled: 0 } }));
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		if (frm.doc.rejection_reason && frm.doc.status === "Rejected") {
			frm.set_intro(__("Rejected: {0}", [frappe.utils.escape_html(frm.doc.rejection_reason)]), "red");
		}
		if (!frm.is_new() && frm.doc.user === frappe.session.user) {
			frm.add_custom_button(__("Open Week"), () => frappe.set_route("spm-week", frm.doc.week_start));
		}
		// Who approves does not type: the lines belong to the person of the week.
		const may_type = frm.doc.user === frappe.session.user || frappe.user.has_role("System Manager");
		frm.set_df_property("lines", "read_only", may_type && ["Draft", "Rejected"].includes(frm.doc.status) ? 0 : 1);
	},
	before_workflow_action(frm) {
		if (frm.selected_workflow_action !== "Reject") return;
		return new Promise(() => {
			frappe.dom.unfreeze();
			const dialog = new frappe.ui.Dialog({
				title: __("Why is it rejected?"),
				fields: [{ fieldtype: "Small Text", fieldname: "reason", label: __("Rejection Reason"), reqd: 1 }],
				primary_action_label: __("Reject"),
				// Done by the endpoint; the promise is never kept, so the form's own action does not run as well.
				async primary_action({ reason }) {
					dialog.hide();
					await sales_crm_pm.ui.act(frm, "timesheet.reject", { timesheets: [frm.doc.name], reason });
				},
			});
			dialog.onhide = () => frappe.dom.unfreeze();
			dialog.show();
		});
	},
});

frappe.ui.form.on("SPM Timesheet Line", {
	lines_add(frm, cdt, cdn) {
		const before = frm.doc.lines[frm.doc.lines.length - 2];
		frappe.model.set_value(cdt, cdn, "work_date", before?.work_date || frm.doc.week_start);
	},
	async activity_type(_frm, cdt, cdn) {
		const { activity_type } = locals[cdt][cdn];
		if (!activity_type) return;
		const { message } = await frappe.db.get_value("SPM Activity Type", activity_type, "is_billable");
		frappe.model.set_value(cdt, cdn, "billable", message?.is_billable ? 1 : 0);
	},
});

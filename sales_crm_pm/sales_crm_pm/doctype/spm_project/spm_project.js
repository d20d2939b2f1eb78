frappe.ui.form.on("SPM Project", {
	setup(frm) {
		frm.set_query("contact", "contacts", () => ({
			filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer },
		}));
	},
	before_workflow_action(frm) {
		if (frm.selected_workflow_action === "Send Back") return sales_crm_pm.ui.ask_why_sent_back(frm);
	},
	on_tab_change(frm) {
		sales_crm_pm.show_project_panels(frm);
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		sales_crm_pm.ui.render_project_head(frm);
		sales_crm_pm.refresh_project_panels(frm);
		if (frm.is_new()) return;
		if (frm.doc.sent_back_reason && frm.doc.status === "Draft") {
			frm.set_intro(__("Sent back: {0}", [frappe.utils.escape_html(frm.doc.sent_back_reason)]), "orange");
		}
		if (frappe.model.can_create("SPM Project Template")) {
			frm.add_custom_button(__("Save as Template"), () => sales_crm_pm.ui.save_as_template(frm), __("Actions"));
		}
		if (frm.perm[0].write && frm.get_perm(1, "write")) {
			frm.add_custom_button(
				__("Estimate from Tasks"),
				() => sales_crm_pm.ui.act(frm, "project.estimate_from_tasks", { project: frm.doc.name }),
				__("Actions")
			);
		}
		frm.add_custom_button(
			__("Gantt"),
			() => frappe.set_route("spm-gantt", frm.doc.name),
			__("View")
		);
		frm.add_custom_button(
			__("Milestones"),
			() => frappe.set_route("List", "SPM Milestone", "List", { project: frm.doc.name }),
			__("View")
		);
		if (frm.perm[0].write) {
			frm.add_custom_button(
				__("Task"),
				() => frappe.new_doc("SPM Task", { project: frm.doc.name, customer: frm.doc.customer }),
				__("Create")
			);
			frm.add_custom_button(
				__("Milestone"),
				() => frappe.new_doc("SPM Milestone", { project: frm.doc.name }),
				__("Create")
			);
		}
		frm.add_custom_button(
			__("Interaction"),
			() =>
				frappe.new_doc("SPM Interaction", {
					project: frm.doc.name,
					customer: frm.doc.customer,
					opportunity: frm.doc.opportunity,
				}),
			__("Create")
		);
	},
});

frappe.ui.form.on("SPM Milestone", {
	setup(frm) {
		frm.set_query("accepted_by", () => ({
			filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer },
		}));
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		if (frm.doc.rejection_reason && frm.doc.status === "Rejected") {
			frm.set_intro(
				__("Rejected: {0}", [frappe.utils.escape_html(frm.doc.rejection_reason)]),
				"red"
			);
		}
	},
	onload_post_render(frm) {
		if (frm.doc.status === "Accepted" && frm.perm[0].write) {
			frm.add_custom_button(
				__("Take the Acceptance Back"),
				() => sales_crm_pm.milestones.reopen(frm.doc, () => frm.reload_doc()),
				__("Actions")
			);
		}
	},
	// The reason of a rejection is part of the step, so it is asked for before the workflow acts.
	before_workflow_action(frm) {
		if (frm.selected_workflow_action === "Accept") {
			// Who accepted it, when, and why it is late: asked by our own dialog, done by the endpoint.
			// A promise that is never kept ends the framework's own step without an error.
			frappe.dom.unfreeze();
			sales_crm_pm.milestones.accept(frm.doc, () => frm.reload_doc());
			return new Promise(() => {});
		}
		if (frm.selected_workflow_action !== "Reject") return;
		return new Promise(() => {
			frappe.dom.unfreeze();
			const dialog = new frappe.ui.Dialog({
				title: __("Why is it rejected?"),
				fields: [
					{ fieldtype: "Small Text", fieldname: "reason", label: __("Rejection Reason"), reqd: 1 },
				],
				primary_action_label: __("Reject"),
				// Done by the endpoint; the form's own action must not run a second time.
				async primary_action({ reason }) {
					dialog.hide();
					await sales_crm_pm.ui.act(frm, "milestone.reject", { milestone: frm.doc.name, reason });
				},
			});
			dialog.onhide = () => frappe.dom.unfreeze();
			dialog.show();
		});
	},
});

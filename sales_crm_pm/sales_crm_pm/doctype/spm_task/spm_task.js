frappe.ui.form.on("SPM Task", {
	setup(frm) {
		frm.set_query("milestone", () => ({ filters: { project: frm.doc.project || "" } }));
		frm.set_query("parent_task", () => ({
			filters: { project: frm.doc.project || "", name: ["!=", frm.doc.name || ""] },
		}));
		frm.set_query("task", "depends_on", () => ({
			filters: { project: frm.doc.project || "", name: ["!=", frm.doc.name || ""] },
		}));
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		if (!frm.is_new() && frm.perm[0].write && !["Completed", "Cancelled"].includes(frm.doc.status)) {
			frm.add_custom_button(__("Complete"), () =>
				sales_crm_pm.ui.act(frm, "task.complete", { task: frm.doc.name })
			).addClass("btn-primary");
		}
		if (!frm.is_new() && frm.doc.project) {
			frm.add_custom_button(__("Plan"), () => frappe.set_route("spm-gantt", frm.doc.project), __("View"));
		}
	},
});

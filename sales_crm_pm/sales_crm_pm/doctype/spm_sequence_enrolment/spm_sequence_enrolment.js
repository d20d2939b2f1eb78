frappe.ui.form.on("SPM Sequence Enrolment", {
	refresh(frm) {
		const colors = { Active: "green", Paused: "orange", Finished: "blue", Stopped: "gray" };
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), colors[frm.doc.status]);
		frm.disable_save();
		frm.add_custom_button(__("What Was Sent"), () =>
			frappe.set_route("List", "SPM Sequence Delivery", { enrolment: frm.doc.name })
		);
		if (!frm.perm[0].write || !["Active", "Paused"].includes(frm.doc.status)) return;
		const act = (path) => () => sales_crm_pm.ui.act(frm, `sequence.${path}`, { enrolment: frm.doc.name });
		if (frm.doc.status === "Active") frm.add_custom_button(__("Pause"), act("pause_contact"));
		else frm.add_custom_button(__("Go On"), act("resume_contact")).addClass("btn-primary");
		frm.add_custom_button(__("Stop"), act("stop_contact"));
	},
});

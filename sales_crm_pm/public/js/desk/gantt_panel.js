// The plan on the project form: the same chart as on its page.
frappe.provide("sales_crm_pm.project_panels");

sales_crm_pm.project_panels.gantt_html = async (frm, panel) => {
	// A chart of the project that was shown before must not go on listening.
	frm.spm_gantt?.unmount();
	frm.spm_gantt = null;
	const project = frm.doc.name;
	await frappe.require(["spm_gantt.bundle.css", "spm_gantt.bundle.js"]);
	if (frm.doc.name !== project || !panel[0].isConnected) return;
	const link = $(`<a class="spm-gantt-large" href="/desk/spm-gantt/${encodeURIComponent(project)}">${__("Open on a page of its own")}</a>`);
	link.on("click", (event) => {
		if (event.ctrlKey || event.metaKey) return;
		event.preventDefault();
		frappe.set_route("spm-gantt", project);
	});
	panel.append(link);
	frm.spm_gantt = sales_crm_pm.mount_gantt_panel($("<div>").appendTo(panel)[0], project);
};

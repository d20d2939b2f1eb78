// Panels of the project form. Each topic draws its own: in a file of its own it says
//
//   sales_crm_pm.project_panels.plan_html = async (frm, $wrapper) => { … };
//
// where the key is the HTML field of SPM Project it draws into. A panel is drawn when its tab is first
// looked at and again after each refresh of the form, so that opening a project asks for one tab's data only.
// A panel that has changed something calls `sales_crm_pm.refresh_project_panels(frm)`.
frappe.provide("sales_crm_pm.project_panels");

/** The tab that a field stands in, as the name of its Tab Break. */
function tab_of(frm, fieldname) {
	let tab = null;
	for (const df of frm.meta.fields) {
		if (df.fieldtype === "Tab Break") tab = df.fieldname;
		if (df.fieldname === fieldname) return tab;
	}
	return tab;
}

function active_tab(frm) {
	const shown = (frm.layout.tabs || []).find((tab) => tab.is_active());
	return shown?.df?.fieldname || frm.meta.fields.find((df) => df.fieldtype === "Tab Break")?.fieldname;
}

function draw(frm, fieldname) {
	const field = frm.get_field(fieldname);
	if (!field) return;
	frm.spm_drawn_panels[fieldname] = frm.doc.name;
	const panel = $('<div class="spm-project-panel"></div>');
	field.$wrapper.empty().append(panel);
	// A panel that fails must not take the form or its neighbours with it.
	Promise.resolve()
		.then(() => sales_crm_pm.project_panels[fieldname](frm, panel))
		.catch((error) => {
			console.error(error);
			panel.html(`<p class="text-muted">${__("This part could not be loaded.")}</p>`);
		});
}

/** Draw the panels of the tab that is looked at, unless they are drawn already. */
sales_crm_pm.show_project_panels = function (frm) {
	if (frm.is_new()) return;
	// The desk tells of the first tab before the form is refreshed.
	frm.spm_drawn_panels = frm.spm_drawn_panels || {};
	const tab = active_tab(frm);
	for (const fieldname of Object.keys(sales_crm_pm.project_panels)) {
		if (frm.spm_drawn_panels[fieldname] !== frm.doc.name && tab_of(frm, fieldname) === tab) draw(frm, fieldname);
	}
};

/** Forget what was drawn: the tab that is looked at is drawn anew at once, the others when they are opened. */
sales_crm_pm.refresh_project_panels = function (frm) {
	frm.spm_drawn_panels = {};
	for (const fieldname of Object.keys(sales_crm_pm.project_panels)) {
		if (frm.is_new()) frm.get_field(fieldname)?.$wrapper.empty();
	}
	sales_crm_pm.show_project_panels(frm);
};

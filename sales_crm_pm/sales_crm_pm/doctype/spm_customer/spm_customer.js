frappe.ui.form.on("SPM Customer", {
	setup(frm) {
		frm.set_query("parent_customer", () => ({ filters: { name: ["!=", frm.doc.name || ""] } }));
		for (const field of ["primary_contact", "primary_address"]) {
			frm.set_query(field, () => ({
				filters: { link_doctype: "SPM Customer", link_name: frm.doc.name },
			}));
		}
	},
	refresh(frm) {
		frappe.dynamic_link = { doc: frm.doc, fieldname: "name", doctype: "SPM Customer" };
		frm.toggle_display(["contact_html", "address_html"], !frm.is_new());
		if (frm.is_new()) {
			frappe.contacts.clear_address_and_contact(frm);
			return;
		}
		frappe.contacts.render_address_and_contact(frm);
		frm.add_custom_button(__("Opportunity"), () =>
			frappe.new_doc("SPM Opportunity", { customer: frm.doc.name }), __("Create"));
		frm.add_custom_button(__("Interaction"), () =>
			frappe.new_doc("SPM Interaction", { customer: frm.doc.name }), __("Create"));
		show_overview(frm);
	},
});

/** Key figures on top: what is open, what is being delivered, how happy the customer is. */
async function show_overview(frm) {
	const doc = frm.doc;
	const money = (value) => format_currency(value || 0, doc.base_currency, 0);
	const figures = [
		[__("Open Pipeline"), money(doc.open_pipeline_base)],
		[__("Won Amount"), `${money(doc.won_amount_base)} · ${cint(doc.won_count)}`],
		[__("Active Projects"), `${cint(doc.active_projects)}`],
		[__("Satisfaction"), doc.csat_avg ? `${format_number(doc.csat_avg, null, 1)} / 5` : "–"],
	];
	const cells = figures
		.map(
			([label, value]) =>
				`<div><div class="text-muted">${label}</div><div class="spm-figure">${value}</div></div>`
		)
		.join("");
	const progress = cint(doc.active_projects)
		? `<div><div class="text-muted">${__("Progress of Active Projects")} ${format_number(
				doc.projects_percent_complete,
				null,
				0
		  )} %</div>${sales_crm_pm.ui.progress_bar(doc.projects_percent_complete)}</div>`
		: "";
	frm.dashboard.add_section(`<div class="spm-panel">${cells}${progress}</div>`, __("At a Glance"));
	frm.dashboard.show();
}

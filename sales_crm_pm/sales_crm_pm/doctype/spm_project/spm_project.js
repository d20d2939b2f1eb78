frappe.ui.form.on("SPM Project", {
	setup(frm) {
		frm.set_query("contact", "contacts", () => ({
			filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer },
		}));
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		if (frm.is_new()) return;
		show_progress(frm);
		frm.add_custom_button(
			__("Gantt"),
			() => frappe.set_route("List", "SPM Task", "Gantt", { project: frm.doc.name }),
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

/** Planned against actual, health with its reasons, days to the next milestone. */
function show_progress(frm) {
	const doc = frm.doc;
	const esc = frappe.utils.escape_html;
	const color = { Green: "green", Amber: "orange", Red: "red" }[doc.health] || "";
	// Stored in the language of the site; the server sends them in the language of the reader.
	const reasons = doc.__onload?.health_reasons || (doc.health_reasons || "").split("\n").filter(Boolean);
	const next = doc.next_milestone
		? `<a href="${frappe.utils.get_form_link("SPM Milestone", doc.next_milestone)}">${esc(
				frappe.utils.get_link_title("SPM Milestone", doc.next_milestone) || doc.next_milestone
		  )}</a> ${sales_crm_pm.ui.relative_day(doc.next_milestone_date)}`
		: `<span class="text-muted">${__("None open")}</span>`;
	frm.dashboard.add_section(
		`<div class="spm-panel">
			<div><div class="text-muted">${__("Progress")} <b>${format_number(doc.percent_complete, null, 0)} %</b></div>
				${sales_crm_pm.ui.progress_bar(doc.percent_complete, doc.percent_planned, color)}
				<small class="text-muted">${__("Planned")} ${format_number(doc.percent_planned, null, 0)} %</small></div>
			<div><div class="text-muted">${__("Health")}</div>${
			sales_crm_pm.ui.health_badge(doc.health) || "–"
		}${
			reasons.length
				? `<ul class="spm-reasons">${reasons.map((reason) => `<li>${esc(reason)}</li>`).join("")}</ul>`
				: ""
		}</div>
			<div><div class="text-muted">${__("Next Milestone")}</div>${next}</div>
			<div><div class="text-muted">${__("Forecast End")}</div>${
			doc.forecast_end_date ? frappe.datetime.str_to_user(doc.forecast_end_date) : "–"
		}</div>
		</div>`,
		__("Delivery")
	);
	frm.dashboard.show();
}

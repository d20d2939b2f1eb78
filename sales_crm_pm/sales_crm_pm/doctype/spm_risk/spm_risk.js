frappe.ui.form.on("SPM Risk", {
	setup(frm) {
		frm.set_query("category", () => ({ filters: { disabled: 0 } }));
	},
	onload(frm) {
		if (frm.is_new() && !frm.doc.risk_owner) frm.set_value("risk_owner", frappe.session.user);
	},
	refresh(frm) {
		const { word } = sales_crm_pm.risk;
		frm.page.set_indicator(word(frm.doc.status), sales_crm_pm.ui.status_color(frm.doc.status));
		frm.trigger("show_matrix");
		frm.trigger("kind");
		if (frm.is_new()) return;
		const is_open = sales_crm_pm.risk.open_states.includes(frm.doc.status);
		if (is_open && frm.doc.review_date && frm.doc.review_date < frappe.datetime.get_today()) {
			frm.set_intro(__("The review of this risk is due."), "orange");
		}
		if (!frm.perm[0].write) return;
		if (is_open) {
			frm.add_custom_button(__("Review", null, "SPM Risk"), () =>
				sales_crm_pm.risk.review(frm.doc, () => frm.reload_doc())
			);
			frm.add_custom_button(__("It Happened"), () => sales_crm_pm.risk.happened(frm));
		}
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
					from_risk: frm.doc.name,
				}),
			__("Create")
		);
	},
	probability: (frm) => frm.trigger("show_matrix"),
	impact: (frm) => frm.trigger("show_matrix"),
	kind(frm) {
		const { word, strategies } = sales_crm_pm.risk;
		frm.set_df_property("response_strategy", "options", [
			"",
			...strategies[frm.doc.kind || "Threat"].map((value) => ({ value, label: word(value) })),
		]);
	},
	async show_matrix(frm) {
		const bands = await sales_crm_pm.risk.bands();
		const field = frm.get_field("matrix_html");
		const { probability, impact } = frm.doc;
		sales_crm_pm.risk.picker(
			field.$wrapper,
			{ bands, probability, impact, read_only: !frm.is_new() && !frm.perm[0].write },
			async (p, i) => {
				frm.doc.probability = p;
				await frm.set_value("impact", i);
				frm.refresh_field("probability");
				frm.dirty();
			}
		);
	},
});

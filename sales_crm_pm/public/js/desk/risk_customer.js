// The worst open risks on a customer's page: those of the projects and deals that the reader may see.
frappe.ui.form.on("SPM Customer", {
	async refresh(frm) {
		const field = frm.get_field("risks_html");
		const may_see = !frm.is_new() && frappe.model.can_read("SPM Risk");
		frm.toggle_display("risks_section", may_see);
		if (!may_see) return;
		const opened = frm.doc.name;
		const { esc, band_pill, trend, word, open_states } = sales_crm_pm.risk;
		const [rows, bands] = await Promise.all([
			frappe.db.get_list("SPM Risk", {
				filters: { customer: opened, kind: "Threat", status: ["in", open_states] },
				fields: ["name", "title", "project", "project.project_name", "score", "band", "trend", "status"],
				order_by: "score desc",
				limit: 5,
			}),
			sales_crm_pm.risk.bands(),
		]);
		if (frm.doc.name !== opened) return;
		const lines = rows
			.map(
				(risk) => `<li>${band_pill(risk.score, risk.band, bands)}
				<a href="${frappe.utils.get_form_link("SPM Risk", risk.name)}">${esc(risk.title)}</a> ${
					risk.trend !== "Flat" ? trend(risk.trend) : ""
				}
				<small class="text-muted">${[esc(risk.project_name), word(risk.status)].filter(Boolean).join(" · ")}</small></li>`
			)
			.join("");
		field.$wrapper.html(
			lines
				? `<ul class="spm-customer-risks">${lines}</ul>`
				: `<p class="text-muted">${__("No risk of this customer is open.")}</p>`
		);
	},
});

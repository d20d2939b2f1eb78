frappe.ui.form.on("SPM Scoring Rule", {
	refresh(frm) {
		sales_crm_pm.lead.offer_condition_fields(frm);
		$(frm.fields_dict.preview_html.wrapper).empty();
		if (frm.perm[0].write) {
			frm.add_custom_button(__("Preview"), () => preview(frm));
		}
	},
});

/** What the rule would change, before it is saved. */
async function preview(frm) {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.lead.preview_rule",
		type: "POST",
		args: { rule: frm.doc, stored: frm.is_new() ? "" : frm.doc.name },
		freeze: true,
	});
	const esc = frappe.utils.escape_html;
	const counts = ["Hot", "Warm", "Cold"].map(
		(rating) =>
			`<tr><td>${__(rating)}</td><td class="text-right">${message.ratings.before[rating] || 0}</td><td class="text-right"><b>${
				message.ratings.after[rating] || 0
			}</b></td></tr>`
	);
	const rows = message.rows.map(
		(row) =>
			`<tr><td>${esc(row.title)}</td><td class="text-right">${row.before}</td><td class="text-right"><b>${row.after}</b></td><td>${
				row.rating_before === row.rating_after ? "" : `${__(row.rating_before)} → ${__(row.rating_after)}`
			}</td></tr>`
	);
	frappe.msgprint({
		title: __("{0} of {1} open leads would change", [message.changed, message.leads]),
		indicator: message.changed ? "orange" : "green",
		message: `<div class="spm-preview">
			<table class="mb-4"><thead><tr><th>${__("Rating")}</th><th class="text-right">${__("Now")}</th><th class="text-right">${__("After")}</th></tr></thead><tbody>${counts.join("")}</tbody></table>
			${
				rows.length
					? `<table><thead><tr><th>${__("Lead")}</th><th class="text-right">${__("Now")}</th><th class="text-right">${__("After")}</th><th></th></tr></thead><tbody>${rows.join("")}</tbody></table>`
					: ""
			}
		</div>`,
	});
}

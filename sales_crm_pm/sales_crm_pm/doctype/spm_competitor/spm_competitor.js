frappe.ui.form.on("SPM Competitor", {
	refresh(frm) {
		show_record(frm);
		if (frm.is_new()) return;
		frm.add_custom_button(__("Deals"), () =>
			frappe.set_route("List", "SPM Opportunity", "List", { "SPM Opportunity Competitor.competitor": frm.doc.name })
		);
		frm.add_custom_button(__("Win and Loss"), () => frappe.set_route("query-report", "SPM Win and Loss by Competitor"));
	},
});

/** How the team has fared against this competitor, over the deals the person may see. */
async function show_record(frm) {
	const wrapper = frm.fields_dict.record_html.$wrapper;
	wrapper.empty();
	if (frm.is_new()) return;
	const { message: record } = await frappe.call({
		method: "sales_crm_pm.api.v1.competitor.record",
		type: "GET",
		args: { competitor: frm.doc.name },
	});
	const cells = [
		[__("Won", null, "SPM Opportunity"), `<b>${record.won}</b> · ${format_currency(record.won_amount, record.currency, 0)}`],
		[__("Lost", null, "SPM Opportunity"), `<b>${record.lost}</b> · ${format_currency(record.lost_amount, record.currency, 0)}`],
		[__("Lost to Them"), `<b>${record.lost_to}</b>`],
		[__("Win Rate"), record.win_rate === null ? "–" : `<b>${format_number(record.win_rate, null, 0)} %</b>`],
		[__("Open Deals"), `<b>${record.open}</b> · ${format_currency(record.open_amount, record.currency, 0)}`],
	];
	wrapper.html(
		`<dl class="spm-figures">${cells.map(([label, value]) => `<div><dt>${label}</dt><dd>${value}</dd></div>`).join("")}</dl>`
	);
}

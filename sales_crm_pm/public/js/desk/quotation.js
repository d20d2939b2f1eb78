// Making a quotation, from wherever a deal is looked at.
frappe.provide("sales_crm_pm.quotation");

/** Make the quotation of a deal; resolves to its name, version and total. */
sales_crm_pm.quotation.create = async function (opportunity) {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.quotation.create_from_opportunity",
		args: { opportunity },
		freeze: true,
		freeze_message: __("Making the quotation…"),
	});
	frappe.show_alert({ message: __("Quotation {0} is ready to be checked.", [message.quotation]), indicator: "green" });
	return message;
};

/** The price list's rate for a line of a deal, filled into an empty rate. */
sales_crm_pm.quotation.suggest = async function (frm, cdt, cdn) {
	const row = locals[cdt][cdn];
	if (!row.product || row.rate) return;
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.quotation.price",
		type: "GET",
		args: {
			product: row.product,
			currency: frm.doc.currency || frappe.boot.sysdefaults.currency,
			qty: row.qty || 1,
			exchange_rate: frm.doc.exchange_rate || 1,
		},
	});
	if (message.rate) await frappe.model.set_value(cdt, cdn, "rate", message.rate);
};

// Offers where people look for them: on the deal they were made in.
frappe.ui.form.on("SPM Opportunity", {
	async refresh(frm) {
		if (frm.is_new() || !frappe.model.can_read("SPM Quotation")) return;
		const deal = frm.doc.name;
		const rows = await frappe.db.get_list("SPM Quotation", {
			filters: { opportunity: deal, status: ["!=", "Superseded"] },
			fields: ["name", "title", "version", "status", "net_total", "grand_total", "currency", "valid_until", "sent_on", "view_count"],
			order_by: "creation desc",
			limit: 5,
		});
		if (frm.doc.name !== deal) return;
		frm.$wrapper.find(".spm-quotes").remove();
		if (!rows.length || !frm.fields_dict.amount) return;
		// Beside the amount that they are about.
		$(frm.fields_dict.amount.wrapper).closest(".form-section").before(offers(rows));
	},
});

function offers(rows) {
	const esc = frappe.utils.escape_html;
	return `<div class="spm-quotes"><div class="spm-quotes-title">${__("Quotations")}</div>${rows
		.map((row) => {
			const open = ["Draft", "Pending Approval", "Approved", "Sent"].includes(row.status);
			const seen = row.status === "Sent" && row.view_count ? ` · ${__("viewed {0} times", [row.view_count])}` : "";
			return `<a href="${frappe.utils.get_form_link("SPM Quotation", row.name)}">
				<span>${esc(row.name)} · ${__("Version {0}", [row.version])}</span>
				<span class="indicator-pill ${sales_crm_pm.ui.status_color(row.status)}">${__(row.status, null, "SPM Quotation")}</span>
				<b title="${__("Total")}: ${format_currency(row.grand_total, row.currency)}">${format_currency(row.net_total, row.currency)}</b>
				<span class="text-muted">${open ? sales_crm_pm.ui.relative_day(row.valid_until) : ""}${seen}</span>
			</a>`;
		})
		.join("")}</div>`;
}

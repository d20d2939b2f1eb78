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

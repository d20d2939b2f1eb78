frappe.query_reports["SPM Referral Revenue"] = {
	filters: [
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{ fieldname: "referring_customer", label: __("Referred By"), fieldtype: "Link", options: "SPM Customer" },
	],
	formatter(value, row, column, data, standard) {
		const shown = standard(value, row, column, data);
		if (column.fieldname !== "referrals" || !data || !data.customer) return shown;
		const route = `/desk/spm-referral?referring_customer=${encodeURIComponent(data.customer)}`;
		return `<a href="${route}">${shown}</a>`;
	},
};

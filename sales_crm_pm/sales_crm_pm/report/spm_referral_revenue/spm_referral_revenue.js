frappe.query_reports["SPM Referral Revenue"] = {
	filters: [
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{ fieldname: "referring_customer", label: __("Referred By"), fieldtype: "Link", options: "SPM Customer" },
	],
	formatter(value, row, column, data, standard) {
		if (column.fieldname === "referrals" && data?.customer) {
			const route = `/desk/spm-referral?referring_customer=${encodeURIComponent(data.customer)}`;
			return `<a href="${route}">${standard(value, row, column, data)}</a>`;
		}
		return sales_crm_pm.keep.linked({ customer_name: ["SPM Customer", "customer"] })(value, row, column, data, standard);
	},
};

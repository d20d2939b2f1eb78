frappe.query_reports["SPM Forecast Changes"] = {
	filters: [
		{ fieldname: "snapshot", label: __("Compare With"), fieldtype: "Link", options: "SPM Forecast Snapshot" },
		{
			fieldname: "value",
			label: __("Value"),
			fieldtype: "Select",
			options: ["Amount", "Weighted Amount"].map((value) => ({ value, label: __(value) })),
			default: "Amount",
		},
		{ fieldname: "from_date", label: __("Expected From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("Expected To"), fieldtype: "Date" },
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "SPM Pipeline" },
		{ fieldname: "team", label: __("Team"), fieldtype: "Link", options: "SPM Sales Team" },
		{ fieldname: "opportunity_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (column.fieldname !== "delta" || !data || !data.delta) return shown;
		return `<span class="${data.delta > 0 ? "text-success" : "text-danger"}">${shown}</span>`;
	},
};

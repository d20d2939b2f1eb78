frappe.query_reports["SPM Contract Register"] = {
	filters: [
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: [
				"",
				...["Draft", "Active", "Expired", "Terminated", "Cancelled"].map((value) => ({
					value,
					label: __(value, null, "SPM Contract"),
				})),
			],
		},
		{ fieldname: "ends_within", label: __("Ends Within (Days)"), fieldtype: "Int" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "contract_type", label: __("Contract Type"), fieldtype: "Link", options: "SPM Contract Type" },
		{ fieldname: "contract_owner", label: __("Responsible"), fieldtype: "Link", options: "User" },
	],
	formatter(value, row, column, data, default_formatter) {
		const named = sales_crm_pm.payments.report_cell(column, data);
		if (named !== undefined) return named;
		const shown = default_formatter(value, row, column, data);
		return column.fieldname === "overdue" && data && data.overdue
			? `<span class="text-danger">${shown}</span>`
			: shown;
	},
};

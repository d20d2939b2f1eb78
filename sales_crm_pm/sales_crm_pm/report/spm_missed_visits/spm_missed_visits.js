frappe.query_reports["SPM Missed Visits"] = {
	filters: [
		{ fieldname: "tier", label: __("Tier"), fieldtype: "Select", options: ["", "A", "B", "C", "D"] },
		{ fieldname: "visit_plan", label: __("Visit Plan"), fieldtype: "Link", options: "SPM Visit Plan" },
		{ fieldname: "account_manager", label: __("Account Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "due_within", label: __("Also Due Within (Days)"), fieldtype: "Int" },
	],
	get_datatable_options: (options) => Object.assign(options, { inlineFilters: true }),
	formatter(value, row, column, data, standard) {
		if (column.fieldname === "days_late" && data?.days_late > 0)
			return `<span class="text-danger">${standard(value, row, column, data)}</span>`;
		return sales_crm_pm.keep.linked({ customer_name: ["SPM Customer", "customer"], plan_name: ["SPM Visit Plan", "visit_plan"] })(value, row, column, data, standard);
	},
};

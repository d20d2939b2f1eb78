frappe.query_reports["SPM Missed Visits"] = {
	filters: [
		{ fieldname: "tier", label: __("Tier"), fieldtype: "Select", options: ["", "A", "B", "C", "D"] },
		{ fieldname: "visit_plan", label: __("Visit Plan"), fieldtype: "Link", options: "SPM Visit Plan" },
		{ fieldname: "account_manager", label: __("Account Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "due_within", label: __("Also Due Within (Days)"), fieldtype: "Int" },
	],
	get_datatable_options: (options) => Object.assign(options, { inlineFilters: true }),
	formatter(value, row, column, data, standard) {
		const shown = standard(value, row, column, data);
		if (column.fieldname === "days_late" && data && data.days_late > 0)
			return `<span class="text-danger">${shown}</span>`;
		return shown;
	},
};

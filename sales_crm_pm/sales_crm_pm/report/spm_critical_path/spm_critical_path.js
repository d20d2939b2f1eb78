frappe.query_reports["SPM Critical Path"] = {
	filters: [
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "float_days", label: __("Float up to (Days)"), fieldtype: "Int", default: 0 },
		{ fieldname: "assigned_to", label: __("Assigned To"), fieldtype: "Link", options: "User" },
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (column.fieldname === "total_float_days" && data && value <= 0) {
			return `<span class="text-danger bold">${shown}</span>`;
		}
		return shown;
	},
};

frappe.query_reports["SPM Utilisation"] = {
	filters: [
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date", default: frappe.datetime.month_start() },
		{ fieldname: "to_date", label: __("Until"), fieldtype: "Date", default: frappe.datetime.month_end() },
		{ fieldname: "project_role", label: __("Role"), fieldtype: "Link", options: "SPM Project Role" },
		{ fieldname: "user", label: __("Person"), fieldtype: "Link", options: "User" },
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || !["utilisation", "planned_utilisation"].includes(column.fieldname)) return shown;
		if (data[column.fieldname] === null || data[column.fieldname] === undefined) return "–";
		const color = data[`${column.fieldname}_color`];
		return color ? `<span class="text-${color}">${shown}</span>` : shown;
	},
};

frappe.query_reports["SPM Milestone Punctuality"] = {
	filters: [
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date", default: frappe.datetime.add_months(frappe.datetime.get_today(), -12) },
		{ fieldname: "to_date", label: __("To"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "late_only", label: __("Late Only"), fieldtype: "Check" },
	],
	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "title" && data && data.milestone) {
			return `<a href="${frappe.utils.get_form_link("SPM Milestone", data.milestone)}">${frappe.utils.escape_html(data.title)}</a>`;
		}
		return default_formatter(value, row, column, data);
	},
};

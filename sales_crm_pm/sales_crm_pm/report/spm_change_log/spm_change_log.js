const words = (doctype, ...values) => ["", ...values.map((value) => ({ value, label: __(value, null, doctype) }))];

frappe.query_reports["SPM Change Log"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
		},
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: words("SPM Change Request", "Submitted", "Assessed", "Approved", "Implemented", "Rejected", "Deferred"),
		},
		{
			fieldname: "change_type",
			label: __("Type"),
			fieldtype: "Select",
			options: words("SPM Change Request", "Scope", "Schedule", "Cost", "Quality"),
		},
		{
			fieldname: "requested_side",
			label: __("Requested By"),
			fieldtype: "Select",
			options: words("SPM Change Request", "Customer", "Sales", "Delivery"),
		},
		{ fieldname: "project_manager", label: __("Project Manager"), fieldtype: "Link", options: "User" },
	],
	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "project_manager" && data?.project_manager) {
			return frappe.utils.escape_html(frappe.user.full_name(data.project_manager));
		}
		if (column.fieldname === "project_name" && data?.project) {
			return `<a href="${frappe.utils.get_form_link("SPM Project", data.project)}">${frappe.utils.escape_html(
				data.project_name || data.project
			)}</a>`;
		}
		return default_formatter(value, row, column, data);
	},
};

frappe.query_reports["SPM Payment Plan by Month"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -5),
		},
		{
			fieldname: "to_date",
			label: __("To"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_end(), 6),
		},
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "account_manager", label: __("Account Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
	],
};

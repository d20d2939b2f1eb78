frappe.query_reports["SPM Split Credit"] = {
	filters: [
		{ fieldname: "from_date", label: __("Won From"), fieldtype: "Date", default: frappe.datetime.year_start() },
		{ fieldname: "to_date", label: __("Won To"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "SPM Pipeline" },
		{ fieldname: "user", label: __("Person"), fieldtype: "Link", options: "User" },
	],
};

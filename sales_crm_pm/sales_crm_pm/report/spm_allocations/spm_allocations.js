frappe.query_reports["SPM Allocations"] = {
	filters: [
		{ fieldname: "from_date", label: __("From"), fieldtype: "Date", default: frappe.datetime.month_start() },
		{
			fieldname: "to_date",
			label: __("Until"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.add_months(frappe.datetime.month_start(), 3), -1),
		},
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Each Allocation") },
				{ value: "user", label: __("Person") },
				{ value: "project_role", label: __("Role") },
				{ value: "target", label: __("Project or Deal") },
			],
			default: "",
		},
		{ fieldname: "user", label: __("Person"), fieldtype: "Link", options: "User" },
		{ fieldname: "project_role", label: __("Role"), fieldtype: "Link", options: "SPM Project Role" },
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "opportunity", label: __("Opportunity"), fieldtype: "Link", options: "SPM Opportunity" },
		{ fieldname: "status", label: __("Status"), fieldtype: "Select", options: "\nTentative\nConfirmed" },
	],
};

frappe.query_reports["SPM Timesheet Summary"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			default: "Person",
			options: ["Person", "Project", "Activity", "Month"].map((value) => ({ value, label: __(value) })),
		},
		{
			fieldname: "then_by",
			label: __("Then By"),
			fieldtype: "Select",
			options: ["", "Person", "Project", "Activity", "Month"].map((value) => ({ value, label: value ? __(value) : "" })),
		},
		{
			fieldname: "from_date",
			label: __("From"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.month_start(), -2),
		},
		{ fieldname: "to_date", label: __("Until"), fieldtype: "Date" },
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "user", label: __("Person"), fieldtype: "Link", options: "User" },
		{ fieldname: "activity_type", label: __("Activity"), fieldtype: "Link", options: "SPM Activity Type" },
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: ["", "Draft", "Submitted", "Approved", "Rejected"].map((value) => ({
				value,
				label: value ? __(value, null, "SPM Timesheet") : "",
			})),
		},
		{ fieldname: "billable", label: __("Billable Only"), fieldtype: "Check" },
	],
};

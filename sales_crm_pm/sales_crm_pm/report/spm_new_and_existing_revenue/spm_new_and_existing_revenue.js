frappe.query_reports["SPM New and Existing Revenue"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Month", "Quarter", "Salesperson", "Team", "Team Manager", "Source"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Month",
			reqd: 1,
		},
		{ fieldname: "from_date", label: __("Won From"), fieldtype: "Date", default: frappe.datetime.add_months(frappe.datetime.get_today(), -12) },
		{ fieldname: "to_date", label: __("Won To"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "SPM Pipeline" },
		{ fieldname: "team", label: __("Team"), fieldtype: "Link", options: "SPM Sales Team" },
		{ fieldname: "opportunity_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
	],
};

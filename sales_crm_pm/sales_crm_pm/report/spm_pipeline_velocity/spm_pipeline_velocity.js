frappe.query_reports["SPM Pipeline Velocity"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Salesperson", "Team", "Team Manager", "Pipeline", "Source"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Salesperson",
			reqd: 1,
		},
		{ fieldname: "from_date", label: __("Closed From"), fieldtype: "Date", default: frappe.datetime.add_months(frappe.datetime.get_today(), -12) },
		{ fieldname: "to_date", label: __("Closed To"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "SPM Pipeline" },
		{ fieldname: "team", label: __("Team"), fieldtype: "Link", options: "SPM Sales Team" },
		{ fieldname: "opportunity_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
	],
};

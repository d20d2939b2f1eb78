frappe.query_reports["SPM Sales Cycle"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Quarter", "Month", "Salesperson", "Team", "Team Manager", "Pipeline", "Customer", "Source"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Quarter",
			reqd: 1,
		},
		{ fieldname: "from_date", label: __("Won From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("Won To"), fieldtype: "Date" },
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "SPM Pipeline" },
		{ fieldname: "team", label: __("Team"), fieldtype: "Link", options: "SPM Sales Team" },
		{ fieldname: "opportunity_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "import_run", label: __("Import Run"), fieldtype: "Link", options: "SPM Import Run" },
	],
};

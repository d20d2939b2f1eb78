frappe.query_reports["SPM Discount Analysis"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Salesperson", "Product", "Customer", "Customer Tier"].map((value) => ({ value, label: __(value) })),
			default: "Salesperson",
			reqd: 1,
		},
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{ fieldname: "salesperson", label: __("Salesperson"), fieldtype: "Link", options: "User" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "accepted_only", label: __("Accepted Only"), fieldtype: "Check" },
	],
};

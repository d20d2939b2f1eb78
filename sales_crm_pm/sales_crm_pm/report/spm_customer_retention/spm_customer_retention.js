frappe.query_reports["SPM Customer Retention"] = {
	filters: [
		{ fieldname: "to_date", label: __("Until"), fieldtype: "Date", default: frappe.datetime.get_today(), reqd: 1 },
		{ fieldname: "months", label: __("Period (Months)"), fieldtype: "Select", options: ["12", "24", "6"], default: "12" },
		{
			fieldname: "kind",
			label: __("What Became of It"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Lost", label: __("Gone") },
				{ value: "Kept", label: __("Kept") },
				{ value: "New", label: __("New Customer") },
				{ value: "Back", label: __("Came Back") },
				{ value: "Bought Again", label: __("Bought Again") },
			],
		},
		{ fieldname: "lag_days", label: __("Leave Out First Wins of the Last (Days)"), fieldtype: "Int", default: 0 },
		{ fieldname: "account_manager", label: __("Account Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "tier", label: __("Tier"), fieldtype: "Select", options: ["", "A", "B", "C", "D"] },
		{ fieldname: "territory", label: __("Territory"), fieldtype: "Link", options: "SPM Territory" },
		{ fieldname: "industry", label: __("Industry"), fieldtype: "Link", options: "SPM Industry" },
	],
	formatter: (...args) => sales_crm_pm.keep.linked({ customer_name: ["SPM Customer", "customer"] })(...args),
};

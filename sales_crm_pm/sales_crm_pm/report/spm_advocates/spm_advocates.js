frappe.query_reports["SPM Advocates"] = {
	filters: [
		{
			fieldname: "reason",
			label: __("Why"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				...["Promoter", "Gives References", "Referred Others"].map((value) => ({ value, label: __(value) })),
			],
		},
		{ fieldname: "account_manager", label: __("Account Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "tier", label: __("Tier"), fieldtype: "Select", options: ["", "A", "B", "C", "D"] },
	],
	formatter: (...args) => sales_crm_pm.keep.linked({ customer_name: ["SPM Customer", "customer"], contact_name: ["Contact", "contact"] })(...args),
};

frappe.query_reports["SPM Customer Analytics"] = {
	filters: [
		{ fieldname: "customer_group", label: __("Customer Group"), fieldtype: "Link", options: "SPM Customer Group" },
		{ fieldname: "industry", label: __("Industry"), fieldtype: "Link", options: "SPM Industry" },
		{ fieldname: "territory", label: __("Territory"), fieldtype: "Link", options: "SPM Territory" },
		{ fieldname: "tier", label: __("Tier"), fieldtype: "Select", options: ["", "A", "B", "C", "D"] },
		{
			fieldname: "lifecycle_stage",
			label: __("Lifecycle Stage"),
			fieldtype: "Select",
			options: ["", "Prospect", "Following", "Converted", "Maintained", "Dormant", "Lost"].map((value) => ({
				value,
				label: value && __(value, null, "SPM Customer"),
			})),
		},
		{ fieldname: "account_manager", label: __("Account Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "bought", label: __("Only Who Bought"), fieldtype: "Check" },
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || value === null || value === undefined || value === "") return shown;
		if (column.fieldname === "customer_name") {
			return `<a href="${frappe.utils.get_form_link("SPM Customer", data.name)}">${frappe.utils.escape_html(value)}</a>`;
		}
		if (column.fieldname === "tier") return sales_crm_pm.ui.tier_badge(value);
		const bad =
			(column.fieldname === "churn_risk" && value >= 60) ||
			(column.fieldname === "late_projects" && value > 0) ||
			(column.fieldname === "csat_avg" && value < 3);
		return bad ? `<span class="text-danger">${shown}</span>` : shown;
	},
};

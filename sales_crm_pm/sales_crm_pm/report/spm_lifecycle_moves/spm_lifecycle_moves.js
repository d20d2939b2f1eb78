frappe.query_reports["SPM Lifecycle Moves"] = {
	filters: [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -3),
		},
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Each Move", "Way", "Event", "Person", "Month"].map((value) => ({
				value,
				label: __(value, null, "SPM Lifecycle Log"),
			})),
			default: "Each Move",
		},
		{
			fieldname: "to_stage",
			label: __("To Stage"),
			fieldtype: "Select",
			options: ["", "Prospect", "Following", "Converted", "Maintained", "Dormant", "Lost"].map((value) => ({
				value,
				label: value && __(value, null, "SPM Lifecycle Log"),
			})),
		},
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
	],

	formatter(value, row, column, data, default_formatter) {
		if (data && column.fieldname === "customer_name" && value) {
			return `<a href="${frappe.utils.get_form_link("SPM Customer", data.customer)}">${frappe.utils.escape_html(value)}</a>`;
		}
		return default_formatter(value, row, column, data);
	},
};

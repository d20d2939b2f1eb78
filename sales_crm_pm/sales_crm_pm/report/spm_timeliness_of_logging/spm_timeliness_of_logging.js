frappe.query_reports["SPM Timeliness of Logging"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Person", "Type", "Month"].map((value) => ({ value, label: __(value) })),
			default: "Person",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -30),
		},
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: frappe.datetime.get_today() },
		{ fieldname: "owner", label: __("Person"), fieldtype: "Link", options: "User" },
		{ fieldname: "hours", label: __("Limit (Hours)"), fieldtype: "Int" },
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		// A person leads to the page about them.
		if (data && column.fieldname === "label" && frappe.query_report.get_filter_value("group_by") === "Person") {
			const page = frappe.utils.generate_route({ type: "page", name: "spm-person" });
			return `<a href="${page}/${encodeURIComponent(data.key)}">${frappe.utils.escape_html(data.label)}</a>`;
		}
		return shown;
	},
};

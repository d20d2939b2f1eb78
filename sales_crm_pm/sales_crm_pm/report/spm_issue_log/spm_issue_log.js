frappe.query_reports["SPM Issue Log"] = {
	filters: [
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "issue_owner", label: __("Owner", null, "SPM Issue"), fieldtype: "Link", options: "User" },
		{ fieldname: "category", label: __("Category"), fieldtype: "Link", options: "SPM Risk Category" },
		{
			fieldname: "severity",
			label: __("Severity"),
			fieldtype: "Select",
			options: ["", ...["Critical", "High", "Medium", "Low"].map((value) => ({ value, label: sales_crm_pm.risk.issue_word(value) }))],
		},
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: [
				{ value: "All", label: __("All") },
				...["Open", "In Progress", "Resolved", "Closed"].map((value) => ({
					value,
					label: value === "Open" ? __("Open Issues") : sales_crm_pm.risk.issue_word(value),
				})),
			],
			default: "All",
		},
	],
	formatter(value, row, column, data, standard) {
		const esc = frappe.utils.escape_html;
		const link = (doctype, name, text) => `<a href="${frappe.utils.get_form_link(doctype, name)}">${esc(text)}</a>`;
		if (data && column.fieldname === "title") return link("SPM Issue", data.name, data.title);
		if (data && column.fieldname === "project_name" && value) return link("SPM Project", data.project, value);
		const shown = standard(value, row, column, data);
		return column.fieldname === "late_word" && value ? `<span class="text-danger">${shown}</span>` : shown;
	},
};

frappe.query_reports["SPM Risk Register"] = {
	filters: [
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "project_type", label: __("Project Type"), fieldtype: "Link", options: "SPM Project Type" },
		{ fieldname: "project_manager", label: __("Project Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "risk_owner", label: __("Owner", null, "SPM Risk"), fieldtype: "Link", options: "User" },
		{ fieldname: "category", label: __("Category"), fieldtype: "Link", options: "SPM Risk Category" },
		{ fieldname: "band", label: __("Band"), fieldtype: "Link", options: "SPM Risk Band" },
		{
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: ["", ...["Threat", "Chance"].map((value) => ({ value, label: sales_crm_pm.risk.word(value) }))],
		},
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: [
				{ value: "Open", label: __("Open Risks") },
				{ value: "All", label: __("All") },
				...["Identified", "Assessed", "Treating", "Closed", "Occurred"].map((value) => ({ value, label: sales_crm_pm.risk.word(value) })),
			],
			default: "Open",
		},
		{ fieldname: "stale", label: __("Review is due"), fieldtype: "Check" },
	],
	formatter(value, row, column, data, standard) {
		const esc = frappe.utils.escape_html;
		const link = (doctype, name, text) => `<a href="${frappe.utils.get_form_link(doctype, name)}">${esc(text)}</a>`;
		if (data && column.fieldname === "title") return link("SPM Risk", data.name, data.title);
		if (data && column.fieldname === "belongs_to" && value) {
			return data.project ? link("SPM Project", data.project, value) : link("SPM Opportunity", data.opportunity, value);
		}
		const shown = standard(value, row, column, data);
		if (column.fieldname === "review_word" && value) return `<span class="text-danger">⚠ ${shown}</span>`;
		return shown;
	},
};

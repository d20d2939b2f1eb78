frappe.query_reports["SPM Portfolio Health"] = {
	filters: [
		{
			fieldname: "health",
			label: __("Health"),
			fieldtype: "Select",
			options: [
				{ value: "", label: "" },
				{ value: "Red", label: __("Off track") },
				{ value: "Amber", label: __("At risk") },
				{ value: "Green", label: __("On track") },
			],
		},
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "project_manager", label: __("Project Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "project_type", label: __("Project Type"), fieldtype: "Link", options: "SPM Project Type" },
		{ fieldname: "parent_project", label: __("Part of Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "from_date", label: __("Planned End From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("Planned End To"), fieldtype: "Date" },
		{ fieldname: "show_all", label: __("With Finished and Cancelled"), fieldtype: "Check" },
	],
	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "health_label") return sales_crm_pm.ui.health_badge(data?.health);
		if (column.fieldname === "milestone_title" && data?.next_milestone) {
			return `<a href="${frappe.utils.get_form_link("SPM Milestone", data.next_milestone)}">${frappe.utils.escape_html(
				data.milestone_title || data.next_milestone
			)}</a>`;
		}
		if (column.fieldname === "project" && data?.project_name) {
			return `<a href="${frappe.utils.get_form_link("SPM Project", data.project)}">${frappe.utils.escape_html(
				data.project_name
			)}</a>`;
		}
		const shown = default_formatter(value, row, column, data);
		return column.fieldname === "days_late" && data?.days_late ? `<span class="text-danger">${shown}</span>` : shown;
	},
};

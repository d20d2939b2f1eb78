frappe.query_reports["SPM Earned Value"] = {
	filters: [
		{
			fieldname: "by",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "Project", label: __("As It Stands") },
				{ value: "Month", label: __("By Month") },
			],
			default: "Project",
		},
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "project_manager", label: __("Project Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "project_type", label: __("Project Type"), fieldtype: "Link", options: "SPM Project Type" },
		{ fieldname: "parent_project", label: __("Part of Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "from_date", label: __("Planned End From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("Planned End To"), fieldtype: "Date" },
		{ fieldname: "show_all", label: __("With Finished and Cancelled"), fieldtype: "Check" },
	],
	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "project" && data?.project_name) {
			return `<a href="${frappe.utils.get_form_link("SPM Project", data.project)}">${frappe.utils.escape_html(
				data.project_name
			)}</a>`;
		}
		const shown = default_formatter(value, row, column, data);
		const of = data?.[column.fieldname];
		const is_bad =
			(/variance/.test(column.fieldname) && of < 0) || (["spi", "cpi", "spi_t"].includes(column.fieldname) && of && of < 0.95);
		return is_bad ? `<span class="text-danger">${shown}</span>` : shown;
	},
};

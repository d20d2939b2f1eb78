frappe.query_reports["SPM Project Costs"] = {
	tree: true,
	name_field: "title",
	initial_depth: 1,
	filters: [
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "project_manager", label: __("Project Manager"), fieldtype: "Link", options: "User" },
		{
			fieldname: "status",
			label: __("Status"),
			fieldtype: "Select",
			options: ["", "Approved", "In Progress", "On Hold", "Delivered", "Accepted", "Closed"].map((value) => ({
				value,
				label: value ? __(value, null, "SPM Project") : "",
			})),
		},
	],
	formatter(value, row, column, data, default_formatter) {
		if (column.fieldname === "used" && (value === null || value === undefined)) return "–";
		let shown = default_formatter(value, row, column, data);
		if (!data) return shown;
		if (column.fieldname === "title" && data.project) {
			shown = `<a href="${frappe.utils.get_form_link("SPM Project", data.project)}"><b>${frappe.utils.escape_html(data.title)}</b></a>`;
		}
		if (["left", "used"].includes(column.fieldname) && data.left < 0) shown = `<span class="text-danger">${shown}</span>`;
		return shown;
	},
};

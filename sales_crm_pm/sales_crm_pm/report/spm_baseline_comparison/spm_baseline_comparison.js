{
	const of_project = () => ({ filters: { project: frappe.query_report.get_filter_value("project") || "" } });
	frappe.query_reports["SPM Baseline Comparison"] = {
		filters: [
			{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project", reqd: 1 },
			{
				fieldname: "baseline",
				label: __("Baseline (empty: first)"),
				fieldtype: "Link",
				options: "SPM Baseline",
				get_query: of_project,
			},
			{
				fieldname: "other",
				label: __("Compare With (empty: today)"),
				fieldtype: "Link",
				options: "SPM Baseline",
				get_query: of_project,
			},
			{ fieldname: "only_changes", label: __("Only Changes"), fieldtype: "Check", default: 1 },
		],
		formatter(value, row, column, data, default_formatter) {
			const shown = default_formatter(value, row, column, data);
			if (["start_shift", "end_shift"].includes(column.fieldname) && value) {
				return `<span class="${value > 0 ? "text-danger" : "text-success"}">${value > 0 ? "+" : ""}${shown}</span>`;
			}
			return shown;
		},
	};
}

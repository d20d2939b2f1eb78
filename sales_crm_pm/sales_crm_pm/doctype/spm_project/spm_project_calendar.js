frappe.views.calendar["SPM Project"] = {
	field_map: {
		start: "planned_start_date",
		end: "planned_end_date",
		id: "name",
		title: "project_name",
		progress: "percent_complete",
		status: "status",
		allDay: 1,
	},
	gantt: true,
};

frappe.views.calendar["SPM Task"] = {
	field_map: {
		start: "planned_start_date",
		end: "planned_end_date",
		id: "name",
		title: "subject",
		progress: "progress",
		status: "status",
		color: "color",
		allDay: 1,
	},
	gantt: true,
	filters: [
		{ fieldtype: "Link", fieldname: "project", options: "SPM Project", label: __("Sales Project") },
	],
};

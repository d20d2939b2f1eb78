frappe.views.calendar["SPM Milestone"] = {
	field_map: {
		start: "planned_date",
		end: "planned_date",
		id: "name",
		title: "title",
		progress: "progress",
		status: "status",
		allDay: 1,
	},
	gantt: true,
	get_css_class: (data) =>
		({ Accepted: "success", Rejected: "danger", Submitted: "warning" }[data.status] || ""),
};

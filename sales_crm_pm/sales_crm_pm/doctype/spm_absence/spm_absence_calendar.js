frappe.views.calendar["SPM Absence"] = {
	field_map: { start: "from_date", end: "to_date", id: "name", title: "user", allDay: 1 },
	gantt: false,
};

frappe.views.calendar["SPM Allocation"] = {
	field_map: { start: "from_date", end: "to_date", id: "name", title: "title", status: "status", allDay: 1 },
	gantt: true,
};

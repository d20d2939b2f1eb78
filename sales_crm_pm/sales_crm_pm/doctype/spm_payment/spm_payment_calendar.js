frappe.views.calendar["SPM Payment"] = {
	field_map: {
		start: "due_date",
		end: "due_date",
		id: "name",
		title: "title",
		status: "status",
		allDay: 1,
	},
	get_css_class: (data) =>
		({ Paid: "success", Overdue: "danger", Due: "warning", Invoiced: "warning", "Partly Paid": "warning" }[data.status] ||
		""),
};

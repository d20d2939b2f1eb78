frappe.listview_settings["SPM Task"] = {
	// depends_on_tasks: the arrows of the desk's own Gantt view
	add_fields: ["status", "priority", "project", "depends_on_tasks", "planned_end_date"],
	// Late is no status: it comes before the status, as what matters today.
	get_indicator: (doc) => {
		const open = !["Completed", "Cancelled"].includes(doc.status);
		const today = frappe.datetime.get_today();
		if (open && doc.planned_end_date && doc.planned_end_date < today) {
			return [
				__("Late"),
				"red",
				`planned_end_date,<,${today}|status,not in,Completed,Cancelled`,
			];
		}
		return sales_crm_pm.ui.status_indicator(doc, "SPM Task");
	},
	formatters: {
		assigned_to: (value) => sales_crm_pm.ui.person(value),
		planned_end_date: (value, df, doc) =>
			sales_crm_pm.ui.relative_day(value, ["Completed", "Cancelled"].includes(doc.status)),
	},
	onload(list) {
		list.page.add_inner_button(__("Plan"), () => {
			const project = list.filter_area.get().find((row) => row[1] === "project" && row[2] === "=");
			frappe.set_route(...(project ? ["spm-gantt", project[3]] : ["spm-gantt"]));
		});
	},
};

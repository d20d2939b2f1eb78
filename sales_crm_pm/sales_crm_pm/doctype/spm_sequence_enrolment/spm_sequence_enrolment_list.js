frappe.listview_settings["SPM Sequence Enrolment"] = {
	add_fields: ["status", "stop_reason"],
	hide_name_column: true,
	get_indicator(doc) {
		const colors = { Active: "green", Paused: "orange", Finished: "blue", Stopped: "gray" };
		return [__(doc.status, null, "SPM Sequence Enrolment"), colors[doc.status], `status,=,${doc.status}`];
	},
	formatters: {
		stop_reason: (value) => sales_crm_pm.ui.cell(value ? __(value, null, "SPM Sequence Enrolment") : "–"),
		next_on: (value) => sales_crm_pm.ui.relative_day(value),
	},
};

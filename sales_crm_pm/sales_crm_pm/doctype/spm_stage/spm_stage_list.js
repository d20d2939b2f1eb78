frappe.listview_settings["SPM Stage"] = {
	add_fields: ["stage_type"],
	get_indicator(doc) {
		const colors = { Open: "blue", Ongoing: "cyan", "On Hold": "orange", Won: "green", Lost: "red" };
		return [__(doc.stage_type), colors[doc.stage_type], `stage_type,=,${doc.stage_type}`];
	},
};

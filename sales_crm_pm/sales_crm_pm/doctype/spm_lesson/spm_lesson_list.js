frappe.listview_settings["SPM Lesson"] = {
	add_fields: ["kind"],
	hide_name_column: true,
	get_indicator(doc) {
		const color = { "Went Well": "green", "Went Badly": "orange", Idea: "blue" }[doc.kind];
		return [__(doc.kind, null, "SPM Lesson"), color, `kind,=,${doc.kind}`];
	},
};

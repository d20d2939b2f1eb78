frappe.listview_settings["SPM Segment"] = {
	add_fields: ["members_mode", "visibility"],
	get_indicator: (doc) => [
		__(doc.members_mode),
		doc.members_mode === "Frozen" ? "gray" : "blue",
		`members_mode,=,${doc.members_mode}`,
	],
};

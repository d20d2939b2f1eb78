frappe.listview_settings["SPM Sequence"] = {
	add_fields: ["status", "starts_by"],
	get_indicator(doc) {
		const colors = { Draft: "gray", Active: "green", Paused: "orange", Ended: "gray" };
		return [__(doc.status, null, "SPM Sequence"), colors[doc.status], `status,=,${doc.status}`];
	},
};

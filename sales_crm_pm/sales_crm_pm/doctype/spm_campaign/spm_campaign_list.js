frappe.listview_settings["SPM Campaign"] = {
	add_fields: ["status", "start_date", "end_date"],
	get_indicator: (doc) => [
		__(doc.status, null, "SPM Campaign"),
		{ Planned: "gray", Active: "green", Finished: "blue" }[doc.status] || "gray",
		`status,=,${doc.status}`,
	],
	formatters: { campaign_owner: (value) => sales_crm_pm.ui.person(value) },
};

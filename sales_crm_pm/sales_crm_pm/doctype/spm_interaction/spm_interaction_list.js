frappe.listview_settings["SPM Interaction"] = {
	hide_name_column: true,
	add_fields: ["follow_up_status", "next_date", "interaction_type"],

	get_indicator(doc) {
		if (doc.follow_up_status !== "Open") return [__(doc.interaction_type, null, "SPM Interaction"), "gray"];
		const late = doc.next_date < frappe.datetime.get_today();
		return late
			? [__("Overdue"), "red", `follow_up_status,=,Open|next_date,<,${frappe.datetime.get_today()}`]
			: [__("Open", null, "SPM Interaction"), "blue", "follow_up_status,=,Open"];
	},

	onload(listview) {
		if (frappe.model.can_create("SPM Interaction")) {
			listview.page.add_inner_button(__("Log Interaction"), () => frappe.set_route("spm-quick-log"));
		}
	},
};

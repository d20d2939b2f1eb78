frappe.listview_settings["SPM Interaction"] = {
	hide_name_column: true,
	add_fields: ["follow_up_status", "next_date"],

	get_indicator(doc) {
		// Most talks ask for nothing more; only a follow-up has a state.
		if (!doc.follow_up_status) return;
		if (doc.follow_up_status !== "Open") {
			const color = doc.follow_up_status === "Done" ? "green" : "gray";
			return [__(doc.follow_up_status, null, "SPM Interaction"), color, `follow_up_status,=,${doc.follow_up_status}`];
		}
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

frappe.listview_settings["SPM Sequence Delivery"] = {
	add_fields: ["outcome"],
	hide_name_column: true,
	get_indicator(doc) {
		const colors = { Sent: "blue", Answered: "green", Unsubscribed: "orange", Bounced: "red", Failed: "red" };
		return [__(doc.outcome, null, "SPM Sequence Delivery"), colors[doc.outcome], `outcome,=,${doc.outcome}`];
	},
};

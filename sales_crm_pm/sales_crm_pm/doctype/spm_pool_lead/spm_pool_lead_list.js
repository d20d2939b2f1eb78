frappe.listview_settings["SPM Pool Lead"] = {
	add_fields: ["lead", "rating", "score", "reason", "in_pool_since", "times_recycled"],
	hide_name_column: true,
	get_indicator: (doc) => [
		__(doc.reason, null, "SPM Pool Lead"),
		{ New: "blue", Released: "orange", Returned: "orange" }[doc.reason] || "gray",
		`reason,=,${doc.reason}`,
	],
	formatters: {
		score: (value, df, doc) => sales_crm_pm.lead.rating_pill(doc.rating, value),
		in_pool_since: (value) =>
			value
				? `<span title="${frappe.datetime.str_to_user(value)}">${frappe.datetime.comment_when(value)}</span>`
				: "",
	},
	button: {
		show: () => true,
		get_label: () => __("Claim"),
		get_description: (doc) => __("Claim {0}", [doc.title]),
		action: (doc) => claim_and_open(doc),
	},

	onload(list) {
		list.page.add_inner_button(__("My Leads"), () =>
			frappe.set_route("List", "SPM Lead", { lead_owner: frappe.session.user })
		);
		const chosen = () => list.get_checked_items().map((row) => row.lead);
		list.page.add_actions_menu_item(__("Claim"), () => sales_crm_pm.lead.many(list, "claim", chosen()));
		if (["SPM Sales Manager", "SPM Marketing User", "System Manager"].some((role) => frappe.user.has_role(role))) {
			list.page.add_actions_menu_item(__("Assign to Salesperson"), () =>
				sales_crm_pm.lead.ask_for_person(__("Assign"), (values) =>
					sales_crm_pm.lead.many(list, "assign", chosen(), values)
				)
			);
			list.page.add_actions_menu_item(__("Assign by Rule"), () =>
				sales_crm_pm.lead.many(list, "distribute", chosen())
			);
		}
	},
};

async function claim_and_open(doc) {
	await frappe.call({
		method: "sales_crm_pm.api.v1.lead.claim",
		type: "POST",
		args: { lead: doc.lead },
		freeze: true,
	});
	frappe.show_alert({ message: __("The lead is yours."), indicator: "green" });
	frappe.set_route("Form", "SPM Lead", doc.lead);
}

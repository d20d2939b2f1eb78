frappe.listview_settings["SPM Lead"] = {
	hide_name_column: true,
	add_fields: [
		"status",
		"organisation",
		"next_followup_on",
		"rating",
		"score",
		"sla_status",
		"response_by",
		"first_responded_on",
		"lead_owner",
	],
	get_indicator: (doc) => sales_crm_pm.ui.status_indicator(doc, "SPM Lead"),
	formatters: {
		next_followup_on: (value) => sales_crm_pm.ui.relative_day(value),
		lead_owner: (value) => sales_crm_pm.ui.person(value),
		score: (value, df, doc) => sales_crm_pm.lead.rating_pill(doc.rating, value),
		sla_status: (value, df, doc) => sales_crm_pm.lead.clock_pill(doc),
	},

	onload(list) {
		const deals = ["SPM Sales Manager", "SPM Marketing User", "System Manager"].some((role) =>
			frappe.user.has_role(role)
		);
		const quick = (label, filters) =>
			list.page.add_inner_button(label, async () => {
				await list.filter_area.clear(false);
				await list.filter_area.add(filters.map((filter) => ["SPM Lead", ...filter]));
			});
		quick(__("My Leads"), [
			["lead_owner", "=", frappe.session.user],
			["status", "in", ["New", "Contacted", "Nurture", "Qualified"]],
		]);
		quick(__("Due Today"), [
			["next_followup_on", "<=", frappe.datetime.get_today()],
			["status", "in", ["New", "Contacted", "Nurture", "Qualified"]],
		]);
		list.page.add_inner_button(__("Public Pool"), () => frappe.set_route("List", "SPM Pool Lead"));

		const chosen = () => list.get_checked_items(true);
		list.page.add_actions_menu_item(__("Release to Pool"), () =>
			frappe.prompt(
				[{ fieldtype: "Small Text", fieldname: "reason", label: __("Reason"), reqd: 1 }],
				(values) => sales_crm_pm.lead.many(list, "release", chosen(), values),
				__("Release to Pool"),
				__("Release")
			)
		);
		list.page.add_actions_menu_item(__("Assign to Salesperson"), () =>
			sales_crm_pm.lead.ask_for_person(__("Assign"), (values) =>
				sales_crm_pm.lead.many(list, "assign", chosen(), values)
			)
		);
		if (deals) {
			list.page.add_actions_menu_item(__("Assign by Rule"), () =>
				sales_crm_pm.lead.many(list, "distribute", chosen())
			);
		}
	},
};

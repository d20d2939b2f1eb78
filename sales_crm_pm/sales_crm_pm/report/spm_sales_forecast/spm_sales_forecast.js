frappe.query_reports["SPM Sales Forecast"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Month", "Salesperson", "Team", "Team Manager", "Pipeline", "Forecast Category"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Month",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("From Month"),
			fieldtype: "Date",
			default: frappe.datetime.month_start(),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Month"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.add_months(frappe.datetime.month_start(), 6), -1),
			reqd: 1,
		},
		{ fieldname: "snapshot", label: __("Compare With"), fieldtype: "Link", options: "SPM Forecast Snapshot" },
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "SPM Pipeline" },
		{ fieldname: "team", label: __("Team"), fieldtype: "Link", options: "SPM Sales Team" },
		{ fieldname: "opportunity_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
	],

	onload(report) {
		report.page.add_inner_button(__("What Changed"), () => {
			const values = report.get_filter_values();
			const { snapshot, from_date, to_date, pipeline, team, opportunity_owner } = values;
			frappe.route_options = { snapshot, from_date, to_date, pipeline, team, opportunity_owner };
			frappe.set_route("query-report", "SPM Forecast Changes");
		});
		if (frappe.model.can_write("SPM Forecast Snapshot")) {
			report.page.add_inner_button(__("Take Snapshot"), () =>
				frappe.prompt(
					[{ fieldname: "note", fieldtype: "Data", label: __("Note"), description: __("What this moment was, for example the start of the quarter.") }],
					async ({ note }) => {
						const answer = await frappe.xcall("sales_crm_pm.api.v1.forecast.take_snapshot", { note });
						frappe.show_alert({
							message: answer.created
								? __("The open deals are remembered as {0}.", [answer.snapshot])
								: __("There is a snapshot of today already: {0}.", [answer.snapshot]),
							indicator: answer.created ? "green" : "orange",
						});
					},
					__("Take Snapshot"),
					__("Take Snapshot")
				)
			);
		}
	},
};

frappe.query_reports["SPM Missing Timesheets"] = {
	filters: [
		{
			fieldname: "week",
			label: __("Week Of"),
			fieldtype: "Date",
			default: frappe.datetime.add_days(frappe.datetime.get_today(), -7),
			reqd: 1,
		},
	],
	onload(report) {
		if (!frappe.user.has_role(["System Manager", "SPM Executive"])) return;
		report.page.add_inner_button(__("Remind All"), async () => {
			const { message } = await frappe.call({
				method: "sales_crm_pm.api.v1.timesheet.remind",
				type: "POST",
				args: { day: report.get_values().week },
			});
			frappe.show_alert({ message: __("{0} people are reminded.", [message.length]), indicator: "green" });
		});
	},
};

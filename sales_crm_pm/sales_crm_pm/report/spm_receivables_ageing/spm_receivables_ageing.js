frappe.query_reports["SPM Receivables Ageing"] = {
	filters: [
		{
			fieldname: "by",
			label: __("Show"),
			fieldtype: "Select",
			options: [
				{ value: "Customer", label: __("By Customer") },
				{ value: "Payment", label: __("By Payment") },
			],
			default: "Customer",
		},
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "account_manager", label: __("Account Manager"), fieldtype: "Link", options: "User" },
		{ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" },
		{ fieldname: "as_of", label: __("As Of"), fieldtype: "Date", default: frappe.datetime.get_today() },
	],
	formatter(value, row, column, data, default_formatter) {
		const named = sales_crm_pm.payments.report_cell(column, data);
		if (named !== undefined) return named;
		const shown = default_formatter(value, row, column, data);
		const is_late = /^over_/.test(column.fieldname) && data && data[column.fieldname];
		return is_late ? `<span class="text-danger">${shown}</span>` : shown;
	},
};

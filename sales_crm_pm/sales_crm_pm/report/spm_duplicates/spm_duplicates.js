frappe.query_reports["SPM Duplicates"] = {
	filters: [
		{
			fieldname: "record_type",
			label: __("Record Type"),
			fieldtype: "Select",
			options: ["SPM Customer", "SPM Lead", "Contact"].map((value) => ({ value, label: __(value) })),
			default: "SPM Customer",
			reqd: 1,
		},
	],

	formatter(value, row, column, data, default_formatter) {
		if (!data) return default_formatter(value, row, column, data);
		const esc = frappe.utils.escape_html;
		for (const side of ["first", "second"]) {
			if (column.fieldname === `${side}_title`) {
				return `<a href="${frappe.utils.get_form_link(data.record_type, data[side])}">${esc(value)}</a>`;
			}
		}
		if (column.fieldname !== "actions") return default_formatter(value, row, column, data);
		const pair = encodeURIComponent(JSON.stringify([data.record_type, data.first, data.second])).replace(/'/g, "%27");
		const button = (action, words) =>
			`<a href="#" role="button" style="text-decoration: underline" onclick="frappe.query_reports['SPM Duplicates'].${action}('${pair}'); return false;">${words}</a>`;
		return `${button("compare", __("Compare and Merge"))} · ${button("tell_apart", __("Not a duplicate"))}`;
	},

	compare(pair) {
		sales_crm_pm.merge.open(...JSON.parse(decodeURIComponent(pair)));
	},

	async tell_apart(pair) {
		const [record_type, name, other_name] = JSON.parse(decodeURIComponent(pair));
		await frappe.xcall("sales_crm_pm.api.v1.duplicate.dismiss", {
			record_type,
			name,
			other_type: record_type,
			other_name,
		});
		frappe.query_report.refresh();
	},
};

frappe.query_reports["SPM Lead Response Times"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Owner", "Source", "Response Target", "Territory", "Month"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Owner",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("Arrived From"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -3),
		},
		{ fieldname: "to_date", label: __("Arrived To"), fieldtype: "Date" },
		{ fieldname: "response_target", label: __("Response Target"), fieldtype: "Link", options: "SPM Response Target" },
		{ fieldname: "source", label: __("Source"), fieldtype: "Link", options: "SPM Source" },
		{ fieldname: "lead_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
		{ fieldname: "territory", label: __("Territory"), fieldtype: "Link", options: "SPM Territory" },
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || !["leads", "late", "waiting"].includes(column.fieldname) || !data[column.fieldname]) return shown;
		const where = encodeURIComponent(JSON.stringify({ part: column.fieldname, key: data.key })).replace(/'/g, "%27");
		return `<a href="#" onclick="frappe.query_reports['SPM Lead Response Times'].open('${where}'); return false;">${shown}</a>`;
	},

	open(where) {
		const { part, key } = JSON.parse(decodeURIComponent(where));
		const values = frappe.query_report.get_filter_values();
		const field = { Owner: "lead_owner", Source: "source", "Response Target": "response_target", Territory: "territory" }[
			values.group_by
		];
		const filters = { response_target: ["is", "set"] };
		for (const name of ["source", "lead_owner", "territory", "response_target"]) {
			if (values[name]) filters[name] = values[name];
		}
		if (field) filters[field] = key || ["is", "not set"];
		let from = values.from_date;
		let to = values.to_date || frappe.datetime.get_today();
		if (values.group_by === "Month") {
			from = `${key}-01`;
			to = frappe.datetime.add_days(frappe.datetime.add_months(from, 1), -1);
		}
		if (from) filters.creation = ["between", [from, to]];
		if (part === "late") filters.response_missed_on = ["is", "set"];
		if (part === "waiting") Object.assign(filters, { first_responded_on: ["is", "not set"], response_missed_on: ["is", "not set"] });
		frappe.set_route("List", "SPM Lead", filters);
	},
};

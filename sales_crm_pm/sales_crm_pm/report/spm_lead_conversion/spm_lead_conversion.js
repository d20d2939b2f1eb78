frappe.query_reports["SPM Lead Conversion"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Source", "Campaign", "Owner", "Territory", "Industry", "UTM Source", "Month"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Source",
			reqd: 1,
		},
		{
			fieldname: "from_date",
			label: __("Arrived From"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
		},
		{ fieldname: "to_date", label: __("Arrived To"), fieldtype: "Date" },
		{ fieldname: "campaign", label: __("Campaign"), fieldtype: "Link", options: "SPM Campaign" },
		{ fieldname: "source", label: __("Source"), fieldtype: "Link", options: "SPM Source" },
		{ fieldname: "lead_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
		{ fieldname: "territory", label: __("Territory"), fieldtype: "Link", options: "SPM Territory" },
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || !["leads", "qualified", "deals", "won"].includes(column.fieldname) || !data[column.fieldname]) {
			return shown;
		}
		const where = encodeURIComponent(JSON.stringify({ part: column.fieldname, key: data.key })).replace(/'/g, "%27");
		// The number leads to the leads behind it.
		return `<a href="#" onclick="frappe.query_reports['SPM Lead Conversion'].open('${where}'); return false;">${shown}</a>`;
	},

	async open(where) {
		const { part, key } = JSON.parse(decodeURIComponent(where));
		const values = frappe.query_report.get_filter_values();
		if (["deals", "won"].includes(part)) {
			const { message } = await frappe.call({
				method: "sales_crm_pm.api.v1.lead.deals_behind",
				type: "GET",
				args: { filters: values, key, won: part === "won" ? 1 : 0 },
			});
			frappe.set_route("List", "SPM Opportunity", { name: ["in", message] });
			return;
		}
		const field = {
			Source: "source",
			Campaign: "campaign",
			Owner: "lead_owner",
			Territory: "territory",
			Industry: "industry",
			"UTM Source": "utm_source",
		}[values.group_by];
		const filters = {};
		for (const name of ["source", "campaign", "lead_owner", "territory"]) {
			if (values[name]) filters[name] = values[name];
		}
		if (field) filters[field] = key || ["is", "not set"];
		let from = values.from_date || "2000-01-01";
		let to = values.to_date || frappe.datetime.get_today();
		if (values.group_by === "Month") {
			from = `${key}-01`;
			to = frappe.datetime.add_days(frappe.datetime.add_months(from, 1), -1);
		}
		filters.creation = ["between", [from, to]];
		if (part === "qualified") filters.status = ["in", ["Qualified", "Converted"]];
		frappe.set_route("List", "SPM Lead", filters);
	},
};

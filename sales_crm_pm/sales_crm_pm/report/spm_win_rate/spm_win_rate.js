frappe.query_reports["SPM Win Rate"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["Salesperson", "Team", "Team Manager", "Product", "Pipeline", "Customer", "Source", "Loss Reason", "Month", "Quarter"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Salesperson",
			reqd: 1,
		},
		{ fieldname: "from_date", label: __("Closed From"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("Closed To"), fieldtype: "Date" },
		{ fieldname: "pipeline", label: __("Pipeline"), fieldtype: "Link", options: "SPM Pipeline" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
		{ fieldname: "opportunity_owner", label: __("Owner"), fieldtype: "Link", options: "User" },
		{ fieldname: "team", label: __("Team"), fieldtype: "Link", options: "SPM Sales Team" },
		{ fieldname: "import_run", label: __("Import Run"), fieldtype: "Link", options: "SPM Import Run" },
	],

	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || !["won", "lost"].includes(column.fieldname) || !data[column.fieldname]) return shown;
		const status = column.fieldname === "won" ? "Won" : "Lost";
		const where = encodeURIComponent(JSON.stringify({ status, key: data.key }));
		// The number leads to the deals behind it.
		return `<a href="#" onclick="frappe.query_reports['SPM Win Rate'].open('${where.replace(/'/g, "%27")}'); return false;">${shown}</a>`;
	},

	open(where) {
		const { status, key } = JSON.parse(decodeURIComponent(where));
		const values = frappe.query_report.get_filter_values();
		if (values.group_by === "Team" && key) {
			// A team's deals are those of its people: show them one by one.
			frappe.query_report.set_filter_value({ group_by: "Salesperson", team: key });
			return;
		}
		const filters = { status };
		for (const name of ["pipeline", "customer", "opportunity_owner", "import_run"]) {
			if (values[name]) filters[name] = values[name];
		}
		if (values.from_date && values.to_date) filters.closed_on = ["between", [values.from_date, values.to_date]];
		const by = {
			Salesperson: () =>
				key.startsWith("source:")
					? (filters.source_owner = key.slice(7))
					: ((filters.opportunity_owner = key.slice(5)), (filters.source_owner = ["is", "not set"])),
			Product: () => (filters["SPM Opportunity Product.product"] = key),
			Team: () => {},
			"Team Manager": () => {},
			Month: () => (filters.closed_on = ["between", [key, frappe.datetime.add_days(frappe.datetime.add_months(key, 1), -1)]]),
			Pipeline: () => (filters.pipeline = key),
			Customer: () => (filters.customer = key),
			Source: () => (filters.source = key || ["is", "not set"]),
			"Loss Reason": () => status === "Lost" && (filters.loss_reason = key || ["is", "not set"]),
			Quarter: () => (filters.closed_on = ["between", [key, frappe.datetime.add_days(frappe.datetime.add_months(key, 3), -1)]]),
		};
		by[values.group_by]();
		frappe.set_route("List", "SPM Opportunity", filters);
	},
};

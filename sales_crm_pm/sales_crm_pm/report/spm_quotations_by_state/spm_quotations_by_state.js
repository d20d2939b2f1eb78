frappe.query_reports["SPM Quotations by State"] = {
	filters: [
		{
			fieldname: "group_by",
			label: __("Group By"),
			fieldtype: "Select",
			options: ["State", "Salesperson", "Customer", "Month"].map((value) => ({ value, label: __(value) })),
			default: "State",
			reqd: 1,
		},
		{ fieldname: "from_date", label: __("From Date"), fieldtype: "Date" },
		{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date" },
		{ fieldname: "salesperson", label: __("Salesperson"), fieldtype: "Link", options: "User" },
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "SPM Customer" },
	],
	formatter(value, row, column, data, default_formatter) {
		const shown = default_formatter(value, row, column, data);
		if (!data || column.fieldname !== "number" || !data.number) return shown;
		// The number leads to the quotations behind it.
		const key = encodeURIComponent(data.key).replace(/'/g, "%27");
		return `<a href="#" onclick="frappe.query_reports['SPM Quotations by State'].open('${key}'); return false;">${shown}</a>`;
	},
	open(encoded) {
		const key = decodeURIComponent(encoded);
		const values = frappe.query_report.get_filter_values();
		const filters = { status: ["!=", "Superseded"] };
		for (const name of ["salesperson", "customer"]) {
			if (values[name]) filters[name] = values[name];
		}
		if (values.from_date && values.to_date) filters.quotation_date = ["between", [values.from_date, values.to_date]];
		const by = {
			State: () => (filters.status = key),
			Salesperson: () => (filters.salesperson = key || ["is", "not set"]),
			Customer: () => (filters.customer = key || ["is", "not set"]),
			Month: () =>
				(filters.quotation_date = [
					"between",
					[`${key}-01`, frappe.datetime.add_days(frappe.datetime.add_months(`${key}-01`, 1), -1)],
				]),
		};
		by[values.group_by]();
		frappe.set_route("List", "SPM Quotation", filters);
	},
};

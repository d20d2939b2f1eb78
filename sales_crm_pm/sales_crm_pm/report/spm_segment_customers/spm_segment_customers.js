frappe.query_reports["SPM Segment Customers"] = {
	filters: [
		{ fieldname: "segment", label: __("Segment"), fieldtype: "Link", options: "SPM Segment", reqd: 1 },
	],
};

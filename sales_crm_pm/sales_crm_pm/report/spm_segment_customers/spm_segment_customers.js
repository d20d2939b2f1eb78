frappe.query_reports["SPM Segment Customers"] = {
	filters: [
		{ fieldname: "segment", label: __("Segment"), fieldtype: "Link", options: "SPM Segment", reqd: 1 },
	],
	formatter: (...args) => sales_crm_pm.keep.linked({ customer_name: ["SPM Customer", "customer"], contact_name: ["Contact", "primary_contact"] })(...args),
};

frappe.pages["spm-risk-map"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Risk Map"), single_column: true });
	const $body = $('<div class="spm-risk-page"></div>').appendTo(page.main);
	const field = (df) => page.add_field({ ...df, change: () => wrapper.spm_show() });
	const fields = [
		field({ fieldname: "project", label: __("Sales Project"), fieldtype: "Link", options: "SPM Project" }),
		field({ fieldname: "project_type", label: __("Project Type"), fieldtype: "Link", options: "SPM Project Type" }),
		field({ fieldname: "project_manager", label: __("Project Manager"), fieldtype: "Link", options: "User" }),
		field({ fieldname: "risk_owner", label: __("Owner", null, "SPM Risk"), fieldtype: "Link", options: "User" }),
		field({
			fieldname: "kind",
			label: __("Kind"),
			fieldtype: "Select",
			options: [
				{ value: "", label: __("Threats and Chances") },
				...["Threat", "Chance"].map((value) => ({ value, label: sales_crm_pm.risk.word(value) })),
			],
			default: "Threat",
		}),
	];
	page.set_secondary_action(__("List"), () => frappe.set_route("List", "SPM Risk", "List"));
	let latest = 0;
	wrapper.spm_show = frappe.utils.debounce(async () => {
		const mine = ++latest;
		const filters = Object.fromEntries(fields.map((f) => [f.df.fieldname, f.get_value()]).filter(([, value]) => value));
		const { message } = await frappe.call({
			method: "sales_crm_pm.api.v1.risk.heat_map",
			type: "GET",
			args: { ...filters, status: "All" },
		});
		// A slow answer to an older question must not replace the newer one.
		if (mine === latest) new sales_crm_pm.risk.HeatMap($body, message);
	}, 150);
	wrapper.spm_filters = fields;
};

frappe.pages["spm-risk-map"].on_page_show = async function (wrapper) {
	const wanted = frappe.route_options || {};
	frappe.route_options = {};
	for (const field of wrapper.spm_filters) {
		if (wanted[field.df.fieldname]) await field.set_value(wanted[field.df.fieldname]);
	}
	wrapper.spm_show();
};

frappe.pages["spm-import"].on_page_load = function (wrapper) {
	frappe.ui.make_app_page({ parent: wrapper, title: __("Import"), single_column: true });
	frappe.require("spm_import.bundle.js").then(() => {
		wrapper.spm_import = sales_crm_pm.mount_importer(wrapper.page);
	});
};

frappe.pages["spm-import"].on_page_show = function (wrapper) {
	// A run or file named in the route (list buttons, the form of a run) is taken up each time it is opened.
	wrapper.spm_import?.take_route(frappe.route_options || {});
	frappe.route_options = {};
};

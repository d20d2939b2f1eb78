frappe.pages["spm-quick-log"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Log Interaction"), single_column: true });
	page.add_menu_item(__("Interactions"), () => frappe.set_route("List", "SPM Interaction"));
	wrapper.spm_ready = frappe.require("spm_talk.bundle.js").then(() => sales_crm_pm.talk.mount_quick_log(page));
};

frappe.pages["spm-quick-log"].on_page_show = async function (wrapper) {
	// Whom a list or a record names in the route is chosen already.
	const options = frappe.route_options;
	frappe.route_options = {};
	(await wrapper.spm_ready).take_route(options);
};

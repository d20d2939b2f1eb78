frappe.pages["spm-capacity"].on_page_load = function (wrapper) {
	frappe.ui.make_app_page({ parent: wrapper, title: __("Capacity and Load"), single_column: true });
	$(wrapper).addClass("spm-capacity-page");
	wrapper.spm_ready = frappe
		.require("spm_capacity.bundle.js")
		.then(() => sales_crm_pm.mount_capacity(wrapper.page));
};

frappe.pages["spm-capacity"].on_page_show = async function (wrapper) {
	// A project or day named in the route is taken up each time; other people's changes since then as well.
	const options = frappe.route_options || {};
	frappe.route_options = {};
	(await wrapper.spm_ready).take_route(options);
};

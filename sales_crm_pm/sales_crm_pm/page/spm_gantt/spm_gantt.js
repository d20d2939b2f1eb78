frappe.pages["spm-gantt"].on_page_load = function (wrapper) {
	frappe.ui.make_app_page({ parent: wrapper, title: __("Plan"), single_column: true });
	$(wrapper).addClass("spm-gantt-page");
	frappe.require(["spm_gantt.bundle.css", "spm_gantt.bundle.js"]).then(() => {
		wrapper.spm_gantt = sales_crm_pm.mount_gantt(wrapper.page);
		wrapper.spm_gantt.take_route(frappe.get_route()[1], frappe.route_options || {});
		frappe.route_options = {};
	});
};

frappe.pages["spm-gantt"].on_page_show = function (wrapper) {
	// A project named in the route is taken up each time; what others changed meanwhile as well.
	if (!wrapper.spm_gantt) return;
	wrapper.spm_gantt.take_route(frappe.get_route()[1], frappe.route_options || {});
	frappe.route_options = {};
};

frappe.pages["spm-week"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("My Hours"), single_column: true });
	$(wrapper).addClass("spm-week-page");
	wrapper.spm_ready = frappe.require("spm_week.bundle.js").then(() => sales_crm_pm.mount_week(page));
};

frappe.pages["spm-week"].on_page_show = async function (wrapper) {
	(await wrapper.spm_ready).take_route(frappe.get_route().slice(1));
};

frappe.pages["spm-week"].on_page_hide = async function (wrapper) {
	(await wrapper.spm_ready).save_now();
};

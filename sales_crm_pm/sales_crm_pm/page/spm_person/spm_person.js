frappe.pages["spm-person"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("Colleague"), single_column: true });
	wrapper.spm_ready = frappe.require("spm_talk.bundle.js").then(() => sales_crm_pm.talk.mount_person(page));
};

frappe.pages["spm-person"].on_page_show = async function (wrapper) {
	(await wrapper.spm_ready).show(frappe.get_route()[1] || frappe.session.user);
};

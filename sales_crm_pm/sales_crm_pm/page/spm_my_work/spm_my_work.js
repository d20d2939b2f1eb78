frappe.pages["spm-my-work"].on_page_load = function (wrapper) {
	const page = frappe.ui.make_app_page({ parent: wrapper, title: __("My Work"), single_column: true });
	if (frappe.model.can_create("SPM Interaction")) {
		page.set_primary_action(__("Log Interaction"), () => frappe.set_route("spm-quick-log"), "add");
	}
	page.add_menu_item(__("My Page"), () => frappe.set_route("spm-person", frappe.session.user));
	wrapper.spm_ready = frappe.require("spm_talk.bundle.js").then(() => sales_crm_pm.talk.mount_my_work(page));
};

frappe.pages["spm-my-work"].on_page_show = async function (wrapper) {
	const shown = wrapper.spm_shown;
	wrapper.spm_shown = true;
	// Coming back from a record: what was done there is gone from the list.
	if (shown) (await wrapper.spm_ready).load();
};

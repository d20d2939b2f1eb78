import { createApp } from "vue";
import Importer from "./spm_import/Importer.vue";

frappe.provide("sales_crm_pm");

/**
 * Show the importer on a desk page.
 * @param {frappe.ui.Page} page page to fill
 * @returns {{take_route: function}} handle to hand over route options
 */
sales_crm_pm.mount_importer = function (page) {
	const app = createApp(Importer, { page });
	// Templates translate as the desk's scripts do.
	app.config.globalProperties.__ = window.__;
	const root = $('<div class="spm-import">').appendTo(page.main)[0];
	return app.mount(root);
};

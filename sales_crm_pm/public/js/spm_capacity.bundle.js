import { createApp } from "vue";
import Capacity from "./spm_capacity/Capacity.vue";

frappe.provide("sales_crm_pm");

/**
 * Show who has how much time and what it is booked for on a desk page.
 * @param {frappe.ui.Page} page page to fill
 * @returns {{take_route: function}} handle to hand over route options
 */
sales_crm_pm.mount_capacity = function (page) {
	const app = createApp(Capacity, { page });
	// Templates translate as the desk's scripts do.
	app.config.globalProperties.__ = window.__;
	const root = $('<div class="spm-capacity">').appendTo(page.main)[0];
	return app.mount(root);
};

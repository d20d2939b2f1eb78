import { createApp } from "vue";
import WeekPage from "./spm_week/WeekPage.vue";

frappe.provide("sales_crm_pm");

/**
 * Show the page of weekly hours: one's own week, and the weeks one has to decide about.
 * @param {frappe.ui.Page} page page to fill
 * @returns {{take_route: function, save_now: function}} handle
 */
sales_crm_pm.mount_week = function (page) {
	const app = createApp(WeekPage, { page });
	// Templates translate as the desk's scripts do.
	app.config.globalProperties.__ = window.__;
	return app.mount($('<div class="spm-week">').appendTo(page.main)[0]);
};

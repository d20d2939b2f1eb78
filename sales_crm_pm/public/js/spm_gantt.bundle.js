import { createApp } from "vue";
import GanttPage from "./spm_gantt/GanttPage.vue";

frappe.provide("sales_crm_pm");

function mount(root, options) {
	const app = createApp(GanttPage, options);
	// Templates translate as the desk's scripts do.
	app.config.globalProperties.__ = window.__;
	const shown = app.mount(root);
	return { take_route: shown.take_route, reload: shown.reload, unmount: () => app.unmount() };
}

/**
 * Show the plan of a project, or of all of them, on a desk page.
 * @param {frappe.ui.Page} page page to fill
 * @returns {{take_route: function, reload: function, unmount: function}} handle to hand over route options
 */
sales_crm_pm.mount_gantt = (page) => mount($('<div class="spm-gantt-root">').appendTo(page.main)[0], { page });

/**
 * Put the plan of one project into a form.
 * @param {HTMLElement} wrapper element to fill
 * @param {string} project whose plan
 */
sales_crm_pm.mount_gantt_panel = (wrapper, project) => mount(wrapper, { project, embedded: true });

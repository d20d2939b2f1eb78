import { createApp } from "vue";
import PeopleMap from "./spm_people/PeopleMap.vue";

frappe.provide("sales_crm_pm");

/**
 * Draw the people of a customer: who decides, who is for us, who of us knows them.
 * @param {HTMLElement} wrapper element to fill
 * @param {{customer: string, opportunity?: string, may_create?: boolean}} options whose people
 * @returns {{reload: function, unmount: function}} handle
 */
sales_crm_pm.mount_people_map = function (wrapper, options) {
	const app = createApp(PeopleMap, options);
	// Templates translate as the desk's scripts do.
	app.config.globalProperties.__ = window.__;
	const root = app.mount(wrapper);
	return { reload: () => root.load(), unmount: () => app.unmount() };
};

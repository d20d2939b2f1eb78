import { createApp } from "vue";
import SegmentBuilder from "./spm_segment/SegmentBuilder.vue";

frappe.provide("sales_crm_pm");

/**
 * Show the builder of a segment's conditions in an element.
 * @param {HTMLElement} element where
 * @param {object} props definition (object), read_only, on_change(definition)
 * @returns the Vue app, to unmount it
 */
sales_crm_pm.mount_segment_builder = function (element, props) {
	const app = createApp(SegmentBuilder, props);
	// Templates translate as the desk's scripts do.
	app.config.globalProperties.__ = window.__;
	app.mount(element);
	return app;
};

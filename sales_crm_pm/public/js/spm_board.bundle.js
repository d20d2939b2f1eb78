import { createApp } from "vue";
import Board from "./spm_board/Board.vue";

frappe.provide("sales_crm_pm");

/**
 * Show the pipeline board on a desk page.
 * @param {frappe.ui.Page} page page to fill
 * @returns {{take_route: function}} handle to hand over route options
 */
sales_crm_pm.mount_board = function (page) {
	const app = createApp(Board, { page });
	// Templates translate as the desk's scripts do.
	app.config.globalProperties.__ = window.__;
	const root = $('<div class="spm-board">').appendTo(page.main)[0];
	return app.mount(root);
};

frappe.pages["spm-board"].on_page_load = function (wrapper) {
	frappe.ui.make_app_page({ parent: wrapper, title: __("Pipeline Board"), single_column: true });
	$(wrapper).addClass("spm-board-page");
	frappe.require("spm_board.bundle.js").then(() => {
		wrapper.spm_board = sales_crm_pm.mount_board(wrapper.page);
		wrapper.spm_board.take_route(frappe.route_options || {});
		frappe.route_options = {};
	});
};

frappe.pages["spm-board"].on_page_show = function (wrapper) {
	// A pipeline or owner named in the route is taken up each time; other people's changes since then as well.
	if (!wrapper.spm_board) return;
	wrapper.spm_board.take_route(frappe.route_options || {});
	frappe.route_options = {};
};

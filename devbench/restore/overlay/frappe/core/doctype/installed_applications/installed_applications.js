// The list belongs to migrate, not to people: it can be read and its order changed, nothing else.
frappe.ui.form.on("Installed Applications", {
	refresh(frm) {
		frm.disable_save();
		frm.add_custom_button(__("Update Hooks Resolution Order"), () => frm.trigger("show_order_dialog"));
	},

	async show_order_dialog(frm) {
		const { message: apps } = await frappe.call(
			"frappe.core.doctype.installed_applications.installed_applications.get_installed_app_order"
		);
		const dialog = new frappe.ui.Dialog({
			title: __("Update Hooks Resolution Order"),
			fields: [
				{
					fieldname: "apps",
					fieldtype: "Table",
					label: __("Installed Apps"),
					cannot_add_rows: true,
					cannot_delete_rows: true,
					in_place_edit: true,
					data: apps.map((app_name) => ({ app_name })),
					fields: [
						{
							fieldname: "app_name",
							fieldtype: "Data",
							label: __("App Name"),
							in_list_view: 1,
							read_only: 1,
						},
					],
				},
			],
			primary_action_label: __("Update Order"),
			primary_action: async () => {
				const new_order = dialog.fields_dict.apps.grid.get_data().map((row) => row.app_name);
				await frappe.call(
					"frappe.core.doctype.installed_applications.installed_applications.update_installed_apps_order",
					{ new_order }
				);
				dialog.hide();
				frm.reload_doc();
			},
		});
		dialog.show();
	},
});

frappe.ui.form.on("ToDo", {
	refresh(frm) {
		frm.devbench_probe = true;
	},
});

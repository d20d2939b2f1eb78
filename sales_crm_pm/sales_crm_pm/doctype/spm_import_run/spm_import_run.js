const IMPORT_API = "sales_crm_pm.api.v1.importing.";
const IMPORT_WORKING = ["Queued", "Running", "Undoing"];

frappe.ui.form.on("SPM Import Run", {
	refresh(frm) {
		if (frm.is_new()) {
			frappe.set_route("spm-import");
			return;
		}
		frm.disable_save();
		frm.add_custom_button(__("Show the Records"), () =>
			frappe.set_route("List", frm.doc.target, { import_run: frm.doc.name })
		);
		frm.add_custom_button(__("Open in Importer"), () => {
			frappe.route_options = { import_run: frm.doc.name };
			frappe.set_route("spm-import");
		});
		const silent = moment(frappe.datetime.now_datetime()).diff(frm.doc.modified, "seconds") > 120;
		if (frm.doc.status === "Failed" || (silent && ["Queued", "Running"].includes(frm.doc.status))) {
			frm.add_custom_button(__("Resume"), () => frm.events.resume(frm));
		}
		if (["Completed", "Completed with Errors", "Failed", "Queued", "Running"].includes(frm.doc.status)) {
			frm.add_custom_button(__("Undo"), () => frm.events.undo(frm));
		}
		frm.events.show_progress(frm, frm.doc);
		frm.events.show_failures(frm);
	},

	onload(frm) {
		frm.on_progress = (row) => {
			if (row.name !== frm.doc.name) return;
			frm.events.show_progress(frm, row);
			if (!IMPORT_WORKING.includes(row.status)) frm.reload_doc();
		};
		frappe.realtime.on("spm_import_progress", frm.on_progress);
	},

	show_progress(frm, row) {
		if (!IMPORT_WORKING.includes(row.status)) {
			frm.dashboard.hide_progress?.();
			return;
		}
		const done = (row.rows_created || 0) + (row.rows_updated || 0) + (row.rows_skipped || 0) + (row.rows_failed || 0);
		frm.dashboard.show_progress(__("Progress"), row.progress || 1, __("{0} of {1} rows", [done, row.rows_total]));
	},

	async show_failures(frm) {
		if (!frm.doc.rows_failed) return;
		const { errors } = await frappe.xcall(IMPORT_API + "status", { import_run: frm.doc.name });
		const rows = errors
			.slice(0, 100)
			.map((e) => `<tr><td>${e.row}</td><td>${frappe.utils.escape_html(e.reason)}</td></tr>`)
			.join("");
		frm.dashboard.add_section(
			`<table class="table table-sm"><thead><tr><th>${__("Row")}</th><th>${__("Reason")}</th></tr></thead><tbody>${rows}</tbody></table>`,
			__("Rows that were not imported")
		);
	},

	resume(frm) {
		frappe.xcall(IMPORT_API + "resume", { import_run: frm.doc.name }).then(() => frm.reload_doc());
	},

	undo(frm) {
		frappe.confirm(__("Undo this import? Records it created are deleted, records it changed are put back."), () =>
			frappe
				.xcall(IMPORT_API + "undo", { import_run: frm.doc.name })
				.then(() => frappe.show_alert({ message: __("The import was taken back"), indicator: "green" }))
				.finally(() => frm.reload_doc())
		);
	},
});

frappe.ui.form.on("SPM Payment", {
	setup(frm) {
		frm.set_query("milestone", () => ({
			filters: frm.doc.project ? { project: frm.doc.project } : { customer: frm.doc.customer },
		}));
		frm.set_query("project", () => ({ filters: { customer: frm.doc.customer } }));
		frm.set_query("contract", () => ({ filters: { docstatus: ["<", 2] } }));
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		if (frm.is_new()) return;
		const money = (value) => format_currency(value, frm.doc.currency);
		const percent = flt(frm.doc.amount) ? (flt(frm.doc.received) * 100) / flt(frm.doc.amount) : 0;
		frm.dashboard.add_section(
			`<div class="spm-panel">
				<div><div class="text-muted">${__("Money Received")} <b>${format_number(percent, null, 0)} %</b></div>
					${sales_crm_pm.ui.progress_bar(percent, null, frm.doc.status === "Overdue" ? "orange" : "green")}
					<small class="text-muted">${__("{0} of {1}", [money(frm.doc.received), money(frm.doc.amount)])}</small></div>
				<div><div class="text-muted">${__("Outstanding")}</div>${money(frm.doc.outstanding)}</div>
				<div><div class="text-muted">${__("Due Date", null, "SPM Payment")}</div>${
				frm.doc.due_date
					? sales_crm_pm.ui.relative_day(frm.doc.due_date, ["Paid", "Not Due", "Cancelled"].includes(frm.doc.status))
					: "–"
			}</div>
			</div>`,
			__("Money")
		);
		frm.dashboard.show();
		if (!frm.perm[0].write || ["Paid", "Cancelled"].includes(frm.doc.status)) return;
		const done = () => frm.reload_doc();
		if (frm.doc.trigger_type === "Event" && !frm.doc.happened_on) {
			frm.add_custom_button(__("Happened"), () => sales_crm_pm.payments.happened(frm.doc, done));
		}
		if (!frm.doc.invoiced_on) {
			frm.add_custom_button(__("Invoice", null, "SPM Payment"), () => sales_crm_pm.payments.invoice(frm.doc, done));
		}
		frm.add_custom_button(__("Receipt"), () => sales_crm_pm.payments.receipt(frm.doc, done));
	},
});

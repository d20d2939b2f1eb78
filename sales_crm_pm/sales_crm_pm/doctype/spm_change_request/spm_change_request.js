const COST_LEVEL = 1;
// What stays open whatever was decided.
const FREE = ["decide_by_date", "resource_impact", "risk_impact"];

frappe.ui.form.on("SPM Change Request", {
	setup(frm) {
		const of_project = () => ({ filters: { project: frm.doc.project } });
		const open_tasks = () => ({
			filters: { project: frm.doc.project, status: ["not in", ["Completed", "Cancelled"]] },
		});
		frm.set_query("task", "lines", open_tasks);
		frm.set_query("successor", "lines", open_tasks);
		frm.set_query("predecessor", "lines", of_project);
		frm.set_query("milestone", "lines", () => ({
			filters: { project: frm.doc.project, status: ["not in", ["Accepted", "Cancelled"]] },
		}));
		frm.set_query("contract", () => ({ filters: { customer: frm.doc.customer, docstatus: 1 } }));
		frm.set_query("requested_contact", () => ({
			filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer },
		}));
	},
	refresh(frm) {
		frm.page.set_indicator(
			__(frm.doc.status, null, frm.doctype),
			sales_crm_pm.ui.status_color(frm.doc.status)
		);
		// Told by the head of the form and by the panels already.
		frm.toggle_display(["status", "waiting_for", "version", "approvals_section", "figures_section"], false);
		const over = ["Implemented", "Rejected", "Deferred"].includes(frm.doc.status);
		for (const df of frm.meta.fields) {
			if (over && !df.read_only && !FREE.includes(df.fieldname)) frm.set_df_property(df.fieldname, "read_only", 1);
		}
		sales_crm_pm.changes.draw_difference(frm);
		sales_crm_pm.changes.draw_agreement(frm);
		if (!frm.is_new()) add_steps(frm);
	},
	// Steps that need an answer are asked before the workflow acts; the endpoint then does the step itself.
	before_workflow_action(frm) {
		const ask = { Reject: reject, Defer: defer }[frm.selected_workflow_action];
		if (!ask) return;
		return new Promise((_resolve, refuse) => {
			frappe.dom.unfreeze();
			ask(frm);
			refuse();
		});
	},
});

frappe.ui.form.on("SPM Change Line", {
	kind(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		// What belongs to another kind of change would be misleading.
		for (const field of ["task", "milestone", "predecessor", "successor", "new_date"]) {
			if (row[field]) frappe.model.set_value(cdt, cdn, field, null);
		}
	},
	async task(_frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.task) return;
		const { message } = await frappe.db.get_value("SPM Task", row.task, ["subject", "duration_days", "estimate_hours"]);
		if (!message) return;
		await frappe.model.set_value(cdt, cdn, "subject", message.subject);
		if (row.kind === "Change Task" && !row.days) await frappe.model.set_value(cdt, cdn, "days", message.duration_days);
		if (row.kind === "Change Task" && !row.hours) await frappe.model.set_value(cdt, cdn, "hours", message.estimate_hours);
	},
	async milestone(_frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.milestone || row.kind !== "Move Milestone") return;
		const { message } = await frappe.db.get_value("SPM Milestone", row.milestone, ["title", "planned_date"]);
		if (!message) return;
		await frappe.model.set_value(cdt, cdn, "subject", message.title);
		if (!row.new_date) await frappe.model.set_value(cdt, cdn, "new_date", message.planned_date);
	},
});

function add_steps(frm) {
	const doc = frm.doc;
	const act = (path, args, message) =>
		sales_crm_pm.ui.act(frm, `change_request.${path}`, { change_request: doc.name, ...args }, message);
	const waiting = doc.__onload?.waiting || [];
	const sides = (doc.__onload?.sides || []).filter((side) => waiting.includes(side));
	if (doc.status === "Assessed") {
		for (const side of sides) {
			frm.add_custom_button(
				__("Agree for {0}", [__(side, null, "SPM Change Approval")]),
				() => agree(frm, side),
				sides.length > 1 ? __("Agree") : undefined
			);
		}
		if (sides.length === 1) frm.change_custom_button_type(__("Agree for {0}", [__(sides[0], null, "SPM Change Approval")]), null, "primary");
	}
	if (doc.status === "Approved" && (doc.__onload?.sides || []).includes("Delivery")) {
		frm.add_custom_button(__("Carry Out"), () =>
			frappe.confirm(
				__("Plan, baseline, contract, payments and budget change at once. Carry out {0}?", [doc.name]),
				() => act("implement", {}, __("Carrying out the change…"))
			)
		).addClass("btn-primary");
	}
	if (["Assessed", "Approved"].includes(doc.status)) {
		if (frm.perm[0].write && doc.needs_customer) {
			frm.add_custom_button(__("Link for the Customer"), () => copy_link(frm));
		}
		if (frm.perm[0].write && frm.get_perm(COST_LEVEL, "write")) {
			frm.add_custom_button(__("Assess Again"), () => act("assess", {}, __("Working out the difference…")));
		}
	}
	if (doc.needs_customer && doc.status !== "Draft") {
		frm.add_custom_button(__("PDF for the Customer"), () => {
			const url = `/api/method/frappe.utils.print_format.download_pdf?doctype=${encodeURIComponent(
				frm.doctype
			)}&name=${encodeURIComponent(doc.name)}&format=${encodeURIComponent("SPM Change Request")}&no_letterhead=1`;
			window.open(frappe.urllib.get_full_url(url));
		});
	}
}

function agree(frm, side) {
	const is_customer = side === "Customer";
	const dialog = new frappe.ui.Dialog({
		title: __("Agree for {0}", [__(side, null, "SPM Change Approval")]),
		fields: [
			{
				fieldtype: "HTML",
				fieldname: "told",
				options: `<p>${__("You agree to version {0}. A later edit of the content makes a new version, and your word no longer counts for it.", [
					frm.doc.version,
				])}</p>`,
			},
			{
				fieldtype: "Link",
				fieldname: "contact",
				label: __("Customer Contact"),
				options: "Contact",
				hidden: !is_customer,
				default: frm.doc.requested_contact,
				get_query: () => ({ filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer } }),
			},
			{
				fieldtype: "Small Text",
				fieldname: "comment",
				label: is_customer ? __("How has the customer agreed?") : __("Comment"),
			},
			{ fieldtype: "Attach", fieldname: "evidence", label: __("Evidence"), hidden: !is_customer },
		],
		primary_action_label: __("Agree"),
		async primary_action(values) {
			await sales_crm_pm.ui.act(
				frm,
				"change_request.approve",
				{
					change_request: frm.doc.name,
					side,
					version: frm.doc.version,
					comment: values.comment,
					contact: values.contact,
					evidence: values.evidence,
				},
				__("Noting your agreement…")
			);
			dialog.hide();
		},
	});
	dialog.show();
}

function ask_why(frm, title, path, more = []) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields: [{ fieldtype: "Small Text", fieldname: "reason", label: __("Reason"), reqd: 1 }, ...more],
		primary_action_label: title,
		async primary_action(values) {
			await sales_crm_pm.ui.act(frm, `change_request.${path}`, { change_request: frm.doc.name, ...values });
			dialog.hide();
		},
	});
	dialog.show();
}

function reject(frm) {
	ask_why(frm, __("Reject"), "reject");
}

function defer(frm) {
	ask_why(frm, __("Defer"), "defer", [{ fieldtype: "Date", fieldname: "until", label: __("Deferred Until") }]);
}

async function copy_link(frm) {
	const message = await sales_crm_pm.ui.act(frm, "change_request.link", { change_request: frm.doc.name });
	frappe.utils.copy_to_clipboard(message.link);
	frappe.show_alert({ message: __("The link is copied. Whoever has it can agree for the customer."), indicator: "green" });
}

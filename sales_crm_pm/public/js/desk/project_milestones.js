// The milestones of a project on its form: where each stands, what waits, and the next step in one click.
frappe.provide("sales_crm_pm.project_panels");

const esc = (value) => frappe.utils.escape_html(value === undefined || value === null ? "" : String(value));
const word = (text) => __(text, null, "SPM Milestone");
const day = (value) => (value ? frappe.datetime.str_to_user(value) : "–");
/** The name of a person; of one the desk does not know yet, the first part of the login. */
const person = (user) => {
	if (!user) return "";
	const { fullname } = frappe.user_info(user);
	return fullname === user ? user.split("@")[0] : fullname;
};
const DONE = ["Accepted", "Cancelled"];

sales_crm_pm.project_panels.milestones_html = async (frm, panel) => {
	const rows = await frappe.db.get_list("SPM Milestone", {
		filters: { project: frm.doc.name },
		fields: [
			"name", "title", "phase", "status", "progress", "weight", "planned_date", "baseline_date", "forecast_date",
			"actual_date", "slip_days", "delay_reason", "milestone_owner", "rejection_count", "acceptance_required",
		],
		order_by: "sequence asc, planned_date asc",
		limit: 500,
	});
	const may_write = Boolean(frm.perm[0].write);
	const add = may_write
		? `<button type="button" class="btn btn-sm btn-default" data-add>${__("Add Milestone")}</button>`
		: "";
	if (!rows.length) {
		panel.html(`<div class="spm-bid-empty"><p class="text-muted">${__("No milestone yet. Milestones say what the customer gets and when, and release payments.")}</p>${add}</div>`);
	} else {
		const due = rows.filter((row) => row.status !== "Cancelled" && row.baseline_date && row.baseline_date <= frappe.datetime.get_today());
		const on_time = due.filter((row) => row.status === "Accepted" && row.actual_date <= row.baseline_date);
		const rate = due.length
			? __("{0} of {1} on time ({2} %)", [on_time.length, due.length, format_number((on_time.length / due.length) * 100, null, 0)])
			: __("None due yet");
		panel.html(`<div class="spm-plan-head"><span class="text-muted">${__("{0} milestones", [rows.length])} · ${rate}</span>${add}</div>
			<div class="spm-milestones"><table class="table table-sm"><thead><tr><th>${word("Title")}</th><th>${word("Status")}</th>
			<th>${word("Planned Date")}</th><th>${__("Expected or Reached")}</th><th>${word("Slip (Days)")}</th><th>${word("Progress")}</th><th></th></tr></thead>
			<tbody>${rows.map((row) => line(row, may_write)).join("")}</tbody></table></div>`);
	}
	panel.find("[data-add]").on("click", () => frappe.new_doc("SPM Milestone", { project: frm.doc.name }));
	panel.find("[data-step]").on("click", (event) => {
		const { step, name } = event.currentTarget.dataset;
		sales_crm_pm.milestones[step](rows.find((row) => row.name === name), () => frm.reload_doc());
	});
};

function line(row, may_write) {
	const expected = row.actual_date || row.forecast_date;
	const slip = row.slip_days > 0
		? `<span class="text-danger">+${row.slip_days}</span>${row.delay_reason ? `<br><small class="text-muted">${word(row.delay_reason)}</small>` : ""}`
		: row.slip_days < 0 ? `<span class="text-success">${row.slip_days}</span>` : "–";
	const rejected = row.rejection_count ? ` <small class="text-danger">${__("rejected {0}×", [row.rejection_count])}</small>` : "";
	const baseline = row.baseline_date && row.baseline_date !== row.planned_date
		? `<br><small class="text-muted">${word("Baseline Date")} ${day(row.baseline_date)}</small>` : "";
	return `<tr class="${row.status === "Cancelled" ? "text-muted" : ""}">
		<td data-label="${word("Title")}"><a href="${frappe.utils.get_form_link("SPM Milestone", row.name)}"><b>${esc(row.title)}</b></a>
			<br><small class="text-muted">${esc([row.phase, person(row.milestone_owner)].filter(Boolean).join(" · "))}</small></td>
		<td data-label="${word("Status")}"><span class="indicator-pill ${sales_crm_pm.ui.status_color(row.status)}">${word(row.status)}</span>${rejected}</td>
		<td data-label="${word("Planned Date")}">${day(row.planned_date)}${baseline}</td>
		<td data-label="${__("Expected or Reached")}">${DONE.includes(row.status) ? day(expected) : sales_crm_pm.ui.relative_day(expected || row.planned_date)}</td>
		<td data-label="${word("Slip (Days)")}">${slip}</td>
		<td data-label="${word("Progress")}">${sales_crm_pm.ui.progress_bar(row.progress)}<small class="text-muted">${format_number(row.progress, null, 0)} %</small></td>
		<td class="spm-plan-actions">${may_write ? steps(row) : ""}</td></tr>`;
}

function steps(row) {
	const button = (step, label, css = "btn-default") =>
		`<button type="button" class="btn btn-xs ${css}" data-step="${step}" data-name="${esc(row.name)}">${label}</button>`;
	if (["Planned", "In Progress"].includes(row.status) && row.acceptance_required) return button("submit", __("Hand In"));
	if (row.status === "Submitted") return button("accept", __("Accept"), "btn-primary") + " " + button("reject", __("Reject"));
	return "";
}

sales_crm_pm.milestones = {
	submit(row, done) {
		send("submit", { milestone: row.name }, done);
	},
	/** Who accepted it and when; why it is late only where it is. */
	accept(row, done) {
		const late = (date) => row.baseline_date && date > row.baseline_date;
		const today = frappe.datetime.get_today();
		const dialog = new frappe.ui.Dialog({
			title: __("Accept {0}", [row.title]),
			fields: [
				{ fieldname: "on", fieldtype: "Date", label: __("Accepted On"), default: today, reqd: 1 },
				{
					fieldname: "accepted_by",
					fieldtype: "Link",
					options: "Contact",
					label: __("Accepted By"),
					get_query: () => ({ filters: { link_doctype: "SPM Customer", link_name: row.customer || cur_frm?.doc.customer } }),
				},
				{
					fieldname: "delay_reason",
					fieldtype: "Select",
					label: word("Delay Reason"),
					options: ["", "Customer", "Resource", "Scope", "Supplier", "Technical", "Other"].map((value) => ({ value, label: value ? word(value) : "" })),
					default: row.delay_reason || "",
					hidden: late(today) ? 0 : 1,
				},
				{ fieldname: "delay_note", fieldtype: "Small Text", label: word("Delay Explained"), hidden: late(today) ? 0 : 1 },
			],
			primary_action_label: __("Accept"),
			primary_action(values) {
				dialog.hide();
				send("accept", { milestone: row.name, ...values }, done);
			},
		});
		dialog.fields_dict.on.df.onchange = () => {
			for (const field of ["delay_reason", "delay_note"]) dialog.set_df_property(field, "hidden", late(dialog.get_value("on")) ? 0 : 1);
		};
		dialog.show();
	},
	reject(row, done) {
		frappe.prompt(
			[{ fieldname: "reason", fieldtype: "Small Text", label: __("Rejection Reason"), reqd: 1 }],
			({ reason }) => send("reject", { milestone: row.name, reason }, done),
			__("Why is it rejected?"),
			__("Reject")
		);
	},
	reopen(row, done) {
		frappe.prompt(
			[{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1, description: __("Possible as long as no payment was invoiced or received because of it.") }],
			({ reason }) => send("reopen", { milestone: row.name, reason }, done),
			__("Take the acceptance back"),
			__("Take Back")
		);
	},
};

function send(step, args, done) {
	return frappe.call({ method: `sales_crm_pm.api.v1.milestone.${step}`, args, freeze: true }).then(({ message }) => {
		frappe.show_alert({ message: word(message.status), indicator: sales_crm_pm.ui.status_color(message.status) });
		done();
	});
}

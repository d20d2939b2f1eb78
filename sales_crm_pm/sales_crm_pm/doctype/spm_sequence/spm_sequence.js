const COLORS = { Draft: "gray", Active: "green", Paused: "orange", Ended: "gray" };
const OUTCOMES = [
	["answered", () => __("Answered", null, "SPM Sequence Delivery")],
	["unsubscribed", () => __("Unsubscribed")],
	["bounced", () => __("Bounced")],
];

frappe.ui.form.on("SPM Sequence", {
	setup(frm) {
		frm.set_query("segment", () => ({}));
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), COLORS[frm.doc.status]);
		if (frm.is_new()) {
			frm.toggle_display("result_tab", false);
			return;
		}
		show_statistics(frm);
		if (frm.perm[0].write) add_switches(frm);
		if (frm.doc.status === "Active" && sales_crm_pm.keep.may_start()) {
			frm.add_custom_button(__("Start Customers"), () => start_customers(frm));
		}
		frm.add_custom_button(__("Contacts", null, "SPM Sequence"), () =>
			frappe.set_route("List", "SPM Sequence Enrolment", { sequence: frm.doc.name })
		);
	},
});

function add_switches(frm) {
	const act = (path, message) => () => sales_crm_pm.ui.act(frm, `sequence.${path}`, { sequence: frm.doc.name }, message);
	if (frm.doc.status === "Active") {
		frm.add_custom_button(__("Pause"), act("pause"));
		frm.add_custom_button(__("End"), () =>
			frappe.confirm(__("Contacts that are under way get nothing more. End the sequence?"), act("end"))
		);
	} else {
		frm.add_custom_button(frm.doc.status === "Paused" ? __("Go On") : __("Activate"), () => activate(frm, act)).addClass(
			"btn-primary"
		);
	}
	if (frm.doc.starts_by !== "By Hand") frm.add_custom_button(__("Rehearse"), () => rehearse(frm));
}

/** Nobody switches on what mails a thousand people without having seen that number. */
async function activate(frm, act) {
	if (frm.doc.starts_by === "By Hand" || frm.doc.status === "Paused") return act("activate")();
	const found = await frappe.xcall("sales_crm_pm.api.v1.sequence.rehearse", { sequence: frm.doc.name });
	frappe.confirm(
		found.contacts === 1
			? __("1 contact starts now; others join by themselves. Activate?")
			: __("{0} contacts start now; others join by themselves. Activate?", [found.contacts]),
		act("activate")
	);
}

async function rehearse(frm, customers) {
	const found = await frappe.call({
		method: "sales_crm_pm.api.v1.sequence.rehearse",
		args: { sequence: frm.doc.name, customers },
		freeze: true,
	});
	const { contacts, left_out, days, people } = found.message;
	const esc = frappe.utils.escape_html;
	const head = [
		contacts === 1 ? __("1 contact would start.") : __("{0} contacts would start.", [contacts]),
		sales_crm_pm.keep.said({ enrolled: 0, ...left_out }).split(" · ").slice(1).join(" · "),
	].filter(Boolean);
	const rows = people
		.map(
			(person) => `<tr>
				<td>${esc(person.contact_name)}<div class="text-muted">${esc(person.customer_name)}</div></td>
				<td>${person.steps
					.map(
						(step) =>
							`<div><span class="text-muted">${frappe.datetime.str_to_user(step.on)}</span> ${__(step.action, null, "SPM Sequence Step")}: ${esc(sales_crm_pm.keep.letter(step.label))}</div>`
					)
					.join("")}</td></tr>`
		)
		.join("");
	const load = days
		.slice(0, 14)
		.map((row) => `<span class="indicator-pill no-indicator-dot gray">${frappe.datetime.str_to_user(row.day)}: ${row.mails}</span>`)
		.join(" ");
	const dialog = new frappe.ui.Dialog({
		title: __("Who Would Get What When"),
		size: "large",
		fields: [{ fieldname: "html", fieldtype: "HTML" }],
	});
	dialog.fields_dict.html.$wrapper.html(`<p>${head.map(esc).join("<br>")}</p>
		${load ? `<p><b>${__("Mails per day")}</b><br>${load}</p>` : ""}
		<div class="spm-rehearsal"><table class="table">
			<thead><tr><th>${__("Contact")}</th><th>${__("Steps")}</th></tr></thead>
			<tbody>${rows || `<tr><td colspan="2" class="text-muted">${__("Nobody would start now.")}</td></tr>`}</tbody>
		</table></div>
		<p class="text-muted">${__("Nothing was sent. Stop rules and the limit of mails per contact may leave some out.")}</p>`);
	dialog.show();
}

function start_customers(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Start Customers"),
		fields: [
			{
				fieldname: "customers",
				fieldtype: "MultiSelectList",
				label: __("Customers"),
				reqd: 1,
				get_data: (txt) => frappe.db.get_link_options("SPM Customer", txt),
			},
		],
		primary_action_label: __("Start"),
		async primary_action({ customers }) {
			const found = await frappe.xcall("sales_crm_pm.api.v1.sequence.enrol", {
				sequence: frm.doc.name,
				customers,
			});
			dialog.hide();
			frappe.show_alert({ message: sales_crm_pm.keep.said(found), indicator: found.enrolled ? "green" : "orange" }, 8);
			show_statistics(frm);
		},
	});
	if (frm.perm[0].write) {
		dialog.set_secondary_action_label(__("Rehearse"));
		dialog.set_secondary_action(() => rehearse(frm, dialog.get_value("customers") || []));
	}
	dialog.show();
}

async function show_statistics(frm) {
	const found = await frappe.xcall("sales_crm_pm.api.v1.sequence.statistics", { sequence: frm.doc.name }, "GET");
	const esc = frappe.utils.escape_html;
	const pill = (label, count, color) =>
		`<span class="indicator-pill no-indicator-dot ${color}">${label}: ${format_number(count, null, 0)}</span>`;
	const status_colors = { Active: "green", Paused: "orange", Finished: "blue", Stopped: "gray" };
	const contacts = Object.entries(status_colors)
		.filter(([status]) => found.contacts[status])
		.map(([status, color]) => pill(__(status, null, "SPM Sequence Enrolment"), found.contacts[status], color))
		.join(" ");
	const reasons = Object.entries(found.stopped)
		.map(([reason, count]) => `${__(reason || "By Hand", null, "SPM Sequence Enrolment")} ${count}`)
		.join(" · ");
	const cards = found.steps
		.map((step) => {
			const lines = step.action === "Mail" ? OUTCOMES : [];
			const share = (count) => (step.done ? ` (${Math.round((100 * count) / step.done)} %)` : "");
			return `<div class="spm-drip-step">
				<div class="text-muted">${step.step_no} · ${__(step.action || "", null, "SPM Sequence Step")}</div>
				<b title="${esc(step.label || "")}">${esc(sales_crm_pm.keep.letter(step.label) || "–")}</b>
				<dl><dt>${step.action === "Mail" ? __("Sent") : __("Done")}</dt><dd>${step.done}</dd>
				${lines.map(([key, label]) => `<dt>${label()}</dt><dd>${step[key]}${share(step[key])}</dd>`).join("")}
				${step.failed ? `<dt>${__("Failed")}</dt><dd class="text-danger">${step.failed}</dd>` : ""}</dl>
			</div>`;
		})
		.join("");
	frm.get_field("statistics_html").$wrapper.html(`
		<p>${contacts || `<span class="text-muted">${__("Nobody has started yet.")}</span>`}</p>
		${reasons ? `<p class="text-muted">${__("Stopped")}: ${esc(reasons)}</p>` : ""}
		<div class="spm-drip">${cards}</div>`);
}

// The schedule on the forms: reschedule with a look at what moves, baselines, and where a task could lie.
frappe.provide("sales_crm_pm.schedule");

const esc = (text) => frappe.utils.escape_html(text || "");
const date = (value) => (value ? frappe.datetime.str_to_user(String(value).slice(0, 10)) : "–");
const MOST_ROWS = 60;

frappe.ui.form.on("SPM Project", {
	refresh(frm) {
		if (frm.is_new()) return;
		const group = __("Plan");
		frm.add_custom_button(__("Critical Path"), () => report("SPM Critical Path", frm), group);
		frm.add_custom_button(__("Compare Baselines"), () => report("SPM Baseline Comparison", frm), group);
		if (!may_schedule(frm)) return;
		frm.add_custom_button(__("Reschedule"), () => reschedule(frm), group);
		frm.add_custom_button(__("Take Baseline"), () => take_baseline(frm), group);
	},
});

frappe.ui.form.on("SPM Task", {
	refresh(frm) {
		if (frm.is_new() || !frm.doc.early_start || ["Completed", "Cancelled"].includes(frm.doc.status)) return;
		const slack = cint(frm.doc.total_float_days);
		if (frm.doc.is_critical) {
			frm.dashboard.add_indicator(
				slack < 0 ? __("Critical: {0} days too late for a constraint", [-slack]) : __("On the critical path"),
				"red"
			);
		} else {
			frm.dashboard.add_indicator(__("Can slip {0} days before the end of the project moves", [slack]), "blue");
		}
	},
});

function may_schedule(frm) {
	return frm.perm[0]?.write && ["SPM Project Manager", "System Manager"].some((role) => frappe.user.has_role(role));
}

function report(name, frm) {
	frappe.set_route("query-report", name, { project: frm.doc.name });
}

/** Two steps in one dialog: choose, look at what would move, then move it. */
function reschedule(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Reschedule"),
		size: "large",
		fields: [
			{
				fieldname: "direction",
				fieldtype: "Select",
				label: __("Direction"),
				reqd: 1,
				default: "forward",
				options: [
					{ value: "forward", label: __("Forward from the first day") },
					{ value: "backward", label: __("Backward from the last day") },
				],
				onchange: suggest,
			},
			{ fieldtype: "Column Break" },
			{ fieldname: "anchor_date", fieldtype: "Date", label: __("First or Last Day"), onchange: preview },
			{ fieldtype: "Section Break" },
			{ fieldname: "reason", fieldtype: "Data", label: __("Reason (for the log of the project)") },
			{ fieldname: "moves", fieldtype: "HTML" },
		],
		primary_action_label: __("Move Tasks"),
		async primary_action(values) {
			dialog.hide();
			const result = await sales_crm_pm.ui.act(
				frm,
				"schedule.reschedule",
				{
					project: frm.doc.name,
					direction: values.direction,
					anchor_date: values.anchor_date,
					reason: values.reason,
				},
				__("Rescheduling")
			);
			for (const text of result.notices) frappe.show_alert({ message: text, indicator: "orange" }, 10);
			frappe.show_alert({
				message: __("{0} tasks moved; the plan ends on {1}.", [tasks_of(result).length, date(result.end)]),
				indicator: "green",
			});
		},
	});
	function suggest() {
		const backward = dialog.get_value("direction") === "backward";
		// What is left of a plan under way begins today at the earliest.
		const today = frappe.datetime.get_today();
		const start = frm.doc.planned_start_date > today ? frm.doc.planned_start_date : today;
		dialog.set_value("anchor_date", backward ? frm.doc.planned_end_date : start);
	}
	async function preview() {
		const values = dialog.get_values(true);
		const { message } = await frappe.call({
			method: "sales_crm_pm.api.v1.schedule.preview",
			args: { project: frm.doc.name, direction: values.direction, anchor_date: values.anchor_date || null },
		});
		dialog.fields_dict.moves.$wrapper.html(moves_html(message));
		dialog.get_primary_btn().prop("disabled", !message.moved.length);
	}
	dialog.show();
	suggest();
}

const tasks_of = (result) => result.moved.filter((move) => !move.is_summary);

/** A table of what would move: before and after, and constraints that cannot be kept. */
function moves_html(result) {
	const moves = tasks_of(result);
	const days = result.end_moved_days;
	const head = `<p><b>${
		moves.length ? __("{0} tasks would move.", [moves.length]) : __("Nothing would move: the plan is like this already.")
	}</b> ${__("The plan ends on {0}.", [date(result.end)])}${
		days
			? ` <span class="${days > 0 ? "text-danger" : "text-success"}">${
					days > 0 ? __("{0} days later", [days]) : __("{0} days earlier", [-days])
			  }</span>`
			: ""
	}</p>`;
	const conflicts = result.conflicts.map((c) => `<p class="text-danger">${esc(c.message)}</p>`).join("");
	if (!moves.length) return head + conflicts;
	const rows = moves
		.slice(0, MOST_ROWS)
		.map(
			(move) => `<tr><td>${move.is_critical ? '<span class="indicator red"></span>' : ""}${esc(move.subject)}</td>
			<td class="text-muted">${date(move.old_start)} – ${date(move.old_end)}</td>
			<td>${date(move.start)} – ${date(move.end)}</td></tr>`
		)
		.join("");
	const more =
		moves.length > MOST_ROWS ? `<p class="text-muted">${__("and {0} more", [moves.length - MOST_ROWS])}</p>` : "";
	return `${head}${conflicts}<div class="table-responsive"><table class="table table-sm">
		<thead><tr><th>${__("Task")}</th><th>${__("Old Dates")}</th><th>${__("New Dates")}</th></tr></thead>
		<tbody>${rows}</tbody></table></div>${more}`;
}
sales_crm_pm.schedule.moves_html = moves_html;

function take_baseline(frm) {
	frappe.prompt(
		[
			{ fieldname: "title", fieldtype: "Data", label: __("Title") },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			{
				fieldname: "hint",
				fieldtype: "HTML",
				options: `<p class="text-muted">${__(
					"Project and milestones are measured against the new baseline from now on. Earlier ones stay for comparison."
				)}</p>`,
			},
		],
		async (values) => {
			const made = await sales_crm_pm.ui.act(frm, "baseline.take", {
				project: frm.doc.name,
				title: values.title,
				reason: values.reason,
			});
			frappe.show_alert({ message: __("{0} was taken.", [esc(made.title)]), indicator: "green" });
		},
		__("Take Baseline"),
		__("Take Baseline")
	);
}

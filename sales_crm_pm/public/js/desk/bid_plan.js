// The bid plan on a deal: tasks and milestones before winning, as a list with its own small Gantt chart.
frappe.provide("sales_crm_pm.ui");

const DAY = 24 * 60 * 60 * 1000;
const esc = (text) => frappe.utils.escape_html(text || "");

sales_crm_pm.ui.render_bid_plan = async function (frm) {
	const field = frm.fields_dict.bid_plan_html;
	if (!field) return;
	if (frm.is_new()) {
		field.$wrapper.html(`<p class="text-muted">${__("Save the deal to plan the bid.")}</p>`);
		return;
	}
	const opened = frm.doc.name;
	const { message: plan } = await frappe.call({
		method: "sales_crm_pm.api.v1.bid.plan",
		type: "GET",
		args: { opportunity: opened },
	});
	if (frm.doc.name !== opened) return;
	const may_plan = plan.writable && !["Won", "Lost"].includes(frm.doc.status);
	const root = $(`<div class="spm-bid"></div>`);
	root.append(toolbar(frm, plan, may_plan));
	root.append(plan.rows.length ? chart(plan, frm) : nothing(may_plan));
	field.$wrapper.empty().append(root);
};

function nothing(may_plan) {
	return `<p class="spm-bid-empty text-muted">${
		may_plan
			? __("Nothing is planned yet. Take a template (tender, demo) or add the first task.")
			: __("Nothing was planned for this bid.")
	}</p>`;
}

function toolbar(frm, plan, may_plan) {
	const bar = $(`<div class="spm-bid-bar"></div>`);
	const done = plan.rows.filter((row) => row.status === "Completed").length;
	if (plan.rows.length) {
		bar.append(`<span class="text-muted">${__("{0} of {1} done", [done, plan.rows.length])}</span>`);
	}
	const button = (label, action, kind = "btn-default") =>
		$(`<button type="button" class="btn btn-sm ${kind}">${label}</button>`).on("click", action).appendTo(bar);
	if (may_plan) {
		button(__("Use a Template"), () => choose_template(frm));
		button(__("Add a Task"), () => frappe.new_doc("SPM Task", { opportunity: frm.doc.name }));
		button(__("Add a Milestone"), () =>
			frappe.new_doc("SPM Task", { opportunity: frm.doc.name, is_milestone: 1 })
		);
	}
	if (plan.rows.length) {
		button(__("Open as Gantt Chart"), () =>
			frappe.set_route("List", "SPM Task", "Gantt", { opportunity: frm.doc.name })
		);
	}
	return bar;
}

async function choose_template(frm) {
	const { message } = await frappe.db.get_value("SPM Pipeline", frm.doc.pipeline, "default_bid_template");
	const dialog = new frappe.ui.Dialog({
		title: __("Plan the Bid"),
		fields: [
			{
				fieldtype: "Link",
				options: "SPM Bid Template",
				fieldname: "template",
				label: __("Template"),
				reqd: 1,
				default: message && message.default_bid_template,
				get_query: () => ({
					filters: { disabled: 0, pipeline: ["in", ["", frm.doc.pipeline]] },
				}),
			},
			{
				fieldtype: "Date",
				fieldname: "start_date",
				label: __("Start"),
				reqd: 1,
				default: frappe.datetime.get_today(),
			},
		],
		primary_action_label: __("Make the Plan"),
		async primary_action(values) {
			await frappe.call({
				method: "sales_crm_pm.api.v1.bid.apply_template",
				args: { opportunity: frm.doc.name, ...values },
				freeze: true,
			});
			dialog.hide();
			sales_crm_pm.ui.render_bid_plan(frm);
		},
	});
	dialog.show();
}

/** Days from one day to another; both as the server writes them. */
function days(from, to) {
	return Math.round((new Date(`${to}T00:00:00Z`) - new Date(`${from}T00:00:00Z`)) / DAY);
}

function add(day, number) {
	return new Date(new Date(`${day}T00:00:00Z`).getTime() + number * DAY).toISOString().slice(0, 10);
}

function chart(plan, frm) {
	const today = frappe.datetime.get_today();
	const dated = plan.rows.filter((row) => row.planned_start_date || row.planned_end_date);
	const starts = dated.map((row) => row.planned_start_date || row.planned_end_date);
	const ends = dated.map((row) => row.planned_end_date || row.planned_start_date);
	const first = add([...starts, today].sort()[0], -1);
	const last = add([...ends, today].sort().reverse()[0], 2);
	const span = Math.max(7, days(first, last));
	const at = (day) => `${((100 * days(first, day)) / span).toFixed(2)}%`;

	const table = $(`<div class="spm-gantt" role="table" aria-label="${__("Bid Plan")}"></div>`);
	table.append(`<div class="spm-gantt-row spm-gantt-head" role="row">
		<div role="columnheader">${__("Tasks and Milestones")}</div>
		<div class="spm-gantt-scale" role="columnheader" aria-label="${__("Calendar")}">${ticks(first, span, at)}</div></div>`);
	for (const row of plan.rows) table.append(line(row, plan, frm, today, at, span));
	table.find(".spm-gantt-track").append(`<i class="spm-gantt-today" style="inset-inline-start:${at(today)}"></i>`);
	return table;
}

function ticks(first, span, at) {
	const step = span > 120 ? 30 : span > 45 ? 14 : 7;
	let marks = "";
	for (let day = step === 7 ? 1 : 0; day < span - step / 3; day += step) {
		const date = add(first, day);
		const told = new Date(`${date}T00:00:00Z`).toLocaleDateString(frappe.boot.lang, {
			day: "numeric",
			month: "short",
			timeZone: "UTC",
		});
		marks += `<span style="inset-inline-start:${at(date)}">${told}</span>`;
	}
	return marks;
}

function line(row, plan, frm, today, at, span) {
	const start = row.planned_start_date || row.planned_end_date;
	const end = row.planned_end_date || row.planned_start_date;
	const is_done = row.status === "Completed";
	const is_late = !is_done && end && end < today;
	const person = plan.people[row.assigned_to];
	const state = is_done ? "is-done" : is_late ? "is-late" : row.status === "Open" ? "" : "is-going";
	const hint = [
		row.subject,
		start && `${frappe.datetime.str_to_user(start)} – ${frappe.datetime.str_to_user(end)}`,
		is_late && __("late"),
	]
		.filter(Boolean)
		.join(" · ");
	let bar = "";
	if (start && row.is_milestone) {
		bar = `<b class="spm-gantt-diamond ${state}" style="inset-inline-start:${at(end)}" title="${esc(hint)}"></b>`;
	} else if (start) {
		const width = Math.max(1.5, (100 * (days(start, end) + 1)) / span);
		bar = `<b class="spm-gantt-bar ${state}" style="inset-inline-start:${at(start)};width:${width.toFixed(2)}%" title="${esc(
			hint
		)}"><i style="width:${is_done ? 100 : flt(row.progress)}%"></i></b>`;
	}
	const element = $(`<div class="spm-gantt-row" role="row">
		<div class="spm-gantt-task" role="cell">
			<input type="checkbox" ${is_done ? "checked disabled" : ""} aria-label="${__("Done: {0}", [esc(row.subject)])}">
			<span class="spm-gantt-words">
				<a href="${frappe.utils.get_form_link("SPM Task", row.name)}" class="${is_done ? "text-muted" : ""}">${
		row.is_milestone ? `<span aria-hidden="true">◆</span> ` : ""
	}${esc(row.subject)}</a>
				<small class="text-muted">${[person && esc(person.full_name), end && sales_crm_pm.ui.relative_day(end, is_done)]
					.filter(Boolean)
					.join(" · ")}</small>
			</span>
		</div>
		<div class="spm-gantt-track" role="cell">${bar}</div></div>`);
	element.find("input").on("change", async (event) => {
		event.target.disabled = true;
		try {
			await frappe.call({ method: "sales_crm_pm.api.v1.task.complete", args: { task: row.name } });
		} finally {
			sales_crm_pm.ui.render_bid_plan(frm);
		}
	});
	return element;
}

// Between the server's words and those of the chart. Dates become numbers here, and nowhere else.
import { make_calendar, to_day, to_iso } from "./dates.js";

/** The plan of one project as `schedule.plan` answers it. */
export function from_plan(answer) {
	const nodes = new Map();
	const baseline = baseline_rows(answer);
	const names = Object.fromEntries((answer.people || []).map((person) => [person.name, person]));
	for (const task of answer.tasks || []) nodes.set(task.name, from_task(task, baseline, names));
	for (const milestone of answer.milestones || []) {
		nodes.set(milestone.name, from_milestone(milestone, baseline, names));
	}
	return {
		nodes,
		links: (answer.links || []).map(from_link),
		people: answer.people || [],
		calendar: make_calendar(answer.calendar || {}),
		folded: [],
		project: answer.project || {},
		baselines: answer.baselines || [],
		baseline: answer.baseline || null,
		may_write: Boolean(answer.may_write ?? answer.can_write),
		may_take_baseline: Boolean(answer.may_write ?? answer.can_write),
	};
}

function baseline_rows(answer) {
	const rows = answer.baseline?.rows || answer.baseline_rows || [];
	return new Map(rows.map((row) => [row.reference_name, row]));
}

function from_task(task, baseline, names) {
	const base = baseline.get(task.name) || {};
	return {
		id: task.name,
		kind: "task",
		name: task.subject || task.name,
		parent: task.parent_task || "",
		wbs: task.wbs || "",
		order: flt(task.sort_order),
		start: to_day(task.planned_start_date),
		end: to_day(task.planned_end_date),
		duration: cint(task.duration_days),
		progress: flt(task.progress),
		status: task.status,
		priority: task.priority,
		owner: task.assigned_to || "",
		owner_name: name_of(task.assigned_to, names),
		owner_image: names[task.assigned_to]?.user_image || "",
		milestone: task.milestone || "",
		phase: task.phase || "",
		critical: Boolean(cint(task.is_critical)),
		float: task.total_float_days === null || task.total_float_days === undefined ? null : cint(task.total_float_days),
		is_summary: Boolean(cint(task.is_summary)),
		constraint_type: task.constraint_type || "",
		constraint_date: to_day(task.constraint_date),
		points: cint(task.checklist_total),
		points_done: cint(task.checklist_done),
		base_start: to_day(base.start_date),
		base_end: to_day(base.end_date),
		may_write: task.may_write === undefined ? undefined : Boolean(task.may_write),
		stored: task,
	};
}

function from_milestone(milestone, baseline, names) {
	const base = baseline.get(milestone.name) || {};
	const end = to_day(milestone.actual_date || milestone.forecast_date || milestone.planned_date);
	return {
		id: milestone.name,
		kind: "milestone",
		name: milestone.title || milestone.name,
		parent: "",
		wbs: "",
		order: flt(milestone.sequence),
		start: end,
		end,
		planned: to_day(milestone.planned_date),
		duration: 0,
		progress: flt(milestone.progress),
		status: milestone.status,
		owner: milestone.milestone_owner || "",
		owner_name: name_of(milestone.milestone_owner, names),
		owner_image: names[milestone.milestone_owner]?.user_image || "",
		milestone: milestone.name,
		critical: false,
		float: null,
		is_summary: false,
		base_start: null,
		base_end: to_day(base.end_date || milestone.baseline_date),
		may_write: milestone.may_write === undefined ? undefined : Boolean(milestone.may_write),
		stored: milestone,
	};
}

function name_of(user, names) {
	if (!user) return "";
	return names[user]?.full_name || frappe.user_info(user).fullname || user;
}

function from_link(link) {
	return {
		from: link.predecessor || link.from,
		to: link.task || link.to,
		type: link.link_type || "FS",
		lag: cint(link.lag_days),
	};
}

/** Changes of the chart in the server's words. */
export function as_changes(changes) {
	const words = {};
	for (const [id, change] of Object.entries(changes)) {
		words[id] = {};
		if ("start" in change) words[id].planned_start_date = to_iso(change.start);
		if ("end" in change) words[id].planned_end_date = to_iso(change.end);
		if ("duration" in change) words[id].duration_days = change.duration;
		if ("constraint_type" in change) words[id].constraint_type = change.constraint_type;
		if ("constraint_date" in change) words[id].constraint_date = to_iso(change.constraint_date);
	}
	return words;
}

/** What a preview moves: days by record, and the end of the project before and after. */
export function moved_of(answer, nodes) {
	const moved = new Map();
	const list = Array.isArray(answer.moved) ? answer.moved : Object.entries(answer.moved || {}).map(([name, row]) => ({ name, ...row }));
	for (const row of list) {
		const id = row.name || row.task;
		const node = nodes.get(id);
		if (!node) continue;
		const end = to_day(row.planned_end_date || row.end || row.end_date);
		moved.set(id, {
			start: to_day(row.planned_start_date || row.start || row.start_date) ?? end,
			end,
			old_start: node.start,
			old_end: node.end,
			name: node.name,
		});
	}
	return {
		moved,
		end: to_day(answer.end || answer.new_end),
		end_before: to_day(answer.end_before || answer.old_end),
	};
}

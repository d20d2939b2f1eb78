// Between the server's words and those of the chart. Dates become numbers here, and nowhere else.
import { make_calendar, to_day, to_iso } from "./dates.js";

/**
 * The plan of one project as `schedule.plan` answers it.
 * @param {object} answer what the server said
 * @param {object[]} people who may be given a task: name, full_name, user_image
 */
export function from_plan(answer, people = []) {
	const nodes = new Map();
	const baseline = answer.baseline?.rows || {};
	const names = Object.fromEntries(people.map((person) => [person.name, person]));
	// The server sends them in the order of the plan.
	answer.tasks.forEach((task, n) => nodes.set(task.name, { ...from_task(task, baseline, names), order: n }));
	const may_write = Boolean(answer.rights?.schedule);
	for (const milestone of answer.milestones) {
		nodes.set(milestone.name, from_milestone(milestone, baseline, names, may_write));
	}
	return {
		nodes,
		links: answer.links.map((link) => ({ from: link.source, to: link.target, type: link.type, lag: cint(link.lag) })),
		calendar: make_calendar(answer.calendar),
		project: answer.project,
		baseline: answer.baseline?.name ? answer.baseline : null,
		may_write,
	};
}

/** Put names and pictures to people who came after the plan. */
export function with_people(nodes, people) {
	const names = Object.fromEntries(people.map((person) => [person.name, person]));
	for (const node of nodes.values()) {
		node.owner_name = name_of(node.owner, names);
		node.owner_image = names[node.owner]?.user_image || "";
	}
	return new Map(nodes);
}

function from_task(task, baseline, names) {
	const base = baseline[task.name] || {};
	return {
		id: task.name,
		kind: "task",
		name: task.subject || task.name,
		parent: task.parent_task || "",
		wbs: task.wbs || "",
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
		base_start: to_day(base.start),
		base_end: to_day(base.end),
		may_write: Boolean(task.may_edit),
		stored: task,
	};
}

function from_milestone(milestone, baseline, names, may_write = false) {
	const base = baseline[milestone.name] || {};
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
		base_end: to_day(base.end || milestone.baseline_date),
		may_write: may_write || milestone.milestone_owner === frappe.session.user,
		stored: milestone,
	};
}

function name_of(user, names) {
	if (!user) return "";
	return names[user]?.full_name || frappe.user_info(user).fullname || user;
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

/** What a preview moves: days by record, the end of the plan before and after, and what cannot be kept. */
export function moved_of(answer) {
	const moved = new Map();
	for (const row of answer.moved) {
		const end = to_day(row.end);
		moved.set(row.task, {
			start: to_day(row.start) ?? end,
			end,
			old_start: to_day(row.old_start),
			old_end: to_day(row.old_end),
			name: row.subject,
			is_summary: Boolean(row.is_summary),
		});
	}
	return {
		moved,
		end: to_day(answer.end),
		end_before: to_day(answer.end_before),
		conflicts: (answer.conflicts || []).map((one) => one.message),
	};
}

/** Projects with their milestones as `schedule.portfolio` answers them. */
export function from_portfolio(answer) {
	return answer.projects.map((project, n) => ({
		id: project.name,
		kind: "project",
		name: project.project_name || project.name,
		parent: project.parent_project || "",
		wbs: "",
		order: n,
		start: to_day(project.span_start || project.actual_start_date || project.planned_start_date),
		end: to_day(project.actual_end_date || project.span_end || project.forecast_end_date || project.planned_end_date),
		duration: 0,
		progress: flt(project.percent_complete),
		status: project.status,
		health: project.health,
		owner: project.project_manager || "",
		owner_name: name_of(project.project_manager, {}),
		owner_image: frappe.user_info(project.project_manager).image || "",
		customer: project.customer || "",
		customer_name: project.customer_name || project.customer || "",
		critical: false,
		float: null,
		is_summary: false,
		expandable: true,
		base_start: to_day(project.baseline_start_date),
		base_end: to_day(project.baseline_end_date),
		marks: (project.milestones || []).map((one) => from_milestone(one, {}, {})),
		stored: project,
	}));
}

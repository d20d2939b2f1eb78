// From the records of a plan to the rows that are shown: the tree, what is folded, what the filters leave.
import { today } from "./dates.js";

export const CLOSED = ["Completed", "Cancelled", "Accepted"];
export const STATUSES = ["Open", "Working", "Pending Review", "Blocked", "Completed", "Cancelled"];

export function is_closed(node) {
	return CLOSED.includes(node.status);
}

/** A summary is never ticked off itself: it is done when all below it is. */
export function is_done(node) {
	return ["Completed", "Accepted"].includes(node.status) || Boolean(node.is_summary && node.progress >= 100);
}

export function is_late(node) {
	return !is_closed(node) && !is_done(node) && node.end !== null && node.end < today();
}

/**
 * Children of each record in the order of the plan. A milestone stands behind the last branch that works for it.
 * @param {Map<string, object>} nodes
 * @returns {Map<string, object[]>} by parent, "" for the top
 */
export function tree(nodes) {
	const children = new Map([["", []]]);
	const milestones = [];
	for (const node of nodes.values()) {
		if (node.kind === "milestone") {
			milestones.push(node);
			continue;
		}
		const parent = node.parent && nodes.has(node.parent) ? node.parent : "";
		if (!children.has(parent)) children.set(parent, []);
		children.get(parent).push(node);
	}
	for (const list of children.values()) list.sort(by_order);
	place_milestones(children, milestones);
	return children;
}

function by_order(a, b) {
	return a.order - b.order || (a.start ?? a.end ?? Infinity) - (b.start ?? b.end ?? Infinity) || (a.id < b.id ? -1 : 1);
}

function place_milestones(children, milestones) {
	const top = children.get("");
	const last = {};
	const visit = (node, root) => {
		if (node.milestone) last[node.milestone] = Math.max(last[node.milestone] ?? -1, root);
		for (const child of children.get(node.id) || []) visit(child, root);
	};
	top.forEach((node, n) => visit(node, n));
	const behind = new Map();
	const loose = [];
	milestones.sort((a, b) => a.order - b.order || (a.end ?? Infinity) - (b.end ?? Infinity));
	for (const milestone of milestones) {
		const at = last[milestone.id];
		if (at === undefined) loose.push(milestone);
		else behind.set(at, [...(behind.get(at) || []), milestone]);
	}
	children.set("", [...top.flatMap((node, n) => [node, ...(behind.get(n) || [])]), ...loose]);
}

/**
 * Rows from top to bottom.
 * @param {Map<string, object[]>} children as `tree` gives them
 * @param {Set<string>} folded records whose children are hidden
 * @param {?function(object): boolean} fits null shows everything; else what fits, and what it belongs to
 */
export function flatten(children, folded, fits) {
	const rows = [];
	const wanted = fits ? wanted_branches(children, fits) : null;
	const walk = (parent, depth, path) => {
		let number = 0;
		(children.get(parent) || []).forEach((node) => {
			if (node.kind !== "milestone") number += 1;
			if (wanted && !wanted.has(node.id)) return;
			const own = children.get(node.id) || [];
			const wbs = node.wbs || (path ? `${path}.${number}` : `${number}`);
			// A search unfolds what it finds.
			const open = own.length > 0 && (wanted ? true : !folded.has(node.id));
			rows.push({
				id: node.id,
				node,
				depth,
				wbs: node.kind === "milestone" ? "" : wbs,
				has_children: own.length > 0,
				is_open: open,
				is_context: Boolean(wanted) && !fits(node),
			});
			if (open) walk(node.id, depth + 1, wbs);
		});
	};
	walk("", 0, "");
	return rows;
}

function wanted_branches(children, fits) {
	const wanted = new Set();
	const visit = (node) => {
		let keep = fits(node);
		for (const child of children.get(node.id) || []) keep = visit(child) || keep;
		if (keep) wanted.add(node.id);
		return keep;
	};
	(children.get("") || []).forEach(visit);
	return wanted;
}

/** The question whether a record fits the filters; null when nothing is filtered. */
export function fitting_filter(filters) {
	const text = (filters.search || "").trim().toLowerCase();
	const checks = [];
	if (text) checks.push((node) => node.name.toLowerCase().includes(text) || node.id.toLowerCase() === text);
	if (filters.mine) checks.push((node) => node.owner === frappe.session.user);
	if (filters.owner) checks.push((node) => node.owner === filters.owner);
	if (filters.late) checks.push(is_late);
	if (filters.critical) checks.push((node) => node.critical);
	if (filters.status) checks.push((node) => node.status === filters.status);
	if (filters.milestone) {
		checks.push((node) => node.milestone === filters.milestone || node.id === filters.milestone);
	}
	return checks.length ? (node) => checks.every((check) => check(node)) : null;
}

const NEAR = 120;

/**
 * First and last day of all records; today as well when it is not far from them.
 * `home` is where the chart opens: today, or the beginning of a plan of another time.
 */
export function bounds(nodes, now) {
	let [first, last] = [Infinity, -Infinity];
	for (const node of nodes) {
		for (const day of [node.start, node.end, node.base_start, node.base_end]) {
			if (day === null || day === undefined) continue;
			if (day < first) first = day;
			if (day > last) last = day;
		}
	}
	if (first > last) return { first: now, last: now, home: now };
	const is_now = now >= first && now <= last;
	const home = is_now ? now : now > last ? Math.max(first, last - 30) : first;
	if (now > first - NEAR && now < last + NEAR) return { first: Math.min(first, now), last: Math.max(last, now), home };
	return { first, last, home };
}

/** The record under a branch that comes before `row` on the same level: whose child it becomes by indenting. */
export function elder(rows, index) {
	const own = rows[index];
	for (let n = index - 1; n >= 0; n--) {
		if (rows[n].depth < own.depth) return null;
		if (rows[n].depth === own.depth && rows[n].node.kind === "task") return rows[n];
	}
	return null;
}

// How a record looks: one meaning per colour, and a sign or word beside every colour.
import { is_closed, is_done, is_late } from "./rows.js";

/**
 * grey not started, green runs or is done, blue waits for a look, amber at risk, red late.
 * @returns {"done"|"cancelled"|"late"|"risk"|"review"|"run"|"todo"}
 */
export function tone(node) {
	if (node.kind === "project") return { Green: "run", Amber: "risk", Red: "late" }[node.health] || "todo";
	if (is_done(node)) return "done";
	if (node.status === "Cancelled") return "cancelled";
	if (is_late(node)) return "late";
	if (["Blocked", "Rejected"].includes(node.status) || (node.float !== null && node.float < 0)) return "risk";
	if (["Pending Review", "Submitted"].includes(node.status)) return "review";
	if (["Working", "In Progress"].includes(node.status) || node.progress > 0) return "run";
	return "todo";
}

const SIGNS = { done: "✓", late: "!", risk: "▲", review: "◔", cancelled: "✕" };

export function sign(node) {
	return SIGNS[tone(node)] || "";
}

/** The colours with their meaning, for the legend. */
export function legend() {
	return [
		{ tone: "todo", label: __("Not started") },
		{ tone: "run", label: __("Under way") },
		{ tone: "review", label: __("Waits for review") },
		{ tone: "risk", label: __("At risk: blocked or without float") },
		{ tone: "late", label: __("Late") },
		{ tone: "done", label: __("Done") },
	];
}

export function doctype_of(node) {
	return { task: "SPM Task", milestone: "SPM Milestone", project: "SPM Project" }[node.kind];
}

export function status_word(node) {
	return __(node.status || "", null, doctype_of(node));
}

/** What is wrong with it, in a few words; "" when nothing is. */
export function warning(node) {
	if (is_closed(node)) return "";
	if (is_late(node)) return days_late(node);
	if (node.status === "Blocked") return __("Blocked");
	if (node.float !== null && node.float < 0) return __("Ends after what was promised");
	return "";
}

function days_late(node) {
	const days = frappe.datetime.get_day_diff(frappe.datetime.get_today(), new Date(node.end * 86400000).toISOString().slice(0, 10));
	return days === 1 ? __("1 day late") : __("{0} days late", [days]);
}

/** Two signs of a name: initials, or the last two characters of a Chinese name. */
export function initials(name) {
	if (!name) return "";
	if (/[\u4e00-\u9fff]/.test(name)) return name.replace(/\s/g, "").slice(-2);
	return frappe.get_abbr(name);
}

// What the parts of the page of hours share: calls that never swallow what was typed, hours as people write them.

/**
 * Ask or tell the server without the desk's dialogs: what failed is said beside what was typed.
 * @returns {Promise<any>} the answer; rejects with an Error whose `kind` is the server's exception
 */
export async function call(path, args, method = "POST") {
	const url = `/api/method/sales_crm_pm.api.v1.timesheet.${path}`;
	const options = { method, headers: { Accept: "application/json", "X-Frappe-CSRF-Token": frappe.csrf_token } };
	let target = url;
	if (method === "GET") target += `?${new URLSearchParams(args || {})}`;
	else {
		options.headers["Content-Type"] = "application/json";
		options.body = JSON.stringify(args || {});
	}
	const response = await fetch(target, options);
	const answer = await response.json().catch(() => ({}));
	if (response.ok) return answer.message;
	const error = new Error(first_message(answer) || __("The server could not be reached."));
	error.kind = answer.exc_type || "";
	throw error;
}

function first_message(answer) {
	try {
		const messages = JSON.parse(answer._server_messages || "[]").map((text) => JSON.parse(text).message);
		const text = new DOMParser().parseFromString(messages[0] || "", "text/html").body.textContent;
		return text || answer.exception;
	} catch {
		return answer.exception;
	}
}

/** Hours as people write them: 7.5, 7,5, 7:30, 90m. Null when it is no time at all. */
export function parse_hours(text) {
	const written = String(text ?? "").trim().replace(",", ".");
	if (!written) return 0;
	let found = /^(\d+):([0-5]?\d)$/.exec(written);
	if (found) return round(Number(found[1]) + Number(found[2]) / 60);
	found = /^(\d+(?:\.\d+)?)\s*(m|min|分|分钟)$/i.exec(written);
	if (found) return round(Number(found[1]) / 60);
	found = /^(\d*\.?\d+|\d+\.)\s*(h|小时)?$/i.exec(written);
	return found ? round(Number(found[1])) : null;
}

export const round = (hours) => Math.round(hours * 100) / 100;

/** Hours as short as possible: 8, 7.5, nothing for 0. */
export const show_hours = (hours) => (hours ? String(round(hours)) : "");

export function weekday(day, length = "short") {
	return new Date(`${day}T12:00:00`).toLocaleDateString(language(), { weekday: length });
}

export function day_of_month(day) {
	return new Date(`${day}T12:00:00`).toLocaleDateString(language(), { day: "numeric", month: "numeric" });
}

export function add_days(day, count) {
	return frappe.datetime.add_days(day, count);
}

function language() {
	return (frappe.boot.lang || "en").replace("_", "-");
}

/** What a row or line is for, in one line. */
export function title_of(row) {
	return row.project_name || row.opportunity_title || row.project || row.opportunity || __("Without a project");
}

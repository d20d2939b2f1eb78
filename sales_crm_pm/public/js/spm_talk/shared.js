// What the screens of daily work share: kinds of talks, days to choose from, calls, drafts on this device.
const API = "sales_crm_pm.api.v1.";

export const TYPES = [
	{ value: "Call", icon: "phone" },
	{ value: "Visit", icon: "pin" },
	{ value: "Meeting", icon: "users" },
	{ value: "WeChat", icon: "message" },
	{ value: "WeCom", icon: "message-square" },
	{ value: "E-mail", icon: "mail" },
	{ value: "Message", icon: "message-circle" },
	{ value: "Note", icon: "note" },
];

export function type_label(value) {
	return __(value, null, "SPM Interaction");
}

export function days_to_choose() {
	const { add_days, get_today } = frappe.datetime;
	const today = get_today();
	return [
		{ label: __("Tomorrow"), date: add_days(today, 1) },
		{ label: __("In 3 Days"), date: add_days(today, 3) },
		{ label: __("In a Week"), date: add_days(today, 7) },
		{ label: __("In a Month"), date: add_days(today, 30) },
	];
}

export async function get(path, args) {
	const { message } = await frappe.call({ method: API + path, type: "GET", args });
	return message;
}

export async function post(path, args) {
	// A form cannot send "nothing": what is empty is left out, and the endpoint's own default counts.
	args = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null && value !== ""));
	const { message } = await frappe.call({ method: API + path, type: "POST", args });
	return message;
}

/** Day in words where it is near, as a date otherwise. */
export function day_words(date, days) {
	if (!date) return __("No date");
	if (days === undefined || days === null) {
		days = frappe.datetime.get_day_diff(String(date).slice(0, 10), frappe.datetime.get_today());
	}
	if (days === 0) return __("today");
	if (days === 1) return __("tomorrow");
	if (days === -1) return __("yesterday");
	if (days < 0 && days >= -60) return __("{0} days ago", [-days]);
	if (days > 0 && days <= 60) return __("in {0} days", [days]);
	return frappe.datetime.str_to_user(String(date).slice(0, 10));
}

export function full_moment(moment) {
	return moment ? frappe.datetime.str_to_user(moment) : "";
}

export function route_of(doctype, name) {
	return frappe.utils.get_form_link(doctype, name);
}

export function open_person(user) {
	frappe.set_route("spm-person", user);
}

/** Several lines of which some name a sender or a time: worth asking whether it is a conversation. */
export function looks_like_chat(text) {
	const lines = text.split("\n").filter((line) => line.trim());
	if (lines.length < 2) return false;
	const heads = lines.filter((line) => /\d{1,2}[:：]\d{2}/.test(line) || /^[^\s:：/\d][^:：/]{0,30}[:：]/.test(line));
	return heads.length >= 2 || (heads.length === 1 && lines.length === 2);
}

export function new_key() {
	return frappe.utils.get_random(16) + Date.now().toString(36);
}

// Drafts and talks that wait for the network
// ------------------------------------------

const slot = (name) => `spm-talk:${frappe.session.user}:${name}`;

export function stored(name, fallback) {
	try {
		return JSON.parse(localStorage.getItem(slot(name))) ?? fallback;
	} catch {
		return fallback;
	}
}

export function store(name, value) {
	try {
		if (value === null) localStorage.removeItem(slot(name));
		else localStorage.setItem(slot(name), JSON.stringify(value));
	} catch {
		// A full or forbidden storage costs the draft, not the work.
	}
}

export function is_offline(error) {
	return navigator.onLine === false || (error && error.status === 0);
}

/** Keep a talk on this device until the network is back; its key makes sure that it is logged once. */
export function put_aside(talk, draft) {
	store("waiting", [...stored("waiting", []), { talk, draft }]);
}

let sending = null;

/** Send what waits, one at a time; resolves to the number that still waits. */
export function send_waiting() {
	if (!sending) {
		const run = send_all();
		sending = run;
		run.finally(() => (sending = null));
	}
	return sending;
}

async function send_all() {
	let waiting = stored("waiting", []);
	while (waiting.length) {
		try {
			await post("interaction.log", waiting[0].talk);
		} catch (error) {
			if (is_offline(error) || !error?.status) break;
			// The server has said why; the text stays in the draft so that nothing typed is lost.
			store("draft", waiting[0].draft);
		}
		waiting = stored("waiting", []).slice(1);
		store("waiting", waiting);
	}
	return waiting.length;
}

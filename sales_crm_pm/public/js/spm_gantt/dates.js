// Days as whole numbers since 1970: no time zone, no summer time, and a difference is a subtraction.

const MS = 86400000;

export function to_day(iso) {
	if (!iso) return null;
	const [year, month, day] = String(iso).slice(0, 10).split("-").map(Number);
	return Math.round(Date.UTC(year, month - 1, day) / MS);
}

export function to_iso(day) {
	return day === null || day === undefined ? null : new Date(day * MS).toISOString().slice(0, 10);
}

export function today() {
	return to_day(frappe.datetime.get_today());
}

/** The day as the person writes dates, "–" without one. */
export function show(day) {
	return day === null || day === undefined ? "–" : frappe.datetime.str_to_user(to_iso(day));
}

/** The day in few signs for a narrow column: "11-25", with its year when that is not this one. */
export function show_short(day) {
	if (day === null || day === undefined) return "–";
	const iso = to_iso(day);
	return iso.slice(0, 4) === frappe.datetime.get_today().slice(0, 4) ? iso.slice(5) : iso.slice(2);
}

/** Monday is 0, as the server counts. */
export function weekday(day) {
	return (((day + 3) % 7) + 7) % 7;
}

export function parts(day) {
	const date = new Date(day * MS);
	return { year: date.getUTCFullYear(), month: date.getUTCMonth(), date: date.getUTCDate() };
}

export function from_parts(year, month, date = 1) {
	return Math.round(Date.UTC(year, month, date) / MS);
}

export function format(day, options) {
	return new Date(day * MS).toLocaleDateString(frappe.boot.lang || "en", { ...options, timeZone: "UTC" });
}

/**
 * Working days as the server counts them: it names the days that are not worked within a span; outside of it
 * only the weekdays are known.
 * @param {{first?: string, last?: string, days_off?: number[], not_worked?: string[]}} answer
 */
export function make_calendar(answer = {}) {
	const off = new Set(answer.days_off || [5, 6]);
	const known = { first: to_day(answer.first) ?? Infinity, last: to_day(answer.last) ?? -Infinity };
	const free = new Set((answer.not_worked || []).map(to_day));
	const is_working = (day) => (day >= known.first && day <= known.last ? !free.has(day) : !off.has(weekday(day)));
	return {
		is_working,
		is_holiday: (day) => free.has(day) && !off.has(weekday(day)),
		on_or_after(day) {
			for (let n = 0; n < 366; n++) if (is_working(day + n)) return day + n;
			return day;
		},
	};
}

export function plural_days(count) {
	return Math.abs(count) === 1 ? __("{0} day", [count]) : __("{0} days", [count]);
}

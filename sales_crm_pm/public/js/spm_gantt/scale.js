// The time axis: how wide a day is, where it lies, and what stands in the two lines of the head.
import { format, from_parts, parts, weekday } from "./dates.js";

/** Width of a day in pixels. */
export const ZOOMS = { day: 34, week: 15, month: 5.2, quarter: 1.9 };

export const ROW = 34;
export const HEAD = 50;

/** The axis over a span of days, with room at both ends. */
export function make_scale(first, last, px, room) {
	const margin = Math.ceil((room ?? 90) / px);
	const from = first - Math.min(margin, 45);
	const to = last + Math.min(margin * 2, 120);
	return {
		px,
		from,
		to,
		width: Math.ceil((to - from + 1) * px),
		x: (day) => (day - from) * px,
		day: (x) => from + x / px,
	};
}

/** The width of a day with which the whole span fits into so many pixels. */
export function fitting(first, last, width) {
	return Math.max(0.35, Math.min(ZOOMS.day, (width - 40) / (last - first + 8)));
}

/** Left and right end of a row's bar on the axis; null without dates. */
export function span(scale, row) {
	if (row.end === null || row.end === undefined) return null;
	const start = row.start ?? row.end;
	return { x1: scale.x(start), x2: scale.x(row.end + 1) };
}

const MONTHS = (from, to, step) => {
	const found = [];
	let { year, month } = parts(from);
	month -= month % step;
	for (let day = from_parts(year, month); day <= to; day = from_parts(year, month)) {
		found.push(day);
		month += step;
	}
	return found;
};

function spans(starts, to, label) {
	return starts.map((start, n) => ({ start, end: (starts[n + 1] ?? to + 1) - 1, label: label(start) }));
}

function weeks(from, to) {
	const found = [];
	for (let day = from - weekday(from); day <= to; day += 7) found.push(day);
	return found;
}

function days(from, to) {
	return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

const by_month = (day) => format(day, { year: "numeric", month: "short" });
const by_year = (day) => format(day, { year: "numeric" });
const quarter = (day) => __("Q{0}", [Math.floor(parts(day).month / 3) + 1]);
const year_starts = (from, to) => MONTHS(from, to, 12);

/** Upper and lower line of the head between two days. */
export function ticks(scale, from, to) {
	const { px } = scale;
	if (px >= 24) {
		return {
			upper: spans(MONTHS(from, to, 1), to, by_month),
			lower: spans(days(from, to), to, (day) => `${parts(day).date}`),
		};
	}
	if (px >= 9) {
		return {
			upper: spans(MONTHS(from, to, 1), to, by_month),
			lower: spans(weeks(from, to), to, (day) => format(day, { month: "numeric", day: "numeric" })),
		};
	}
	if (px >= 1.6) {
		return {
			upper: spans(year_starts(from, to), to, by_year),
			lower: spans(MONTHS(from, to, 1), to, (day) => format(day, { month: px >= 2.4 ? "short" : "narrow" })),
		};
	}
	return {
		upper: spans(year_starts(from, to), to, by_year),
		lower: spans(MONTHS(from, to, 3), to, quarter),
	};
}

/** Stretches of days that are not worked, as few rectangles as possible. */
export function free_days(calendar, from, to) {
	const found = [];
	for (let day = from; day <= to; day++) {
		if (calendar.is_working(day)) continue;
		const last = found[found.length - 1];
		const holiday = calendar.is_holiday(day);
		if (last && last.end === day - 1 && last.holiday === holiday) last.end = day;
		else found.push({ start: day, end: day, holiday });
	}
	return found;
}

// What the parts of the capacity page share: calls, days and numbers.

const ALLOCATION = "SPM Allocation";

/** Ask a reading endpoint. */
export async function ask(path, args) {
	const { message } = await frappe.call({ method: `sales_crm_pm.api.v1.capacity.${path}`, type: "GET", args });
	return message;
}

/** Change allocations; warnings about too full days come as messages of the server. */
export async function act(path, args) {
	const { message } = await frappe.call({
		method: `sales_crm_pm.api.v1.allocation.${path}`,
		args,
		freeze: true,
	});
	return message;
}

export function hours(value) {
	return __("{0} h", [format_number(flt(value), null, Math.abs(value % 1) > 0.05 ? 1 : 0)]);
}

export function percent(value) {
	return `${format_number(Math.round(flt(value)), null, 0)} %`;
}

/** "7 Dec", in Chinese "12月7日": short enough for the head of a column. */
export function short_day(day) {
	return as_date(day).toLocaleDateString(frappe.boot.lang, { day: "numeric", month: "short" });
}

export function weekday(day) {
	return as_date(day).toLocaleDateString(frappe.boot.lang, { weekday: "narrow" });
}

export function span(from, to) {
	return from === to ? frappe.datetime.str_to_user(from) : `${short_day(from)} – ${short_day(to)}`;
}

export function as_date(day) {
	return frappe.datetime.str_to_obj(day);
}

export function initials(name) {
	return frappe.get_abbr(name || "?");
}

/** Open the form of a new allocation with what is known already. */
export function book(values) {
	frappe.new_doc(ALLOCATION, values);
}

/** How many per cent of a cell count, by what the reader wants of tentative bookings. */
export function load_of(cell, counting) {
	if (!cell.available) return cell.confirmed + cell.weighted > 0 ? 100 : 0;
	const extra = { weighted: cell.weighted, full: cell.tentative, none: 0 }[counting];
	return ((cell.confirmed + extra) / cell.available) * 100;
}

/** The fullest day of a cell, counted the same way. */
export function peak_of(cell, counting) {
	return { weighted: cell.peak, full: cell.peak_full, none: cell.peak_confirmed }[counting];
}

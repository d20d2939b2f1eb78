// What the parts of the board share: calls, money and colours.

/** Ask an endpoint of the board. */
export async function ask(path, args) {
	const { message } = await frappe.call({ method: `sales_crm_pm.api.v1.board.${path}`, type: "GET", args });
	return message;
}

/** Money in as few signs as a card has room for: "$ 1.2M", in Chinese "¥ 120万". */
export function short_money(value, currency) {
	const number = flt(value);
	const chinese = (frappe.boot.lang || "").startsWith("zh");
	const steps = chinese
		? [
				[1e8, "亿"],
				[1e4, "万"],
		  ]
		: [
				[1e9, "B"],
				[1e6, "M"],
				[1e3, "K"],
		  ];
	const [size, unit] = steps.find(([limit]) => Math.abs(number) >= limit) || [1, ""];
	const digits = size === 1 ? 0 : Math.abs(number / size) >= 100 ? 0 : 1;
	return `${symbol(currency)}${format_number(number / size, null, digits)}${unit}`;
}

/** The whole amount, for hovering. */
export function full_money(value, currency) {
	return format_currency(flt(value), currency, 0);
}

function symbol(currency) {
	const sign = get_currency_symbol(currency);
	return sign && sign !== currency ? `${sign} ` : `${currency || ""} `;
}

/** The desk's colour of a stage, as a variable that fits light and dark. */
export function stage_color(color) {
	const name = (color || "Blue").toLowerCase().replace(" ", "-");
	const known = { "light-blue": "blue-300", gray: "gray-500" };
	return `var(--${known[name] || `${name}-500`}, var(--gray-500))`;
}

export function initials(name) {
	return frappe.get_abbr(name || "?");
}

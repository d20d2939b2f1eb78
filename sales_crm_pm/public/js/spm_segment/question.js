// The question a segment asks: made, completed, cleaned. Its form is that of loop/segments/definition.py.
export const CUSTOMER = "SPM Customer";
const QUIET = ["set", "not_set", "yes", "no"];
let last = 0;

/** A key for the screen: rows keep their place while others are removed. */
const id = () => ++last;

export const new_filter = () => ({ id: id(), field: "", operator: "", value: "", takes: null });
export const new_condition = () => ({ id: id(), record: "", quantifier: "has", count: 1, filters: [] });
export const new_group = () => ({ id: id(), match: "all", conditions: [new_condition()] });

export const is_blank = (value) => value === "" || value === null || value === undefined || value?.length === 0;

/** What is stored, with keys for the screen. */
export function with_ids(definition) {
	return {
		match: definition?.match || "all",
		groups: (definition?.groups || []).map((group) => ({
			id: id(),
			match: group.match || "all",
			conditions: (group.conditions || []).map((condition) => ({
				...condition,
				id: id(),
				filters: (condition.filters || []).map((filter) => ({
					...filter,
					id: id(),
					takes: Array.isArray(filter.value) ? "choices" : null,
				})),
			})),
		})),
	};
}

/** What is sent and stored: no keys, no half-made filters. */
export function clean(question) {
	return {
		match: question.match,
		groups: question.groups.map(({ match, conditions }) => ({
			match,
			conditions: conditions.map(({ record, quantifier, count, filters }) => ({
				record,
				quantifier,
				count: count === "" ? 1 : count,
				filters: filters.map(({ field, operator, value }) => ({ field, operator, value })),
			})),
		})),
	};
}

/** Whether nothing is left open. */
export function complete(question) {
	return question.groups.every((group) =>
		group.conditions.every(
			(condition) =>
				condition.record &&
				(condition.record !== CUSTOMER || condition.filters.length) &&
				condition.filters.every(
					(filter) => filter.field && filter.operator && (QUIET.includes(filter.operator) || !is_blank(filter.value))
				)
		)
	);
}

/** Call an endpoint without the desk's dialogs: while somebody is building, a refusal is a hint and no error. */
export async function post(path, args) {
	const answer = await fetch(`/api/method/sales_crm_pm.api.v1.${path}`, {
		method: "POST",
		headers: {
			"Content-Type": "application/json",
			Accept: "application/json",
			"X-Frappe-CSRF-Token": frappe.csrf_token,
		},
		body: JSON.stringify(args),
	});
	const body = await answer.json().catch(() => ({}));
	if (answer.ok) return body.message;
	throw new Error(reason(body));
}

function reason(body) {
	try {
		const messages = JSON.parse(body._server_messages || "[]").map((text) => JSON.parse(text).message);
		if (messages.length) return window.strip_html(messages[0]);
	} catch {
		// The answer was no answer of the framework.
	}
	return __("That did not work. Please try again in a minute.");
}

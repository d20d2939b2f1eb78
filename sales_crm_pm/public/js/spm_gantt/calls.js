// Talking with the server: reading without a freeze, writing with the server's own sentence when it refuses.

export async function read(path, args) {
	const { message } = await frappe.call({ method: `sales_crm_pm.api.v1.${path}`, type: "GET", args });
	return message;
}

/**
 * Write; a refusal comes back as an Error whose message is the server's sentence, for the place where it
 * happened instead of a dialog over everything.
 */
export function write(path, args) {
	return new Promise((resolve, reject) => {
		frappe.call({
			method: `sales_crm_pm.api.v1.${path}`,
			type: "POST",
			args,
			silent: true,
			callback: ({ message }) => resolve(message),
			error: (answer) => reject(new Error(sentence(answer))),
		});
	});
}

/** What the server said, in plain words. */
export function sentence(answer) {
	const body = answer?.responseJSON || answer || {};
	let words = [];
	try {
		words = JSON.parse(body._server_messages || "[]").map((one) => JSON.parse(one).message);
	} catch {
		words = [];
	}
	const text = words.filter(Boolean).join(" ") || plain_exception(body.exception) || body.message;
	const box = document.createElement("div");
	box.innerHTML = frappe.utils.xss_sanitise ? frappe.utils.xss_sanitise(String(text || "")) : "";
	return box.textContent.trim() || __("This could not be saved. Try again.");
}

function plain_exception(exception) {
	return exception ? String(exception).split(": ").slice(1).join(": ") : "";
}

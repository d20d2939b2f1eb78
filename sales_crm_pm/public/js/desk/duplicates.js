// Duplicates: a hint while somebody types, "save anyway" where a rule only warns, and not a duplicate after all.
frappe.provide("sales_crm_pm.duplicates");

const esc = frappe.utils.escape_html;
const API = "sales_crm_pm.api.v1.duplicate";

// Fields whose change makes it worth asking again.
const WATCHED = {
	"SPM Customer": ["customer_name", "phone", "email", "website", "tax_id", "social_credit_code"],
	"SPM Lead": ["lead_name", "organisation", "mobile", "phone", "email", "website"],
	Contact: ["first_name", "last_name"],
};
const ROWS = { "Contact Email": ["email_id"], "Contact Phone": ["phone"] };

let retry = null;

Object.assign(sales_crm_pm.duplicates, {
	/** Keep what "Save Anyway" does, should the server warn about what is being done now. */
	remember(action) {
		retry = action;
	},

	/** Button of the server's warning (loop/duplicates.py). */
	save_anyway() {
		frappe.hide_msgprint(true);
		if (frappe.quick_entry?.display) {
			frappe.quick_entry.doc.ignore_duplicates = 1;
			return frappe.quick_entry.insert();
		}
		return retry?.();
	},
});

for (const [doctype, fields] of Object.entries(WATCHED)) {
	const ask = frappe.utils.debounce((frm) => show_hint(frm), 500);
	const events = {
		refresh(frm) {
			hint_of(frm).empty();
			if (!frm.is_new() && frm.perm[0]?.write) {
				frm.page.add_menu_item(__("Merge with Another Record"), () =>
					sales_crm_pm.merge.open(doctype, frm.doc.name)
				);
			}
		},
		before_save(frm) {
			sales_crm_pm.duplicates.remember(() => {
				frm.doc.ignore_duplicates = 1;
				frm.save();
			});
		},
		after_save(frm) {
			delete frm.doc.ignore_duplicates;
		},
	};
	for (const field of fields) events[field] = ask;
	frappe.ui.form.on(doctype, events);
	if (doctype === "Contact") {
		for (const [table, columns] of Object.entries(ROWS)) {
			frappe.ui.form.on(table, Object.fromEntries(columns.map((column) => [column, ask])));
		}
	}
}

function hint_of(frm) {
	if (!frm.spm_duplicates) {
		frm.spm_duplicates = $('<div class="spm-duplicates" role="status" aria-live="polite"></div>');
		frm.layout.wrapper.prepend(frm.spm_duplicates);
	}
	return frm.spm_duplicates;
}

async function show_hint(frm) {
	const asked = (frm.spm_asked = (frm.spm_asked || 0) + 1);
	const { doctype, name } = frm.doc;
	const { message } = await frappe.call({
		method: `${API}.check`,
		args: { record_type: doctype, values: frm.doc, name: frm.is_new() ? null : name },
		// A hint never stands in anybody's way.
		silent: true,
	});
	if (asked !== frm.spm_asked || frm.doc.name !== name) return;
	const $hint = hint_of(frm).empty();
	if (!message?.length) return;
	const refused = message.some((found) => found.action === "Refuse");
	$hint.append(
		`<div class="spm-duplicates-box ${refused ? "red" : "orange"}">
			<b>${__("This may be here already")}</b>
			<ul>${message.slice(0, 5).map((found, index) => line(frm, found, index)).join("")}</ul>
		</div>`
	);
	$hint.find("[data-dismiss-pair]").on("click", async (e) => {
		const found = message[e.currentTarget.dataset.dismissPair];
		await frappe.xcall(`${API}.dismiss`, {
			record_type: doctype,
			name,
			other_type: found.doctype,
			other_name: found.name,
		});
		show_hint(frm);
	});
	$hint.find("[data-merge]").on("click", (e) => {
		sales_crm_pm.merge.open(doctype, name, message[e.currentTarget.dataset.merge].name);
	});
}

function line(frm, found, index) {
	const same = `<span class="text-muted">${__("same: {0}", [esc(found.reasons.join(", "))])}</span>`;
	const hints = found.hints.map((hint) => `<div>${esc(hint)}</div>`).join("");
	if (found.hidden) {
		const whom = found.ask ? __("Ask {0}.", [esc(found.ask)]) : __("Ask your manager.");
		return `<li>${__("{0} of a colleague", [__(found.doctype)])} · ${same} · ${whom}${hints}</li>`;
	}
	const link = `<a href="${frappe.utils.get_form_link(found.doctype, found.name)}">${esc(found.title)}</a>`;
	return `<li>${__(found.doctype)} ${link} · ${same}${actions(frm, found, index)}${hints}</li>`;
}

function actions(frm, found, index) {
	if (frm.is_new()) return "";
	const merge =
		found.doctype === frm.doctype
			? `<button class="btn btn-xs btn-default" data-merge="${index}">${__("Merge")}</button>`
			: "";
	return ` ${merge} <button class="btn btn-xs btn-link" data-dismiss-pair="${index}">${__(
		"Not a duplicate"
	)}</button>`;
}

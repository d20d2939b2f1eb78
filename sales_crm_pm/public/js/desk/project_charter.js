// The charter on the project form: what it consists of, what is missing, and the steps of its approval.
frappe.provide("sales_crm_pm.project_panels");

const esc = (value) => frappe.utils.escape_html(value === undefined || value === null ? "" : String(value));

const GROUPS = {
	Charter: () => __("Charter"),
	Plan: () => __("Plan"),
	Responsibility: () => __("Responsibilities"),
	"Hand-off": () => __("Hand-off from Sales"),
};

sales_crm_pm.project_panels.charter_html = async (frm, panel) => {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.project.charter_checklist",
		type: "GET",
		args: { project: frm.doc.name },
	});
	const needed = message.items.filter((item) => item.is_needed);
	const open = needed.filter((item) => !item.is_done);
	const done = message.items.filter((item) => item.is_done).length;
	const waiting = ["Draft", "Pending Approval"].includes(message.status);
	let verdict;
	if (open.length) {
		verdict = `<b class="${waiting ? "text-warning" : ""}">${__("{0} things are missing before approval", [open.length])}</b>`;
	} else if (waiting) {
		verdict = `<b class="text-success">✓ ${__("Ready for approval")}</b>`;
	} else {
		verdict = `<b class="text-success">✓ ${__("The charter is complete")}</b>`;
	}
	const groups = Object.keys(GROUPS)
		.map((key) => [key, message.items.filter((item) => item.group === key)])
		.filter(([, items]) => items.length);
	panel.html(`<div class="spm-charter">
		<div class="spm-charter-head">${verdict}<span class="text-muted">${__("{0} of {1} filled in", [done, message.items.length])}</span></div>
		${sales_crm_pm.ui.progress_bar((done / Math.max(1, message.items.length)) * 100, null, open.length ? "orange" : "green")}
		<details ${open.length && waiting ? "open" : ""}><summary>${__("Show the checklist")}</summary>
		<div class="spm-charter-groups">${groups
			.map(([key, items]) => `<div><div class="text-muted">${GROUPS[key]()}</div><ul>${items.map(line).join("")}</ul></div>`)
			.join("")}</div></details></div>`);
	panel.find("[data-field]").on("click", (event) => {
		event.preventDefault();
		go_to(frm, event.currentTarget.dataset.field);
	});
};

function line(item) {
	const sign = item.is_done ? "✓" : item.is_needed ? "!" : "○";
	const css = item.is_done ? "is-done" : item.is_needed ? "is-needed" : "";
	const word = item.is_done ? __("done") : item.is_needed ? __("needed") : __("open");
	const text = item.fieldname && !item.is_done
		? `<a href="#" data-field="${esc(item.fieldname)}">${esc(item.label)}</a>`
		: esc(item.label);
	const hint = !item.is_done && item.hint ? `<small class="text-muted">${esc(item.hint)}</small>` : "";
	return `<li class="${css}"><span class="spm-sign" aria-hidden="true">${sign}</span><span class="sr-only">${word}</span><span>${text} ${hint}</span></li>`;
}

/** Open the tab of a field, bring the field into sight and put the cursor into it. */
function go_to(frm, fieldname) {
	const field = frm.get_field(fieldname);
	if (!field) return;
	field.tab?.set_active();
	frm.scroll_to_field(fieldname);
}

/** A project goes back to its manager with the reason; asked before the workflow acts. */
sales_crm_pm.ui.ask_why_sent_back = function (frm) {
	return new Promise(() => {
		frappe.dom.unfreeze();
		const dialog = new frappe.ui.Dialog({
			title: __("What has to change?"),
			fields: [{ fieldtype: "Small Text", fieldname: "reason", label: __("Reason"), reqd: 1 }],
			primary_action_label: __("Send Back"),
			// Done by the endpoint; the promise is never kept, so the form's own action does not run as well.
			async primary_action({ reason }) {
				dialog.hide();
				await sales_crm_pm.ui.act(frm, "project.send_back", { project: frm.doc.name, reason });
			},
		});
		dialog.onhide = () => frappe.dom.unfreeze();
		dialog.show();
	});
};

sales_crm_pm.ui.save_as_template = function (frm) {
	frappe.prompt(
		[{ fieldname: "template_name", fieldtype: "Data", label: __("Template Name"), reqd: 1, default: frm.doc.project_name }],
		async (values) => {
			const { message } = await frappe.call({
				method: "sales_crm_pm.api.v1.project.save_as_template",
				args: { project: frm.doc.name, ...values },
				freeze: true,
			});
			frappe.set_route("Form", "SPM Project Template", message.template);
		},
		__("Save as Template"),
		__("Save")
	);
};

/** The fields of a project that a type may ask for, as [{value, label}]. */
sales_crm_pm.ui.project_fields = function () {
	return new Promise((resolve) => {
		frappe.model.with_doctype("SPM Project", () => {
			const skipped = ["Section Break", "Column Break", "Tab Break", "HTML", "Button"];
			resolve(
				frappe
					.get_meta("SPM Project")
					.fields.filter((df) => !skipped.includes(df.fieldtype) && !df.hidden && (!df.read_only || df.fieldtype === "Table"))
					.map((df) => ({ value: df.fieldname, label: __(df.label, null, "SPM Project") }))
			);
		});
	});
};

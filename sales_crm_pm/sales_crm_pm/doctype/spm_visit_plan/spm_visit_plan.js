const LOOKED_AT = ["priority", "tier", "lifecycle_stage", "customer_group", "key_accounts_only", "territory", "industry", "segment"];
const COUNTED = ["every_days", "counts_as_touch", "assign_to", "lead_days"];

const events = {
	refresh(frm) {
		if (frm.perm[0].write) show_preview(frm);
		else frm.toggle_display("preview_section", false);
	},
};
for (const fieldname of [...LOOKED_AT, ...COUNTED]) events[fieldname] = (frm) => show_preview(frm);
frappe.ui.form.on("SPM Visit Plan", events);

/** What the plan would mean as it stands in the form, saved or not. */
const show_preview = frappe.utils.debounce(async (frm) => {
	const field = frm.get_field("preview_html");
	if (!cint(frm.doc.every_days) || cint(frm.doc.lead_days) >= cint(frm.doc.every_days)) {
		field.$wrapper.empty();
		return;
	}
	field.$wrapper.html(`<p class="text-muted">${__("Counting …")}</p>`);
	const result = await frappe.xcall("sales_crm_pm.api.v1.visit_plan.preview", { plan: frm.doc, weeks: 8 });
	field.$wrapper.html(as_table(result));
}, 400);

function as_table(result) {
	const esc = frappe.utils.escape_html;
	if (!result.customers) {
		return `<p class="text-muted">${__(
			"No customer follows this plan yet. Widen its conditions, or give it a lower order than the plans before it."
		)}</p>`;
	}
	const head = result.weeks
		.map((day) => {
			const short = frappe.datetime.str_to_obj(day).toLocaleDateString(frappe.boot.lang, { month: "numeric", day: "numeric" });
			return `<th class="text-right" title="${__("Week of {0}", [frappe.datetime.str_to_user(day)])}">${short}</th>`;
		})
		.join("");
	const rows = result.people
		.map((person) => {
			const cells = person.weeks
				.map((count) => `<td class="text-right ${count ? "" : "text-muted"}">${count || "·"}</td>`)
				.join("");
			return `<tr><td>${esc(person.name)}</td>${cells}<td class="text-right"><b>${person.total}</b></td></tr>`;
		})
		.join("");
	return `<p>${__("{0} customers follow this plan, {1} of them are due now.", [
		`<b>${result.customers}</b>`,
		`<b>${result.due_now}</b>`,
	])}</p>
		<div class="table-responsive"><table class="table table-sm spm-plan-preview">
			<caption class="text-muted">${__("Tasks per person and week")}</caption>
			<thead><tr><th>${__("Person")}</th>${head}<th class="text-right">${__("Total")}</th></tr></thead>
			<tbody>${rows}</tbody>
		</table></div>`;
}

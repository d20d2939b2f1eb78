// Merge two records of one customer, contact or lead: choose the other one, compare, decide per field, unite.
frappe.provide("sales_crm_pm.merge");

const esc = frappe.utils.escape_html;
const API = "sales_crm_pm.api.v1.merge";

Object.assign(sales_crm_pm.merge, {
	/** Start from one record; without the other one the person chooses it first. */
	open(doctype, survivor, merged) {
		if (merged) return compare(doctype, survivor, merged);
		const dialog = new frappe.ui.Dialog({
			title: __("Merge with Another Record"),
			fields: [
				{
					fieldtype: "Link",
					fieldname: "other",
					label: __(doctype),
					options: doctype,
					reqd: 1,
					get_query: () => ({ filters: { name: ["!=", survivor], include_disabled: 1 } }),
					description: __("Everything of this record moves to the one that is open."),
				},
			],
			primary_action_label: __("Compare"),
			primary_action({ other }) {
				dialog.hide();
				compare(doctype, survivor, other);
			},
		});
		dialog.show();
	},
});

async function compare(doctype, survivor, merged) {
	const seen = await frappe.xcall(`${API}.preview`, { record_type: doctype, survivor, merged });
	const taken = new Set(seen.fields.filter((row) => row.taken).map((row) => row.fieldname));
	const dialog = new frappe.ui.Dialog({
		title: __("Merge {0}", [__(doctype)]),
		size: "large",
		fields: [{ fieldtype: "HTML", fieldname: "body" }],
		primary_action_label: __("Merge"),
		async primary_action() {
			dialog.disable_primary_action();
			try {
				const done = await frappe.xcall(`${API}.run`, {
					record_type: doctype,
					survivor,
					merged,
					take: [...taken],
				});
				dialog.hide();
				frappe.show_alert({ message: __("{0} was merged.", [esc(seen.merged.title)]), indicator: "green" });
				frappe.model.remove_from_locals(doctype, merged);
				leave(doctype, done.survivor);
			} finally {
				dialog.enable_primary_action();
			}
		},
		secondary_action_label: __("Keep the Other One"),
		secondary_action() {
			dialog.hide();
			compare(doctype, merged, survivor);
		},
	});
	const $body = dialog.fields_dict.body.$wrapper.html(page(seen, taken));
	$body.on("change", "input[type=radio]", (e) => {
		const { name, value } = e.currentTarget;
		const fieldname = name.slice("spm-merge-".length);
		value === "merged" ? taken.add(fieldname) : taken.delete(fieldname);
	});
	dialog.show();
}

/** Show the record that stayed as it is now, whatever page the person merged from. */
function leave(doctype, name) {
	const [page, shown_type, shown] = frappe.get_route();
	frappe.model.remove_from_locals(doctype, name);
	if (page === "query-report") return frappe.query_report.refresh();
	if (page === "Form" && shown_type === doctype && shown === name) {
		return frappe.model.with_doc(doctype, name, () => frappe.views.formview[doctype]?.frm?.refresh(name));
	}
	return frappe.set_route("Form", doctype, name);
}

function page(seen, taken) {
	const head = (record, words, colour) =>
		`<div class="spm-merge-head"><span class="indicator-pill ${colour} no-indicator-dot">${words}</span>
			<div class="spm-merge-title">${esc(record.title)}</div><div class="text-muted small">${esc(record.name)}</div></div>`;
	const rows = seen.fields
		.map((row) => {
			const cell = (side, value) => `<label class="spm-merge-value">
				<input type="radio" name="spm-merge-${row.fieldname}" value="${side}"
					${(side === "merged") === taken.has(row.fieldname) ? "checked" : ""}>
				<span>${value ? esc(value) : `<span class="text-muted">${__("empty")}</span>`}</span></label>`;
			return `<div class="spm-merge-label text-muted">${esc(row.label)}</div>
				${cell("survivor", row.survivor)}${cell("merged", row.merged)}`;
		})
		.join("");
	const counts = seen.counts
		.map((row) => `<span class="spm-merge-count"><b>${row.rows}</b> ${esc(row.label)}</span>`)
		.join("");
	return `<div class="spm-merge">
		<div></div>${head(seen.survivor, __("Stays"), "green")}${head(seen.merged, __("Goes"), "red")}
		${rows || `<div class="spm-merge-note text-muted">${__("Both say the same, or the other one says nothing more.")}</div>`}
	</div>
	<div class="spm-merge-moves">
		<div class="text-muted small">${__("Moves along")}</div>
		${counts || `<span class="text-muted">${__("Nothing hangs on the record that goes.")}</span>`}
	</div>
	<p class="text-muted small">${__(
		"Empty fields of the record that stays are filled. The merge log keeps both as they were; there is no undo."
	)}</p>`;
}

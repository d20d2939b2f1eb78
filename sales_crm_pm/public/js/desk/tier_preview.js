// What new tier rules or settings would do, as a dialog: nothing is written until the person saves.
frappe.provide("sales_crm_pm.ui");

const TIERS = ["A", "B", "C", "D", ""];

/**
 * @param {{rule?: object, settings?: object}} args unsaved values of a rule, or of the settings
 * @param {function} [save] called when the person wants exactly this
 */
sales_crm_pm.ui.preview_tiers = async function (args, save) {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.tier.preview",
		args,
		freeze: true,
		freeze_message: __("Looking at all customers …"),
	});
	const dialog = new frappe.ui.Dialog({
		title: __("Preview of the Tiers"),
		size: "large",
		fields: [{ fieldname: "html", fieldtype: "HTML" }],
		primary_action_label: save ? __("Save and Apply") : __("Close"),
		primary_action: () => {
			dialog.hide();
			if (save) save();
		},
	});
	dialog.fields_dict.html.$wrapper.html(as_html(message));
	dialog.show();
	return message;
};

function as_html(result) {
	const esc = frappe.utils.escape_html;
	if (result.method === "By Hand") {
		return `<p>${__("Tiers are set by hand. Choose rules or RFM in the settings to have them computed.")}</p>`;
	}
	const name = (tier) => (tier ? sales_crm_pm.ui.tier_badge(tier) : `<span class="text-muted">${__("none")}</span>`);
	const tiers = TIERS.filter((tier) => result.before[tier] || result.after[tier] || tier);
	const totals = tiers
		.map((tier) => {
			const before = result.before[tier] || 0;
			const after = result.after[tier] || 0;
			const step = after - before;
			const color = step > 0 ? "text-success" : step < 0 ? "text-danger" : "text-muted";
			return `<div class="spm-tier-total"><div>${name(tier)}</div><b>${after}</b>
				<small class="${color}">${step > 0 ? "+" : ""}${step || "±0"}</small>
				<small class="text-muted">${__("now {0}", [before])}</small></div>`;
		})
		.join("");
	const summary = result.moves
		? __("{0} of {1} customers move.", [`<b>${result.moves}</b>`, result.customers])
		: __("No customer moves; {0} were looked at.", [result.customers]);
	const locked = result.locked ? ` ${__("{0} are set by hand and stay.", [result.locked])}` : "";
	const ways = result.counts
		.map((way) => `<span class="spm-way">${name(way.from)} → ${name(way.to)} <b>${way.count}</b></span>`)
		.join("");
	const rows = result.rows
		.map(
			(row) =>
				`<tr><td><a href="${frappe.utils.get_form_link("SPM Customer", row.customer)}" target="_blank">${esc(
					row.customer_name
				)}</a></td><td class="spm-nowrap">${name(row.from)} → ${name(row.to)}</td><td>${esc(row.reason)}</td></tr>`
		)
		.join("");
	const rest = result.moves - result.rows.length;
	return `<div class="spm-tier-preview"><p>${summary}${locked}</p>
		<div class="spm-tier-totals">${totals}</div>
		<div class="spm-ways">${ways}</div>
		${
			rows
				? `<div class="table-responsive"><table class="table table-sm"><thead><tr><th>${__("Customer")}</th>
			<th>${__("Move")}</th><th>${__("Why")}</th></tr></thead><tbody>${rows}</tbody></table></div>`
				: ""
		}
		${rest > 0 ? `<p class="text-muted">${__("{0} more are not listed here.", [rest])}</p>` : ""}</div>`;
}

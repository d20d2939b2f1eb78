// Open deals at today's exchange rates: show what would change, then change it.
frappe.provide("sales_crm_pm.ui");

/**
 * @param {string[]|undefined} opportunities only these deals; all open ones when not given
 * @param {() => void} after called when deals were changed
 */
sales_crm_pm.ui.recompute_rates = async function (opportunities, after) {
	const args = opportunities ? { opportunities: JSON.stringify(opportunities) } : {};
	const { message: preview } = await frappe.call({
		method: "sales_crm_pm.api.v1.currency.outdated",
		type: "GET",
		args,
		freeze: true,
	});
	const missing = preview.missing.length
		? `<p class="text-warning">${__("No rate is known for: {0}. Add it in the list of exchange rates.", [
				preview.missing.map(frappe.utils.escape_html).join(", "),
		  ])}</p>`
		: "";
	if (!preview.count) {
		frappe.msgprint({
			title: __("Exchange Rates"),
			message: missing || __("All open deals have today's rate already, or one that was set by hand."),
			indicator: missing ? "orange" : "green",
		});
		return;
	}
	const money = (value) => format_currency(value, preview.currency, 0);
	const rows = preview.rows
		.slice(0, 100)
		.map(
			(row) => `<tr><td>${frappe.utils.escape_html(row.title)}</td>
				<td class="text-right">${format_currency(row.amount, row.currency, 0)}</td>
				<td class="text-right">${format_number(row.exchange_rate, null, 4)} → ${format_number(row.new_rate, null, 4)}</td>
				<td class="text-right">${money(row.amount_base)}</td><td class="text-right"><b>${money(row.new_base)}</b></td></tr>`
		)
		.join("");
	const dialog = new frappe.ui.Dialog({
		title: __("Exchange Rates of {0}", [frappe.datetime.str_to_user(preview.day)]),
		size: "large",
		fields: [
			{
				fieldtype: "HTML",
				options: `${missing}<p>${__("{0} open deals change: {1} become {2}.", [
					preview.count,
					money(preview.before),
					`<b>${money(preview.after)}</b>`,
				])}</p><div class="table-responsive" style="max-height:50vh"><table class="table table-sm">
					<thead><tr><th>${__("Opportunity")}</th><th class="text-right">${__("Amount")}</th><th class="text-right">${__(
					"Exchange Rate"
				)}</th><th class="text-right">${__("Before")}</th><th class="text-right">${__("After")}</th></tr></thead>
					<tbody>${rows}</tbody></table></div>`,
			},
		],
		primary_action_label: __("Change {0} Deals", [preview.count]),
		async primary_action() {
			dialog.hide();
			const { message } = await frappe.call({
				method: "sales_crm_pm.api.v1.currency.recompute",
				args,
				freeze: true,
			});
			frappe.show_alert({ message: __("{0} deals have the new rate.", [message.count]), indicator: "green" });
			if (after) after();
		},
	});
	dialog.show();
};

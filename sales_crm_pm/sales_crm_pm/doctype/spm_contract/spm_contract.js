frappe.ui.form.on("SPM Contract", {
	setup(frm) {
		frm.set_query("opportunity", () => (frm.doc.customer ? { filters: { customer: frm.doc.customer } } : {}));
		frm.set_query("project", "projects", () => ({ filters: { customer: frm.doc.customer } }));
		frm.set_query("their_signatory", () => ({
			filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer },
		}));
		frm.set_query("previous_contract", () => ({
			filters: { customer: frm.doc.customer, name: ["!=", frm.doc.name || ""] },
		}));
		for (const field of ["contract_type", "payment_template"]) {
			frm.set_query(field, () => ({ filters: { disabled: 0 } }));
		}
		frm.set_query("product", "lines", () => ({ filters: { disabled: 0 } }));
	},
	refresh(frm) {
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		const is_foreign = Boolean(frm.doc.base_currency && frm.doc.currency !== frm.doc.base_currency);
		frm.toggle_display(["exchange_rate", "amount_base"], is_foreign);
		sales_crm_pm.payments.show(frm);
		if (frm.is_new()) return;
		show_money(frm);
		add_buttons(frm);
	},
	opportunity: (frm) => frm.is_new() && take_from_deal(frm),
	contract_type: (frm) => frm.is_new() && take_from_type(frm),
});

frappe.ui.form.on("SPM Contract Line", {
	async product(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.product || row.rate) return;
		const { message } = await frappe.db.get_value("SPM Product", row.product, ["list_price", "description"]);
		frappe.model.set_value(cdt, cdn, { rate: message.list_price, description: message.description });
	},
});

/** Customer and amount of the deal, so that nobody types them again. */
async function take_from_deal(frm) {
	if (!frm.doc.opportunity) return;
	const { message } = await frappe.db.get_value("SPM Opportunity", frm.doc.opportunity, [
		"customer",
		"title",
		"amount",
		"currency",
	]);
	for (const [field, value] of Object.entries(message)) {
		if (!frm.doc[field]) frm.set_value(field, value);
	}
}

async function take_from_type(frm) {
	if (!frm.doc.contract_type) return;
	const { message } = await frappe.db.get_value("SPM Contract Type", frm.doc.contract_type, [
		"payment_template",
		"renewal_notice_days",
		"auto_renew",
	]);
	frm.set_value(message);
}

/** Received of the whole, what is open, what is late, when the next is due. */
function show_money(frm) {
	const doc = frm.doc;
	const money = (value) => format_currency(value, doc.currency);
	const late = flt(doc.overdue)
		? `<div><div class="text-muted">${__("Overdue")}</div><b class="text-danger">${money(doc.overdue)}</b></div>`
		: "";
	const duties = doc.open_obligations
		? `<div><div class="text-muted">${__("Open Obligations")}</div>${doc.open_obligations} ${
				doc.next_obligation_date ? sales_crm_pm.ui.relative_day(doc.next_obligation_date) : ""
		  }</div>`
		: "";
	const end = doc.end_date
		? `<div><div class="text-muted">${__("End", null, "SPM Contract")}</div>${frappe.datetime.str_to_user(doc.end_date)}${
				doc.renewal_opportunity
					? `<br><a href="${frappe.utils.get_form_link("SPM Opportunity", doc.renewal_opportunity)}">${__(
							"Renewal Opportunity"
					  )}</a>`
					: ""
		  }</div>`
		: "";
	frm.dashboard.add_section(
		`<div class="spm-panel">
			<div><div class="text-muted">${__("Money Received")} <b>${format_number(doc.received_percent, null, 0)} %</b></div>
				${sales_crm_pm.ui.progress_bar(doc.received_percent, null, flt(doc.overdue) ? "orange" : "green")}
				<small class="text-muted">${__("{0} of {1}", [money(doc.received), money(doc.total_amount)])}</small></div>
			<div><div class="text-muted">${__("Outstanding")}</div>${money(doc.outstanding)}</div>
			${late}
			<div><div class="text-muted">${__("Next Due Date")}</div>${
			doc.next_due_date ? sales_crm_pm.ui.relative_day(doc.next_due_date) : "–"
		}</div>
			${duties}${end}
		</div>`,
		__("Money")
	);
	frm.dashboard.show();
}

function add_buttons(frm) {
	const doc = frm.doc;
	const group = __("Actions");
	if (frm.perm[0].write && doc.docstatus < 2) {
		frm.add_custom_button(__("Edit Plan"), () => sales_crm_pm.payments.edit(frm), group);
	}
	if (doc.docstatus !== 1 || !frm.perm[0].cancel) return;
	frm.add_custom_button(__("Change Amount"), () => change_amount(frm), group);
	if (frm.perm[0].amend) frm.add_custom_button(__("New Version"), () => amend(frm), group);
	if (!doc.terminated_on) frm.add_custom_button(__("Terminate"), () => terminate(frm), group);
}

function change_amount(frm) {
	frappe.prompt(
		[
			{
				fieldname: "change_amount",
				fieldtype: "Float",
				precision: 2,
				label: __("Change ({0})", [frm.doc.currency]),
				reqd: 1,
				description: __("Negative for a reduction; it comes out of the last open payments."),
			},
			{ fieldname: "reason", fieldtype: "Data", label: __("Reason"), reqd: 1 },
			{
				fieldname: "spread",
				fieldtype: "Check",
				label: __("Divide an addition among the open payments"),
				description: __("Otherwise it becomes a payment of its own."),
			},
			{
				fieldname: "due_date",
				fieldtype: "Date",
				label: __("Date of the New Payment"),
				default: frappe.datetime.get_today(),
				depends_on: "eval:!doc.spread && doc.change_amount > 0",
			},
		],
		(values) => act(frm, "change_amount", values),
		__("Change the Amount"),
		__("Approve")
	);
}

function terminate(frm) {
	frappe.prompt(
		[
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
			{ fieldname: "on", fieldtype: "Date", label: __("Terminated On"), reqd: 1, default: frappe.datetime.get_today() },
			{
				fieldtype: "HTML",
				options: `<p class="text-muted">${__("What is invoiced or paid stands; everything else is no longer owed.")}</p>`,
			},
		],
		(values) => act(frm, "terminate", values),
		__("Terminate the Contract"),
		__("Terminate")
	);
}

function amend(frm) {
	frappe.confirm(
		__("The signed contract is cancelled and a new draft takes its place; all payments follow, also those that are paid."),
		async () => {
			const { message } = await frappe.call({
				method: "sales_crm_pm.api.v1.contract.amend",
				args: { contract: frm.doc.name },
				freeze: true,
			});
			frappe.set_route("Form", "SPM Contract", message.contract);
		}
	);
}

async function act(frm, method, values) {
	await frappe.call({
		method: `sales_crm_pm.api.v1.contract.${method}`,
		args: { contract: frm.doc.name, ...values, spread: values.spread ? true : false },
		freeze: true,
	});
	frm.reload_doc();
}

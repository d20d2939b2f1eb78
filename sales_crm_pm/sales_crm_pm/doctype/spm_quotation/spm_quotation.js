// What stays open after the draft.
const FREE = ["internal_note", "salesperson"];

frappe.ui.form.on("SPM Quotation", {
	setup(frm) {
		frm.set_query("product", "items", () => ({ filters: { disabled: 0 } }));
		frm.set_query("tax", "items", () => ({ filters: { disabled: 0 } }));
		frm.set_query("contact", () => ({
			filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer },
		}));
		for (const [field, kind] of TEXTS) {
			frm.set_query(`${field}_template`, () => ({
				filters: { kind, disabled: 0, language: ["in", [frm.doc.paper_language || "", ""]] },
			}));
		}
	},
	onload(frm) {
		// Opened from a deal's connections, or with the deal given in the address.
		if (frm.is_new() && frm.doc.opportunity) start_from(frm);
	},
	refresh(frm) {
		// Told by the head of the form and by the links beside them already.
		frm.toggle_display(["status", "version", "customer_name", "contact_name"], false);
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		freeze(frm);
		tell(frm);
		if (frm.is_new()) return;
		show_figures(frm);
		add_steps(frm);
	},
	opportunity: (frm) => start_from(frm),
	introduction_template: (frm) => fill_text(frm, "introduction"),
	payment_terms_template: (frm) => fill_text(frm, "payment_terms"),
	terms_template: (frm) => fill_text(frm, "terms"),
	discount_type: (frm) => frm.doc.discount_value && frm.set_value("discount_value", 0),
	// Steps that need an answer are asked before the workflow acts; the endpoint then does the step itself.
	before_workflow_action(frm) {
		const ask = {
			"Send Back": send_back,
			"Customer Accepts": accept,
			"Customer Rejects": reject,
		}[frm.selected_workflow_action];
		if (!ask) return;
		return new Promise((_resolve, refuse) => {
			frappe.dom.unfreeze();
			ask(frm);
			refuse();
		});
	},
});

const TEXTS = [
	["introduction", "Introduction"],
	["payment_terms", "Payment Terms"],
	["terms", "Terms"],
];

/** What the deal says already is not asked for again: the quotation is made of it, then opened. */
async function start_from(frm) {
	if (!frm.is_new() || !frm.doc.opportunity || frm.making || (frm.doc.items || []).some((row) => row.product)) return;
	frm.making = true;
	try {
		const made = await sales_crm_pm.quotation.create(frm.doc.opportunity);
		frappe.model.remove_from_locals(frm.doctype, frm.docname);
		frappe.set_route("Form", "SPM Quotation", made.quotation);
	} finally {
		frm.making = false;
	}
}

frappe.ui.form.on("SPM Quotation Item", {
	async product(frm, cdt, cdn) {
		const row = locals[cdt][cdn];
		if (!row.product) return;
		const { message } = await frappe.call({
			method: "sales_crm_pm.api.v1.quotation.price",
			type: "GET",
			args: {
				product: row.product,
				currency: frm.doc.currency,
				day: frm.doc.quotation_date,
				qty: row.qty || 1,
				exchange_rate: frm.doc.exchange_rate || 1,
			},
		});
		for (const fieldname of ["rate", "unit", "recurring_interval", "periods"]) {
			frappe.model.set_value(cdt, cdn, fieldname, message[fieldname]);
		}
		if (message.tax) frappe.model.set_value(cdt, cdn, "tax", message.tax);
		frappe.model.set_value(cdt, cdn, "list_rate", message.rate);
	},
	qty: (frm, cdt, cdn) => line_amount(cdt, cdn),
	rate: (frm, cdt, cdn) => line_amount(cdt, cdn),
	periods: (frm, cdt, cdn) => line_amount(cdt, cdn),
	discount_percent: (frm, cdt, cdn) => line_amount(cdt, cdn),
});

/** A first idea while typing; the server reckons again. */
function line_amount(cdt, cdn) {
	const row = locals[cdt][cdn];
	const periods = row.recurring_interval ? cint(row.periods) || 1 : 1;
	const amount = flt(row.qty) * periods * flt(row.rate) * (1 - flt(row.discount_percent) / 100);
	frappe.model.set_value(cdt, cdn, "amount", flt(amount, precision("amount", row)));
}

async function fill_text(frm, field) {
	const template = frm.doc[`${field}_template`];
	if (!template) return;
	const { message } = await frappe.db.get_value("SPM Text Template", template, "text");
	if (message) await frm.set_value(field, message.text);
}

/** What was approved is read-only; the server refuses a change anyway. */
function freeze(frm) {
	const open = frm.is_new() || frm.doc.status === "Draft";
	for (const df of frm.meta.fields) {
		const has_value = df.fieldtype === "Table" || !frappe.model.no_value_type.includes(df.fieldtype);
		if (!has_value || df.read_only || df.hidden || FREE.includes(df.fieldname)) continue;
		frm.set_df_property(df.fieldname, "read_only", open ? 0 : 1);
	}
}

function tell(frm) {
	const doc = frm.doc;
	frm.set_intro("");
	if (frm.is_new()) return;
	const esc = frappe.utils.escape_html;
	const why = esc(doc.approval_reasons || "").replace(/\n/g, " ");
	if (doc.status === "Draft" && doc.sent_back_reason) {
		frm.set_intro(__("Sent back: {0}", [esc(doc.sent_back_reason)]), "red");
	} else if (doc.status === "Draft" && doc.needs_approval) {
		frm.set_intro(__("{0} Approval by: {1}.", [why, __(doc.approver_role)]), "orange");
	} else if (doc.status === "Pending Approval") {
		frm.set_intro(__("Waits for approval by: {0}. {1}", [__(doc.approver_role), why]), "orange");
	} else if (doc.status === "Rejected") {
		frm.set_intro(__("The customer declined: {0}", [esc(doc.reject_reason || "")]), "red");
	} else if (doc.status === "Superseded") {
		frm.set_intro(__("A newer version has taken its place."), "gray");
	} else if (doc.status === "Expired") {
		frm.set_intro(__("Its last day has passed. Make a new version to renew it."), "gray");
	} else if (doc.status === "Accepted") {
		frm.set_intro(
			__("Accepted by {0} on {1}.", [
				`<b>${esc(doc.accepted_by || "")}</b>`,
				frappe.datetime.str_to_user(String(doc.accepted_on).slice(0, 10)),
			]),
			"green"
		);
	}
}

/** What one wants to know at a glance; margin only for those who received it. */
function show_figures(frm) {
	const doc = frm.doc;
	const cells = [
		[__("Total"), `<b>${format_currency(doc.grand_total, doc.currency)}</b>`],
		[__("Net Total"), format_currency(doc.net_total, doc.currency)],
		[__("Discount Against List"), `${format_number(doc.effective_discount, null, 1)} %`],
	];
	if (doc.margin_percent !== undefined && doc.cost_base) {
		cells.push([
			__("Margin"),
			`${format_currency(doc.margin_base, doc.base_currency, 0)} · ${format_number(doc.margin_percent, null, 1)} %`,
		]);
	}
	const done = ["Accepted", "Rejected", "Superseded", "Expired"].includes(doc.status);
	cells.push([__("Valid Until"), sales_crm_pm.ui.relative_day(doc.valid_until, done)]);
	cells.push([__("Version"), frappe.utils.escape_html(String(doc.version))]);
	if (doc.sent_on) {
		cells.push([
			__("Viewed by the Customer"),
			doc.view_count ? __("{0} times", [doc.view_count]) : __("not yet"),
		]);
	}
	frm.layout.wrapper.find(".spm-quote-head").remove();
	frm.layout.wrapper
		.find(".form-page, .form-tabs-list")
		.first()
		.before(
			`<div class="spm-deal-head spm-quote-head"><dl class="spm-figures">${cells
				.map(([label, value]) => `<div><dt>${label}</dt><dd>${value}</dd></div>`)
				.join("")}</dl></div>`
		);
}

function add_steps(frm) {
	const { doc } = frm;
	const writable = frm.perm[0] && frm.perm[0].write;
	const button = (label, action, kind) => {
		const made = frm.add_custom_button(label, action);
		if (kind) made.addClass(kind);
	};
	frm.add_custom_button(__("PDF"), () =>
		window.open(`/api/method/sales_crm_pm.api.v1.quotation.pdf?quotation=${encodeURIComponent(doc.name)}`)
	);
	if (cint(doc.version) > 1) frm.add_custom_button(__("Compare Versions"), () => compare(frm));
	if (!writable) return;
	if (doc.status === "Draft") {
		button(
			doc.needs_approval ? __("Submit for Approval") : __("Release"),
			() => save_and(frm, "quotation.submit", { quotation: doc.name }),
			"btn-primary"
		);
	}
	if (["Approved", "Sent"].includes(doc.status)) {
		button(doc.status === "Sent" ? __("Send Again") : __("Send"), () => send(frm), "btn-primary");
		frm.add_custom_button(__("Copy Link"), () => copy_link(frm));
		frm.add_custom_button(__("Customer Accepts"), () => accept(frm), __("Answer"));
		frm.add_custom_button(__("Customer Rejects"), () => reject(frm), __("Answer"));
	}
	if (!["Accepted", "Draft"].includes(doc.status) && frappe.model.can_create("SPM Quotation")) {
		frm.add_custom_button(__("New Version"), () => {
			frappe.confirm(__("Make version {0}? This one can then no longer be accepted.", [cint(doc.version) + 1]), () =>
				sales_crm_pm.ui.act_and_leave(frm, "quotation.new_version", { quotation: doc.name }, "", (made) =>
					frappe.set_route("Form", "SPM Quotation", made.quotation)
				)
			);
		});
	}
}

async function save_and(frm, path, args) {
	if (frm.is_dirty()) await frm.save();
	return sales_crm_pm.ui.act(frm, path, args);
}

function ask(title, fields, label, go) {
	const dialog = new frappe.ui.Dialog({
		title,
		fields,
		primary_action_label: label,
		async primary_action(values) {
			await go(values);
			dialog.hide();
		},
	});
	dialog.show();
	return dialog;
}

async function send(frm) {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.quotation.letter",
		type: "GET",
		args: { quotation: frm.doc.name },
	});
	const dialog = ask(
		__("Send the Quotation"),
		[
			{ fieldtype: "Data", fieldname: "recipients", label: __("To"), reqd: 1, default: message.recipients },
			{ fieldtype: "Data", fieldname: "subject", label: __("Subject"), reqd: 1, default: message.subject },
			{ fieldtype: "Text Editor", fieldname: "message", label: __("Message"), reqd: 1, default: message.message },
			{
				fieldtype: "HTML",
				options: `<p class="text-muted">${__("The PDF is attached. The customer can answer by the link.")}</p>`,
			},
		],
		__("Send"),
		async (values) => {
			const done = await sales_crm_pm.ui.act(frm, "quotation.send", { quotation: frm.doc.name, ...values });
			frappe.show_alert({ message: __("On its way to {0}.", [done.sent_to]), indicator: "green" });
		}
	);
	dialog.$wrapper.find(".modal-dialog").addClass("modal-lg");
}

async function copy_link(frm) {
	const { link } = await sales_crm_pm.ui.act(frm, "quotation.link", { quotation: frm.doc.name });
	frappe.utils.copy_to_clipboard(link);
}

function accept(frm) {
	ask(
		__("The customer accepts"),
		[
			{
				fieldtype: "Data",
				fieldname: "accepted_by",
				label: __("Who has accepted"),
				reqd: 1,
				default: frm.doc.contact_name,
			},
			{
				fieldtype: "Datetime",
				fieldname: "accepted_on",
				label: __("When"),
				reqd: 1,
				default: frappe.datetime.now_datetime(),
			},
			{ fieldtype: "Attach", fieldname: "file", label: __("Evidence"), description: __("Signed paper or order") },
			{ fieldtype: "Small Text", fieldname: "note", label: __("Evidence Note") },
		],
		__("Record Acceptance of the Quotation"),
		async (values) => {
			const done = await sales_crm_pm.ui.act(frm, "quotation.accept", { quotation: frm.doc.name, ...values });
			offer_win(frm, done);
		}
	);
}

/** The deal is worth what was accepted by now; winning it has gates of its own, so the deal's form asks. */
function offer_win(frm, done) {
	if (!["Open", "On Hold"].includes(done.opportunity_status)) return;
	frappe.confirm(
		__("Accepted. The opportunity now has this amount and these lines. Open it to mark it as won?"),
		() => frappe.set_route("Form", "SPM Opportunity", done.opportunity)
	);
}

function reject(frm) {
	ask(
		__("Why does the customer decline?"),
		[{ fieldtype: "Small Text", fieldname: "reason", label: __("Rejection Reason"), reqd: 1 }],
		__("Record Rejection of the Quotation"),
		({ reason }) => sales_crm_pm.ui.act(frm, "quotation.reject", { quotation: frm.doc.name, reason })
	);
}

function send_back(frm) {
	ask(
		__("What has to change?"),
		[{ fieldtype: "Small Text", fieldname: "reason", label: __("Reason"), reqd: 1 }],
		__("Send Back"),
		({ reason }) => sales_crm_pm.ui.act(frm, "quotation.send_back", { quotation: frm.doc.name, reason })
	);
}

async function compare(frm) {
	const { message: versions } = await frappe.call({
		method: "sales_crm_pm.api.v1.quotation.versions",
		type: "GET",
		args: { quotation: frm.doc.name },
	});
	const others = versions.filter((row) => row.name !== frm.doc.name);
	const words = (row) => __("Version {0}", [row.version]) + ` · ${__(row.status, null, "SPM Quotation")}`;
	const dialog = new frappe.ui.Dialog({
		title: __("Compare Versions"),
		size: "large",
		fields: [
			{
				fieldtype: "Select",
				fieldname: "other",
				label: __("With"),
				options: others.map((row) => ({ value: row.name, label: words(row) })),
				default: frm.doc.previous_version || (others[0] && others[0].name),
				onchange: () => draw(),
			},
			{ fieldtype: "HTML", fieldname: "table" },
		],
	});
	const draw = async () => {
		const { message } = await frappe.call({
			method: "sales_crm_pm.api.v1.quotation.compare",
			type: "GET",
			args: { quotation: frm.doc.name, other: dialog.get_value("other") },
		});
		dialog.fields_dict.table.$wrapper.html(difference(message));
	};
	dialog.show();
	draw();
}

function difference(found) {
	const esc = frappe.utils.escape_html;
	const money = (value, side) => format_currency(value, found[side].currency);
	const total_fields = ["subtotal", "discount_amount", "net_total", "tax_total", "grand_total"];
	const shown = (row, side) => {
		if (total_fields.includes(row.fieldname)) return money(row[side], side);
		if (row.fieldname === "valid_until") return frappe.datetime.str_to_user(row[side]);
		if (row.fieldname === "discount_type") return esc(__(row[side]));
		return esc(String(row[side] || "–"));
	};
	const signs = { Added: "+", Removed: "−", Changed: "≠", Same: "" };
	const titles = { Added: __("Added"), Removed: __("Removed"), Changed: __("Changed"), Same: "" };
	const cell = (row, side) => {
		if (!row[side]) return "<td>–</td>";
		const { qty, rate, discount_percent, amount, periods } = row[side];
		const times = periods > 1 ? ` × ${periods}` : "";
		const less = discount_percent ? ` − ${format_number(discount_percent, null, 1)} %` : "";
		return `<td class="text-right"><b>${money(amount, side)}</b><br><span class="text-muted">${qty} × ${money(
			rate,
			side
		)}${times}${less}</span></td>`;
	};
	const lines = found.lines.map((row) => {
		const any = row.new || row.old;
		return `<tr class="spm-diff-${row.state.toLowerCase()}"><td><span title="${titles[row.state]}">${
			signs[row.state]
		}</span> ${esc(__(any.product))}${any.is_optional ? ` <small>(${__("Optional")})</small>` : ""}</td>${cell(
			row,
			"old"
		)}${cell(row, "new")}</tr>`;
	});
	const heads = found.heads.map(
		(row) =>
			`<tr class="spm-diff-changed"><td>${esc(row.label)}</td><td class="text-right">${shown(
				row,
				"old"
			)}</td><td class="text-right">${shown(row, "new")}</td></tr>`
	);
	const head = (side) => __("Version {0}", [found[side].version]);
	return `<div class="spm-diff"><table class="table table-bordered">
		<thead><tr><th></th><th class="text-right">${head("old")}</th><th class="text-right">${head("new")}</th></tr></thead>
		<tbody>${lines.join("")}${heads.join("")}</tbody></table></div>`;
}

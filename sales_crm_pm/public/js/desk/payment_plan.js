// The payment plan of a contract: shown on its form, and edited as a whole.
frappe.provide("sales_crm_pm.payments");

const TRIGGERS = ["Date", "Milestone", "Event"];
const esc = (value) => frappe.utils.escape_html(value === undefined || value === null ? "" : String(value));
const word = (text) => __(text, null, "SPM Payment");
const money = (value, currency) => format_currency(value, currency);
const link_to = (doctype, name, text) =>
	name ? `<a href="${frappe.utils.get_form_link(doctype, name)}">${esc(text || name)}</a>` : "";

/** What a payment waits for, in words. */
function waits_for(row) {
	const days = cint(row.term_days);
	const term = days ? ` <span class="text-muted">+ ${__("{0} days", [days])}</span>` : "";
	if (row.trigger_type === "Milestone") {
		const title = esc(row.milestone_title || row.milestone);
		const link = row.milestone
			? `<a href="${frappe.utils.get_form_link("SPM Milestone", row.milestone)}">${title}</a>`
			: title;
		return `<span class="text-muted">${word("Milestone")}</span> ${link}${term}`;
	}
	if (row.trigger_type === "Event") return `<span class="text-muted">${word("Event")}</span> ${esc(row.event_name)}${term}`;
	return `<span class="text-muted">${word("Date")}</span> ${frappe.datetime.str_to_user(row.trigger_date) || "–"}${term}`;
}

function pill(row) {
	return `<span class="indicator-pill ${sales_crm_pm.ui.status_color(row.status)}">${word(row.status)}</span>`;
}

/** Buttons of a row that the reader may use now. */
function row_actions(row, can_write, is_signed) {
	if (!can_write || !is_signed || ["Paid", "Cancelled"].includes(row.status)) return "";
	const button = (action, label) =>
		`<button type="button" class="btn btn-xs btn-default" data-action="${action}" data-name="${esc(row.name)}">${label}</button>`;
	const found = [];
	if (row.trigger_type === "Event" && !row.happened_on) found.push(button("happened", __("Happened")));
	if (!row.invoiced_on) found.push(button("invoice", word("Invoice")));
	found.push(button("receipt", __("Receipt")));
	return found.join(" ");
}

Object.assign(sales_crm_pm.payments, {
	/** Columns of our reports that show a name and open the record behind it; undefined for all others. */
	report_cell(column, data) {
		const target = {
			customer_name: ["SPM Customer", "customer"],
			contract_title: ["SPM Contract", "contract"],
			title: ["SPM Payment", "payment"],
		}[column.fieldname];
		if (target && data && data[target[1]]) return link_to(target[0], data[target[1]], data[column.fieldname]);
		if (["account_manager", "contract_owner"].includes(column.fieldname) && data && data[column.fieldname]) {
			return esc(frappe.user.full_name(data[column.fieldname]));
		}
		return undefined;
	},

	/** Draw the plan of a contract into its form. */
	async show(frm) {
		const wrapper = frm.get_field("plan_html").$wrapper.empty();
		if (frm.is_new()) {
			wrapper.html(`<p class="text-muted">${__("The payment plan is made when you save: from the template, or one payment over the full amount.")}</p>`);
			return;
		}
		const plan = (
			await frappe.call({ method: "sales_crm_pm.api.v1.contract.plan", type: "GET", args: { contract: frm.doc.name } })
		).message;
		frm.payment_plan = plan;
		const can_write = Boolean(frm.perm[0].write) && frm.doc.docstatus < 2;
		const rows = plan.rows
			.map(
				(row) => `<tr>
				<td data-label="${word("Title")}"><a href="${frappe.utils.get_form_link("SPM Payment", row.name)}"><b>${esc(row.title)}</b></a></td>
				<td data-label="${__("Falls Due By")}">${waits_for(row)}</td>
				<td data-label="${word("Due Date")}">${row.due_date ? sales_crm_pm.ui.relative_day(row.due_date, !["Due", "Invoiced", "Partly Paid", "Overdue"].includes(row.status)) : "–"}</td>
				<td data-label="${word("Share")}" class="text-right">${format_number(row.percent, null, 2)} %</td>
				<td data-label="${word("Amount")}" class="text-right"><b>${money(row.amount, row.currency)}</b>${
					row.received ? `<br><small class="text-muted">${__("{0} received", [money(row.received, row.currency)])}</small>` : ""
				}</td>
				<td data-label="${word("Status")}">${pill(row)}${
					row.invoice_no ? `<br><small class="text-muted">${esc(row.invoice_no)}</small>` : ""
				}</td>
				<td class="spm-plan-actions">${row_actions(row, can_write, frm.doc.docstatus === 1)}</td>
			</tr>`
			)
			.join("");
		wrapper.html(`<div class="spm-plan">
			<div class="spm-plan-head">
				<span class="text-muted">${__("{0} payments over {1}", [plan.rows.length, money(plan.total, plan.currency)])}</span>
				${can_write ? `<button type="button" class="btn btn-sm btn-default" data-action="edit">${__("Edit Plan")}</button>` : ""}
			</div>
			<table class="table table-sm">
				<thead><tr><th>${word("Title")}</th><th>${__("Falls Due By")}</th><th>${word("Due Date")}</th>
				<th class="text-right">${word("Share")}</th><th class="text-right">${word("Amount")}</th><th>${word("Status")}</th><th></th></tr></thead>
				<tbody>${rows}</tbody>
			</table></div>`);
		wrapper.find("[data-action]").on("click", (event) => {
			const { action, name } = event.currentTarget.dataset;
			if (action === "edit") return sales_crm_pm.payments.edit(frm);
			const row = plan.rows.find((candidate) => candidate.name === name);
			sales_crm_pm.payments[action](row, () => frm.reload_doc());
		});
	},

	/** Money that came in for a payment. */
	receipt(row, done) {
		frappe.prompt(
			[
				{ fieldname: "amount", fieldtype: "Currency", label: __("Amount"), options: "currency", reqd: 1, default: row.outstanding },
				{ fieldname: "received_date", fieldtype: "Date", label: __("Received On"), reqd: 1, default: frappe.datetime.get_today() },
				{
					fieldname: "reference",
					fieldtype: "Data",
					label: __("Reference", null, "SPM Payment Receipt"),
					reqd: 1,
					description: __("Number of the bank statement or transfer. The same one twice is recorded once."),
				},
				{ fieldname: "note", fieldtype: "Data", label: __("Note") },
			],
			(values) => send("payment.record_receipt", { payment: row.name, ...values }, done),
			__("Money for {0}", [row.title]),
			__("Record")
		);
	},

	/** An invoice that went out for a payment. */
	invoice(row, done) {
		frappe.prompt(
			[
				{ fieldname: "invoice_no", fieldtype: "Data", label: __("Invoice No."), reqd: 1 },
				{ fieldname: "invoiced_on", fieldtype: "Date", label: __("Invoiced On"), reqd: 1, default: frappe.datetime.get_today() },
			],
			(values) => send("payment.invoice", { payment: row.name, ...values }, done),
			__("Invoice for {0}", [row.title]),
			__("Record")
		);
	},

	/** The event that a payment waits for. */
	happened(row, done) {
		frappe.prompt(
			[{ fieldname: "on", fieldtype: "Date", label: __("Happened On"), reqd: 1, default: frappe.datetime.get_today() }],
			(values) => send("payment.happened", { payment: row.name, ...values }, done),
			row.event_name,
			__("Record")
		);
	},

	/** Edit the whole plan; nothing is stored before it adds up. */
	async edit(frm) {
		const plan = (
			await frappe.call({ method: "sales_crm_pm.api.v1.contract.plan", type: "GET", args: { contract: frm.doc.name } })
		).message;
		const projects = (frm.doc.projects || []).map((row) => row.project);
		const milestones = projects.length
			? await frappe.db.get_list("SPM Milestone", {
					filters: { project: ["in", projects], status: ["!=", "Cancelled"] },
					fields: ["name", "title", "planned_date"],
					order_by: "planned_date asc",
					limit: 200,
			  })
			: [];
		new PlanEditor(frm, plan, milestones);
	},
});

function send(method, args, done) {
	return frappe
		.call({ method: `sales_crm_pm.api.v1.${method}`, args, freeze: true })
		.then(({ message }) => {
			frappe.show_alert({ message: word(message.status || "Saved"), indicator: sales_crm_pm.ui.status_color(message.status) });
			done();
		});
}

class PlanEditor {
	constructor(frm, plan, milestones) {
		Object.assign(this, { frm, plan, milestones });
		this.rows = plan.rows.map((row) => ({ ...row }));
		this.dialog = new frappe.ui.Dialog({
			title: __("Payment Plan"),
			size: "extra-large",
			fields: [{ fieldname: "body", fieldtype: "HTML" }],
			primary_action_label: __("Save"),
			primary_action: () => this.save(),
		});
		this.dialog.show();
		this.render();
	}

	get $body() {
		return this.dialog.fields_dict.body.$wrapper;
	}

	/** Draw all rows; while somebody types only the sums are drawn anew. */
	render() {
		this.$body.html(`<div class="spm-plan-editor">
			<div class="spm-plan-rows">${this.rows.map((row, index) => this.row_html(row, index)).join("")}</div>
			<div class="spm-plan-foot">
				<div>
					<button type="button" class="btn btn-sm btn-default" data-do="add">${__("Add Payment")}</button>
					<button type="button" class="btn btn-sm btn-default" data-do="template">${__("From Template")}</button>
				</div>
				<div class="spm-plan-sums" role="status"></div>
			</div></div>`);
		this.$body.find("[data-field]").on("input change", (event) => this.on_input(event));
		this.$body.find("[data-do]").on("click", (event) => {
			const { do: action, index } = event.currentTarget.dataset;
			this[`do_${action}`](cint(index));
		});
		this.show_sums();
	}

	row_html(row, index) {
		const input = (field, type, label, options = {}) => `<label class="spm-plan-${options.css || field}"><span>${label}</span>
			<input class="form-control input-sm" type="${type}" data-index="${index}" data-field="${field}"
				value="${esc(row[field])}" ${type === "number" ? `min="0" step="${options.step || "any"}"` : ""}
				${options.fixed ? "disabled" : ""} ${options.list ? `list="${options.list}"` : ""}></label>`;
		let when; // one field, or two that belong together
		if (row.trigger_type === "Milestone") {
			const options = this.milestones
				.map((m) => `<option value="${esc(m.name)}" ${m.name === row.milestone ? "selected" : ""}>${esc(m.title)}</option>`)
				.join("");
			const later = `<option value="" ${row.milestone ? "" : "selected"}>${__("Later, by its title …")}</option>`;
			when = `<label class="spm-plan-when"><span>${word("Milestone")}</span>
				<select class="form-control input-sm" data-index="${index}" data-field="milestone">${later}${options}</select></label>
				${row.milestone ? "" : input("milestone_title", "text", __("Title of the Milestone"), { css: "when" })}`;
		} else if (row.trigger_type === "Event") {
			when = input("event_name", "text", word("Event"), { css: "when" }) + input("trigger_date", "date", __("Expected"), { css: "date" });
		} else {
			when = input("trigger_date", "date", word("Date"), { css: "when" });
		}
		const triggers = TRIGGERS.map(
			(name) => `<option value="${name}" ${name === row.trigger_type ? "selected" : ""}>${word(name)}</option>`
		).join("");
		return `<div class="spm-plan-row ${row.fixed ? "is-fixed" : ""}">
			${input("title", "text", word("Title"))}
			<label class="spm-plan-trigger"><span>${__("Falls Due By")}</span>
				<select class="form-control input-sm" data-index="${index}" data-field="trigger_type">${triggers}</select></label>
			<div class="spm-plan-conditions">${when}</div>
			${input("term_days", "number", __("Days to Pay"), { step: 1 })}
			${input("percent", "number", `${word("Share")} %`, { fixed: row.fixed })}
			${input("amount", "number", `${word("Amount")} (${esc(this.plan.currency)})`, { step: "0.01", fixed: row.fixed })}
			<button type="button" class="btn btn-sm btn-default spm-plan-remove" data-do="remove" data-index="${index}"
				${row.fixed ? "disabled" : ""} title="${row.fixed ? __("Invoiced or paid") : __("Remove")}" aria-label="${__("Remove")}">
				${row.fixed ? word(row.status) : "✕"}</button>
		</div>`;
	}

	on_input({ currentTarget: element, type }) {
		const row = this.rows[cint(element.dataset.index)];
		const field = element.dataset.field;
		row[field] = element.value;
		if (field === "percent") {
			row.by_percent = true;
			row.amount = flt((this.plan.total * flt(element.value)) / 100, 2);
			this.sibling(element, "amount").value = row.amount;
		} else if (field === "amount") {
			row.by_percent = false;
			row.percent = this.plan.total ? flt((flt(element.value) * 100) / this.plan.total, 4) : 0;
			this.sibling(element, "percent").value = row.percent;
		} else if (["trigger_type", "milestone"].includes(field) && type === "change") {
			if (row.milestone) row.milestone_title = null;
			return this.render();
		}
		this.show_sums();
	}

	sibling(element, field) {
		return $(element).closest(".spm-plan-row").find(`[data-field=${field}]`).get(0);
	}

	get difference() {
		return flt(this.plan.total - this.rows.reduce((sum, row) => sum + flt(row.amount), 0), 2);
	}

	/** Rounding of percentages is settled by the server; more than that has to be planned. */
	get adds_up() {
		const by_percent = this.rows.filter((row) => row.by_percent).length;
		const tolerance = by_percent ? by_percent / 100 + (this.plan.total * 0.01) / 100 : 0;
		return Math.abs(this.difference) <= tolerance + 0.001;
	}

	show_sums() {
		const planned = flt(this.plan.total - this.difference, 2);
		const gap = this.adds_up
			? `<b class="text-success">✓ ${__("Adds up")}</b>`
			: `<b class="text-danger">${
					this.difference > 0
						? __("{0} still to plan", [money(this.difference, this.plan.currency)])
						: __("{0} too much", [money(-this.difference, this.plan.currency)])
			  }</b> <button type="button" class="btn btn-xs btn-default" data-do="rest">${__("Into the last row")}</button>`;
		const sums = this.$body.find(".spm-plan-sums");
		sums.html(`<span>${__("{0} of {1}", [money(planned, this.plan.currency), money(this.plan.total, this.plan.currency)])}</span> ${gap}`);
		sums.find("[data-do=rest]").on("click", () => this.do_rest());
		this.dialog.get_primary_btn().prop("disabled", !this.adds_up);
	}

	do_add() {
		this.rows.push({
			title: "",
			trigger_type: "Date",
			trigger_date: frappe.datetime.get_today(),
			term_days: this.rows.length ? this.rows[this.rows.length - 1].term_days : 30,
			amount: Math.max(0, this.difference),
			percent: this.plan.total ? flt((Math.max(0, this.difference) * 100) / this.plan.total, 4) : 0,
		});
		this.render();
		this.$body.find("[data-field=title]").last().trigger("focus");
	}

	do_remove(index) {
		this.rows.splice(index, 1);
		this.render();
	}

	/** The last row that may change takes the difference. */
	do_rest() {
		const open = this.rows.filter((row) => !row.fixed);
		const last = open[open.length - 1];
		if (!last) return this.do_add();
		const amount = flt(flt(last.amount) + this.difference, 2);
		if (amount < 0) return;
		Object.assign(last, {
			amount,
			percent: this.plan.total ? flt((amount * 100) / this.plan.total, 4) : 0,
			by_percent: false,
		});
		this.render();
	}

	do_template() {
		frappe.prompt(
			[
				{
					fieldname: "template",
					fieldtype: "Link",
					options: "SPM Payment Template",
					label: __("Payment Template"),
					reqd: 1,
					get_query: () => ({ filters: { disabled: 0 } }),
				},
			],
			async ({ template }) => {
				const { message } = await frappe.call({
					method: "sales_crm_pm.api.v1.contract.template_rows",
					type: "GET",
					args: { contract: this.frm.doc.name, template },
				});
				const kept = this.rows.filter((row) => row.fixed);
				const left = flt(this.plan.total - kept.reduce((sum, row) => sum + flt(row.amount), 0), 2);
				let spent = 0;
				const added = message.map((row, index) => {
					const is_last = index === message.length - 1;
					const amount = is_last ? flt(left - spent, 2) : flt((left * flt(row.percent)) / 100, 2);
					spent = flt(spent + amount, 2);
					return { ...row, amount, percent: this.plan.total ? flt((amount * 100) / this.plan.total, 4) : row.percent };
				});
				this.rows = [...kept, ...added];
				this.render();
			},
			__("From Template"),
			__("Take Over")
		);
	}

	save() {
		const rows = this.rows.map((row) => ({
			name: row.name,
			title: row.title,
			trigger_type: row.trigger_type,
			milestone: row.trigger_type === "Milestone" ? row.milestone || null : null,
			milestone_title: row.trigger_type === "Milestone" && !row.milestone ? row.milestone_title : null,
			event_name: row.trigger_type === "Event" ? row.event_name : null,
			trigger_date: row.trigger_type === "Milestone" ? null : row.trigger_date || null,
			term_days: cint(row.term_days),
			...(row.by_percent && !row.fixed ? { percent: flt(row.percent) } : { amount: flt(row.amount) }),
		}));
		const untitled = rows.findIndex((row) => !(row.title || "").trim());
		if (untitled >= 0) {
			frappe.msgprint(__("Row {0}: give the payment a title.", [untitled + 1]));
			return;
		}
		frappe
			.call({
				method: "sales_crm_pm.api.v1.contract.set_plan",
				args: { contract: this.frm.doc.name, rows, version: this.plan.version },
				freeze: true,
			})
			.then(() => {
				this.dialog.hide();
				frappe.show_alert({ message: __("The payment plan is saved."), indicator: "green" });
				this.frm.reload_doc();
			});
	}
}

// Change requests: the difference before and after, who has agreed, and lists beside projects, deals and customers.
frappe.provide("sales_crm_pm.changes");
frappe.provide("sales_crm_pm.project_panels");

const esc = (value) => frappe.utils.escape_html(value === undefined || value === null ? "" : String(value));
const day = (value) => (value ? frappe.datetime.str_to_user(value) : "–");
const money = (value, currency) => format_currency(flt(value), currency, 0);
const percent = (value) => (value === null || value === undefined ? "–" : `${format_number(value, null, 1)} %`);

Object.assign(sales_crm_pm.changes, {
	/** "+14 days", "−3 days", "" for none. */
	signed_days(days) {
		if (!days) return "";
		const number = `${days > 0 ? "+" : "−"}${Math.abs(days)}`;
		return Math.abs(days) === 1 ? __("{0} day", [number]) : __("{0} days", [number]);
	},

	/** "+ ¥20,000": a difference, right-aligned. */
	signed_money(value, currency) {
		if (!flt(value)) return `<span class="spm-money text-muted">–</span>`;
		return `<span class="spm-money">${flt(value) > 0 ? "+" : "−"}${money(Math.abs(value), currency)}</span>`;
	},

	/** The panel of the form: what the change comes to. */
	draw_difference(frm) {
		const field = frm.get_field("impact_html");
		if (!field) return;
		const found = frm.doc.__onload?.difference || {};
		const has_any = found.price || found.end;
		field.$wrapper.html(
			frm.is_new() || !has_any || !(frm.doc.lines || []).length
				? `<p class="spm-change-empty text-muted">${__(
						"Write down below what changes. What it means for dates, price and people is then worked out here."
				  )}</p>`
				: difference(found)
		);
	},

	/** The panel of the form: which sides have agreed to this version. */
	draw_agreement(frm) {
		const field = frm.get_field("approvals_html");
		if (!field) return;
		field.$wrapper.html(frm.is_new() ? "" : agreement(frm));
	},

	/** Rows of change requests as a table; `rows` come from the endpoint `change_request.of`. */
	table(rows) {
		return `<table class="table spm-change-table"><thead><tr><th>${__("Change")}</th><th>${__("Status")}</th><th class="spm-num">${__(
			"Days"
		)}</th><th class="spm-num">${__("Price")}</th></tr></thead><tbody>${rows
			.map(
				(row) => `<tr><td><a href="${frappe.utils.get_form_link("SPM Change Request", row.name)}">${esc(row.title)}</a>
					<div class="text-muted">${esc(row.name)} · ${__(row.change_type, null, "SPM Change Request")} · ${day(row.requested_on)}</div></td>
				<td>${pill(row.status)}${waiting(row)}</td>
				<td class="spm-num">${sales_crm_pm.changes.signed_days(row.schedule_impact_days) || "–"}</td>
				<td class="spm-num">${sales_crm_pm.changes.signed_money(row.price_impact, row.currency)}</td></tr>`
			)
			.join("")}</tbody></table>`;
	},

	/** Ask for the change requests of a record. */
	async rows_of(filters) {
		const { message } = await frappe.call({
			method: "sales_crm_pm.api.v1.change_request.of",
			type: "GET",
			args: filters,
		});
		return message || [];
	},
});

function pill(status) {
	return `<span class="indicator-pill ${sales_crm_pm.ui.status_color(status)}">${__(status, null, "SPM Change Request")}</span>`;
}

function waiting(row) {
	if (row.status !== "Assessed" || !row.waiting_for) return "";
	const sides = row.waiting_for.split(", ").map((side) => __(side, null, "SPM Change Approval"));
	return `<div class="text-muted">${__("waits for {0}", [sides.join(", ")])}</div>`;
}

// The difference of two plans
// ------------------

function difference(found) {
	return `<div class="spm-change-diff">${headline(found)}${dates(found)}${scope(found)}${sums(found)}${payments(
		found
	)}${people(found)}${others(found)}</div>`;
}

/** Three or four figures that say it all. */
function headline(found) {
	const end = found.end || {};
	const price = found.price || {};
	const figures = [
		figure(
			__("End of the Project"),
			day(end.after),
			end.days ? sales_crm_pm.changes.signed_days(end.days) : __("unchanged"),
			end.days > 0 ? "orange" : end.days < 0 ? "green" : ""
		),
		figure(
			__("Price"),
			money(price.after, price.currency),
			price.change ? `${price.change > 0 ? "+" : "−"}${money(Math.abs(price.change), price.currency)}` : __("unchanged"),
			price.change > 0 ? "green" : price.change < 0 ? "orange" : ""
		),
	];
	if (found.margin) {
		const change = found.margin.change;
		figures.push(
			figure(
				__("Margin"),
				percent(found.margin.after_percent),
				`${percent(found.margin.before_percent)} → ${percent(found.margin.after_percent)}`,
				change > 0 ? "green" : change < 0 ? "red" : ""
			)
		);
	}
	if (found.hours) {
		figures.push(
			figure(__("Work", null, "SPM Change Request"), __("{0} h", [`${found.hours > 0 ? "+" : "−"}${format_number(Math.abs(found.hours), null, 1)}`]), "", "")
		);
	}
	return `<div class="spm-change-head">${figures.join("")}</div>`;
}

function figure(label, value, hint, color) {
	return `<div><div class="text-muted">${label}</div><div class="spm-figure">${value}</div>${
		hint ? `<span class="indicator-pill no-indicator-dot ${color || "gray"}">${hint}</span>` : ""
	}</div>`;
}

function section(title, head, rows) {
	if (!rows.length) return "";
	return `<h5>${title}</h5><table class="table"><thead><tr>${head
		.map((text, n) => `<th class="${n ? "spm-num" : ""}">${text}</th>`)
		.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

const BEFORE_AFTER = () => [
	__("Before", null, "SPM Change Request"),
	__("After", null, "SPM Change Request"),
	__("Difference", null, "SPM Change Request"),
];

function moved(row) {
	const change =
		row.state === "new"
			? `<span class="indicator-pill no-indicator-dot blue">${__("new")}</span>`
			: row.state === "dropped"
			? `<span class="indicator-pill no-indicator-dot gray">${__("dropped")}</span>`
			: sales_crm_pm.changes.signed_days(row.days);
	const late = row.days > 0 ? "spm-later" : row.days < 0 ? "text-success" : "";
	return `<tr><td>${esc(row.title)}${
		row.visible ? ` <span class="text-muted" title="${__("The customer sees this date")}">${frappe.utils.icon("eye", "xs")}</span>` : ""
	}</td><td class="spm-num text-muted">${day(row.before)}</td><td class="spm-num"><b>${day(row.after)}</b></td><td class="spm-num ${late}">${change}</td></tr>`;
}

function dates(found) {
	const tasks = found.tasks || [];
	const rest = (found.tasks_moved || 0) - tasks.length;
	const more = rest > 0 ? [`<tr><td colspan="4" class="text-muted">${__("and {0} more tasks", [rest])}</td></tr>`] : [];
	return (
		section(__("Milestones"), ["", ...BEFORE_AFTER()], (found.milestones || []).map(moved)) +
		section(__("Tasks"), ["", ...BEFORE_AFTER()], [...tasks.map(moved), ...more])
	);
}

function scope(found) {
	const rows = (found.scope || []).map(
		(row) =>
			`<tr><td class="text-muted spm-change-part">${__(row.part, null, "SPM Change Line")}</td><td class="spm-change-words">+ ${esc(row.text)}</td></tr>`
	);
	return rows.length ? `<h5>${__("Scope")}</h5><table class="table"><tbody>${rows.join("")}</tbody></table>` : "";
}

function sum_row(label, row, currency, show_percent) {
	const side = (value, share) => `${money(value, currency)}${show_percent ? ` <small class="text-muted">${percent(share)}</small>` : ""}`;
	return `<tr><td>${label}</td><td class="spm-num text-muted">${side(row.before, row.before_percent)}</td><td class="spm-num"><b>${side(
		row.after,
		row.after_percent
	)}</b></td><td class="spm-num">${sales_crm_pm.changes.signed_money(row.change, currency)}</td></tr>`;
}

function sums(found) {
	const rows = [];
	if (found.price) rows.push(sum_row(__("Price"), found.price, found.price.currency));
	if (found.cost) rows.push(sum_row(__("Cost"), found.cost, found.cost.currency));
	if (found.margin) rows.push(sum_row(__("Margin"), found.margin, found.margin.currency, true));
	return section(__("Money"), ["", ...BEFORE_AFTER()], rows);
}

function payments(found) {
	const currency = found.price?.currency;
	const rows = (found.payments || []).map(
		(row) =>
			`<tr><td>${esc(row.title)} <span class="text-muted">${day(row.due_date)}</span></td><td class="spm-num text-muted">${
				row.before ? money(row.before, currency) : "–"
			}</td><td class="spm-num"><b>${row.after ? money(row.after, currency) : "–"}</b></td><td class="spm-num">${sales_crm_pm.changes.signed_money(
				row.after - row.before,
				currency
			)}</td></tr>`
	);
	return section(__("Payments"), ["", ...BEFORE_AFTER()], rows);
}

function people(found) {
	const rows = (found.people || []).map(
		(row) =>
			`<tr><td>${esc(row.name) || `<span class="text-muted">${__("nobody yet")}</span>`}</td><td class="spm-num">${__("{0} h", [
				`${row.hours > 0 ? "+" : "−"}${format_number(Math.abs(row.hours), null, 1)}`,
			])}</td></tr>`
	);
	return section(__("People", null, "SPM Change Request"), ["", __("Work", null, "SPM Change Request")], rows);
}

function others(found) {
	const rows = (found.others || []).map(
		(row) =>
			`<tr><td class="text-muted spm-change-part">${__(row.kind, null, "SPM Change Line")}</td><td>${esc(row.title)}${
				row.text ? `<div class="text-muted">${esc(row.text)}</div>` : ""
			}</td></tr>`
	);
	return rows.length ? `<h5>${__("Besides")}</h5><table class="table"><tbody>${rows.join("")}</tbody></table>` : "";
}

// Who has agreed
// ------------------

function agreement(frm) {
	const doc = frm.doc;
	const needed = doc.__onload?.needed || [];
	const waiting_for = doc.__onload?.waiting || [];
	const given = (doc.approvals || []).filter((row) => !row.is_void);
	const cards = needed.map((side) => {
		const word = given.find((row) => row.side === side && row.decision === "Approved" && row.version === doc.version);
		const refused = given.find((row) => row.side === side && row.decision === "Rejected");
		const state = refused ? "red" : word ? "green" : "gray";
		const sign = refused ? __("Declined", null, "SPM Change Request") : word ? __("Agreed", null, "SPM Change Request") : doc.status === "Assessed" ? __("Waiting") : "–";
		const who = refused || word;
		return `<div class="spm-change-side"><div class="text-muted">${__(side, null, "SPM Change Approval")}</div>
			<span class="indicator-pill ${state}">${sign}</span>
			${who ? `<div>${esc(who.person_name)}</div><small class="text-muted">${frappe.datetime.str_to_user(who.decided_on)} · ${__(
				who.given_through,
				null,
				"SPM Change Approval"
			)}</small>${who.remark ? `<div class="text-muted">${esc(who.remark)}</div>` : ""}` : ""}</div>`;
	});
	const voided = (doc.approvals || []).filter((row) => row.is_void);
	const log = voided.length
		? `<details class="spm-change-void"><summary class="text-muted">${__("{0} earlier words that no longer count", [
				voided.length,
		  ])}</summary><ul>${voided
				.map(
					(row) =>
						`<li>${__(row.side, null, "SPM Change Approval")} · ${esc(row.person_name)} · ${__("Version {0}", [row.version])} <span class="text-muted">${esc(
							row.void_reason
						)}</span></li>`
				)
				.join("")}</ul></details>`
		: "";
	return `<div class="spm-change-agreement"><div class="text-muted">${__("Version {0}", [doc.version || 1])}${
		waiting_for.length || doc.status !== "Assessed" ? "" : ` · ${__("all have agreed")}`
	}</div><div class="spm-change-sides">${cards.join("")}</div>${log}</div>`;
}

// Beside other records
// ------------------

sales_crm_pm.project_panels.change_html = async (frm, $wrapper) => {
	if (!frappe.model.can_read("SPM Change Request")) return;
	const rows = await sales_crm_pm.changes.rows_of({ project: frm.doc.name });
	const is_open = !["Closed", "Cancelled"].includes(frm.doc.status);
	const add =
		is_open && frappe.model.can_create("SPM Change Request")
			? `<button type="button" class="btn btn-xs btn-default spm-new-change">${__("New Change Request")}</button>`
			: "";
	const sum = flt(frm.doc.approved_changes)
		? ` <span class="text-muted">${__("Approved Changes")}: ${format_currency(frm.doc.approved_changes, frm.doc.currency)}</span>`
		: "";
	$wrapper.html(`<div class="spm-change-list"><div class="spm-change-list-head"><b>${__("Change Requests")}</b>${sum}${add}</div>${
		rows.length
			? sales_crm_pm.changes.table(rows)
			: `<p class="text-muted">${__(
					"No change so far. When customer, sales or delivery want something else than was agreed, write it down as a change request."
			  )}</p>`
	}</div>`);
	$wrapper.find(".spm-new-change").on("click", () => frappe.new_doc("SPM Change Request", { project: frm.doc.name }));
};

// On the deal, below what it is worth: what has changed since it was won.
frappe.ui.form.on("SPM Opportunity", {
	async refresh(frm) {
		frm.$wrapper.find(".spm-change-deal").remove();
		if (frm.is_new() || !frm.doc.project || !frappe.model.can_read("SPM Change Request")) return;
		const deal = frm.doc.name;
		const rows = await sales_crm_pm.changes.rows_of({ opportunity: deal });
		if (frm.doc.name !== deal || !rows.length || !frm.fields_dict.amount) return;
		$(frm.fields_dict.amount.wrapper)
			.closest(".form-section")
			.before(`<div class="spm-change-deal"><div class="spm-quotes-title">${__("Change Requests")}</div>${sales_crm_pm.changes.table(rows)}</div>`);
	},
});

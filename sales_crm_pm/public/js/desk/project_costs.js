// Time and cost of a project: estimate, committed and actual by category, the newest entries, hours by person.
frappe.provide("sales_crm_pm.project_panels");

const esc = (value) => frappe.utils.escape_html(String(value ?? ""));
const COLORS = { Draft: "orange", Approved: "green", Cancelled: "gray" };

async function ask(project) {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.cost.status",
		type: "GET",
		args: { project },
	});
	return message;
}

sales_crm_pm.project_panels.time_html = async function (frm, $wrapper) {
	if (!frm.get_perm(1, "read") || !frappe.model.can_read("SPM Cost Entry")) return;
	const found = await ask(frm.doc.name);
	const money = (value) => format_currency(flt(value), found.currency, 0);
	$wrapper.addClass("spm-costs").html(
		[head(found, money), categories(found, money), lists(found, money, frm)].filter(Boolean).join("")
	);
	$wrapper.find(".spm-costs-add").on("click", () => sales_crm_pm.add_cost(frm, found));
	$wrapper.find(".spm-costs-approve").on("click", (event) => approve(frm, $(event.currentTarget)));
	$wrapper.find(".spm-costs-hours").on("click", () => {
		frappe.set_route("query-report", "SPM Timesheet Summary", { project: frm.doc.name });
	});
	$wrapper.find(".spm-costs-all").on("click", () => {
		frappe.set_route("List", "SPM Cost Entry", { project: frm.doc.name });
	});
};

/** One bar: what is spent, what is ordered, what is left of the budget. */
function head(found, money) {
	const full = Math.max(found.budget, found.actual + found.committed) || 1;
	const part = (value) => `${Math.max(0, Math.min(100, (value / full) * 100))}%`;
	const is_over = found.budget > 0 && found.left < 0;
	const figure = (label, value, color) =>
		`<div><small class="text-muted">${label}</small><b class="${color || ""}">${value}</b></div>`;
	return `<div class="spm-costs-head">
		<div class="spm-costs-figures">
			${figure(__("Budget"), found.budget ? money(found.budget) : "–")}
			${figure(__("Spent"), money(found.actual))}
			${figure(__("Committed", null, "SPM Cost Entry"), money(found.committed))}
			${found.budget ? figure(is_over ? __("Over Budget") : __("Left"), money(Math.abs(found.left)), is_over ? "text-danger" : "") : ""}
			${figure(__("Hours"), format_number(found.hours, null, 1))}
		</div>
		<span class="spm-costs-space"></span>
		<button type="button" class="btn btn-default btn-sm spm-costs-hours">${__("Hours")}</button>
		<button type="button" class="btn btn-primary btn-sm spm-costs-add">${__("Add Cost")}</button>
	</div>
	<div class="spm-costs-bar" role="img" aria-label="${esc(__("Spent"))} ${esc(money(found.actual))}, ${esc(__("Committed", null, "SPM Cost Entry"))} ${esc(money(found.committed))}">
		<span class="is-actual" style="width:${part(found.actual)}"></span><span class="is-committed" style="width:${part(found.committed)}"></span>
	</div>`;
}

function categories(found, money) {
	if (!found.categories.length) {
		return `<p class="text-muted spm-costs-empty">${__("Nothing has been spent yet. Costs come from approved hours and from cost entries.")}</p>`;
	}
	const has_estimate = found.categories.some((row) => row.estimate);
	const rows = found.categories
		.map((row) => {
			const used = row.actual + row.committed;
			const over = has_estimate && used > row.estimate;
			return `<tr><td>${__(row.category, null, "SPM Cost Entry")}</td>
				${has_estimate ? `<td class="text-right">${row.estimate ? money(row.estimate) : "–"}</td>` : ""}
				<td class="text-right">${row.committed ? money(row.committed) : "–"}</td>
				<td class="text-right">${row.actual ? money(row.actual) : "–"}</td>
				${has_estimate ? `<td class="text-right ${over ? "text-danger" : ""}">${money(row.estimate - used)}</td>` : ""}</tr>`;
		})
		.join("");
	return `<table class="spm-costs-table"><thead><tr><th>${__("Category")}</th>
		${has_estimate ? `<th class="text-right">${__("Estimate")}</th>` : ""}
		<th class="text-right">${__("Committed", null, "SPM Cost Entry")}</th><th class="text-right">${__("Spent")}</th>
		${has_estimate ? `<th class="text-right">${__("Left")}</th>` : ""}</tr></thead><tbody>${rows}</tbody></table>`;
}

function lists(found, money, frm) {
	const may_write = frappe.model.can_write("SPM Cost Entry");
	const entries = found.entries
		.map(
			(row) => `<li><div class="spm-costs-what"><a href="${frappe.utils.get_form_link("SPM Cost Entry", row.name)}">${esc(row.title)}</a>
			<small class="text-muted">${[frappe.datetime.str_to_user(row.entry_date), esc(row.supplier), __(row.kind, null, "SPM Cost Entry")].filter(Boolean).join(" · ")}</small></div>
			${row.status === "Draft" ? `<span class="indicator-pill ${COLORS[row.status]}">${__("Waits for Approval")}</span>` : ""}
			${row.status === "Draft" && may_write ? `<button type="button" class="btn btn-default btn-xs spm-costs-approve" data-name="${esc(row.name)}">${__("Approve")}</button>` : ""}
			<b>${format_currency(row.amount, row.currency, 0)}</b></li>`
		)
		.join("");
	const people = found.people
		.map(
			(row) => `<li>${frappe.avatar(row.user, "avatar-small", row.person_name)} <span>${esc(row.person_name || row.user)}</span>
			<span class="spm-costs-space"></span>
			${flt(row.waiting) ? `<small class="text-muted">${__("{0} waiting", [format_number(row.waiting, null, 1)])}</small>` : ""}
			<b>${format_number(row.approved, null, 1)} ${__("h", null, "Hours")}</b></li>`
		)
		.join("");
	return `<div class="spm-costs-lists">
		${entries ? `<section><h6>${__("Cost Entries")}</h6><ul>${entries}</ul><button type="button" class="btn btn-link btn-xs spm-costs-all">${__("Show All")}</button></section>` : ""}
		${people ? `<section><h6>${__("Hours by Person")}</h6><ul>${people}</ul>
		${found.pending_hours ? `<p class="text-muted">${__("{0} hours wait for approval.", [format_number(found.pending_hours, null, 1)])} <a href="/desk/spm-week/approve">${__("Decide")}</a></p>` : ""}</section>` : ""}
	</div>`;
}

async function approve(frm, $button) {
	$button.prop("disabled", true);
	await frappe.call({ method: "sales_crm_pm.api.v1.cost.approve", type: "POST", args: { entry: $button.data("name") } });
	frappe.show_alert({ message: __("Approved"), indicator: "green" });
	frm.reload_doc();
}

/** Enter a cost in one dialog; an invoice may settle what was committed. */
sales_crm_pm.add_cost = function (frm, found) {
	const commitments = found.commitments.map((row) => ({
		value: row.name,
		label: `${row.title} (${format_currency(row.open_base, found.currency, 0)})`,
	}));
	const choices = (values) => values.map((value) => ({ value, label: __(value, null, "SPM Cost Entry") }));
	const dialog = new frappe.ui.Dialog({
		title: __("Add Cost"),
		fields: [
			{ fieldtype: "Data", fieldname: "title", label: __("Description"), reqd: 1 },
			{ fieldtype: "Select", fieldname: "kind", label: __("Kind"), options: choices(["Actual", "Committed"]), default: "Actual", reqd: 1 },
			{ fieldtype: "Float", fieldname: "amount", label: __("Amount"), reqd: 1, precision: 2 },
			{ fieldtype: "Date", fieldname: "entry_date", label: __("Date"), default: frappe.datetime.get_today(), reqd: 1 },
			{ fieldtype: "Column Break" },
			{ fieldtype: "Data", fieldname: "supplier", label: __("Supplier") },
			{
				fieldtype: "Select",
				fieldname: "category",
				label: __("Category"),
				options: choices(["Purchase", "Travel", "Subcontract", "Material", "Other"]),
				default: "Purchase",
				reqd: 1,
			},
			{ fieldtype: "Link", fieldname: "currency", label: __("Currency"), options: "Currency", default: found.currency, reqd: 1 },
			{ fieldtype: "Data", fieldname: "invoice_no", label: __("Invoice or Order No.") },
			{ fieldtype: "Section Break" },
			{
				fieldtype: "Select",
				fieldname: "commitment",
				label: __("Settles Commitment"),
				options: [{ value: "", label: "" }, ...commitments],
				depends_on: "eval:doc.kind === 'Actual'",
				hidden: !commitments.length,
			},
			{ fieldtype: "Check", fieldname: "closes_commitment", label: __("Last Invoice of the Commitment"), depends_on: "commitment" },
			{ fieldtype: "Attach", fieldname: "attachment", label: __("Attachment") },
			{ fieldtype: "Check", fieldname: "approve", label: __("Approve at once"), default: 1 },
		],
		primary_action_label: __("Add"),
		async primary_action(values) {
			await frappe.call({
				method: "sales_crm_pm.api.v1.cost.add",
				type: "POST",
				args: { ...values, project: frm.doc.name },
				btn: dialog.get_primary_btn(),
			});
			dialog.hide();
			frappe.show_alert({ message: __("Cost added."), indicator: "green" });
			frm.reload_doc();
		},
	});
	dialog.show();
};

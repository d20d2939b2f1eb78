// Moving a deal to a stage, from the form and from the board alike: ask for exactly what is missing, then move.
frappe.provide("sales_crm_pm.ui");

const DEAL = "SPM Opportunity";

/**
 * Move a deal through the gate of a stage.
 *
 * @param {{name: string, title: string, customer: string}} deal
 * @param {{name: string, stage_name: string, stage_type: string}} stage
 * @returns {Promise<object|null>} the answer of the move, null when the person changed their mind
 */
sales_crm_pm.ui.move_deal = async function (deal, stage) {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.opportunity.gate",
		type: "GET",
		args: { opportunity: deal.name, stage: stage.name },
	});
	await new Promise((resolve) => frappe.model.with_doctype(DEAL, resolve));
	const fields = [...wanted_fields(message.missing, deal), ...closing_fields(stage, message.missing)];
	if (!fields.length) return move(deal, stage, {});
	return new Promise((resolve) => ask(deal, stage, fields, message.missing.length, resolve));
};

function wanted_fields(missing, deal) {
	const fields = [];
	const tables = {};
	for (const item of missing) {
		if (item.kind === "check") {
			fields.push({ fieldtype: "Check", fieldname: `check__${fields.length}`, label: item.label, check: item.name });
		} else if (item.kind === "row") {
			(tables[item.name] = tables[item.name] || []).push(item);
		} else {
			const df = frappe.meta.get_docfield(DEAL, item.name);
			if (df) fields.push(plain(df, { label: item.label, reqd: 1 }));
		}
	}
	for (const [table, items] of Object.entries(tables)) fields.push(...row_fields(table, items, deal));
	return fields;
}

/** A form field as a question: whatever hides it or makes it read-only on the form does not count here. */
function plain(df, changes) {
	return {
		...df,
		hidden: 0,
		read_only: 0,
		depends_on: "",
		mandatory_depends_on: "",
		read_only_depends_on: "",
		permlevel: 0,
		...changes,
	};
}

/** One row of a table, with the columns its list shows. */
function row_fields(table, items, deal) {
	const df = frappe.meta.get_docfield(DEAL, table);
	const wanted = Object.fromEntries(items.filter((item) => item.column).map((item) => [item.column, item.value]));
	const columns = frappe
		.get_meta(df.options)
		.fields.filter((f) => (f.in_list_view || f.fieldname in wanted) && !f.read_only && !f.hidden)
		.slice(0, 4);
	return [
		{ fieldtype: "Section Break", label: items.map((item) => item.label).join(", ") },
		...columns.map((column) =>
			plain(column, {
				fieldname: `row__${table}__${column.fieldname}`,
				reqd: column.reqd || column.fieldname in wanted ? 1 : 0,
				label: __(column.label, null, df.options),
				default: wanted[column.fieldname] || column.default,
				options: column.options === "currency" ? "" : column.options,
				get_query:
					column.options === "Contact" && deal.customer
						? () => ({ filters: { link_doctype: "SPM Customer", link_name: deal.customer } })
						: undefined,
			})
		),
	];
}

function closing_fields(stage, missing) {
	const asked = new Set(missing.map((item) => item.name));
	const field = (fieldname, changes = {}) => plain(frappe.meta.get_docfield(DEAL, fieldname), changes);
	const in_use = () => ({ filters: { disabled: 0 } });
	if (stage.stage_type === "Won") {
		const evidence = ["contract_no", "contract_signed_date", "contract_file"].filter((name) => !asked.has(name));
		return [
			{ fieldtype: "Section Break", label: __("Date and Evidence") },
			field("won_on", { reqd: 1, default: frappe.datetime.get_today() }),
			...evidence.map((name) => field(name)),
		];
	}
	if (stage.stage_type === "Lost") {
		return [
			field("loss_reason", { reqd: 1, get_query: in_use }),
			{
				fieldtype: "MultiSelectList",
				fieldname: "more_loss_reasons",
				label: __("Further Loss Reasons", null, DEAL),
				get_data: (text) => frappe.db.get_link_options("SPM Loss Reason", text, { disabled: 0 }),
			},
			field("lost_to_competitor", { get_query: in_use }),
			field("loss_detail"),
		];
	}
	if (stage.stage_type === "On Hold") {
		return [
			{ fieldtype: "Small Text", fieldname: "reason", label: __("Why is it put on hold?") },
			field("next_step", { label: __("What wakes it up?") }),
			field("next_step_date"),
		];
	}
	return [];
}

function ask(deal, stage, fields, count, resolve) {
	let answer = null;
	const kind = { Won: "green", Lost: "red", "On Hold": "orange" }[stage.stage_type] || "blue";
	const told = count
		? __("This stage still needs:")
		: { Won: __("Congratulations! When was it won, and what proves it?"), Lost: __("What can the next deal learn from it?") }[
				stage.stage_type
		  ] || "";
	const dialog = new frappe.ui.Dialog({
		title: __("Move to {0}", [__(stage.stage_name)]),
		indicator: kind,
		fields: [
			{
				fieldtype: "HTML",
				fieldname: "told",
				options: `<p><b>${frappe.utils.escape_html(deal.title || deal.name)}</b></p><p class="text-muted">${told}</p>`,
			},
			...fields,
		],
		primary_action_label: __("Move"),
		async primary_action(values) {
			const open = fields.find((df) => df.check && !values[df.fieldname]);
			if (open) {
				frappe.msgprint({
					title: __("Not done yet"),
					message: __("Tick {0} when it is done.", [`<b>${frappe.utils.escape_html(open.label)}</b>`]),
					indicator: "orange",
				});
				return;
			}
			dialog.disable_primary_action();
			try {
				answer = await move(deal, stage, gathered(fields, values));
				dialog.hide();
			} finally {
				dialog.enable_primary_action();
			}
		},
	});
	dialog.onhide = () => resolve(answer);
	dialog.$wrapper.addClass("spm-gate-dialog");
	dialog.show();
}

/** What was typed, as the endpoint wants it: values by field, rows by table, texts of checks. */
function gathered(fields, typed) {
	const values = {};
	const checks = [];
	for (const df of fields) {
		const value = typed[df.fieldname];
		if (df.check) {
			checks.push(df.check);
		} else if (df.fieldname === "more_loss_reasons") {
			values.more_loss_reasons = (value || [])
				.filter((reason) => reason !== typed.loss_reason)
				.map((loss_reason) => ({ loss_reason }));
		} else if ((df.fieldname || "").startsWith("row__")) {
			const [, table, column] = df.fieldname.split("__");
			values[table] = values[table] || [{}];
			if (value !== undefined && value !== "") values[table][0][column] = value;
		} else if (df.fieldname && value !== undefined) {
			values[df.fieldname] = value;
		}
	}
	return { values, checks, reason: typed.reason };
}

async function move(deal, stage, { values, checks, reason }) {
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.opportunity.move",
		args: { opportunity: deal.name, stage: stage.name, values, checks, reason },
		freeze: true,
	});
	return message;
}

/**
 * Ask who runs the project of a won deal, and start it.
 *
 * @param {string} opportunity
 * @param {(values: object) => Promise<{project: string, created: boolean}>} start does it
 */
sales_crm_pm.ui.offer_project = function (opportunity, start) {
	const dialog = new frappe.ui.Dialog({
		title: __("Start Project"),
		size: "large",
		fields: [
			{ fieldtype: "Link", options: "SPM Project Type", fieldname: "project_type", label: __("Project Type"), onchange: () => preview() },
			{
				fieldtype: "Link",
				options: "SPM Project Template",
				fieldname: "template",
				label: __("Template"),
				description: __("Empty: the one of the type."),
				get_query: () => ({ filters: { disabled: 0 } }),
				onchange: () => preview(),
			},
			{ fieldtype: "Column Break" },
			{ fieldtype: "Link", options: "User", fieldname: "project_manager", label: __("Project Manager"), onchange: () => preview() },
			{ fieldtype: "Date", fieldname: "start_date", label: __("Start"), default: frappe.datetime.get_today(), onchange: () => preview() },
			{ fieldtype: "Section Break" },
			{ fieldtype: "HTML", fieldname: "preview" },
		],
		primary_action_label: __("Start Project"),
		secondary_action_label: __("Later"),
		secondary_action: () => dialog.hide(),
		async primary_action(values) {
			const people = {};
			dialog.$wrapper.find("[data-role]").each((_index, input) => {
				if (input.value) people[input.dataset.role] = input.value;
			});
			dialog.hide();
			const { project, created } = await start({ opportunity, ...values, people });
			frappe.show_alert({
				message: created
					? __("Project {0} has been started.", [project])
					: __("The deal has project {0} already.", [project]),
				indicator: "green",
			});
		},
	});
	/** The plan as dates before anything is stored, and who takes which role. */
	async function preview() {
		const { project_type, template, start_date } = dialog.get_values(true);
		const wrapper = dialog.fields_dict.preview.$wrapper;
		const { message: plan } = await frappe.call({
			method: "sales_crm_pm.api.v1.project.preview",
			type: "GET",
			args: { opportunity, project_type, template, start_date, project_manager: dialog.get_value("project_manager") },
		});
		if (!plan || !plan.rows.length) return wrapper.html("");
		wrapper.html(sales_crm_pm.ui.template_preview(plan, { with_roles: true }));
	}
	dialog.show();
	preview();
};

/** A template laid onto the calendar: phases, tasks and milestones with their dates. */
sales_crm_pm.ui.template_preview = function (plan, { with_roles } = {}) {
	const esc = frappe.utils.escape_html;
	const day = (value) => frappe.datetime.str_to_user(value);
	const rows = [...plan.rows].sort((a, b) => a.start.localeCompare(b.start) || a.end.localeCompare(b.end));
	const roles = with_roles
		? plan.roles
				.filter((role) => !role.is_manager)
				.map(
					(role) => `<label><span class="text-muted">${esc(__(role.project_role))}</span>
				<input class="form-control input-sm" type="email" list="spm-people" data-role="${esc(role.project_role)}" placeholder="${__("Later")}"></label>`
				)
				.join("")
		: "";
	const people = Object.entries(frappe.boot.user_info || {})
		.filter(([user]) => user.includes("@"))
		.map(([user, info]) => `<option value="${esc(user)}">${esc(info.fullname || user)}</option>`)
		.join("");
	return `<div class="spm-template-preview">
		<p><b>${day(plan.start)} – ${day(plan.end)}</b> · ${__("{0} tasks", [plan.rows.filter((row) => row.kind === "task").length])} ·
			${__("{0} milestones", [plan.rows.filter((row) => row.kind === "milestone").length])} · ${__("{0} hours", [format_number(plan.hours, null, 0)])}</p>
		${roles ? `<div class="spm-template-roles">${roles}</div><datalist id="spm-people">${people}</datalist>` : ""}
		<ul>${rows
			.map(
				(row) => `<li class="${row.kind === "milestone" ? "is-milestone" : row.is_summary ? "is-summary" : ""}">
			<span>${row.kind === "milestone" ? "◆ " : ""}${esc(row.title)}</span>
			<span class="text-muted">${row.kind === "milestone" ? day(row.start) : `${day(row.start)} – ${day(row.end)}`}</span></li>`
			)
			.join("")}</ul></div>`;
};

/** Days a deal is in its stage, amber with a sign when it is longer than planned. */
sales_crm_pm.ui.stage_age = function (deal) {
	if (!deal.stage_entered_on || ["Won", "Lost"].includes(deal.status)) return "";
	const days = Math.max(0, frappe.datetime.get_day_diff(frappe.datetime.get_today(), deal.stage_entered_on));
	const over = deal.stage_due_on ? frappe.datetime.get_day_diff(frappe.datetime.get_today(), deal.stage_due_on) : 0;
	const told = days === 1 ? __("1 day") : __("{0} days", [days]);
	const hint = over > 0 ? __("{0} days longer in this stage than planned", [over]) : __("In this stage");
	return `<span class="spm-age ${over > 0 ? "is-over" : ""}" title="${hint}">${
		over > 0 ? `<span aria-hidden="true">⚠</span> ` : ""
	}${told}${over > 0 ? `<span class="sr-only"> ${hint}</span>` : ""}</span>`;
};

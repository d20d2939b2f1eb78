// The stages of a pipeline as a path above the opportunity form: where the deal stands, and one click to move it.
frappe.provide("sales_crm_pm.ui");

const stage_cache = {};

async function stages_of(pipeline) {
	if (!stage_cache[pipeline]) {
		stage_cache[pipeline] = await frappe.db.get_list("SPM Stage", {
			filters: { pipeline, disabled: 0 },
			fields: ["name", "stage_name", "stage_type", "position", "probability", "color"],
			order_by: "position asc",
			limit: 50,
		});
	}
	return stage_cache[pipeline];
}

sales_crm_pm.ui.clear_stage_cache = () => Object.keys(stage_cache).forEach((key) => delete stage_cache[key]);

sales_crm_pm.ui.render_stage_path = async function (frm) {
	frm.$wrapper.find(".spm-deal-head").remove();
	if (frm.is_new() || !frm.doc.pipeline) return;
	const opened = frm.doc.name;
	const [stages, tier] = await Promise.all([stages_of(frm.doc.pipeline), tier_of(frm.doc.customer)]);
	if (frm.doc.name !== opened) return;
	// The form may have been rendered twice while the stages were on their way.
	frm.$wrapper.find(".spm-deal-head").remove();
	const current = stages.find((stage) => stage.name === frm.doc.stage);
	const may_move = frm.perm[0] && frm.perm[0].write;
	const path = $(`<div class="spm-stage-path" role="list" aria-label="${__("Sales stages")}"></div>`);
	for (const stage of stages) {
		const is_current = current && stage.name === current.name;
		const is_done =
			current && ["Open", "Ongoing"].includes(stage.stage_type) && stage.position < current.position;
		const classes = [
			"spm-stage",
			`spm-stage-${stage.stage_type.toLowerCase().replace(" ", "-")}`,
			is_current ? "is-current" : "",
			is_done && current.stage_type !== "Lost" ? "is-done" : "",
		].join(" ");
		const probability = ["Open", "Ongoing"].includes(stage.stage_type)
			? `<small>${format_number(stage.probability, null, 0)} %</small>`
			: "";
		const button = $(
			`<button type="button" role="listitem" class="${classes}" ${
				is_current ? 'aria-current="step"' : ""
			}><span>${frappe.utils.escape_html(__(stage.stage_name))}</span>${probability}</button>`
		);
		if (may_move && !is_current) {
			button.on("click", () => sales_crm_pm.ui.move_to_stage(frm, stage));
		} else if (!is_current) {
			button.prop("disabled", true);
		}
		path.append(button);
	}
	const head = $(`<div class="spm-deal-head"></div>`).append(path, key_figures(frm, tier));
	frm.layout.wrapper.find(".form-page, .form-tabs-list").first().before(head);
	// On a phone the path scrolls: show where the deal stands.
	const here = path.find(".is-current")[0];
	if (here) path[0].scrollLeft = here.offsetLeft - path[0].offsetLeft - 16;
};

const tier_cache = {};

async function tier_of(customer) {
	if (customer && !(customer in tier_cache)) {
		const { message } = await frappe.db.get_value("SPM Customer", customer, "tier");
		tier_cache[customer] = (message && message.tier) || "";
	}
	return tier_cache[customer];
}

/** What one wants to know of a deal at a glance: money, dates, how important the customer is, what is next. */
function key_figures(frm, tier) {
	const doc = frm.doc;
	const closed = ["Won", "Lost"].includes(doc.status);
	const esc = frappe.utils.escape_html;
	const cells = [[__("Amount"), `<b>${format_currency(doc.amount || 0, doc.currency, 0)}</b>`]];
	if (!closed) {
		cells.push([__("Weighted Amount"), format_currency(doc.weighted_amount || 0, doc.base_currency, 0)]);
		cells.push([__("Expected Close"), sales_crm_pm.ui.relative_day(doc.expected_close_date)]);
	} else if (doc.status === "Won") {
		cells.push([__("Won On"), doc.won_on ? frappe.datetime.str_to_user(doc.won_on) : "–"]);
	}
	cells.push([__("Customer Tier"), esc(tier || "–")]);
	if (!closed) {
		const day = doc.next_step_date ? sales_crm_pm.ui.relative_day(doc.next_step_date) : "";
		cells.push([__("Next Step"), `${esc(doc.next_step || "")} ${day}`.trim() || "–"]);
	}
	return $(
		`<dl class="spm-figures">${cells
			.map(([label, value]) => `<div><dt>${label}</dt><dd>${value}</dd></div>`)
			.join("")}</dl>`
	);
}

/**
 * Move the deal: ask only for what the gate wants and the form does not hold yet.
 * Resolves to whether the deal has moved (false when the person closes the dialog).
 */
sales_crm_pm.ui.move_to_stage = async function (frm, stage, extra_fields = []) {
	if (frm.is_dirty()) {
		await frm.save();
	}
	const { message: wanted } = await frappe.call({
		method: "sales_crm_pm.api.v1.opportunity.gate",
		type: "GET",
		args: { opportunity: frm.doc.name, stage: stage.name },
	});
	const fields = [...extra_fields];
	for (const item of wanted.missing) {
		if (item.kind === "check") {
			fields.push({
				fieldtype: "Check",
				fieldname: `check__${item.row}`,
				label: item.label,
				reqd: 1,
			});
		} else {
			const df = frappe.meta.get_docfield("SPM Opportunity", item.name, frm.doc.name);
			if (df && !fields.some((field) => field.fieldname === item.name)) {
				fields.push({ ...df, reqd: 1, hidden: 0, read_only: 0, depends_on: "", mandatory_depends_on: "" });
			}
		}
	}
	if (!fields.length) {
		await sales_crm_pm.ui.act(frm, "opportunity.move", { opportunity: frm.doc.name, stage: stage.name });
		return true;
	}
	return new Promise((resolve) => ask_for(frm, stage, fields, resolve));
};

function ask_for(frm, stage, fields, resolve) {
	let moved = false;
	const dialog = new frappe.ui.Dialog({
		title: __("Move to {0}", [__(stage.stage_name)]),
		fields: [
			{
				fieldtype: "HTML",
				options: `<p class="text-muted">${__("This stage still needs:")}</p>`,
			},
			...fields,
		],
		primary_action_label: __("Move"),
		async primary_action(values) {
			const open = fields.find((df) => df.fieldtype === "Check" && df.reqd && !values[df.fieldname]);
			if (open) {
				frappe.msgprint({
					title: __("Not done yet"),
					message: __("Tick {0} when it is done.", [frappe.bold(open.label)]),
					indicator: "orange",
				});
				return;
			}
			await fill_form(frm, values);
			await frm.set_value("stage", stage.name);
			await frm.save();
			moved = true;
			dialog.hide();
		},
	});
	dialog.onhide = () => resolve(moved);
	dialog.show();
}

async function fill_form(frm, values) {
	for (const [fieldname, value] of Object.entries(values)) {
		if (fieldname.startsWith("check__")) {
			const row = fieldname.slice("check__".length);
			await frappe.model.set_value("SPM Opportunity Checklist", row, "is_done", value);
		} else {
			await frm.set_value(fieldname, value);
		}
	}
}

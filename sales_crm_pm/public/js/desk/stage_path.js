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
	if (frm.doc.project) {
		// What delivery says about the deal's project stands above all tabs.
		head.append($(`<div class="spm-deal-delivery"></div>`).append(sales_crm_pm.ui.delivery_panel(frm, frm.doc)));
	}
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
	const age = sales_crm_pm.ui.stage_age(doc);
	if (age) cells.push([__("In Stage"), age]);
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

/** Move the deal of a form; resolves to whether it has moved (false when the person closes the dialog). */
sales_crm_pm.ui.move_to_stage = async function (frm, stage) {
	if (frm.is_dirty()) await frm.save();
	const moved = await sales_crm_pm.ui.move_deal(frm.doc, stage);
	if (moved) await frm.reload_doc();
	return Boolean(moved);
};

frappe.ui.form.on("SPM Opportunity", {
	setup(frm) {
		frm.set_query("stage", () => ({ filters: { pipeline: frm.doc.pipeline, disabled: 0 } }));
		frm.set_query("loss_reason", () => ({ filters: { disabled: 0 } }));
		frm.set_query("loss_reason", "more_loss_reasons", () => ({ filters: { disabled: 0 } }));
		frm.set_query("lost_to_competitor", () => ({ filters: { disabled: 0 } }));
		frm.set_query("competitor", "competitors", () => ({ filters: { disabled: 0 } }));
		frm.set_query("pipeline", () => ({ filters: { disabled: 0 } }));
		frm.set_query("product", "products", () => ({ filters: { disabled: 0 } }));
		frm.set_query("contact", "contacts", () => ({
			filters: { link_doctype: "SPM Customer", link_name: frm.doc.customer },
		}));
	},
	onload(frm) {
		if (frm.is_new() && !frm.doc.pipeline) set_default_pipeline(frm);
	},
	refresh(frm) {
		sales_crm_pm.ui.render_stage_path(frm);
		sales_crm_pm.ui.render_bid_plan(frm);
		show_rate(frm);
		frm.page.set_indicator(__(frm.doc.status, null, frm.doctype), sales_crm_pm.ui.status_color(frm.doc.status));
		if (frm.is_new()) return;
		add_buttons(frm);
		frm.add_custom_button(__("People"), () =>
			sales_crm_pm.ui.show_people(__("People of this deal"), {
				customer: frm.doc.customer,
				opportunity: frm.doc.name,
				may_create: frappe.model.can_create("Contact"),
			})
		);
	},
	pipeline(frm) {
		if (!frm.is_new()) {
			// The server finds the corresponding stage; the form would only guess.
			frappe.show_alert({ message: __("The stage is carried over to the new pipeline when you save."), indicator: "blue" });
			return;
		}
		if (frm.doc.stage) frm.set_value("stage", null);
		if (frm.doc.pipeline) set_first_stage(frm);
	},
	currency: (frm) => show_rate(frm),
	rate_by_hand: (frm) => show_rate(frm),
	exchange_rate(frm) {
		if (frm.doc.exchange_rate && frm.is_dirty()) frm.set_value("rate_by_hand", 1);
	},
});

frappe.ui.form.on("SPM Opportunity Member", {
	team_add(frm, cdt, cdn) {
		// The first row of a team is the owner's; the others take their part from it.
		if (frm.doc.team.length === 1 && frm.doc.opportunity_owner !== frappe.session.user) return;
		if (frm.doc.team.length === 1) frappe.model.set_value(cdt, cdn, "user", frm.doc.opportunity_owner);
	},
});

frappe.ui.form.on("SPM Opportunity Product", {
	product: (frm, cdt, cdn) => sales_crm_pm.quotation.suggest(frm, cdt, cdn),
	qty: (frm, cdt, cdn) => line_total(cdt, cdn),
	rate: (frm, cdt, cdn) => line_total(cdt, cdn),
	discount_percent: (frm, cdt, cdn) => line_total(cdt, cdn),
});

/** The rate matters only when the deal is not in base currency; say then which one would be taken. */
async function show_rate(frm) {
	const base = frm.doc.base_currency || frappe.boot.sysdefaults.currency;
	const is_foreign = Boolean(frm.doc.currency && base && frm.doc.currency !== base);
	frm.toggle_display(["exchange_rate", "rate_date", "rate_by_hand", "amount_base"], is_foreign);
	if (!is_foreign || !frappe.model.can_read("SPM Exchange Rate")) return;
	const { message } = await frappe.call({
		method: "sales_crm_pm.api.v1.currency.rate",
		type: "GET",
		args: { from_currency: frm.doc.currency, to_currency: base },
	});
	const told = message.rate
		? __("Today: 1 {0} = {1} {2} (of {3})", [
				frm.doc.currency,
				format_number(message.rate, null, 4),
				base,
				frappe.datetime.str_to_user(message.valid_from),
		  ])
		: __("No rate from {0} to {1} is known. Enter it here, or add it in the list of exchange rates.", [
				frm.doc.currency,
				base,
		  ]);
	frm.set_df_property("exchange_rate", "description", told);
}

function line_total(cdt, cdn) {
	const row = locals[cdt][cdn];
	const amount = flt(row.qty) * flt(row.rate) * (1 - flt(row.discount_percent) / 100);
	frappe.model.set_value(cdt, cdn, "amount", flt(amount, precision("amount", row)));
}

async function set_default_pipeline(frm) {
	const { message } = await frappe.db.get_value("SPM Pipeline", { is_default: 1, disabled: 0 }, "name");
	if (message && message.name) await frm.set_value("pipeline", message.name);
}

async function set_first_stage(frm) {
	const stages = await frappe.db.get_list("SPM Stage", {
		filters: { pipeline: frm.doc.pipeline, disabled: 0, stage_type: "Open" },
		order_by: "position asc",
		limit: 1,
	});
	if (stages.length) await frm.set_value("stage", stages[0].name);
}

async function stage_of_type(frm, stage_type) {
	const stages = await frappe.db.get_list("SPM Stage", {
		filters: { pipeline: frm.doc.pipeline, disabled: 0, stage_type },
		fields: ["name", "stage_name", "stage_type", "position"],
		order_by: "position asc",
		limit: 1,
	});
	return stages[0];
}

function add_buttons(frm) {
	const writable = frm.perm[0].write;
	if (writable && ["Open", "On Hold"].includes(frm.doc.status)) {
		frm.add_custom_button(__("Won"), async () => {
			const moved = await move_to_type(frm, "Won");
			if (moved && frm.doc.status === "Won" && !frm.doc.project) offer_project(frm);
		}).addClass("btn-success");
		frm.add_custom_button(__("Lost"), () => move_to_type(frm, "Lost"));
	}
	if (frm.doc.status === "Won" && !frm.doc.project) {
		frm.add_custom_button(__("Start Project"), () => offer_project(frm)).addClass("btn-primary");
	}
	if (writable && frm.doc.status !== "Lost" && frm.doc.currency !== frm.doc.base_currency && !frm.doc.rate_by_hand) {
		frm.add_custom_button(
			__("Today's Exchange Rate"),
			() => sales_crm_pm.ui.recompute_rates([frm.doc.name], () => frm.reload_doc()),
			__("Actions")
		);
	}
	if (writable && frm.doc.status !== "Lost" && frappe.model.can_create("SPM Quotation")) {
		frm.add_custom_button(__("Quotation"), () => make_quotation(frm), __("Create"));
	}
	frm.add_custom_button(
		__("Interaction"),
		() =>
			frappe.new_doc("SPM Interaction", {
				opportunity: frm.doc.name,
				customer: frm.doc.customer,
			}),
		__("Create")
	);
	frm.add_custom_button(
		__("Task"),
		() => frappe.new_doc("SPM Task", { opportunity: frm.doc.name, customer: frm.doc.customer }),
		__("Create")
	);
}

async function move_to_type(frm, stage_type) {
	const stage = await stage_of_type(frm, stage_type);
	if (!stage) {
		frappe.msgprint(__("Pipeline {0} has no stage of type {1}.", [__(frm.doc.pipeline), __(stage_type)]));
		return false;
	}
	return sales_crm_pm.ui.move_to_stage(frm, stage);
}

async function make_quotation(frm) {
	if (frm.is_dirty()) await frm.save();
	const made = await sales_crm_pm.quotation.create(frm.doc.name);
	frappe.set_route("Form", "SPM Quotation", made.quotation);
}

function offer_project(frm) {
	sales_crm_pm.ui.offer_project(frm.doc.name, async (wish) => {
		const message = __("Starting the project…");
		if (!frappe.model.can_read("SPM Project")) {
			return sales_crm_pm.ui.act(frm, "project.initiate", wish, message);
		}
		let answer;
		await sales_crm_pm.ui.act_and_leave(frm, "project.initiate", wish, message, (result) => {
			answer = result;
			return frappe.set_route("Form", "SPM Project", result.project);
		});
		return answer;
	});
}

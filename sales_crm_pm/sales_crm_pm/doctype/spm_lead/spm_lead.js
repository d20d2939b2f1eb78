const DEALERS = ["SPM Sales Manager", "SPM Marketing User", "System Manager"];
const CLOSED = ["Unqualified", "Junk", "Converted"];

frappe.ui.form.on("SPM Lead", {
	refresh(frm) {
		sales_crm_pm.lead.render_reasons(frm.fields_dict.score_html.wrapper, frm.doc);
		if (frm.is_new()) {
			frm.set_df_property(
				"lead_owner",
				"description",
				__("Empty: the assignment rules choose somebody, else the lead waits in the public pool.")
			);
			return;
		}
		frm.set_df_property("lead_owner", "description", "");
		show_headline(frm);
		if (frm.doc.status === "Converted") {
			if (frm.doc.opportunity) {
				frm.add_custom_button(__("Open Opportunity"), () =>
					frappe.set_route("Form", "SPM Opportunity", frm.doc.opportunity)
				);
			}
			return;
		}
		if (frm.perm[0].write) {
			frm.add_custom_button(__("Convert"), () => convert(frm)).addClass("btn-primary");
		}
		frm.add_custom_button(__("Log Interaction"), () =>
			frappe.new_doc("SPM Interaction", { lead: frm.doc.name })
		);
		if (!CLOSED.includes(frm.doc.status)) add_moves(frm);
	},
});

/** Rating, clock and return to the pool in one line above the form. */
function show_headline(frm) {
	const doc = frm.doc;
	const parts = [sales_crm_pm.lead.rating_pill(doc.rating, doc.score), sales_crm_pm.lead.clock_pill(doc)];
	if (!doc.lead_owner && !CLOSED.includes(doc.status)) {
		parts.push(`<span class="indicator-pill purple no-indicator-dot">${__("In the public pool")}</span>`);
	}
	if (doc.recycle_on && doc.lead_owner) {
		const days = frappe.datetime.get_day_diff(doc.recycle_on, frappe.datetime.get_today());
		if (days <= 7) {
			const when = sales_crm_pm.ui.relative_day(doc.recycle_on);
			parts.push(`<span class="text-muted">${__("Back to the pool")} ${when}</span>`);
		}
	}
	const shown = parts.filter(Boolean);
	frm.dashboard.clear_headline();
	if (shown.length) {
		frm.dashboard.set_headline(`<div class="flex flex-wrap" style="gap: 8px;">${shown.join("")}</div>`);
	}
}

function add_moves(frm) {
	const mine = frm.doc.lead_owner === frappe.session.user;
	const deals = DEALERS.some((role) => frappe.user.has_role(role));
	const group = __("Lead Owner");
	if (!frm.doc.lead_owner) {
		frm.add_custom_button(
			__("Claim"),
			() => act(frm, "claim", {}, __("The lead is yours.")),
			deals ? group : undefined
		);
		if (deals) {
			frm.add_custom_button(
				__("Assign by Rule"),
				async () => {
					const answer = await act(frm, "distribute", {});
					frappe.show_alert(
						answer.lead_owner
							? { message: __("Assigned to {0}.", [frappe.user.full_name(answer.lead_owner)]), indicator: "green" }
							: { message: __("No rule fits, or nobody is free."), indicator: "orange" }
					);
				},
				group
			);
		}
	} else if (mine || deals) {
		frm.add_custom_button(__("Release to Pool"), () => release(frm), group);
	}
	if (mine || deals) {
		frm.add_custom_button(
			__("Assign"),
			() =>
				sales_crm_pm.lead.ask_for_person(__("Assign"), (values) =>
					act(frm, "assign", values, __("The lead was handed over."))
				),
			group
		);
	}
}

async function act(frm, action, args, sentence) {
	const { message } = await frappe.call({
		method: `sales_crm_pm.api.v1.lead.${action}`,
		type: "POST",
		args: { lead: frm.doc.name, ...args },
		freeze: true,
	});
	if (sentence) frappe.show_alert({ message: sentence, indicator: "green" });
	const stays = message.lead_owner === frappe.session.user || DEALERS.some((role) => frappe.user.has_role(role));
	if (stays) {
		await frm.reload_doc();
	} else {
		// Whoever gave a lead away does not see it any more.
		frappe.set_route("List", "SPM Lead");
	}
	return message;
}

function release(frm) {
	frappe.prompt(
		[{ fieldtype: "Small Text", fieldname: "reason", label: __("Reason"), reqd: 1 }],
		(values) => act(frm, "release", values, __("The lead is back in the pool.")),
		__("Release to Pool"),
		__("Release")
	);
}

function convert(frm) {
	const dialog = new frappe.ui.Dialog({
		title: __("Convert Lead"),
		fields: [
			{
				fieldtype: "HTML",
				options: `<p>${__("A customer and a contact are created, or found again when they are there.")}</p>`,
			},
			{
				fieldtype: "Check",
				fieldname: "create_opportunity",
				label: __("Create an opportunity"),
				default: 1,
			},
		],
		primary_action_label: __("Convert"),
		async primary_action(values) {
			dialog.hide();
			await sales_crm_pm.ui.act_and_leave(
				frm,
				"lead.convert",
				{ lead: frm.doc.name, create_opportunity: !!values.create_opportunity },
				__("Converting…"),
				({ opportunity, customer }) =>
					opportunity
						? frappe.set_route("Form", "SPM Opportunity", opportunity)
						: frappe.set_route("Form", "SPM Customer", customer)
			);
		},
	});
	dialog.show();
}

// What leads share between form, list, pool and rules: the clock, the score, claiming, and conditions as rows.
frappe.provide("sales_crm_pm.lead");

const RATING_COLORS = { Hot: "red", Warm: "orange", Cold: "blue" };
const CLOCK_COLORS = {
	"First Response Due": "orange",
	"Rolling Response Due": "yellow",
	Failed: "red",
	Fulfilled: "green",
};

Object.assign(sales_crm_pm.lead, {
	rating_pill(rating, score) {
		if (!rating) return "";
		const label = frappe.utils.escape_html(__(rating));
		return `<span class="indicator-pill ${RATING_COLORS[rating]} no-indicator-dot" title="${__("Score")}: ${cint(score)}">${label} · ${cint(score)}</span>`;
	},

	/** How the clock of a lead stands, as [label, colour]; an open one counts the time that is left. */
	clock(doc) {
		if (!doc.sla_status) return null;
		const due = ["First Response Due", "Rolling Response Due"].includes(doc.sla_status);
		if (due && doc.response_by) {
			const left = moment(doc.response_by).diff(moment(frappe.datetime.now_datetime()), "minutes");
			if (left < 0) return [__("Answer is late"), "red"];
			const color = left < 30 ? "red" : "orange";
			if (left < 90) return [__("Answer due in {0} min", [left]), color];
			if (left < 48 * 60) return [__("Answer due in {0} h", [Math.round(left / 60)]), color];
			return [__("Answer due in {0} days", [Math.round(left / 1440)]), color];
		}
		if (due) return [__("Clock is paused"), "gray"];
		if (doc.sla_status === "Failed" && !doc.first_responded_on) return [__("Answer is late"), "red"];
		if (doc.sla_status === "Failed") return [__("Answered late"), "orange"];
		return [__("Answered in time"), "green"];
	},

	clock_pill(doc) {
		const found = sales_crm_pm.lead.clock(doc);
		return found ? `<span class="indicator-pill ${found[1]} no-indicator-dot">${found[0]}</span>` : "";
	},

	clock_color: (status) => CLOCK_COLORS[status] || "gray",

	/** Do an action with the chosen leads of a list and say what happened. */
	async many(list, action, leads, extra = {}) {
		if (!leads.length) return;
		const { message } = await frappe.call({
			method: "sales_crm_pm.api.v1.lead.many",
			type: "POST",
			args: { action, leads, ...extra },
			freeze: true,
			freeze_message: __("One moment…"),
		});
		if (message.done.length) {
			const sentence = {
				claim: __("{0} leads are yours now.", [message.done.length]),
				release: __("{0} leads are back in the pool.", [message.done.length]),
				assign: __("{0} leads were assigned.", [message.done.length]),
				distribute: __("{0} leads were assigned.", [message.done.length]),
			}[action];
			frappe.show_alert({ message: sentence, indicator: "green" });
		}
		if (message.refused.length) {
			const reasons = [...new Set(message.refused.map((row) => row.reason))];
			frappe.msgprint({
				title: __("{0} leads were left as they are", [message.refused.length]),
				message: `<ul>${reasons.map((reason) => `<li>${frappe.utils.escape_html(reason)}</li>`).join("")}</ul>`,
				indicator: "orange",
			});
		}
		list.clear_checked_items();
		list.refresh();
		return message;
	},

	/** Ask for a colleague who works on leads. */
	ask_for_person(primary_label, done) {
		const dialog = new frappe.ui.Dialog({
			title: __("Assign"),
			fields: [
				{
					fieldtype: "Link",
					fieldname: "user",
					label: __("Salesperson"),
					options: "User",
					reqd: 1,
					get_query: () => ({ filters: { enabled: 1, user_type: "System User" } }),
				},
				{ fieldtype: "Small Text", fieldname: "reason", label: __("Reason") },
			],
			primary_action_label: primary_label,
			primary_action(values) {
				dialog.hide();
				done(values);
			},
		});
		dialog.show();
	},

	/** Offer the fields of a lead, by their labels, in the rows of conditions of a rule. */
	async offer_condition_fields(frm) {
		const grid = frm.fields_dict.conditions && frm.fields_dict.conditions.grid;
		if (!grid) return;
		if (!sales_crm_pm.lead.fields) {
			const { message } = await frappe.call({
				method: "sales_crm_pm.api.v1.lead.condition_fields",
				type: "GET",
			});
			sales_crm_pm.lead.fields = message;
		}
		const options = sales_crm_pm.lead.fields.map(({ value, label }) => ({ value, label, description: value }));
		grid.update_docfield_property("fieldname", "options", options);
		// Rows at rest show the label, too.
		const labels = Object.fromEntries(options.map(({ value, label }) => [value, label]));
		grid.update_docfield_property("fieldname", "formatter", (value) =>
			frappe.utils.escape_html(labels[value] || value || "")
		);
		grid.refresh();
	},

	/** The reasons of a score as bars that add up. */
	render_reasons(wrapper, doc) {
		const reasons = JSON.parse(doc.score_detail || "[]");
		if (!reasons.length) {
			$(wrapper).html(`<p class="text-muted">${__("Nothing speaks for or against this lead yet.")}</p>`);
			return;
		}
		const most = Math.max(...reasons.map(([, points]) => Math.abs(points)));
		const rows = reasons.map(([name, points]) => {
			const width = Math.round((Math.abs(points) / most) * 100);
			return `<div class="spm-reason">
				<span>${frappe.utils.escape_html(__(name))}</span>
				<span class="spm-reason-bar"><i class="${points < 0 ? "is-minus" : ""}" style="width:${width}%"></i></span>
				<b>${points > 0 ? "+" : "−"}${Math.abs(points)}</b>
			</div>`;
		});
		rows.push(
			`<div class="spm-reason is-total"><span>${__("Score")}</span><span></span><b>${cint(doc.score)}</b></div>`
		);
		$(wrapper).html(`<div class="spm-reasons">${rows.join("")}</div>`);
	},
});

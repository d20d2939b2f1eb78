// The head of a customer's form: where it stands in its life, its tier and why, and the key figures.
frappe.provide("sales_crm_pm.ui");

const WAY = ["Prospect", "Following", "Converted", "Maintained"];
const ASIDE = ["Dormant", "Lost"];
const esc = (text) => frappe.utils.escape_html(text || "");

/** Word of a lifecycle stage or an event, in the reader's language. */
const word = (text, doctype) => esc(__(text, null, doctype || "SPM Customer"));

/** Signal bars for a relationship, 0 to 4, with the score beside them. */
sales_crm_pm.ui.signal = function (level, score) {
	const bars = [1, 2, 3, 4].map((number) => `<i class="${number <= level ? "on" : ""}"></i>`).join("");
	return `<span class="spm-bars" aria-hidden="true">${bars}</span> <b>${cint(score)}</b><small class="text-muted"> / 100</small>`;
};

/** A tier as a badge. */
sales_crm_pm.ui.tier_badge = function (tier) {
	const color = { A: "green", B: "blue", C: "orange", D: "gray" }[tier];
	return tier ? `<span class="indicator-pill no-indicator-dot ${color} spm-tier">${esc(tier)}</span>` : "<span>–</span>";
};

sales_crm_pm.ui.render_customer_head = function (frm, standing) {
	frm.$wrapper.find(".spm-customer-head").remove();
	const head = $(`<div class="spm-customer-head"></div>`).append(path(frm, standing), figures(frm, standing));
	frm.layout.wrapper.find(".form-page, .form-tabs-list").first().before(head);
	const here = head.find(".is-current")[0];
	if (here) here.parentNode.scrollLeft = here.offsetLeft - here.parentNode.offsetLeft - 16;
};

function path(frm, standing) {
	const now = frm.doc.lifecycle_stage;
	const reached = WAY.indexOf(now);
	const box = $(`<div class="spm-stage-path" role="list" aria-label="${__("Lifecycle Stage")}"></div>`);
	for (const stage of [...WAY, ...ASIDE]) {
		const is_current = stage === now;
		const kind = stage === "Lost" || stage === "Dormant" ? "spm-stage-lost" : "";
		const done = WAY.indexOf(stage) >= 0 && WAY.indexOf(stage) < reached ? "is-done" : "";
		const days = is_current
			? `<small>${standing.lifecycle.days === 1 ? __("for one day") : __("for {0} days", [standing.lifecycle.days])}${
					standing.lifecycle.by_hand ? ` · ${__("by hand")}` : ""
			  }</small>`
			: "";
		const button = $(
			`<button type="button" role="listitem" class="spm-stage ${kind} ${done} ${is_current ? "is-current" : ""}" ${
				is_current ? 'aria-current="step"' : ""
			}><span>${word(stage)}</span>${days}</button>`
		);
		if (frm.perm[0]?.write && !is_current) button.on("click", () => ask_and_move(frm, stage));
		else if (!is_current) button.prop("disabled", true);
		box.append(button);
	}
	return box;
}

function ask_and_move(frm, stage) {
	frappe.prompt(
		{
			fieldname: "reason",
			fieldtype: "Small Text",
			label: __("Why"),
			description: __("Kept in the history. The stage stays until something really happens."),
		},
		async (values) => {
			await sales_crm_pm.ui.act(frm, "customer.move", {
				customer: frm.doc.name,
				stage,
				reason: values.reason,
			});
			frappe.show_alert({ message: __("Moved to {0}", [word(stage)]), indicator: "green" });
		},
		__("Move to {0}", [__(stage, null, "SPM Customer")]),
		__("Move")
	);
}

function figures(frm, standing) {
	const doc = frm.doc;
	const money = (value) => format_currency(value || 0, doc.base_currency, 0);
	const link = (doctype, filters, text) =>
		`<a href="#" data-doctype="${doctype}" data-filters='${esc(JSON.stringify(filters))}'>${text}</a>`;
	const late = cint(doc.late_projects)
		? ` <span class="text-danger">· ${__("{0} late", [cint(doc.late_projects)])}</span>`
		: "";
	const risk = standing.churn_risk;
	const risk_color = risk >= 60 ? "red" : risk >= 30 ? "orange" : "green";
	const risk_word = risk >= 60 ? __("high") : risk >= 30 ? __("medium") : __("low");
	const cells = [
		[__("Tier"), `${sales_crm_pm.ui.tier_badge(doc.tier)}`, standing.tier.reason],
		[
			__("Won Amount"),
			`<b>${money(doc.won_amount_base)}</b> <small class="text-muted">${__("{0} won", [cint(doc.won_count)])}</small>`,
		],
		[
			__("Open Pipeline"),
			link(
				"SPM Opportunity",
				{ customer: doc.name, status: "Open" },
				`${money(doc.open_pipeline_base)} <small>· ${cint(doc.open_deals)}</small>`
			),
		],
		[
			__("Active Projects"),
			link("SPM Project", { customer: doc.name }, `${cint(doc.active_projects)}`) + late,
		],
		[__("Relationship"), sales_crm_pm.ui.signal(standing.level, standing.strength), told(standing.factors)],
		[
			__("Churn Risk"),
			risk === null
				? "–"
				: `<span class="indicator-pill no-indicator-dot ${risk_color}">${risk_word} · ${risk}</span>`,
			told(standing.churn_factors),
		],
		[__("Satisfaction"), doc.csat_avg ? `${format_number(doc.csat_avg, null, 1)} / 5` : "–"],
		[
			__("Next Follow-up"),
			doc.next_followup_on ? sales_crm_pm.ui.relative_day(doc.next_followup_on) : "–",
		],
	];
	const box = $(
		`<dl class="spm-figures">${cells
			.map(
				([label, value, why]) =>
					`<div ${why ? `title="${esc(why)}"` : ""}><dt>${label}${
						why ? ` <span class="spm-why" tabindex="0" role="button" aria-label="${__("Why?")}">?</span>` : ""
					}</dt><dd>${value}</dd></div>`
			)
			.join("")}</dl>`
	);
	box.find("a[data-doctype]").on("click", function (event) {
		event.preventDefault();
		frappe.route_options = JSON.parse(this.dataset.filters);
		frappe.set_route("List", this.dataset.doctype, "List");
	});
	// A hover says nothing on a phone: the question mark opens the same words.
	box.find(".spm-why").on("click keydown", function (event) {
		if (event.type === "keydown" && !["Enter", " "].includes(event.key)) return;
		event.preventDefault();
		const cell = $(this).closest("div");
		frappe.msgprint({
			title: cell.find("dt").clone().children().remove().end().text().trim(),
			message: esc(cell.attr("title")).replace(/\n/g, "<br>"),
		});
	});
	return box;
}

/** Factors as lines "text: +points", which add up to the score. */
function told(factors) {
	return (factors || []).map((factor) => `${factor.text}: ${factor.points} / ${factor.maximum}`).join("\n");
}

/** The companies of a group as a tree with their figures. */
sales_crm_pm.ui.render_group_tree = function (wrapper, group, current, currency) {
	if (!group.length) {
		$(wrapper).html(
			`<p class="text-muted">${__(
				"This company stands alone. Name a parent company on the first tab, here or on its subsidiaries, and the group appears."
			)}</p>`
		);
		return;
	}
	const money = (value) => format_currency(value || 0, currency, 0);
	const rows = group
		.map((company) => {
			const indent = `style="padding-inline-start:${12 + company.depth * 22}px"`;
			const branch = company.depth ? '<span class="text-muted" aria-hidden="true">└ </span>' : "";
			if (company.hidden) {
				return `<tr class="text-muted"><td ${indent}>${branch}${__("A company you may not see")}</td><td colspan="5"></td></tr>`;
			}
			const name =
				company.name === current
					? `<b>${esc(company.customer_name)}</b>`
					: `<a href="${frappe.utils.get_form_link("SPM Customer", company.name)}">${esc(company.customer_name)}</a>`;
			const late = company.late_projects
				? ` <span class="text-danger">(${__("{0} late", [company.late_projects])})</span>`
				: "";
			return `<tr class="${company.name === current ? "is-current" : ""}">
				<td ${indent}>${branch}${name}</td>
				<td>${sales_crm_pm.ui.tier_badge(company.tier)}</td>
				<td>${word(company.lifecycle_stage)}</td>
				<td class="text-right">${money(company.won_amount_base)}</td>
				<td class="text-right">${money(company.open_pipeline_base)}</td>
				<td class="text-right">${company.active_projects}${late}</td></tr>`;
		})
		.join("");
	$(wrapper).html(`<div class="table-responsive"><table class="table table-sm spm-group">
		<thead><tr><th>${__("Company")}</th><th>${__("Tier")}</th><th>${__("Lifecycle Stage")}</th>
		<th class="text-right">${__("Won Amount")}</th><th class="text-right">${__("Open Pipeline")}</th>
		<th class="text-right">${__("Active Projects")}</th></tr></thead><tbody>${rows}</tbody></table></div>`);
};

/** Lifecycle and tier moves, newest first, side by side. */
sales_crm_pm.ui.render_moves = function (wrapper, standing) {
	const person = (user) => esc(frappe.user_info(user).fullname || user);
	const row = (from, to, when, event, doctype, user, reason, extra) =>
		`<li><div><b>${from} <span aria-hidden="true">→</span> ${to}</b> <span class="text-muted">${word(event, doctype)}</span></div>
		<div class="text-muted small"><span title="${frappe.datetime.str_to_user(when)}">${
			comment_when(when)
		}</span> · ${person(user)}${extra}</div>${reason ? `<div class="small">${esc(reason)}</div>` : ""}</li>`;
	const list = (title, rows, empty) =>
		`<section><h6>${title}</h6>${
			rows.length ? `<ol class="spm-moves">${rows.join("")}</ol>` : `<p class="text-muted">${empty}</p>`
		}</section>`;
	const lifecycle = standing.lifecycle.moves.map((move) =>
		row(
			move.from_stage ? word(move.from_stage) : "–",
			word(move.to_stage),
			move.moved_on,
			move.event,
			"SPM Lifecycle Log",
			move.moved_by,
			move.reason,
			move.days_in_stage >= 1 ? ` · ${__("after {0} days", [Math.round(move.days_in_stage)])}` : ""
		)
	);
	const tiers = standing.tier.moves.map((move) =>
		row(
			esc(move.from_tier || "–"),
			esc(move.to_tier || "–"),
			move.changed_on,
			move.event,
			"SPM Tier Change",
			move.changed_by,
			move.reason,
			""
		)
	);
	$(wrapper).html(
		`<div class="spm-two-columns">${list(
			__("Lifecycle"),
			lifecycle,
			__("No move yet. The first talk, deal or project moves the customer on.")
		)}${list(__("Tier"), tiers, __("The tier has not changed since it is kept."))}</div>`
	);
};

/** The relationship map in a dialog, for forms that have no place of their own for it (a deal). */
sales_crm_pm.ui.show_people = async function (title, options) {
	await frappe.require("spm_people.bundle.js");
	const dialog = new frappe.ui.Dialog({
		title,
		size: "extra-large",
		fields: [{ fieldname: "map", fieldtype: "HTML" }],
		on_hide: () => map.unmount(),
	});
	const map = sales_crm_pm.mount_people_map($("<div>").appendTo(dialog.fields_dict.map.$wrapper)[0], options);
	dialog.show();
};

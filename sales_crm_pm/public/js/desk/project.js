// The head of the project form: how it stands, above all tabs.
frappe.provide("sales_crm_pm.ui");

const esc = (value) => frappe.utils.escape_html(value === undefined || value === null ? "" : String(value));

const HEALTH_COLORS = { Green: "green", Amber: "orange", Red: "red" };

sales_crm_pm.ui.render_project_head = function (frm) {
	frm.$wrapper.find(".spm-project-head").remove();
	if (frm.is_new()) return;
	const head = $('<div class="spm-project-head"></div>').append(
		figure(__("Health"), health(frm)),
		bars(frm),
		figure(__("Next Milestone"), next_milestone(frm.doc)),
		figure(__("Forecast End"), forecast(frm.doc)),
		margin(frm)
	);
	frm.layout.wrapper.find(".form-page, .form-tabs-list").first().before(head);
};

function figure(label, value, hint) {
	return `<div class="spm-standing"><div class="text-muted">${label}</div><div class="spm-standing-value">${value}</div>${
		hint ? `<small class="text-muted">${hint}</small>` : ""
	}</div>`;
}

/** The colour, and why: the first reason in sight, all of them on hover. */
function health(frm) {
	const doc = frm.doc;
	// Stored in the language of the site; the server sends them in the language of the reader.
	const reasons = doc.__onload?.health_reasons || (doc.health_reasons || "").split("\n").filter(Boolean);
	const badge = sales_crm_pm.ui.health_badge(doc.health);
	if (!reasons.length) return badge;
	const more = reasons.length > 1 ? ` <span class="text-muted">+${reasons.length - 1}</span>` : "";
	return `<span title="${esc(reasons.join("\n"))}" tabindex="0">${badge}
		<small class="spm-reason">${esc(reasons[0])}${more}</small></span>`;
}

/** Two bars, one under the other: what the plan wants by today and what is done. */
function bars(frm) {
	const doc = frm.doc;
	const bar = (label, value, color) => `<div class="spm-two-bars-row">
		<span class="text-muted">${label}</span>
		${sales_crm_pm.ui.progress_bar(value, null, color)}
		<b>${format_number(value, null, 0)} %</b></div>`;
	return `<div class="spm-standing spm-two-bars">
		${bar(__("Done"), doc.percent_complete, HEALTH_COLORS[doc.health] || "")}
		${bar(__("Planned"), doc.percent_planned, "gray")}</div>`;
}

function next_milestone(doc) {
	if (!doc.next_milestone) return `<span class="text-muted">${__("None open")}</span>`;
	const title = frappe.utils.get_link_title("SPM Milestone", doc.next_milestone) || doc.next_milestone;
	return `<a href="${frappe.utils.get_form_link("SPM Milestone", doc.next_milestone)}">${esc(title)}</a>
		${sales_crm_pm.ui.relative_day(doc.next_milestone_date)}`;
}

function forecast(doc) {
	const end = doc.actual_end_date || doc.forecast_end_date || doc.planned_end_date;
	if (!end) return "–";
	const promised = doc.baseline_end_date || doc.planned_end_date;
	const late = promised ? frappe.datetime.get_day_diff(end, promised) : 0;
	const slip = late > 0 ? ` <small class="text-danger">${__("{0} days later than promised", [late])}</small>` : "";
	return `${frappe.datetime.str_to_user(end)}${slip}`;
}

/** Only for who may see cost; the fields are not in the answer for anybody else. */
function margin(frm) {
	const doc = frm.doc;
	if (!frm.get_perm(1, "read") || !flt(doc.price_base)) return "";
	const percent = (flt(doc.planned_margin) / flt(doc.price_base)) * 100;
	return figure(
		__("Planned Margin"),
		flt(doc.budget_cost)
			? `${format_currency(doc.planned_margin, doc.base_currency, 0)} <small class="text-muted">${format_number(
					percent,
					null,
					1
			  )} %</small>`
			: `<span class="text-muted">${__("No estimate yet")}</span>`
	);
}

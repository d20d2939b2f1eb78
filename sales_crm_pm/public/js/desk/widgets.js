// Small parts that several of the app's forms and lists share.
frappe.provide("sales_crm_pm.ui");

const HEALTH = {
	Green: { color: "green", label: () => __("On track"), icon: "✓" },
	Amber: { color: "orange", label: () => __("At risk"), icon: "!" },
	Red: { color: "red", label: () => __("Off track"), icon: "✕" },
};

const STATUS_COLORS = {
	New: "blue",
	Contacted: "cyan",
	Nurture: "yellow",
	Qualified: "green",
	Unqualified: "gray",
	Junk: "gray",
	Converted: "green",
	Open: "blue",
	"On Hold": "orange",
	Won: "green",
	Lost: "red",
	Draft: "gray",
	"Pending Approval": "orange",
	Approved: "cyan",
	"In Progress": "blue",
	Delivered: "purple",
	Accepted: "green",
	Closed: "darkgrey",
	Cancelled: "gray",
	Planned: "gray",
	Submitted: "orange",
	Rejected: "red",
	Working: "blue",
	"Pending Review": "purple",
	Blocked: "red",
	Completed: "green",
	Scheduled: "gray",
	Sent: "blue",
	Reminded: "yellow",
	Answered: "green",
	Expired: "gray",
	Active: "green",
	Terminated: "darkgrey",
	"Not Due": "gray",
	Due: "blue",
	Invoiced: "cyan",
	"Partly Paid": "yellow",
	Paid: "green",
	Overdue: "red",
	Superseded: "gray",
	Identified: "yellow",
	Assessed: "cyan",
	Treating: "blue",
	Occurred: "red",
	Resolved: "green",
	Implemented: "green",
	Deferred: "yellow",
};

Object.assign(sales_crm_pm.ui, {
	/** Colour of a status, one meaning in every list and form. */
	status_color(status) {
		return STATUS_COLORS[status] || "gray";
	},

	/** [label, colour, filter] as list views want it; the record type tells which "Open" is meant. */
	status_indicator(doc, doctype) {
		const status = doc.status;
		return [__(status, null, doctype), sales_crm_pm.ui.status_color(status), `status,=,${status}`];
	},

	/** Badge with word and sign, never colour alone. */
	health_badge(health) {
		const kind = HEALTH[health];
		if (!kind) return "<span>–</span>";
		return `<span class="indicator-pill no-indicator-dot ${kind.color} spm-health">
			<span aria-hidden="true">${kind.icon}</span> ${kind.label()}</span>`;
	},

	/** One bar: `value` and, when given, a thin mark at `planned` (both 0–100). */
	progress_bar(value, planned, color) {
		const shown = Math.max(0, Math.min(100, flt(value)));
		const mark =
			planned === undefined || planned === null
				? ""
				: `<span class="spm-bar-mark" style="inset-inline-start:${Math.min(100, flt(planned))}%"
					title="${__("Planned")} ${format_number(planned, null, 0)} %"></span>`;
		return `<div class="spm-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" aria-valuenow="${shown}">
			<span class="spm-bar-fill ${color || ""}" style="width:${shown}%"></span>${mark}</div>`;
	},

	/** "in 3 days", "2 days late": the absolute date stays on hover. */
	relative_day(date, done) {
		if (!date) return "<span>–</span>";
		const days = frappe.datetime.get_day_diff(date, frappe.datetime.get_today());
		let text;
		if (days === 0) text = __("today");
		else if (days > 0) text = days === 1 ? __("tomorrow") : __("in {0} days", [days]);
		else text = __("{0} days late", [-days]);
		// What is over, or more than two months away, is told by its date.
		if (done || days > 60) text = frappe.datetime.str_to_user(date);
		const late = days < 0 && !done ? " text-danger" : "";
		return `<span class="spm-day${late}" title="${frappe.datetime.str_to_user(date)}">${text}</span>`;
	},

	/** The delivery side of a deal, read-only, wherever sales looks at it. */
	delivery_panel(frm, doc) {
		const esc = frappe.utils.escape_html;
		const next = doc.next_milestone
			? `<div><div class="text-muted">${__("Next Milestone")}</div>
				<a href="${frappe.utils.get_form_link("SPM Milestone", doc.next_milestone)}">${esc(
					frappe.utils.get_link_title("SPM Milestone", doc.next_milestone) || doc.next_milestone
			  )}</a>
				${sales_crm_pm.ui.relative_day(doc.next_milestone_date)}</div>`
			: "";
		return `<div class="spm-panel">
			<div class="spm-panel-main">
				<div class="text-muted">${__("Sales Project")}</div>
				<a href="${frappe.utils.get_form_link("SPM Project", doc.project)}">${esc(
			frappe.utils.get_link_title("SPM Project", doc.project) || doc.project
		)}</a>
				<span class="indicator-pill ${sales_crm_pm.ui.status_color(doc.project_status)}">${__(
			doc.project_status || "",
			null,
			"SPM Project"
		)}</span>
				${sales_crm_pm.ui.health_badge(doc.project_health)}
			</div>
			<div><div class="text-muted">${__("Progress")} ${format_number(
			doc.project_percent_complete,
			null,
			0
		)} %</div>
				${sales_crm_pm.ui.progress_bar(doc.project_percent_complete)}</div>
			${next}
			${
				doc.project_forecast_end_date
					? `<div><div class="text-muted">${__("Forecast End")}</div>${frappe.datetime.str_to_user(
							doc.project_forecast_end_date
					  )}</div>`
					: ""
			}
		</div>`;
	},

	/** Cell with a person's name instead of the login. */
	person(user) {
		if (!user) return sales_crm_pm.ui.cell();
		const { fullname } = frappe.user_info(user);
		// Who is not among the names the desk knows yet is told by the first part of the login.
		const name = fullname === user ? user.split("@")[0] : fullname;
		return sales_crm_pm.ui.cell(name, frappe.utils.escape_html(user));
	},

	/** Cell with an amount without cents, digit under digit. */
	money(value, currency) {
		return `<span class="spm-money">${format_currency(value || 0, currency, 0)}</span>`;
	},

	/** Plain cell; an empty one shows a dash, which also keeps the column narrow. */
	cell(text, hint) {
		const shown = frappe.utils.escape_html(text || "–");
		return `<span class="ellipsis" title="${hint || shown}">${shown}</span>`;
	},

	/** Call an endpoint of the app with a frozen screen, then reload the form. */
	async act(frm, path, args, message) {
		sales_crm_pm.duplicates.remember(() =>
			this.act(frm, path, { ...args, ignore_duplicates: 1 }, message)
		);
		const result = await call(path, args, message);
		await frm.reload_doc();
		return result;
	},

	/**
	 * The same when the person goes on to another record: `go(result)` leads there.
	 *
	 * The desk reloads a form about a second after its record was changed elsewhere, and would draw the old
	 * form over the new one when the change is our own; while a form says that it is saving, it does not.
	 */
	async act_and_leave(frm, path, args, message, go) {
		sales_crm_pm.duplicates.remember(() =>
			this.act_and_leave(frm, path, { ...args, ignore_duplicates: 1 }, message, go)
		);
		frappe.ui.form.is_saving = true;
		try {
			const result = await call(path, args, message);
			frappe.model.remove_from_locals(frm.doctype, frm.docname);
			await go(result);
		} finally {
			frappe.ui.form.is_saving = false;
		}
	},
});

async function call(path, args, message) {
	const result = await frappe.call({
		method: `sales_crm_pm.api.v1.${path}`,
		args,
		freeze: true,
		freeze_message: message,
	});
	return result.message;
}

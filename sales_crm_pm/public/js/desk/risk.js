// Risks and issues wherever they are shown: bands, trends, and the small dialogs that work with them.
frappe.provide("sales_crm_pm.risk");

const esc = (value) => frappe.utils.escape_html(value === undefined || value === null ? "" : String(value));
const PROBABILITY = () => [__("rare"), __("unlikely"), __("possible"), __("likely"), __("almost certain")];
const IMPACT = () => [__("hardly felt"), __("minor"), __("noticeable"), __("serious"), __("disastrous")];
const STRATEGIES = {
	Threat: ["Avoid", "Mitigate", "Transfer", "Accept"],
	Chance: ["Exploit", "Share", "Enhance", "Accept"],
};
const TRENDS = { Up: ["↑", "orange"], Flat: ["→", "gray"], Down: ["↓", "green"] };
const OPEN = ["Identified", "Assessed", "Treating"];
const SEVERITY_COLORS = { Low: "gray", Medium: "yellow", High: "orange", Critical: "red" };
let known_bands;

Object.assign(sales_crm_pm.risk, {
	esc,
	open_states: OPEN,
	word: (text) => __(text, null, "SPM Risk"),
	issue_word: (text) => __(text, null, "SPM Issue"),
	probability_words: PROBABILITY,
	impact_words: IMPACT,

	/** Bands of the site, asked once per page load (an admin who moves one reloads). */
	async bands() {
		known_bands =
			known_bands ||
			frappe.call({ method: "sales_crm_pm.api.v1.risk.bands", type: "GET" }).then(({ message }) => message);
		return known_bands;
	},

	band_of(score, bands) {
		return (bands || []).find((band) => band.from_score <= score && score <= band.to_score);
	},

	/** Score and band as one pill: number, word and colour. */
	band_pill(score, name, bands) {
		if (!score) return `<span class="text-muted">–</span>`;
		const band = (bands || []).find((b) => b.name === name);
		return `<span class="spm-band is-${(band?.color || "Gray").toLowerCase()}"><b>${score}</b> ${esc(__(name || ""))}</span>`;
	},

	trend(value) {
		if (!TRENDS[value]) return "";
		const [sign, color] = TRENDS[value];
		const word = sales_crm_pm.risk.word(value);
		return `<span class="spm-trend ${color}" title="${__("Trend")}: ${word}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
	},

	severity_pill(value) {
		return `<span class="indicator-pill no-indicator-dot ${SEVERITY_COLORS[value] || "gray"}">${sales_crm_pm.risk.issue_word(value)}</span>`;
	},

	/** Day of the next review, with a word when it is past. */
	review_day(row) {
		if (!OPEN.includes(row.status)) return `<span class="text-muted">–</span>`;
		if (row.stale) {
			return `<span class="text-danger" title="${esc(frappe.datetime.str_to_user(row.review_date) || "")}"><span aria-hidden="true">⚠</span> ${__("Review is due")}</span>`;
		}
		return sales_crm_pm.ui.relative_day(row.review_date);
	},

	/** Write down a new risk in one dialog; `done` runs when it is stored. */
	async add(values, done) {
		const [bands] = await Promise.all([sales_crm_pm.risk.bands(), frappe.model.with_doctype("SPM Risk")]);
		const sees_cost = frappe.perm.has_perm("SPM Risk", 1, "write");
		const dialog = new frappe.ui.Dialog({
			title: __("New Risk"),
			size: "large",
			fields: [
				{ fieldname: "title", fieldtype: "Data", label: __("What may happen?"), reqd: 1 },
				{
					fieldname: "kind",
					fieldtype: "Select",
					label: __("Kind"),
					options: ["Threat", "Chance"].map((value) => ({ value, label: sales_crm_pm.risk.word(value) })),
					default: "Threat",
					change: () => set_strategies(dialog),
				},
				{ fieldname: "category", fieldtype: "Link", options: "SPM Risk Category", label: __("Category"), get_query: () => ({ filters: { disabled: 0 } }) },
				{ fieldname: "risk_owner", fieldtype: "Link", options: "User", label: __("Owner", null, "SPM Risk"), reqd: 1, default: frappe.session.user },
				{ fieldname: "response_strategy", fieldtype: "Select", label: __("Strategy"), options: [] },
				{ fieldname: "column_1", fieldtype: "Column Break" },
				{ fieldname: "matrix", fieldtype: "HTML" },
				{ fieldname: "schedule_impact_days", fieldtype: "Int", label: __("Delay If It Happens (Days)") },
				...(sees_cost
					? [{ fieldname: "cost_impact", fieldtype: "Currency", label: __("Cost If It Happens") }]
					: []),
				{ fieldname: "section_1", fieldtype: "Section Break" },
				{ fieldname: "description", fieldtype: "Small Text", label: __("Cause and Effect") },
				{ fieldname: "column_2", fieldtype: "Column Break" },
				{ fieldname: "response_plan", fieldtype: "Small Text", label: __("Plan") },
			],
			primary_action_label: __("Save"),
			async primary_action(entered) {
				if (!place.probability) {
					frappe.show_alert({ message: __("Choose probability and impact in the matrix."), indicator: "orange" });
					return;
				}
				delete entered.matrix;
				const { title_project, ...home } = values;
				const doc = await frappe.db.insert({ doctype: "SPM Risk", ...home, ...entered, ...place });
				dialog.hide();
				frappe.show_alert({ message: __("Written down: {0}", [esc(doc.title)]), indicator: "green" });
				done?.(doc);
			},
		});
		const place = { probability: values.probability || 0, impact: values.impact || 0 };
		set_strategies(dialog);
		dialog.set_values(Object.fromEntries(Object.entries(values).filter(([key]) => dialog.fields_dict[key])));
		sales_crm_pm.risk.picker(dialog.fields_dict.matrix.$wrapper, { bands, ...place }, (probability, impact) =>
			Object.assign(place, { probability, impact })
		);
		dialog.show();
	},

	/** Look at a risk again. */
	async review(risk, done) {
		const bands = await sales_crm_pm.risk.bands();
		const place = { probability: cint(risk.probability), impact: cint(risk.impact) };
		const dialog = new frappe.ui.Dialog({
			title: __("Review: {0}", [esc(risk.title)]),
			fields: [
				{ fieldname: "matrix", fieldtype: "HTML" },
				{ fieldname: "note", fieldtype: "Small Text", label: __("What is new?") },
				{ fieldname: "next_review", fieldtype: "Date", label: __("Next Review"), description: __("Left open: as late as the settings allow.") },
			],
			primary_action_label: __("Record Review"),
			async primary_action({ note, next_review }) {
				await frappe.call({
					method: "sales_crm_pm.api.v1.risk.review",
					args: { risk: risk.name, note, next_review, ...place },
					freeze: true,
				});
				dialog.hide();
				frappe.show_alert({ message: __("The review is recorded."), indicator: "green" });
				done?.();
			},
		});
		sales_crm_pm.risk.picker(dialog.fields_dict.matrix.$wrapper, { bands, ...place }, (probability, impact) =>
			Object.assign(place, { probability, impact })
		);
		dialog.show();
	},

	/** The risk has become real: its issue is made, and opened. */
	happened(frm) {
		const risk = frm.doc;
		frappe.prompt(
			[
				{
					fieldname: "severity",
					fieldtype: "Select",
					label: __("Severity"),
					options: ["Low", "Medium", "High", "Critical"].map((value) => ({ value, label: sales_crm_pm.risk.issue_word(value) })),
					default: { 5: "Critical", 4: "High", 3: "Medium" }[cint(risk.impact)] || "Low",
					reqd: 1,
				},
				{ fieldname: "issue_owner", fieldtype: "Link", options: "User", label: __("Who deals with it?"), default: risk.risk_owner, reqd: 1 },
				{ fieldname: "due_date", fieldtype: "Date", label: __("Due Date") },
				{ fieldname: "description", fieldtype: "Small Text", label: __("What happened?"), default: risk.contingency },
			],
			(values) =>
				sales_crm_pm.ui.act_and_leave(
					frm,
					"risk.happened",
					{ risk: risk.name, ...values },
					__("Opening the issue …"),
					({ issue }) => {
						frappe.show_alert({ message: __("The issue is open now."), indicator: "orange" });
						return frappe.set_route("Form", "SPM Issue", issue);
					}
				),
			__("It happened: {0}", [esc(risk.title)]),
			__("Open an Issue")
		);
	},

	/** A task that works on a risk or an issue. */
	create_task(doctype, record, done) {
		frappe.prompt(
			[
				{ fieldname: "subject", fieldtype: "Data", label: __("What is to be done?"), reqd: 1, default: (record.response_plan || record.title || "").split("\n")[0].slice(0, 140) },
				{ fieldname: "assigned_to", fieldtype: "Link", options: "User", label: __("Who?"), reqd: 1, default: record.risk_owner || record.issue_owner },
				{ fieldname: "due_date", fieldtype: "Date", label: __("Until"), reqd: 1, default: frappe.datetime.add_days(frappe.datetime.get_today(), 7) },
			],
			async (values) => {
				await frappe.call({
					method: "sales_crm_pm.api.v1.risk.create_task",
					args: { doctype, name: record.name, ...values },
					freeze: true,
				});
				frappe.show_alert({ message: __("The task is made."), indicator: "green" });
				done?.();
			},
			__("New Task"),
			__("Create")
		);
	},
});

function set_strategies(dialog) {
	const field = dialog.fields_dict.response_strategy;
	field.df.options = [
		{ value: "", label: __("Not decided yet") },
		...STRATEGIES[dialog.get_value("kind") || "Threat"].map((value) => ({ value, label: sales_crm_pm.risk.word(value) })),
	];
	field.refresh();
}

sales_crm_pm.risk.strategies = STRATEGIES;

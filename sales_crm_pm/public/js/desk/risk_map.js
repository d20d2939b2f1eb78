// The 5 × 5 matrix of probability and impact: as a picker in forms and dialogs, and as the heat map of a register.
frappe.provide("sales_crm_pm.risk");

const STEPS = [1, 2, 3, 4, 5];

/** Rows of the matrix; `cell(probability, impact, score, band)` gives what stands in a cell. */
function matrix(bands, cell) {
	const { esc, band_of, probability_words, impact_words } = sales_crm_pm.risk;
	const rows = [...STEPS].reverse().map((p) => {
		const cells = STEPS.map((i) => {
			const band = band_of(p * i, bands);
			return `<td class="is-${(band?.color || "gray").toLowerCase()}">${cell(p, i, p * i, band)}</td>`;
		}).join("");
		return `<tr><th scope="row" title="${esc(probability_words()[p - 1])}">${p}<small>${esc(probability_words()[p - 1])}</small></th>${cells}</tr>`;
	});
	const heads = STEPS.map(
		(i) => `<th scope="col" title="${esc(impact_words()[i - 1])}">${i}<small>${esc(impact_words()[i - 1])}</small></th>`
	).join("");
	return `<table class="spm-matrix">
		<caption class="sr-only">${__("Probability and Impact")}</caption>
		<tbody>${rows.join("")}<tr class="spm-matrix-foot"><th><span class="spm-matrix-axes">${__("Probability", null, "SPM Risk")} ↑<br>${__("Impact")} →</span></th>${heads}</tr></tbody></table>`;
}

/** Choose probability and impact by one click; `chosen(probability, impact)` hears of it. */
sales_crm_pm.risk.picker = function ($wrapper, { bands, probability, impact, read_only }, chosen) {
	const { esc, band_pill, band_of } = sales_crm_pm.risk;
	const said = (p, i, score, band) =>
		__("Probability {0}, impact {1}: score {2}, {3}", [p, i, score, __(band?.name || "–")]);
	const draw = () => {
		const score = cint(probability) * cint(impact);
		const band = band_of(score, bands);
		const is_here = (p, i) => p === cint(probability) && i === cint(impact);
		$wrapper.html(`<div class="spm-matrix-picker">${matrix(
			bands,
			(p, i, value, own) => `<button type="button" data-p="${p}" data-i="${i}" ${read_only ? "disabled" : ""}
				aria-pressed="${is_here(p, i)}" aria-label="${esc(said(p, i, value, own))}"
				title="${esc(said(p, i, value, own))}">${is_here(p, i) ? `<b>${value}</b>` : value}</button>`
		)}<p class="spm-matrix-said" role="status">${
			score
				? `${band_pill(score, band?.name, bands)} ${band?.advice ? `<span class="text-muted">${esc(__(band.advice))}</span>` : ""}`
				: `<span class="text-muted">${__("Click where the risk stands.")}</span>`
		}</p></div>`);
		$wrapper.find("button").on("click", (event) => {
			probability = cint(event.currentTarget.dataset.p);
			impact = cint(event.currentTarget.dataset.i);
			chosen(probability, impact);
			draw();
			$wrapper.find(`[data-p=${probability}][data-i=${impact}]`).trigger("focus");
		});
	};
	draw();
};

/** The heat map with the list of its risks; `shown` is what risk.heat_map or risk.panel answered. */
sales_crm_pm.risk.HeatMap = class HeatMap {
	constructor($wrapper, shown, options = {}) {
		Object.assign(this, { $wrapper, shown, options, when: "before", cell: null, list: "open" });
		this.render();
	}

	/** Where a risk stands: after the response only when somebody has judged that. */
	place(risk) {
		const is_after = this.when === "after" && risk.residual_score;
		return is_after
			? [cint(risk.residual_probability), cint(risk.residual_impact), risk.residual_score, risk.residual_band]
			: [cint(risk.probability), cint(risk.impact), risk.score, risk.band];
	}

	get open() {
		return this.shown.risks.filter((risk) => sales_crm_pm.risk.open_states.includes(risk.status));
	}

	get listed() {
		const rows = this.list === "open" ? this.open : this.shown.risks.filter((risk) => !this.open.includes(risk));
		if (!this.cell) return rows;
		return rows.filter((risk) => {
			const [p, i] = this.place(risk);
			return p === this.cell[0] && i === this.cell[1];
		});
	}

	render() {
		const { esc } = sales_crm_pm.risk;
		this.$wrapper.html(`<div class="spm-risk-map">
			<div class="spm-risk-left">
				<div class="spm-risk-switch btn-group" role="group" aria-label="${__("Before or after the response")}">
					${[
						["before", __("As It Is")],
						["after", __("After the Response")],
					]
						.map(
							([key, label]) =>
								`<button type="button" class="btn btn-sm btn-default ${this.when === key ? "active" : ""}" data-when="${key}" aria-pressed="${this.when === key}">${label}</button>`
						)
						.join("")}
				</div>
				${matrix(this.shown.bands, (p, i, score, band) => this.cell_html(p, i, score, band))}
				<ul class="spm-risk-legend">${this.shown.bands.map((band) => this.legend_html(band)).join("")}</ul>
				${this.totals_html()}
			</div>
			<div class="spm-risk-right"></div>
		</div>`);
		this.$wrapper.find("[data-when]").on("click", (event) => {
			this.when = event.currentTarget.dataset.when;
			this.render();
			this.$wrapper.find(`[data-when=${this.when}]`).trigger("focus");
		});
		this.$wrapper.find("[data-cell]").on("click", (event) => {
			const cell = event.currentTarget.dataset.cell.split(",").map(cint);
			this.cell = this.cell && this.cell.join() === cell.join() ? null : cell;
			this.list = "open";
			this.render();
			this.$wrapper.find(`[data-cell="${cell.join()}"]`).trigger("focus");
		});
		this.render_list();
		this.options.after_render?.(this, esc);
	}

	cell_html(p, i, score, band) {
		const here = this.open.filter((risk) => {
			const place = this.place(risk);
			return place[0] === p && place[1] === i;
		});
		const is_chosen = this.cell && this.cell[0] === p && this.cell[1] === i;
		const label = __("Probability {0}, impact {1}: score {2}, {3}, {4} risks", [p, i, score, __(band?.name || "–"), here.length]);
		return `<button type="button" data-cell="${p},${i}" aria-pressed="${Boolean(is_chosen)}" class="${here.length ? "has-risks" : ""}"
			aria-label="${sales_crm_pm.risk.esc(label)}" title="${sales_crm_pm.risk.esc([label, ...here.slice(0, 5).map((risk) => `· ${risk.title}`)].join("\n"))}">
			${here.length ? `<b>${here.length}</b>` : ""}<small>${score}</small></button>`;
	}

	legend_html(band) {
		const count = this.open.filter((risk) => this.place(risk)[3] === band.name).length;
		return `<li title="${sales_crm_pm.risk.esc(__(band.advice || ""))}"><span class="spm-band is-${band.color.toLowerCase()}">${sales_crm_pm.risk.esc(__(band.name))} <small>${band.from_score}–${band.to_score}</small></span> <b>${count}</b></li>`;
	}

	totals_html() {
		const { totals, currency, sees_cost } = this.shown;
		const money = (value) => format_currency(value || 0, currency, 0);
		const cells = [[__("Open Risks"), totals.open]];
		if (totals.stale) cells.push([__("Review is due"), `<span class="text-danger">${totals.stale}</span>`]);
		if (sees_cost && totals.most) {
			cells.push(
				[__("Expected Value"), money(totals.expected)],
				[__("With 80 % Certainty at Most"), money(totals.p80), __("In eight of ten cases the open risks cost no more than this together.")],
				[__("If All of Them Happen"), money(totals.most)]
			);
		}
		return `<dl class="spm-risk-totals">${cells
			.map(([label, value, why]) => `<div ${why ? `title="${why}"` : ""}><dt>${label}</dt><dd>${value}</dd></div>`)
			.join("")}</dl>`;
	}

	render_list() {
		const { esc, band_pill, trend, word, review_day } = sales_crm_pm.risk;
		const rows = this.listed;
		const over = this.shown.risks.length - this.open.length;
		const money = (value) => format_currency(value || 0, this.shown.currency, 0);
		const with_project = !this.options.project;
		const box = this.$wrapper.find(".spm-risk-right");
		const head = this.cell
			? `<b>${__("Probability {0}, impact {1}", this.cell)}</b> <button type="button" class="btn btn-xs btn-default" data-all>${__("Show all")}</button>`
			: `<div class="btn-group" role="group"><button type="button" class="btn btn-sm btn-default ${this.list === "open" ? "active" : ""}" data-list="open">${__("Open Risks")} · ${this.open.length}</button>${
					over
						? `<button type="button" class="btn btn-sm btn-default ${this.list === "over" ? "active" : ""}" data-list="over">${__("Closed or Occurred")} · ${over}</button>`
						: ""
			  }</div>`;
		const body = rows
			.map((risk) => {
				const [, , score, band] = this.place(risk);
				const home = risk.project
					? `<a href="${frappe.utils.get_form_link("SPM Project", risk.project)}">${esc(risk.project_name || risk.project)}</a>`
					: `<a href="${frappe.utils.get_form_link("SPM Opportunity", risk.opportunity)}">${esc(risk.opportunity_title || risk.opportunity)}</a>`;
				const owner = this.shown.people[risk.risk_owner] || risk.risk_owner;
				const issue = risk.became_issue
					? ` · <a href="${frappe.utils.get_form_link("SPM Issue", risk.became_issue)}">${__("Issue")}</a>`
					: "";
				return `<tr>
					<td data-label="${__("Band")}">${band_pill(score, band, this.shown.bands)}</td>
					<td data-label="${__("Risk")}" class="spm-risk-title"><a href="${frappe.utils.get_form_link("SPM Risk", risk.name)}">${esc(risk.title)}</a>
						<small class="text-muted">${[
							risk.kind === "Chance" ? word("Chance") : "",
							risk.category ? esc(__(risk.category)) : "",
							risk.response_strategy ? word(risk.response_strategy) : "",
							with_project ? "" : esc(owner),
						]
							.filter(Boolean)
							.join(" · ")}</small>${risk.trend && risk.trend !== "Flat" ? ` ${trend(risk.trend)}` : ""}</td>
					${with_project ? `<td data-label="${__("Belongs To")}">${home}</td>` : ""}
					<td data-label="${__("Status")}"><span class="indicator-pill ${sales_crm_pm.ui.status_color(risk.status)}">${word(risk.status)}</span>${issue}</td>
					${with_project ? `<td data-label="${__("Owner", null, "SPM Risk")}">${esc(owner)}</td>` : ""}
					<td data-label="${__("Next Review")}">${review_day(risk)}</td>
					${this.shown.sees_cost ? `<td data-label="${__("Expected Value")}" class="text-right">${risk.emv ? money(risk.emv) : "–"}</td>` : ""}
				</tr>`;
			})
			.join("");
		box.html(`<div class="spm-risk-head">${head}<span class="spm-risk-actions"></span></div>${
			rows.length
				? `<table class="table table-sm spm-risk-list"><thead><tr><th>${__("Band")}</th><th>${__("Risk")}</th>${
						with_project ? `<th>${__("Belongs To")}</th>` : ""
				  }<th>${__("Status")}</th>${with_project ? `<th>${__("Owner", null, "SPM Risk")}</th>` : ""}<th>${__("Next Review")}</th>${
						this.shown.sees_cost ? `<th class="text-right">${__("Expected Value")}</th>` : ""
				  }</tr></thead><tbody>${body}</tbody></table>`
				: `<p class="spm-risk-empty text-muted">${this.empty_text()}</p>`
		}`);
		box.find("[data-all]").on("click", () => {
			this.cell = null;
			this.render();
		});
		box.find("[data-list]").on("click", (event) => {
			this.list = event.currentTarget.dataset.list;
			this.render_list();
		});
		this.options.actions?.(box.find(".spm-risk-actions"));
	}

	empty_text() {
		if (this.cell) return __("No open risk stands here.");
		if (this.list === "over") return __("Nothing is closed yet.");
		return __("No risk is open. Ask the team what could go wrong, and write it down.");
	}
};

// The Money tab of a project: profit and loss, earned value and the S-curve. Only for who may see cost.
frappe.provide("sales_crm_pm.project_panels");

const esc = frappe.utils.escape_html;
const LINES = ["pv", "ev", "ac", "eac"];

sales_crm_pm.project_panels.money_html = async function (frm, $wrapper) {
	if (!frm.get_perm(1, "read")) {
		// What others may know of the money stands in the fields below.
		$wrapper.empty();
		return;
	}
	$wrapper.html(`<div class="text-muted">${__("Loading")}…</div>`);
	const { message: page } = await frappe.call({
		method: "sales_crm_pm.api.v1.value.project",
		args: { project: frm.doc.name },
		type: "GET",
	});
	$wrapper.html(
		`<div class="spm-finance">
			${tiles(page)}
			<div class="spm-finance-columns">
				<div>${profit_and_loss(page)}</div>
				<div>${page.value.bac ? earned_value(page) : hint(frm)}</div>
			</div>
			${page.curve.points.length ? s_curve(page) : ""}
			${page.programme ? programme(page) : ""}
		</div>`
	);
};

function amount(value, currency, signed) {
	if (value === null || value === undefined) return "–";
	const text = format_currency(Math.abs(value), currency, 0);
	if (value < 0) return `−${text}`;
	return signed && value > 0 ? `+${text}` : text;
}

function percent(value, digits = 1) {
	return value === null || value === undefined ? "–" : `${format_number(value, null, digits)}\u00a0%`;
}

function ratio(value) {
	return value === null || value === undefined ? "–" : format_number(value, null, 2);
}

/** Worse than wanted is told by colour and by the sign or figure itself. */
function tone(value, limit = 0) {
	if (value === null || value === undefined) return "";
	return value < limit ? "text-danger" : "";
}

function tiles(page) {
	const { profit, value, currency } = page;
	const used = value.bac ? value.used_percent : null;
	const ahead = used !== null && used > value.percent_complete;
	const tile = (label, shown, below = "") =>
		`<div class="spm-finance-tile"><div class="text-muted">${label}</div>
			<div class="spm-finance-value">${shown}</div><small class="text-muted">${below}</small></div>`;
	return `<div class="spm-finance-tiles">
		${tile(
			__("Income"),
			amount(profit.income, currency),
			profit.approved_changes
				? __("{0} of it by approved changes", [amount(profit.approved_changes, currency, true)])
				: __("Contract Price")
		)}
		${tile(__("Budgeted Cost"), amount(value.bac || null, currency), __("Planned Margin") + " " + percent(profit.margins.planned.percent))}
		${tile(
			__("Cost to Date"),
			amount(profit.actual, currency),
			used === null
				? ""
				: `<span class="${ahead ? "text-danger" : ""}">${__("{0} of the budget, {1} of the work", [
						percent(used, 0),
						percent(value.percent_complete, 0),
				  ])}</span>`
		)}
		${tile(
			__("Forecast Cost (EAC)"),
			amount(profit.forecast || null, currency),
			value.bac
				? `<span class="${tone(value.vac)}">${
						value.vac < 0
							? __("{0} over the budget", [amount(-value.vac, currency)])
							: __("{0} under the budget", [amount(value.vac, currency)])
				  }</span>`
				: ""
		)}
		${tile(
			__("Forecast Margin"),
			`<span class="${tone(profit.margins.forecast.amount)}">${amount(profit.margins.forecast.amount, currency)}</span>`,
			percent(profit.margins.forecast.percent)
		)}
	</div>`;
}

function profit_and_loss(page) {
	const { profit, currency } = page;
	const { planned, forecast, actual } = profit.margins;
	const row = (label, values, strong) =>
		`<tr class="${strong ? "spm-finance-sum" : ""}"><th scope="row">${label}</th>${values
			.map((value) => `<td>${value}</td>`)
			.join("")}</tr>`;
	const money = (value) => amount(value, currency);
	const parts = [
		["labour", __("Labour Cost")],
		["purchase", __("Purchase Cost")],
		["travel", __("Travel Cost")],
		["subcontract", __("Subcontract Cost")],
		["material", __("Material Cost")],
		["other", __("Other Cost")],
	].filter(([part]) => profit.parts[part]);
	return `<h6>${__("Profit and Loss")}</h6>
		<table class="spm-finance-table">
			<thead><tr><th></th><th>${__("Planned")}</th><th>${__("At Completion")}</th><th>${__("Until Today")}</th></tr></thead>
			<tbody>
				${row(__("Contract Price"), [money(profit.price), money(profit.price), money(profit.price)])}
				${row(__("Approved Changes"), ["–", money(profit.approved_changes), money(profit.approved_changes)])}
				${row(__("Cost"), [money(profit.budget || null), money(profit.forecast || null), money(profit.actual)])}
				${parts
					.map(([part, label]) =>
						row(`<span class="text-muted spm-finance-part">${label}</span>`, [
							"",
							"",
							`<span class="text-muted">${money(profit.parts[part])}</span>`,
						])
					)
					.join("")}
				${profit.committed ? row(__("Committed Cost"), ["", "", money(profit.committed)]) : ""}
				${row(
					__("Margin"),
					[planned, forecast, actual].map((m) => `<span class="${tone(m.amount)}">${money(m.amount)}</span>`),
					true
				)}
				${row(
					__("Margin (%)"),
					[planned, forecast, actual].map((m) => percent(m.percent))
				)}
				${row(__("Invoiced"), ["", "", money(profit.invoiced)])}
				${row(__("Money Received"), ["", "", money(profit.received)])}
				${profit.outstanding > 0 ? row(__("Outstanding"), ["", "", money(profit.outstanding)]) : ""}
			</tbody>
		</table>`;
}

/** [label, what it says, value, colour] of each figure. */
function earned_value(page) {
	const { value, currency } = page;
	const figures = [
		["PV", __("Planned value: budget of the work that should be done by today"), amount(value.pv, currency)],
		["EV", __("Earned value: budget of the work that is done"), amount(value.ev, currency)],
		["AC", __("Actual cost: what has been spent"), amount(value.ac, currency)],
		["SV", __("Schedule variance: EV − PV; below zero is behind the plan"), amount(value.sv, currency, true), tone(value.sv)],
		["CV", __("Cost variance: EV − AC; below zero is over the cost planned"), amount(value.cv, currency, true), tone(value.cv)],
		["SPI", __("Schedule performance: EV ÷ PV; below 1 is behind the plan"), ratio(value.spi), tone(value.spi, 0.95)],
		["CPI", __("Cost performance: EV ÷ AC; below 1 is over the cost planned"), ratio(value.cpi), tone(value.cpi, 0.95)],
		["SPI(t)", __("Schedule performance in time: earned days ÷ days passed"), ratio(value.spi_t), tone(value.spi_t, 0.95)],
		["ETC", __("What is still to spend: EAC − AC"), amount(value.etc, currency)],
		["VAC", __("Variance at completion: budget − EAC"), amount(value.vac, currency, true), tone(value.vac)],
		["TCPI", __("Cost performance that the rest needs to stay in the budget"), ratio(value.tcpi), value.tcpi > 1.05 ? "text-danger" : ""],
		["TCPI (EAC)", __("Cost performance that the rest needs to meet the forecast"), ratio(value.tcpi_eac)],
	];
	return `<h6>${__("Earned Value")}</h6>
		<div class="spm-finance-figures">${figures
			.map(
				([short, title, shown, colour = ""]) =>
					`<div title="${esc(title)}" tabindex="0"><span class="text-muted">${short}</span>
					<b class="${colour}">${shown}</b></div>`
			)
			.join("")}</div>
		<small class="text-muted">${__("Work earns by: {0}. Forecast by: {1}.", [
			__(value.technique, null, "SPM Project"),
			__(value.method, null, "SPM Project"),
		])}</small>`;
}

function hint(frm) {
	return `<h6>${__("Earned Value")}</h6><p class="text-muted">${__(
		"Enter the budgeted cost, and this shows what the work done is worth, what the project will cost, and what is left of it."
	)}</p>`;
}

function programme(page) {
	const { programme: sums, currency } = page;
	const figure = (label, value) => `<div><span class="text-muted">${label}</span><b>${value}</b></div>`;
	return `<h6>${__("With Its Sub-projects")} (${sums.sub_projects})</h6>
		<div class="spm-finance-figures spm-finance-programme">
			${figure(__("Health"), sales_crm_pm.ui.health_badge(sums.health))}
			${figure(__("Progress"), percent(sums.percent_complete, 0))}
			${figure(__("Budgeted Cost"), amount(sums.budget, currency))}
			${figure(__("Cost to Date"), amount(sums.cost, currency))}
			${figure(__("Forecast Cost (EAC)"), amount(sums.forecast, currency))}
		</div>`;
}

// The S-curve, drawn as SVG
// ------------------

const WIDTH = 960;
const HEIGHT = 300;
const PAD = { left: 64, right: 16, top: 14, bottom: 30 };

function s_curve(page) {
	const { points, today, bac } = page.curve;
	const names = {
		pv: __("Planned Value (PV)"),
		ev: __("Earned Value (EV)"),
		ac: __("Actual Cost (AC)"),
		eac: __("Forecast (EAC)"),
	};
	const time = (day) => frappe.datetime.str_to_obj(day).getTime();
	const first = time(points[0].day);
	const last = time(points[points.length - 1].day);
	const highest = Math.max(bac, ...points.flatMap((p) => LINES.map((line) => p[line] || 0))) || 1;
	const step = nice_step(highest / 4);
	const top = Math.ceil(highest / step) * step;
	const x = (day) => PAD.left + ((time(day) - first) / (last - first || 1)) * (WIDTH - PAD.left - PAD.right);
	const y = (value) => HEIGHT - PAD.bottom - (value / top) * (HEIGHT - PAD.top - PAD.bottom);
	const grid = [];
	for (let value = 0; value <= top + step / 2; value += step) {
		grid.push(
			`<line class="spm-curve-grid" x1="${PAD.left}" x2="${WIDTH - PAD.right}" y1="${y(value)}" y2="${y(value)}"/>
			<text class="spm-curve-text" x="${PAD.left - 8}" y="${y(value) + 4}" text-anchor="end">${esc(short(value))}</text>`
		);
	}
	const every = Math.max(1, Math.ceil(points.length / 7));
	const labels = points
		.filter((_p, n) => n % every === 0 && x(points[n].day) < WIDTH - 60)
		.map(
			(p) =>
				`<text class="spm-curve-text" x="${x(p.day)}" y="${HEIGHT - 8}" text-anchor="middle">${esc(
					frappe.datetime.str_to_user(p.day)
				)}</text>`
		);
	const lines = LINES.map((line) => {
		const known = points.filter((p) => p[line] !== undefined);
		if (!known.length) return "";
		const path = known.map((p, n) => `${n ? "L" : "M"}${x(p.day).toFixed(1)} ${y(p[line]).toFixed(1)}`).join("");
		const dots = known
			.map(
				(p) =>
					`<circle class="spm-curve-dot spm-curve-${line}" cx="${x(p.day).toFixed(1)}" cy="${y(p[line]).toFixed(1)}" r="3">
					<title>${esc(frappe.datetime.str_to_user(p.day))} · ${esc(names[line])}: ${esc(
						strip_html(amount(p[line], page.currency))
					)}</title></circle>`
			)
			.join("");
		return `<path class="spm-curve-line spm-curve-${line}" d="${path}"/>${dots}`;
	});
	const now =
		time(today) >= first && time(today) <= last
			? `<line class="spm-curve-today" x1="${x(today)}" x2="${x(today)}" y1="${PAD.top}" y2="${HEIGHT - PAD.bottom}"/>
				<text class="spm-curve-text" x="${x(today) + 5}" y="${PAD.top + 10}">${esc(__("Today"))}</text>`
			: "";
	return `<h6>${__("S-curve")}</h6>
		<div class="spm-curve-legend">${LINES.map(
			(line) => `<span class="spm-curve-key spm-curve-${line}">${esc(names[line])}</span>`
		).join("")}</div>
		<div class="spm-curve-scroll"><svg class="spm-curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${esc(
		__("S-curve")
	)}">
			${grid.join("")}${now}${lines.join("")}${labels.join("")}
		</svg></div>`;
}

function nice_step(rough) {
	const power = Math.pow(10, Math.floor(Math.log10(rough || 1)));
	return [1, 2, 2.5, 5, 10].map((n) => n * power).find((n) => n >= rough) || power;
}

function short(value) {
	return frappe.utils.shorten_number(value, frappe.sys_defaults.country) || "0";
}

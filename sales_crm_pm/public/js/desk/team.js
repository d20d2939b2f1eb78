// The Team tab of a project: what members are booked for, who answers for which milestone, handing over.
frappe.provide("sales_crm_pm.project_panels");

const esc = (text) => frappe.utils.escape_html(text || "");
const PARTS = ["Responsible", "Accountable", "Consulted", "Informed"];

sales_crm_pm.project_panels.team_html = async function (frm, panel) {
	panel.html(`<p class="text-muted">${__("Loading")}…</p>`);
	const { message: team } = await frappe.call({
		method: "sales_crm_pm.api.v1.team.overview",
		type: "GET",
		args: { project: frm.doc.name },
	});
	panel.empty().addClass("spm-team");
	panel.append(bookings(frm, team));
	panel.append(matrix(frm, team));
};

// What they are booked for
// ------------------

function bookings(frm, team) {
	const box = $(`<section class="spm-team-box">
		<header><h4>${__("Team and Bookings")}</h4><div class="spm-team-tools"></div></header></section>`);
	const tools = box.find(".spm-team-tools");
	const unbooked = team.people.filter((person) => in_team(frm, person.user) && !team.booked[person.user]);
	if (team.may_book && unbooked.length) {
		button(tools, __("Book the Team"), () => book(frm), "btn-primary").attr(
			"title",
			__("Makes a booking out of each row of the team that has none.")
		);
	}
	if (team.sees_bookings) {
		button(tools, __("Capacity and Load"), () => {
			frappe.route_options = { project: frm.doc.name };
			frappe.set_route("spm-capacity");
		});
	}
	if (!team.people.length) {
		box.append(`<p class="text-muted">${__("Nobody is in the team yet. Add people in the table below.")}</p>`);
	}
	const list = $('<div class="spm-team-list"></div>').appendTo(box);
	for (const person of team.people) {
		if (in_team(frm, person.user)) list.append(member(frm, team, person));
	}
	for (const row of team.open_demand) {
		list.append(`<div class="spm-team-member is-open">
			<div><b>${esc(row.label)}</b><div class="text-muted">${__("Nobody named yet")}</div></div>
			<div class="spm-team-hours">${booked_text(row)}</div></div>`);
	}
	if (team.left_open.length) {
		box.append(`<h5>${__("Left the team, work still open")}</h5>`);
		for (const person of team.left_open) {
			const row = $(`<div class="spm-team-member"><div><b>${esc(person.name)}</b>
				<div class="text-warning">${__("{0} tasks and milestones", [person.count])}</div></div><div></div></div>`);
			button(row, __("Hand Over"), () => hand_over(frm, team, person));
			box.append(row);
		}
	}
	return box;
}

function in_team(frm, user) {
	return (frm.doc.team || []).some((row) => row.user === user);
}

function member(frm, team, person) {
	const row = $(`<div class="spm-team-member">
		<div><b>${esc(person.name)}</b><div class="text-muted">${esc(person.role)}</div></div>
		<div class="spm-team-hours">${
			team.sees_bookings ? booked_text(team.booked[person.user]) : ""
		}</div><div class="spm-team-tools"></div></div>`);
	const tools = row.find(".spm-team-tools");
	if (team.may_book && !team.booked[person.user]) button(tools, __("Book Time"), () => book(frm, [person.user]));
	if (team.may_write) button(tools, __("Hand Over"), () => hand_over(frm, team, person));
	return row;
}

function booked_text(row) {
	if (!row) return `<span class="text-muted">${__("Not booked")}</span>`;
	const parts = [];
	if (row.confirmed) parts.push(`<b>${hours(row.confirmed)}</b>`);
	if (row.tentative) parts.push(`${hours(row.tentative)} ${__("Tentative", null, "SPM Allocation")}`);
	const time = `${frappe.datetime.str_to_user(row.from_date)} – ${frappe.datetime.str_to_user(row.to_date)}`;
	return `${parts.join(" · ") || hours(0)}<div class="text-muted">${time}</div>`;
}

function hours(value) {
	return __("{0} h", [format_number(flt(value), null, 0)]);
}

function button(parent, label, action, style = "btn-default") {
	return $(`<button type="button" class="btn btn-xs ${style}">${label}</button>`).on("click", action).appendTo(parent);
}

async function book(frm, users) {
	await frappe.call({
		method: "sales_crm_pm.api.v1.allocation.book_team",
		args: { project: frm.doc.name, ...(users ? { users } : {}) },
		freeze: true,
	});
	sales_crm_pm.refresh_project_panels(frm);
}

// Who answers for which milestone
// ------------------

function matrix(frm, team) {
	const box = $(`<section class="spm-team-box"><header><h4>${__("Responsibilities")}</h4>
		<div class="text-muted spm-raci-key">${PARTS.map((part) => `<span><b>${letter(part)}</b> ${__(part)}</span>`).join("")}</div>
		</header></section>`);
	if (team.missing.length) {
		box.append(`<ul class="spm-raci-missing" role="status">${team.missing
			.map((sentence) => `<li>${esc(sentence)}</li>`)
			.join("")}</ul>`);
	}
	if (!team.milestones.length) {
		box.append(`<p class="text-muted">${__("There is no milestone yet. Add one to share out who answers for it.")}</p>`);
		return box;
	}
	const scroll = $('<div class="spm-raci-scroll"></div>').appendTo(box);
	const table = $(`<table class="spm-raci"><thead><tr><th scope="col">${__("Milestone")}</th>${team.people
		.map((person) => `<th scope="col" title="${esc(person.role)}">${esc(person.name)}</th>`)
		.join("")}</tr></thead><tbody></tbody></table>`).appendTo(scroll);
	for (const row of team.milestones) {
		const line = $(`<tr class="${row.gaps.length ? "has-gap" : ""}"><th scope="row">
			<a href="${frappe.utils.get_form_link("SPM Milestone", row.name)}">${esc(row.title)}</a></th></tr>`);
		for (const person of team.people) line.append(cell(frm, team, row, person));
		table.find("tbody").append(line);
	}
	return box;
}

function letter(part) {
	return part.charAt(0);
}

function cell(frm, team, row, person) {
	const own = row.parts[person.user] || [];
	const found = $('<td><div class="spm-raci-cell"></div></td>');
	for (const part of PARTS) {
		const is_on = own.includes(part);
		if (!team.may_write || row.status === "Cancelled") {
			if (is_on) found.children().append(`<span class="spm-raci-part is-on ${part.toLowerCase()}" title="${__(part)}">${letter(part)}</span>`);
			continue;
		}
		$(`<button type="button" class="spm-raci-part ${part.toLowerCase()} ${is_on ? "is-on" : ""}" aria-pressed="${is_on}"
			aria-label="${esc(`${row.title}, ${person.name}: ${__(part)}`)}" title="${__(part)}">${letter(part)}</button>`)
			.on("click", () => set_part(frm, row.name, person.user, part, !is_on))
			.appendTo(found.children());
	}
	return found;
}

async function set_part(frm, milestone, user, part, is_on) {
	await frappe.call({
		method: "sales_crm_pm.api.v1.team.set_part",
		args: { milestone, user, part, is_on: is_on ? 1 : 0 },
	});
	sales_crm_pm.refresh_project_panels(frm);
}

// When somebody leaves
// ------------------

function hand_over(frm, team, person) {
	if (frm.is_dirty()) {
		frappe.msgprint(__("Save the project first; handing over changes its team."));
		return;
	}
	const others = team.people.filter((other) => other.user !== person.user);
	const dialog = new frappe.ui.Dialog({
		title: __("{0} hands over", [person.name]),
		size: "large",
		fields: [
			{
				fieldname: "to",
				fieldtype: "Link",
				options: "User",
				label: __("Takes Over"),
				reqd: 1,
				get_query: () => ({ filters: { enabled: 1, user_type: "System User", name: ["!=", person.user] } }),
			},
			{ fieldtype: "Column Break" },
			{
				fieldname: "last_day",
				fieldtype: "Date",
				label: __("Last Day in the Project"),
				default: frappe.datetime.get_today(),
				reqd: 1,
				change: () => show_items(),
			},
			{ fieldname: "remove", fieldtype: "Check", label: __("Take the row out of the team") },
			{ fieldtype: "Section Break", label: __("Open Work") },
			{ fieldname: "items", fieldtype: "HTML" },
		],
		primary_action_label: __("Hand Over"),
		async primary_action(values) {
			const exceptions = {};
			dialog.$wrapper.find("select[data-item]").each((_n, select) => {
				if (select.value) exceptions[select.dataset.item] = select.value;
			});
			await frappe.call({
				method: "sales_crm_pm.api.v1.allocation.hand_over",
				args: {
					project: frm.doc.name,
					user: person.user,
					to: values.to,
					last_day: values.last_day,
					remove: values.remove ? 1 : 0,
					exceptions,
				},
				freeze: true,
			});
			dialog.hide();
			frappe.show_alert({ message: __("Handed over."), indicator: "green" });
			await frm.reload_doc();
		},
	});

	async function show_items() {
		const { message: items } = await frappe.call({
			method: "sales_crm_pm.api.v1.team.open_items",
			type: "GET",
			args: { project: frm.doc.name, user: person.user, last_day: dialog.get_value("last_day") },
		});
		const options = `<option value="">${__("Whoever takes over")}</option>${others
			.map((other) => `<option value="${esc(other.user)}">${esc(other.name)}</option>`)
			.join("")}`;
		dialog.fields_dict.items.$wrapper.html(
			items.length
				? `<table class="table table-sm spm-handover"><tbody>${items
						.map(
							(item) => `<tr><td class="text-muted">${esc(item.label)}</td>
					<td><a href="${frappe.utils.get_form_link(item.doctype, item.name)}" target="_blank">${esc(item.title)}</a></td>
					<td>${item.due ? frappe.datetime.str_to_user(item.due) : ""}</td>
					<td><select class="form-control input-xs" data-item="${esc(`${item.doctype}/${item.name}`)}"
						aria-label="${esc(item.title)}">${options}</select></td></tr>`
						)
						.join("")}</tbody></table>`
				: `<p class="text-muted">${__("Nothing is open.")}</p>`
		);
	}

	dialog.show();
	show_items();
}

// What a person does to a plan, by mouse, key or form, in terms of the store.
import { to_day } from "./dates.js";
import { link_types } from "./links.js";
import { elder } from "./rows.js";

const REST = 160;

export function make_actions(store, tools) {
	const node_of = (id) => store.nodes.value.get(id);
	const calendar = () => store.plan.value.calendar;

	function may_edit(node, key) {
		if (!store.plan.value) return false;
		if (!node.may_write || node.kind === "project") return false;
		if (node.kind === "milestone") return ["name", "owner", "end"].includes(key);
		// A branch begins and ends with its parts.
		const branch = node.is_summary || store.children.value.has(node.id);
		return branch ? ["name", "owner", "links"].includes(key) : key !== "wbs";
	}

	const may_drag = (node) => may_edit(node, "end") && node.end !== null;

	// Dates
	// ------------------

	/** The change that a drag of so many days means. */
	function dragged({ id, part, days }) {
		const node = node_of(id);
		const start = node.start ?? node.end;
		if (part === "move") return { start: calendar().on_or_after(start + days) };
		// The other end stays, so that the server counts the working days between.
		if (part === "start") return { start: calendar().on_or_after(Math.min(start + days, node.end)), end: node.end };
		return { end: Math.max(start, node.end + days) };
	}

	let resting = 0;
	function moving(wish) {
		clearTimeout(resting);
		if (node_of(wish.id)?.kind !== "task") return;
		resting = setTimeout(async () => {
			try {
				const found = await store.preview({ [wish.id]: dragged(wish) }, node_of(wish.id).name);
				if (found) store.pending.value = found;
			} catch {
				// A refusal is told when the bar is dropped.
				store.pending.value = null;
			}
		}, REST);
	}

	function dropped(wish) {
		clearTimeout(resting);
		const node = node_of(wish.id);
		if (node.kind === "milestone") {
			store.edit(wish.id, { planned_date: store.to_iso(node.end + wish.days) }, node.name);
			return;
		}
		store.propose({ [wish.id]: dragged(wish) }, node.name);
	}

	function let_go() {
		clearTimeout(resting);
		store.cancel();
	}

	/** A cell of the table or a field of the sheet was changed. */
	function cell({ id, key, value }) {
		const node = node_of(id);
		if (!node) return;
		if (node.kind === "milestone") {
			const field = { name: "title", owner: "milestone_owner", end: "planned_date" }[key];
			if (field) store.edit(id, { [field]: value || null });
			return;
		}
		if (key === "start") {
			const day = to_day(value);
			if (day !== null) store.propose({ [id]: { start: calendar().on_or_after(day) } }, node.name);
		} else if (key === "end") {
			const day = to_day(value);
			if (day === null) return;
			const start = node.start ?? day;
			if (day < start) {
				store.state.problem = __("The planned end is before the planned start.");
				return;
			}
			store.propose({ [id]: node.start === null ? { start, end: day } : { end: day } }, node.name);
		} else if (key === "duration") {
			store.propose({ [id]: { duration: Math.max(1, cint(value)) } }, node.name);
		} else {
			const field = { name: "subject", owner: "assigned_to" }[key] || key;
			store.edit(id, { [field]: value });
		}
	}

	// Links
	// ------------------

	function linked({ from, to, type }) {
		if (node_of(from)?.kind === "milestone" || node_of(to)?.kind === "milestone") {
			store.state.problem = __("A milestone is reached when its tasks are. Link its tasks instead.");
			return;
		}
		store.link(from, to, type);
	}

	function edit_link(link) {
		const to = node_of(link.to);
		if (!may_edit(to, "links")) return;
		const types = link_types();
		const dialog = new frappe.ui.Dialog({
			title: __("Link"),
			fields: [
				{ fieldtype: "HTML", fieldname: "words" },
				{
					fieldname: "type",
					fieldtype: "Select",
					label: __("Link Type"),
					options: types,
					default: link.type,
					reqd: 1,
				},
				{
					fieldname: "lag",
					fieldtype: "Int",
					label: __("Lag (Working Days)"),
					default: link.lag,
					description: __("Negative lets them overlap."),
				},
			],
			primary_action_label: __("Save"),
			primary_action(values) {
				dialog.hide();
				store.link(link.from, link.to, values.type, cint(values.lag));
			},
			secondary_action_label: __("Remove the link"),
			secondary_action() {
				dialog.hide();
				store.unlink(link);
			},
		});
		const esc = frappe.utils.escape_html;
		dialog.fields_dict.words.$wrapper.html(
			`<p>${esc(node_of(link.from)?.name || link.from)} <span aria-hidden="true">→</span> ${esc(to.name)}</p>`
		);
		dialog.show();
	}

	// Adding, removing, the tree
	// ------------------

	async function add(kind, near) {
		const node = near && node_of(near);
		const values = { kind };
		if (kind === "milestone") values.title = __("New milestone");
		else {
			values.subject = __("New task");
			if (kind === "child" && node?.kind === "task") values.parent_task = node.id;
			else if (node?.kind === "task") {
				values.parent_task = node.parent || "";
				values.after = node.id;
			}
			if (node?.milestone) values.milestone = node.milestone;
		}
		const made = await store.add(values);
		if (typeof made === "string") tools.name_it(made);
	}

	function remove(node) {
		const branch = store.children.value.has(node.id);
		if (branch) {
			store.state.problem = __("{0} has parts. Remove or move them first.", [node.name]);
			return;
		}
		frappe.confirm(__("Delete {0}? This cannot be taken back.", [frappe.utils.escape_html(node.name)]), () =>
			store.remove(node.id)
		);
	}

	function indent(row) {
		const rows = store.rows.value;
		const above = elder(rows, rows.findIndex((one) => one.id === row.id));
		if (above) store.place(row.id, above.id, last_child(above.id));
	}

	function outdent(row) {
		const parent = node_of(row.node.parent);
		if (parent) store.place(row.id, parent.parent || null, parent.id);
	}

	function last_child(id) {
		const list = (store.children.value.get(id) || []).filter((one) => one.kind === "task");
		return list.length ? list[list.length - 1].id : null;
	}

	/** Move a task one place up or down among those of its level. */
	function shift(row, way) {
		const list = (store.children.value.get(row.node.parent || "") || []).filter((one) => one.kind === "task");
		const at = list.findIndex((one) => one.id === row.id);
		const target = at + way;
		if (at < 0 || target < 0 || target >= list.length) return;
		const after = way > 0 ? list[target].id : target > 0 ? list[target - 1].id : null;
		store.place(row.id, row.node.parent || null, after);
	}

	// Keys beyond walking and typing
	// ------------------

	function key({ event, row, handled }) {
		const control = event.ctrlKey || event.metaKey;
		const act = (step) => {
			handled.done = true;
			step();
		};
		if (event.key === "Escape" && store.pending.value) return act(store.cancel);
		if (control && event.key.toLowerCase() === "z") return act(event.shiftKey ? store.redo : store.undo);
		if (control && event.key.toLowerCase() === "y") return act(store.redo);
		if (event.key === "+" || event.key === "=") return act(() => tools.zoom(1.4));
		if (event.key === "-") return act(() => tools.zoom(1 / 1.4));
		if (event.key.toLowerCase() === "t" && !control) return act(tools.today);
		if (event.key === "Insert" || (event.key.toLowerCase() === "n" && !control && !event.altKey)) {
			if (store.plan.value?.may_write) act(() => add(event.shiftKey ? "child" : "task", row?.id));
			return undefined;
		}
		if (!row || row.node.kind === "project") return undefined;
		const { node } = row;
		const way = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
		const sideways = event.key === "ArrowRight" || event.key === "ArrowLeft";
		if (way && event.shiftKey && sideways && may_drag(node)) {
			const part = event.altKey ? "end" : "move";
			return act(() => nudge(node, part, way));
		}
		if (way && event.altKey && !event.shiftKey && node.kind === "task" && may_edit(node, "links")) {
			if (sideways) return act(() => (way > 0 ? indent(row) : outdent(row)));
			return act(() => shift(row, way));
		}
		if (event.key === "Delete" && may_edit(node, "name")) return act(() => remove(node));
		return undefined;
	}

	/** Each press moves a day further; the change waits for Enter on the bar below. */
	function nudge(node, part, way) {
		if (node.kind === "milestone") return dropped({ id: node.id, part: "move", days: way });
		const before = store.pending.value;
		const same = before?.nudge?.id === node.id && before.nudge.part === part;
		let days = (same ? before.nudge.days : 0) + way;
		// Over a weekend one press goes to the next working day, as a bar would jump back to where it was.
		const at = part === "end" ? node.end : node.start;
		for (let tries = 0; tries < 14 && !calendar().is_working(at + days); tries++) days += way;
		const wish = { id: node.id, part, days };
		return store.preview({ [node.id]: dragged(wish) }, node.name).then(
			(found) => {
				if (!found) return;
				store.pending.value = { ...found, others: store.others_of(found), nudge: wish };
			},
			(error) => (store.state.problem = error.message)
		);
	}

	return { may_edit, may_drag, moving, dropped, let_go, cell, linked, edit_link, add, remove, indent, outdent, key };
}

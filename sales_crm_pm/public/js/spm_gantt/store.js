// One plan in the browser: its records, what is shown of them, what was changed and can be taken back.
// The server schedules; here is only what it answered.
import { computed, reactive, ref, shallowReactive, shallowRef } from "vue";
import { read, write } from "./calls.js";
import { plural_days, show, to_iso, today } from "./dates.js";
import { bounds, fitting_filter, flatten, tree } from "./rows.js";
import { as_changes, from_plan, moved_of, with_people } from "./shape.js";

const MOST_UNDONE = 50;

export function make_store() {
	const filters = reactive({ search: "", mine: false, late: false, critical: false, owner: "", status: "", milestone: "" });
	const show_parts = reactive({ baseline: true, critical: true, links: true });
	const state = reactive({
		project: "",
		loading: false,
		saving: false,
		problem: "",
		notice: "",
		selected: "",
		baseline: "",
	});
	const plan = shallowRef(null);
	const nodes = shallowRef(new Map());
	const links = shallowRef([]);
	const folded = shallowRef(new Set());
	/** What would happen: {moved: Map, end, end_before, title, changes}; null when nothing is pending. */
	const pending = shallowRef(null);
	const undone = shallowReactive({ past: [], future: [] });
	const people = ref([]);
	const baselines = ref([]);

	const children = computed(() => tree(nodes.value));
	const fits = computed(() => fitting_filter(filters));
	const rows = computed(() => flatten(children.value, folded.value, fits.value));
	const limits = computed(() => bounds(nodes.value.values(), today()));
	const hits = computed(() => (fits.value ? [...nodes.value.values()].filter(fits.value) : [...nodes.value.values()]));

	let turn = 0;
	async function load(project, quiet) {
		const mine = ++turn;
		if (!quiet) {
			state.loading = true;
			state.problem = "";
			plan.value = null;
			pending.value = null;
			undone.past = undone.future = [];
		}
		state.project = project;
		try {
			const args = { project };
			if (state.baseline) args.baseline = state.baseline;
			const answer = await read("schedule.plan", args);
			// A slower answer to an earlier question must not overwrite the newer one.
			if (mine !== turn) return;
			take(from_plan(answer, people.value));
			if (!quiet) load_beside(project);
		} catch (error) {
			if (mine === turn && !quiet) state.problem = __("The plan could not be loaded.");
		} finally {
			if (mine === turn) state.loading = false;
		}
	}

	function take(fresh) {
		if (!plan.value) folded.value = new Set();
		nodes.value = fresh.nodes;
		links.value = fresh.links;
		plan.value = fresh;
	}

	/** What the first picture does not wait for. */
	async function load_beside(project) {
		const [team, kept] = await Promise.all([
			read("task.people", { project }).catch(() => []),
			read("baseline.list", { project }).catch(() => []),
		]);
		if (project !== state.project) return;
		people.value = team;
		baselines.value = kept;
		nodes.value = with_people(nodes.value, team);
	}

	const refresh = () => load(state.project, true);

	// Changing
	// ------------------

	/** Ask what a change would move. `title` says in words what is being done. */
	async function preview(changes, title) {
		const asked = (preview.turn = (preview.turn || 0) + 1);
		const answer = await write("schedule.preview", {
			project: state.project,
			changes: JSON.stringify(as_changes(changes)),
		});
		if (asked !== preview.turn) return null;
		return { ...moved_of(answer), changes, title };
	}

	/** Bring a pending change onto the screen, or save it at once when it moves nothing but itself. */
	async function propose(changes, title) {
		state.problem = "";
		try {
			const found = await preview(changes, title);
			if (!found) return;
			const others = others_of(found);
			const end_moves = found.end !== found.end_before;
			if (!others.length && !end_moves && !found.conflicts.length) {
				pending.value = found;
				await commit();
			} else {
				pending.value = { ...found, others };
			}
		} catch (error) {
			pending.value = null;
			refuse(error);
		}
	}

	/** Who else moves; branches follow their parts and are not counted. */
	function others_of(found) {
		return [...found.moved].filter(([id, one]) => !(id in found.changes) && !one.is_summary).map(([id]) => id);
	}

	function cancel() {
		preview.turn = (preview.turn || 0) + 1;
		pending.value = null;
	}

	async function commit() {
		const wish = pending.value;
		if (!wish) return;
		const before = snapshot(new Set([...wish.moved.keys(), ...Object.keys(wish.changes)]));
		await guarded(async () => {
			await apply(wish.changes);
			pending.value = null;
			remember(wish.title, () => apply(before), () => apply(wish.changes));
		});
	}

	async function apply(changes) {
		const answer = await write("schedule.apply", {
			project: state.project,
			changes: JSON.stringify(as_changes(changes)),
		});
		await refresh();
		for (const notice of answer.notices || []) frappe.show_alert({ message: notice, indicator: "orange" }, 7);
	}

	/** How these records stand now, as changes that bring them back. */
	function snapshot(ids) {
		const back = {};
		for (const id of ids) {
			const node = nodes.value.get(id);
			if (!node || node.kind !== "task" || node.is_summary) continue;
			back[id] = {
				start: node.start,
				duration: node.duration,
				constraint_type: node.constraint_type || "As Soon As Possible",
				constraint_date: node.constraint_date,
			};
		}
		return back;
	}

	/** Change what is not a matter of dates: name, owner, progress, status. */
	async function edit(id, values, title) {
		const node = nodes.value.get(id);
		const before = Object.fromEntries(Object.keys(values).map((field) => [field, node.stored[field] ?? null]));
		const path = node.kind === "milestone" ? "milestone.edit" : "task.edit";
		const key = node.kind === "milestone" ? "milestone" : "task";
		const send = async (wish) => {
			await write(path, { [key]: id, values: JSON.stringify(wish) });
			await refresh();
		};
		return guarded(async () => {
			await send(values);
			remember(title || node.name, () => send(before), () => send(values));
		});
	}

	async function link(predecessor, task, link_type, lag_days = 0) {
		const send = (type, lag) => write("schedule.link", { task, predecessor, link_type: type, lag_days: lag }).then(refresh);
		const drop = () => write("schedule.unlink", { task, predecessor }).then(refresh);
		const old = links.value.find((one) => one.to === task && one.from === predecessor);
		return guarded(async () => {
			await send(link_type, lag_days);
			remember(__("Link"), () => (old ? send(old.type, old.lag) : drop()), () => send(link_type, lag_days));
		});
	}

	async function unlink(one) {
		const drop = () => write("schedule.unlink", { task: one.to, predecessor: one.from }).then(refresh);
		return guarded(async () => {
			await drop();
			remember(
				__("Link"),
				() =>
					write("schedule.link", {
						task: one.to,
						predecessor: one.from,
						link_type: one.type,
						lag_days: one.lag,
					}).then(refresh),
				drop
			);
		});
	}

	/** Add a task or milestone; gives its name. */
	async function add(values) {
		const path = values.kind === "milestone" ? "milestone.add" : "task.add";
		const { kind, ...rest } = values;
		return guarded(async () => {
			const made = await write(path, { project: state.project, ...rest });
			if (rest.parent_task) unfold(rest.parent_task);
			await refresh();
			state.selected = made.name;
			return made.name;
		});
	}

	async function remove(id) {
		const node = nodes.value.get(id);
		return guarded(async () => {
			await write(node.kind === "milestone" ? "milestone.remove" : "task.remove", {
				[node.kind === "milestone" ? "milestone" : "task"]: id,
			});
			state.selected = "";
			await refresh();
		});
	}

	/** Give a task another place in the tree. */
	async function place(id, parent_task, after = null) {
		const node = nodes.value.get(id);
		const old = { parent_task: node.parent || null, after: before_in_tree(id) };
		const send = (wish) =>
			write("task.place", {
				task: id,
				parent_task: wish.parent_task || "",
				after: wish.after || "",
			}).then(refresh);
		return guarded(async () => {
			await send({ parent_task, after });
			if (parent_task) unfold(parent_task);
			remember(node.name, () => send(old), () => send({ parent_task, after }));
		});
	}

	function before_in_tree(id) {
		const node = nodes.value.get(id);
		const list = (children.value.get(node.parent || "") || []).filter((one) => one.kind === "task");
		const at = list.findIndex((one) => one.id === id);
		return at > 0 ? list[at - 1].id : null;
	}

	let queue = Promise.resolve();
	let waiting = 0;

	/** Run a writing step: one after the other, and a refusal is told where people look. */
	function guarded(step) {
		waiting += 1;
		state.saving = true;
		state.problem = "";
		queue = queue.then(async () => {
			try {
				return (await step()) ?? true;
			} catch (error) {
				pending.value = null;
				refuse(error);
				return false;
			} finally {
				waiting -= 1;
				state.saving = waiting > 0;
			}
		});
		return queue;
	}

	function refuse(error) {
		state.problem = error.message;
	}

	// Taking back
	// ------------------

	function remember(title, undo, redo) {
		undone.past = [...undone.past, { title, undo, redo }].slice(-MOST_UNDONE);
		undone.future = [];
		state.notice = __("Saved: {0}", [title]);
	}

	async function step(from, to, run, notice) {
		const last = undone[from][undone[from].length - 1];
		if (!last) return;
		await guarded(async () => {
			await last[run]();
			undone[from] = undone[from].slice(0, -1);
			undone[to] = [...undone[to], last];
			state.notice = notice(last.title);
		});
	}

	const undo = () => step("past", "future", "undo", (title) => __("Taken back: {0}", [title]));
	const redo = () => step("future", "past", "redo", (title) => __("Done again: {0}", [title]));

	// Folding
	// ------------------

	function toggle(id) {
		const next = new Set(folded.value);
		if (!next.delete(id)) next.add(id);
		folded.value = next;
	}

	function unfold(id) {
		if (folded.value.has(id)) toggle(id);
	}

	function fold_all(yes) {
		folded.value = new Set(yes ? [...children.value.keys()].filter(Boolean) : []);
	}

	/** "Moves 4 tasks, the end moves by +3 days to 2026-12-08." */
	const consequence = computed(() => {
		const wish = pending.value;
		if (!wish || !wish.others) return "";
		const count = wish.others.length;
		const words = [];
		if (count) words.push(count === 1 ? __("Moves one more task.") : __("Moves {0} more tasks.", [count]));
		else words.push(__("No other task moves."));
		if (wish.end !== null && wish.end_before !== null) {
			const shift = wish.end - wish.end_before;
			if (!shift) words.push(__("The end stays {0}.", [show(wish.end)]));
			else words.push(__("The end moves by {0} to {1}.", [plural_days(shift > 0 ? `+${shift}` : shift), show(wish.end)]));
		}
		return words.join(" ");
	});

	return {
		filters, show_parts, state, plan, nodes, links, rows, children, limits, hits, folded, pending, undone, people, baselines, fits,
		others_of,
		consequence, load, load_beside, refresh, propose, preview, cancel, commit, edit, link, unlink, add, remove, place, undo, redo,
		toggle, fold_all, to_iso,
	};
}

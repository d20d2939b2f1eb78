// The entries behind "⋯": what is shown, baselines, picture and print.
import { write } from "./calls.js";
import { save_pictures, print_pictures } from "./picture.js";

const LINE = { divider: true, label: "line" };

export function plan_menu(store, actions, { may_write, scale, view }) {
	const parts = store.show_parts;
	const flip = (key) => () => (parts[key] = !parts[key]);
	const selected = store.state.selected;
	const title = () => store.plan.value.project.project_name || store.state.project;
	const picture = () => ({
		title: title(),
		rows: store.rows.value,
		links: parts.links ? store.links.value : [],
		calendar: store.plan.value.calendar,
		px: scale.px,
		parts,
		limits: store.limits.value,
	});
	const items = [];
	if (view === "gantt") {
		items.push(
			{ label: __("Show the baseline"), on: parts.baseline, act: flip("baseline") },
			{ label: __("Show the critical path"), on: parts.critical, act: flip("critical") },
			{ label: __("Show the links"), on: parts.links, act: flip("links") },
			{ ...LINE, label: "line 1" },
			{ label: __("Fold all"), act: () => store.fold_all(true) },
			{ label: __("Unfold all"), act: () => store.fold_all(false) },
			{ ...LINE, label: "line 2" }
		);
	}
	if (may_write) {
		items.push(
			{ label: __("Add a part of the selected task"), act: () => actions.add(selected ? "child" : "task", selected) },
			{ label: __("Add a milestone"), act: () => actions.add("milestone") },
			{ ...LINE, label: "line 3" },
			{ label: __("Take a baseline…"), act: () => take_baseline(store) }
		);
	}
	for (const baseline of store.baselines.value.slice(0, 6)) {
		items.push({
			label: __("Compare with {0}", [baseline.title || baseline.name]),
			on: (store.state.baseline || store.plan.value.baseline?.name) === baseline.name,
			act: () => {
				store.state.baseline = baseline.name;
				parts.baseline = true;
				store.refresh();
			},
		});
	}
	items.push(
		{ ...LINE, label: "line 4" },
		{ label: __("Save as a picture"), act: () => save_pictures(picture()) },
		{ label: __("Print"), act: () => print_pictures(picture()) },
		{ label: __("Reload"), act: store.refresh }
	);
	return items;
}

function take_baseline(store) {
	frappe.prompt(
		[
			{ fieldname: "title", fieldtype: "Data", label: __("Title"), reqd: 1 },
			{ fieldname: "reason", fieldtype: "Small Text", label: __("Reason"), reqd: 1 },
		],
		async (values) => {
			try {
				await write("baseline.take", { project: store.state.project, ...values });
				store.state.baseline = "";
				store.state.notice = __("The baseline was taken.");
				await store.load_beside(store.state.project);
				await store.refresh();
			} catch (error) {
				store.state.problem = error.message;
			}
		},
		__("Take a baseline"),
		__("Take")
	);
}

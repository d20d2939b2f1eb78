// The keys of the chart, on one page.

export function keys_help() {
	const rows = [
		["↑ ↓ Page Home End", __("Walk through the rows")],
		["← →", __("Fold, unfold, walk through the cells")],
		["Enter / F2", __("Edit the cell")],
		["Space", __("Open the details")],
		["Shift + ← →", __("Move by a working day; Enter saves, Esc cancels")],
		["Shift + Alt + ← →", __("Make longer or shorter")],
		["Alt + ← →", __("Outdent, indent")],
		["Alt + ↑ ↓", __("Move up, move down")],
		["N, Shift + N", __("New task, new part of the task")],
		["Delete", __("Delete")],
		["Ctrl + Z, Ctrl + Y", __("Undo, redo")],
		["+ −, T", __("Zoom, go to today")],
	];
	const esc = frappe.utils.escape_html;
	frappe.msgprint({
		title: __("Keys"),
		message: `<table class="table table-sm spm-g-keys">${rows
			.map(([keys, words]) => `<tr><td><kbd>${esc(keys)}</kbd></td><td>${esc(words)}</td></tr>`)
			.join("")}</table>`,
	});
}

/** Colour of a run's status, as the desk's indicators use them. */
export function colour(status) {
	return (
		{
			Completed: "green",
			"Completed with Errors": "orange",
			Failed: "red",
			Running: "blue",
			Queued: "blue",
			Undoing: "blue",
			Undone: "gray",
		}[status] || "gray"
	);
}

/** Row numbers as one line, shortened. */
export function row_list(rows, shown = 40) {
	const text = rows.slice(0, shown).join(", ");
	return rows.length > shown ? __("{0} and {1} more", [text, rows.length - shown]) : text;
}

/** Save text as a file on the person's computer. */
export function download(name, text) {
	const link = document.createElement("a");
	// The mark in front makes Excel read the Chinese in it.
	link.href = URL.createObjectURL(new Blob(["\ufeff" + text], { type: "text/csv" }));
	link.download = name;
	link.click();
	URL.revokeObjectURL(link.href);
}

/** Rows of objects as CSV. */
export function to_csv(rows, columns) {
	const cell = (value) => `"${String(value ?? "").replace(/"/g, '""')}"`;
	return [columns.map(cell).join(","), ...rows.map((row) => columns.map((c) => cell(row[c])).join(","))].join("\n");
}

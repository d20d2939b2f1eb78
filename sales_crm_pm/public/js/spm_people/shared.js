// What the parts of the relationship map share.

/** Stance: one colour, one sign and one word each; never colour alone. */
export const STANCES = [
	{ key: "Supporter", color: "green", sign: "✓" },
	{ key: "Neutral", color: "gray", sign: "–" },
	{ key: "Opponent", color: "red", sign: "✕" },
	{ key: "", color: "yellow", sign: "?" },
];

export function stance_of(key) {
	return STANCES.find((stance) => stance.key === (key || "")) || STANCES[3];
}

export function stance_label(key) {
	return key ? __(key, null, "SPM Opportunity Contact") : __("Stance unknown");
}

/** A Chinese name is kept as given name and family name, and said the other way round. */
export function shown_name(name) {
	const parts = (name || "").match(/^([\u4e00-\u9fff]+) ([\u4e00-\u9fff]+)$/);
	return parts ? parts[2] + parts[1] : name;
}

/** Two letters of a Latin name, the last one or two characters of a Chinese one. */
export function initials(name) {
	const text = (name || "?").trim();
	if (/[\u4e00-\u9fff]/.test(text)) return text.replace(/\s/g, "").slice(-2);
	return text
		.split(/\s+/)
		.map((part) => part[0])
		.slice(0, 2)
		.join("")
		.toUpperCase();
}

/** People as trees by their reporting lines; whoever is in a circle stands at the top. */
export function as_trees(people) {
	const below = {};
	for (const person of people) (below[person.boss || ""] = below[person.boss || ""] || []).push(person);
	const placed = new Set();
	const node = (person) => {
		placed.add(person.name);
		return {
			person,
			children: (below[person.name] || []).filter((child) => !placed.has(child.name)).map(node),
		};
	};
	const trees = (below[""] || []).map(node);
	for (const person of people) if (!placed.has(person.name)) trees.push(node(person));
	return trees;
}

export function is_wide(trees) {
	return trees.some((tree) => tree.children.length);
}

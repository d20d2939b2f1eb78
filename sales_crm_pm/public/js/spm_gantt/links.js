// The way of an arrow from one bar to another, for the four types of link.

const OUT = 9;
const TIP = 1;

/**
 * Where a link leaves and where it arrives: "FS" leaves at the finish and arrives at the start.
 * @returns {{right: boolean, left: boolean}} leaves to the right, arrives from the left
 */
export function sides(type) {
	return { right: (type || "FS")[0] === "F", left: (type || "FS")[1] === "S" };
}

/** The type of link that joins these two ends of bars. */
export function type_of(from_end, to_end) {
	return `${from_end === "end" ? "F" : "S"}${to_end === "end" ? "F" : "S"}`;
}

/**
 * Corner points of the arrow.
 * @param {string} type FS, SS, FF or SF
 * @param {{x1: number, x2: number, y: number}} a bar of the predecessor
 * @param {{x1: number, x2: number, y: number}} b bar of the successor
 * @param {number} half half the height of a row, where a detour runs
 * @returns {number[][]}
 */
export function corners(type, a, b, half) {
	const { right, left } = sides(type);
	const start = right ? a.x2 : a.x1;
	const end = left ? b.x1 - TIP : b.x2 + TIP;
	const out = start + (right ? OUT : -OUT);
	const into = end + (left ? -OUT : OUT);
	if (right !== left) {
		// Both ends look the same way (SS, FF): one turn outside of both.
		const x = right ? Math.max(out, into) : Math.min(out, into);
		return [[start, a.y], [x, a.y], [x, b.y], [end, b.y]];
	}
	if (right ? out <= into : out >= into) return [[start, a.y], [out, a.y], [out, b.y], [end, b.y]];
	const middle = a.y + (b.y >= a.y ? half : -half);
	return [[start, a.y], [out, a.y], [out, middle], [into, middle], [into, b.y], [end, b.y]];
}

/** The corners as an SVG path with rounded bends. */
export function as_path(points, radius = 4) {
	let path = `M${points[0][0]},${points[0][1]}`;
	for (let n = 1; n < points.length - 1; n++) {
		const [before, corner, after] = [points[n - 1], points[n], points[n + 1]];
		const one = toward(corner, before, radius);
		const two = toward(corner, after, radius);
		path += `L${one[0]},${one[1]}Q${corner[0]},${corner[1]} ${two[0]},${two[1]}`;
	}
	const last = points[points.length - 1];
	return `${path}L${last[0]},${last[1]}`;
}

function toward(from, to, most) {
	const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
	const length = Math.hypot(dx, dy) || 1;
	const step = Math.min(most, length / 2);
	return [from[0] + (dx / length) * step, from[1] + (dy / length) * step];
}

/** The three points of the arrow's head. */
export function head(points, size = 5) {
	const [before, tip] = [points[points.length - 2], points[points.length - 1]];
	const way = Math.sign(tip[0] - before[0]) || 1;
	return [tip, [tip[0] - way * size, tip[1] - size * 0.7], [tip[0] - way * size, tip[1] + size * 0.7]];
}

/** Link types with their words. */
export function link_types() {
	return [
		{ value: "FS", label: __("Finish to start") },
		{ value: "SS", label: __("Start to start") },
		{ value: "FF", label: __("Finish to finish") },
		{ value: "SF", label: __("Start to finish") },
	];
}

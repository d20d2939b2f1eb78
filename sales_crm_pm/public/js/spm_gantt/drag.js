// Dragging with mouse or pen: a bar, its ends, or a new link. A finger scrolls, and taps.
import { onBeforeUnmount, shallowReactive } from "vue";
import { type_of } from "./links.js";
import { span } from "./scale.js";

const DEAD = 4;
const EDGE = 40;

/**
 * @param {object} tools
 * @param {function(): object} tools.scale the axis
 * @param {function(string): object} tools.node record by name
 * @param {function(MouseEvent): {x: number, y: number}} tools.place where the pointer is on the chart
 * @param {function(number, number)} tools.scroll move the window by so many pixels
 * @param {function} tools.moved called with (id, part, days) while the bar rests under the pointer
 * @param {function} tools.dropped the same at the end
 * @param {function} tools.linked (from, to, type)
 * @param {function} tools.stopped nothing was changed
 */
export function make_drag(tools) {
	const drag = shallowReactive({ id: "", part: "", days: 0, x1: 0, x2: 0, y: 0, px: 0, py: 0, target: "", type: "" });
	let start = null;
	let frame = 0;
	let last = null;

	function grab(event, row_top) {
		if (event.button !== 0 || event.pointerType === "touch") return false;
		const part = event.target.dataset?.part;
		const id = event.target.closest?.(".spm-g-bar")?.dataset.id;
		if (!part || !id) return false;
		event.preventDefault();
		const at = tools.place(event);
		start = { id, part, at, row_top, moving: false };
		document.addEventListener("pointermove", move);
		document.addEventListener("pointerup", drop);
		document.addEventListener("keydown", escape, true);
		return true;
	}

	function move(event) {
		last = event;
		if (!frame) frame = requestAnimationFrame(draw);
	}

	function draw() {
		frame = 0;
		if (!start || !last) return;
		const at = tools.place(last);
		const [dx, dy] = [at.x - start.at.x, at.y - start.at.y];
		if (!start.moving && Math.hypot(dx, dy) < DEAD) return;
		const node = tools.node(start.id);
		const scale = tools.scale();
		const where = span(scale, node);
		if (!start.moving) {
			start.moving = true;
			Object.assign(drag, { id: start.id, part: start.part, y: start.row_top, days: 0 });
			document.body.classList.add("spm-gantt-dragging");
		}
		tools.scroll(...push(last, dx, dy));
		if (start.part.startsWith("link")) {
			const from_end = start.part === "link-end" ? "end" : "start";
			const over = document.elementFromPoint(last.clientX, last.clientY)?.closest?.(".spm-g-bar")?.dataset.id;
			const target = over && over !== start.id ? tools.node(over) : null;
			const ends = target ? span(scale, target) : null;
			const to_end = ends && at.x > (ends.x1 + ends.x2) / 2 ? "end" : "start";
			Object.assign(drag, {
				x1: from_end === "end" ? where.x2 : where.x1,
				px: at.x,
				py: at.y,
				target: target ? over : "",
				type: target ? type_of(from_end, to_end) : "",
			});
			return;
		}
		const days = Math.round(dx / scale.px);
		let [x1, x2] = [where.x1, where.x2];
		if (start.part !== "end") x1 += days * scale.px;
		if (start.part !== "start") x2 += days * scale.px;
		if (start.part === "start") x1 = Math.min(x1, x2 - scale.px);
		if (start.part === "end") x2 = Math.max(x2, x1 + scale.px);
		Object.assign(drag, { x1, x2, px: at.x, py: at.y });
		if (days !== drag.days) {
			drag.days = days;
			tools.moved(start.id, start.part, days);
		}
	}

	/** Near the rim the window follows the pointer, when it was dragged that way. */
	function push(event, dx, dy) {
		const box = tools.box();
		const one = (at, low, high, way) =>
			at < low + EDGE && way < 0 ? -14 : at > high - EDGE && way > 0 ? 14 : 0;
		return [one(event.clientX, box.left, box.right, dx), one(event.clientY, box.top, box.bottom, dy)];
	}

	function drop() {
		if (frame) {
			cancelAnimationFrame(frame);
			draw();
		}
		const done = { ...drag };
		const moving = start?.moving;
		end();
		if (!moving) return;
		if (done.part.startsWith("link")) {
			if (done.target) tools.linked(done.id, done.target, done.type);
		} else if (done.days) tools.dropped(done.id, done.part, done.days);
		else tools.stopped();
	}

	function escape(event) {
		if (event.key !== "Escape") return;
		event.stopPropagation();
		end();
		tools.stopped();
	}

	function end() {
		if (frame) cancelAnimationFrame(frame);
		start = last = null;
		frame = 0;
		Object.assign(drag, { id: "", part: "", days: 0, target: "", type: "" });
		document.body.classList.remove("spm-gantt-dragging");
		document.removeEventListener("pointermove", move);
		document.removeEventListener("pointerup", drop);
		document.removeEventListener("keydown", escape, true);
	}

	onBeforeUnmount(end);
	return { drag, grab };
}

/** Two fingers: calls `zoom(factor, x)`. */
export function make_pinch(zoom) {
	let before = 0;
	const gap = (touches) => Math.hypot(touches[0].clientX - touches[1].clientX, touches[0].clientY - touches[1].clientY);
	return {
		touchstart(event) {
			before = event.touches.length === 2 ? gap(event.touches) : 0;
		},
		touchmove(event) {
			if (event.touches.length !== 2 || !before) return;
			event.preventDefault();
			const now = gap(event.touches);
			if (Math.abs(now / before - 1) < 0.04) return;
			zoom(now / before, (event.touches[0].clientX + event.touches[1].clientX) / 2);
			before = now;
		},
	};
}

// The whole chart as PNG, drawn by itself: what is out of sight is not in the page, and paper is white in any theme.
import { show, show_short, today } from "./dates.js";
import { corners, head } from "./links.js";
import { legend, sign, tone } from "./look.js";
import { fitting, free_days, make_scale, span, ticks, ZOOMS } from "./scale.js";

const ROW = 26;
const TOP = 74;
const AXIS = 44;
const FOOT = 34;
// Browsers refuse larger canvases; what is longer goes on further sheets.
const TALLEST = 14000;
const WIDEST = 14000;
const COLORS = {
	todo: ["#d7dbe0", "#9aa3ad"],
	run: ["#b9e6c9", "#2f9e5b"],
	review: ["#bfdcf7", "#2477c9"],
	risk: ["#fbe0b4", "#d98a0b"],
	late: ["#f9c9c5", "#d23c32"],
	done: ["#dcefe3", "#6bb387"],
	cancelled: ["#eceef0", "#c3c8ce"],
};
const INK = "#1f272e";
const PALE = "#6b7580";
const LINE = "#e3e6ea";
const CRITICAL = "#b3261e";
const COLUMNS = [
	{ key: "name", label: () => __("Task"), width: 300 },
	{ key: "owner", label: () => __("Responsible", null, "SPM Task"), width: 96 },
	{ key: "start", label: () => __("Start"), width: 74 },
	{ key: "end", label: () => __("End"), width: 74 },
	{ key: "progress", label: () => "%", width: 44 },
];
const PANE = COLUMNS.reduce((sum, column) => sum + column.width, 0);
const FONT = '"Inter","Noto Sans","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif';

/** Sheets of the chart as canvases. */
export function draw_sheets(chart) {
	const { first, last } = chart.limits;
	const px = Math.min(Math.max(chart.px, 2.2), ZOOMS.day, (WIDEST - PANE) / (last - first + 20));
	const scale = make_scale(first, last, Math.max(px, fitting(first, last, 900)), 60);
	const on_sheet = Math.floor((TALLEST - TOP - AXIS - FOOT) / ROW);
	const count = Math.max(1, Math.ceil(chart.rows.length / on_sheet));
	return Array.from({ length: count }, (_, n) =>
		draw_sheet(chart, scale, n * on_sheet, Math.min(chart.rows.length, (n + 1) * on_sheet), n, count)
	);
}

function draw_sheet(chart, scale, from, to, number, count) {
	const width = PANE + scale.width + 200;
	const height = TOP + AXIS + (to - from) * ROW + FOOT;
	const sharp = width * height < 12e6 ? 2 : 1;
	const canvas = document.createElement("canvas");
	canvas.width = width * sharp;
	canvas.height = height * sharp;
	const ink = canvas.getContext("2d");
	ink.scale(sharp, sharp);
	ink.fillStyle = "#ffffff";
	ink.fillRect(0, 0, width, height);
	title(ink, chart, number, count);
	ink.save();
	ink.translate(PANE, TOP);
	grid(ink, chart, scale, (to - from) * ROW);
	ink.restore();
	table(ink, chart, from, to, width);
	ink.save();
	ink.translate(PANE, TOP + AXIS - from * ROW);
	arrows(ink, chart, scale, from, to);
	for (let n = from; n < to; n++) bar(ink, chart, scale, chart.rows[n], n * ROW);
	ink.restore();
	footer(ink, height);
	return canvas;
}

function write(ink, text, x, y, { size = 12, color = INK, weight = 400, most = 0, align = "left" } = {}) {
	ink.font = `${weight} ${size}px ${FONT}`;
	ink.fillStyle = color;
	ink.textAlign = align;
	let shown = String(text ?? "");
	if (most && ink.measureText(shown).width > most) {
		while (shown.length > 1 && ink.measureText(`${shown}…`).width > most) shown = shown.slice(0, -1);
		shown += "…";
	}
	ink.fillText(shown, x, y);
}

function title(ink, chart, number, count) {
	write(ink, chart.title, 16, 34, { size: 20, weight: 600 });
	const words = [show(today()), __("{0} rows", [chart.rows.length])];
	if (count > 1) words.push(__("Sheet {0} of {1}", [number + 1, count]));
	write(ink, words.join(" · "), 16, 56, { color: PALE });
}

function grid(ink, chart, scale, height) {
	ink.fillStyle = "#f3f4f6";
	if (scale.px >= 3 && chart.calendar) {
		for (const free of free_days(chart.calendar, scale.from, scale.to)) {
			ink.fillStyle = free.holiday ? "#fdf0e3" : "#f3f4f6";
			ink.fillRect(scale.x(free.start), AXIS, (free.end - free.start + 1) * scale.px, height);
		}
	}
	const { upper, lower } = ticks(scale, scale.from, scale.to);
	ink.strokeStyle = LINE;
	ink.lineWidth = 1;
	for (const tick of upper) {
		line(ink, scale.x(tick.start), 0, scale.x(tick.start), AXIS + height);
		write(ink, tick.label, Math.max(0, scale.x(tick.start)) + 6, 16, { weight: 600 });
	}
	for (const tick of lower) {
		line(ink, scale.x(tick.start), 22, scale.x(tick.start), AXIS + (scale.px >= 24 ? 0 : height));
		if (tick.start >= scale.from) write(ink, tick.label, scale.x(tick.start) + 4, 37, { size: 11, color: PALE });
	}
	ink.strokeStyle = "#2477c9";
	ink.lineWidth = 1.5;
	line(ink, scale.x(today()) + scale.px / 2, AXIS, scale.x(today()) + scale.px / 2, AXIS + height);
}

function table(ink, chart, from, to, width) {
	let x = 0;
	for (const column of COLUMNS) {
		write(ink, column.label(), x + 10, TOP + 30, { size: 11, color: PALE, weight: 600 });
		x += column.width;
	}
	ink.strokeStyle = LINE;
	ink.lineWidth = 1;
	line(ink, 0, TOP + AXIS, width, TOP + AXIS);
	line(ink, PANE, TOP, PANE, TOP + AXIS + (to - from) * ROW);
	for (let n = from; n < to; n++) {
		const row = chart.rows[n];
		const y = TOP + AXIS + (n - from) * ROW;
		const base = y + 17;
		const { node } = row;
		const inset = 10 + row.depth * 14;
		write(ink, `${row.wbs ? `${row.wbs}  ` : "◆  "}${node.name}`, inset, base, {
			most: COLUMNS[0].width - inset - 6,
			weight: row.has_children ? 600 : 400,
		});
		let left = COLUMNS[0].width;
		const cells = [
			node.owner_name || "",
			node.kind === "milestone" ? "" : show_short(node.start),
			show_short(node.end),
			`${Math.round(node.progress || 0)}`,
		];
		cells.forEach((text, at) => {
			write(ink, text, left + 10, base, { size: 11, color: PALE, most: COLUMNS[at + 1].width - 12 });
			left += COLUMNS[at + 1].width;
		});
		line(ink, 0, y + ROW, width, y + ROW);
	}
}

function bar(ink, chart, scale, row, y) {
	const { node } = row;
	const where = span(scale, node);
	const [pale, strong] = COLORS[tone(node)];
	if (chart.parts.baseline && node.base_end !== null && node.base_end !== undefined && node.kind !== "milestone") {
		const base = span(scale, { start: node.base_start, end: node.base_end });
		ink.fillStyle = "#b6bcc4";
		ink.fillRect(base.x1, y + ROW - 6, Math.max(2, base.x2 - base.x1), 3);
	}
	for (const mark of node.marks || []) diamond(ink, scale.x(mark.end) + scale.px / 2, y + ROW / 2, 5, COLORS[tone(mark)][1]);
	if (!where) return;
	const width = Math.max(3, where.x2 - where.x1);
	let right = where.x1 + width;
	if (node.kind === "milestone") {
		diamond(ink, where.x2, y + ROW / 2, 7, strong);
		right = where.x2 + 7;
	} else if (row.has_children || node.is_summary) {
		ink.fillStyle = "#4c5a67";
		ink.fillRect(where.x1, y + 7, width, 5);
		ink.fillRect(where.x1, y + 7, 2, 10);
		ink.fillRect(where.x1 + width - 2, y + 7, 2, 10);
	} else {
		ink.fillStyle = pale;
		ink.fillRect(where.x1, y + 5, width, 13);
		ink.fillStyle = strong;
		ink.fillRect(where.x1, y + 5, (width * Math.min(100, node.progress || 0)) / 100, 13);
		ink.strokeStyle = node.critical && chart.parts.critical ? CRITICAL : strong;
		ink.lineWidth = node.critical && chart.parts.critical ? 2 : 1;
		ink.strokeRect(where.x1, y + 5, width, 13);
	}
	const mark = sign(node);
	write(ink, mark ? `${mark} ${node.name}` : node.name, right + 8, y + 17, { size: 11, color: PALE, most: 240 });
}

function arrows(ink, chart, scale, from, to) {
	const index = new Map(chart.rows.map((row, n) => [row.id, n]));
	for (const link of chart.links) {
		const [a, b] = [index.get(link.from), index.get(link.to)];
		if (a === undefined || b === undefined || a < from || b < from || a >= to || b >= to) continue;
		const ends = [span(scale, chart.rows[a].node), span(scale, chart.rows[b].node)];
		if (!ends[0] || !ends[1]) continue;
		const points = corners(link.type, { ...ends[0], y: a * ROW + 11.5 }, { ...ends[1], y: b * ROW + 11.5 }, ROW / 2);
		const hot = chart.parts.critical && chart.rows[a].node.critical && chart.rows[b].node.critical;
		ink.strokeStyle = ink.fillStyle = hot ? CRITICAL : "#8c96a1";
		ink.lineWidth = 1.2;
		ink.beginPath();
		points.forEach(([x, y], n) => (n ? ink.lineTo(x, y) : ink.moveTo(x, y)));
		ink.stroke();
		ink.beginPath();
		head(points, 5).forEach(([x, y], n) => (n ? ink.lineTo(x, y) : ink.moveTo(x, y)));
		ink.fill();
	}
}

function footer(ink, height) {
	let x = 16;
	for (const { tone: key, label } of legend()) {
		ink.fillStyle = COLORS[key][0];
		ink.strokeStyle = COLORS[key][1];
		ink.lineWidth = 1;
		ink.fillRect(x, height - 23, 18, 10);
		ink.strokeRect(x, height - 23, 18, 10);
		write(ink, label, x + 24, height - 14, { size: 11, color: PALE });
		x += 46 + ink.measureText(label).width;
	}
}

function diamond(ink, x, y, size, color) {
	ink.fillStyle = color;
	ink.beginPath();
	ink.moveTo(x, y - size);
	ink.lineTo(x + size, y);
	ink.lineTo(x, y + size);
	ink.lineTo(x - size, y);
	ink.fill();
}

function line(ink, x1, y1, x2, y2) {
	ink.beginPath();
	ink.moveTo(x1, Math.round(y1) + 0.5);
	ink.lineTo(x2, Math.round(y2) + 0.5);
	ink.stroke();
}

function as_blob(canvas) {
	return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Download the chart: one PNG, or several when it is very long. */
export async function save_pictures(chart) {
	const sheets = draw_sheets(chart);
	for (const [n, sheet] of sheets.entries()) {
		const link = document.createElement("a");
		link.href = URL.createObjectURL(await as_blob(sheet));
		link.download = `${chart.title.replace(/[\\/:*?"<>|]+/g, " ").trim() || "plan"}${sheets.length > 1 ? ` ${n + 1}` : ""}.png`;
		document.body.append(link);
		link.click();
		link.remove();
		setTimeout(() => URL.revokeObjectURL(link.href), 60000);
	}
}

/** Print the chart on landscape paper, each sheet as wide as the page. */
export async function print_pictures(chart) {
	const frame = document.createElement("iframe");
	frame.style.cssText = "position:fixed;inline-size:0;block-size:0;border:0";
	document.body.append(frame);
	const page = frame.contentDocument;
	const style = page.createElement("style");
	style.textContent = "@page{size:landscape;margin:10mm}body{margin:0}img{max-width:100%;display:block;page-break-after:always}";
	page.head.append(style);
	const loading = draw_sheets(chart).map((sheet) => {
		const image = page.createElement("img");
		image.src = sheet.toDataURL("image/png");
		page.body.append(image);
		return image.decode();
	});
	await Promise.all(loading);
	frame.contentWindow.addEventListener("afterprint", () => frame.remove());
	frame.contentWindow.print();
}

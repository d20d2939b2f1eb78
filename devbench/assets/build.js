#!/usr/bin/env node
"use strict";
/**
 * Build the bundles of the apps of a bench, as `bench build` does on an official one.
 *
 *   node devbench/assets/build.js [--sites DIR] [--apps a,b] [--force] [--sourcemaps] [--no-minify]
 *
 * A bundle whose inputs have not changed is left alone, so a build after a small change takes a moment.
 */

const fs = require("fs");
const path = require("path");
const crypto = require("crypto");
const { load, list_apps, find_bundles, node_modules } = require("./lib/bench");
const { Stamp, hash_tool } = require("./lib/stamps");
const { SassPool } = require("./lib/sass_pool");
const { paths_plugin, html_plugin, sass_plugin, vue_plugin } = require("./lib/plugins");
const { link_public, prune, write_maps, clear_cached_map } = require("./lib/publish");

const FILES = [".png", ".jpg", ".jpeg", ".gif", ".svg", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3"];

class BuildError extends Error {}

/** Read the command line. @throws {BuildError} for an unknown option */
function read_options(argv) {
	const options = { sites: null, apps: null, force: false, sourcemaps: false, minify: true, quiet: false };
	for (let i = 0; i < argv.length; i++) {
		const [flag, inline] = argv[i].split(/=(.*)/s);
		const value = () => inline ?? argv[++i];
		if (flag === "--sites") options.sites = value();
		else if (flag === "--apps") options.apps = value().split(",").filter(Boolean);
		else if (flag === "--force") options.force = true;
		else if (flag === "--sourcemaps") options.sourcemaps = true;
		else if (flag === "--no-minify") options.minify = false;
		else if (flag === "--quiet") options.quiet = true;
		else throw new BuildError(`Unknown option ${flag}.`);
	}
	options.sites = fs.realpathSync(options.sites || path.join(node_modules, "..", "..", "bench", "sites"));
	return options;
}

/** JavaScript that puts CSS into the page: the desk loads only a bundle's script, never a style beside it. */
function style_script(name, css) {
	return (
		`(function(){var s=document.createElement("style");s.dataset.bundle=${JSON.stringify(name)};` +
		`s.textContent=${JSON.stringify(css)};(document.head||document.documentElement).appendChild(s)})();\n`
	);
}

/** Run esbuild over bundles of one kind of an app and return what came out, keyed by source file. */
async function run_esbuild(app, bundles, options, context) {
	if (!bundles.length) return [];
	const esbuild = load("esbuild");
	const inputs_of = new Map();
	const result = await esbuild.build({
		entryPoints: bundles.map((bundle) => bundle.file),
		outdir: app.dist,
		outbase: app.public,
		absWorkingDir: app.source,
		bundle: true,
		write: false,
		metafile: true,
		minify: options.minify,
		sourcemap: options.sourcemaps ? "inline" : false,
		target: ["es2017"],
		format: bundles[0].kind === "js" ? "iife" : undefined,
		legalComments: "none",
		logLevel: "silent",
		nodePaths: [...context.sources, node_modules],
		publicPath: `/assets/${app.name}/dist`,
		assetNames: "media/[name].[hash]",
		loader: Object.fromEntries(FILES.map((ending) => [ending, "file"])),
		define: {
			"process.env.NODE_ENV": '"production"',
			__VUE_OPTIONS_API__: "true",
			__VUE_PROD_DEVTOOLS__: "false",
		},
		plugins: [
			paths_plugin,
			html_plugin,
			sass_plugin(context.pool, inputs_of),
			vue_plugin(context.pool, inputs_of),
		],
	});
	const texts = new Map(result.outputFiles.map((file) => [file.path, file]));
	const media = result.outputFiles.filter((file) => file.path.startsWith(path.join(app.dist, "media")));
	for (const file of media) write_output(app, `media/${path.basename(file.path)}`, file.contents);
	const absolute = (name) => path.resolve(app.source, name.replace(/^vue-part:/, "").replace(/\?.*$/, ""));

	const built = [];
	for (const [name, output] of Object.entries(result.metafile.outputs)) {
		if (!output.entryPoint) continue;
		const entry = absolute(output.entryPoint);
		const out = path.resolve(app.source, name);
		const bundle = bundles.find((b) => b.file === entry);
		if (!bundle || path.extname(out) !== `.${bundle.kind}`) continue;
		// Styles that a script imports come out beside it; the metafile lists their inputs there.
		const side = bundle.kind === "js" ? out.replace(/\.js$/, ".css") : null;
		const metas = [output, side && result.metafile.outputs[path.relative(app.source, side)]].filter(Boolean);
		const inputs = metas.flatMap((meta) => Object.keys(meta.inputs)).map(absolute);
		built.push({
			bundle,
			text: texts.get(out).text,
			style: side && texts.has(side) ? texts.get(side).text : null,
			media: media.map((file) => `media/${path.basename(file.path)}`).filter((m) => uses(texts, [out, side], m)),
			inputs: [entry, ...inputs, ...inputs.flatMap((file) => inputs_of.get(file) || [])],
		});
	}
	return built;
}

const uses = (texts, files, media) => files.some((file) => texts.get(file)?.text.includes(media));

function write_output(app, file, contents) {
	const full = path.join(app.dist, file);
	fs.mkdirSync(path.dirname(full), { recursive: true });
	fs.writeFileSync(full, contents);
}

/** Write one bundle under its hashed name and put it on record. */
function publish(app, stamp, { bundle, text, style, media, inputs }, context) {
	const name = bundle.key.replace(/\.bundle\.\w+$/, "");
	const files = [...media];
	const outputs = {};
	const put = (folder, key, contents) => {
		const hash = crypto.createHash("sha256").update(contents).digest("hex").slice(0, 8).toUpperCase();
		const file = `${folder}/${name}.bundle.${hash}.${bundle.kind}`;
		write_output(app, file, contents);
		files.push(file);
		outputs[key] = `/assets/${app.name}/dist/${file}`;
	};
	if (bundle.kind === "js") {
		put("js", bundle.key, style ? insert_style(text, style_script(name, style)) : text);
	} else {
		put("css", bundle.key, text);
		put("css-rtl", `rtl_${bundle.key}`, context.rtlcss.process(text));
	}
	stamp.set(bundle.key, { inputs, outputs, files });
}

/** Put the style's code at the end, but before a source map, which has to stay last. */
function insert_style(text, code) {
	const at = text.lastIndexOf("//# sourceMappingURL=");
	return at < 0 ? text + code : text.slice(0, at) + code + text.slice(at);
}

/** Build what is stale in one app. @returns {Promise<number>} how many bundles were built */
async function build_app(app, stamp, options, context) {
	link_public(app);
	const bundles = find_bundles(app);
	const previous = Object.values(stamp.bundles).flatMap((record) => record.files);
	const stale = bundles.filter((bundle) => options.force || !stamp.is_fresh(bundle.key));
	const kinds = ["js", "css"].map((kind) => stale.filter((bundle) => bundle.kind === kind));
	const results = await Promise.allSettled(kinds.map((some) => run_esbuild(app, some, options, context)));
	const errors = results.flatMap((r) => (r.status === "rejected" ? describe(r.reason) : []));
	if (errors.length) throw new BuildError(errors.join("\n"));
	for (const built of results.flatMap((result) => result.value)) publish(app, stamp, built, context);
	stamp.keep_only(new Set(bundles.map((bundle) => bundle.key)));
	// A page that is open still asks for the files it was loaded with.
	prune(app, stamp, previous);
	stamp.save();
	return stale.length;
}

/** Turn an esbuild failure into lines of `file:line: message`. */
function describe(error) {
	if (!error.errors) return [error.stack || String(error)];
	return error.errors.map(({ text, location }) => {
		const where = location ? `${location.file}${location.line ? `:${location.line}` : ""}: ` : "";
		return where + text;
	});
}

async function build() {
	const options = read_options(process.argv.slice(2));
	const apps = list_apps(options.sites);
	const unknown = (options.apps || []).filter((name) => !apps.some((app) => app.name === name));
	if (unknown.length) throw new BuildError(`Not in apps.txt: ${unknown.join(", ")}.`);
	if (!fs.existsSync(node_modules)) {
		throw new BuildError("The npm packages are not installed yet: run `python3 -m devbench build`.");
	}
	fs.mkdirSync(path.join(options.sites, "assets"), { recursive: true });

	const tool = hash_tool({ minify: options.minify, sourcemaps: options.sourcemaps });
	const context = {
		sources: apps.map((app) => app.source),
		pool: new SassPool(apps.map((app) => app.source)),
		get rtlcss() {
			return load("rtlcss");
		},
	};
	const stamps = [];
	try {
		for (const app of apps) {
			const stamp = new Stamp(options.sites, app, tool);
			stamps.push(stamp);
			if (options.apps && !options.apps.includes(app.name)) continue;
			const started = Date.now();
			const count = await build_app(app, stamp, options, context);
			if (options.quiet) continue;
			const seconds = ((Date.now() - started) / 1000).toFixed(1);
			const what = count ? `${count} bundle${count === 1 ? "" : "s"} built` : "unchanged";
			console.log(`${app.name}: ${what} (${seconds} s)`);
		}
	} finally {
		await context.pool.close();
	}
	if (write_maps(options.sites, stamps)) await clear_cached_map(options.sites);
}

/** Build as the command line says; on failure print why and leave with status 1. */
function main() {
	return build().catch((error) => {
		console.error(error instanceof BuildError ? error.message : error.stack || String(error));
		process.exitCode = 1;
	});
}

module.exports = { main };
if (require.main === module) main();

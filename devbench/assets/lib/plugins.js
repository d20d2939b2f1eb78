"use strict";
/** esbuild plugins: what a Frappe bundle may import besides JavaScript. */

const fs = require("fs");
const path = require("path");
const crypto = require("crypto");
const { load, node_modules, npm_file } = require("./bench");

const fail = (error, file) => ({ errors: [{ text: error.message, location: { file } }] });

/** Vue in one form; /assets/ is served as it is; `~package` and `<app>/public/node_modules/` are npm. */
const paths_plugin = {
	name: "frappe-paths",
	setup(build) {
		// A package that says require("vue") would otherwise drag Vue's compiler into every bundle.
		build.onResolve({ filter: /^vue$/ }, () => ({
			path: path.join(node_modules, "vue", "dist", "vue.runtime.esm-bundler.js"),
		}));
		build.onResolve({ filter: /^\/assets\// }, (args) => ({ path: args.path, external: true }));
		build.onResolve({ filter: /^(~|\w+\/public\/node_modules\/)/ }, (args) => {
			const found = npm_file(args.path);
			return fs.existsSync(found) ? { path: found } : undefined;
		});
		// Font Awesome and its like carry relative addresses that only ever made sense on their own site.
		build.onResolve({ filter: /^[^/~]/ }, (args) => {
			if (args.kind !== "url-token" || /^(data:|https?:|#)/.test(args.path)) return undefined;
			const found = path.join(args.resolveDir, args.path.split(/[?#]/)[0]);
			return fs.existsSync(found) ? { path: found } : { path: args.path, external: true };
		});
	},
};

/** `import "./thing.html"` registers the file's text as `frappe.templates.thing`. */
const html_plugin = {
	name: "frappe-html",
	setup(build) {
		build.onLoad({ filter: /\.html$/ }, async ({ path: file }) => {
			const text = await fs.promises.readFile(file, "utf8");
			// The framework's own build puts the text between quotes of JavaScript, where \\' is a quote.
			const lean = text.replace(/\s+/g, " ").replace(/<!--.*?-->/g, "").replace(/\\(['"`])/g, "$1");
			const name = JSON.stringify(path.basename(file, ".html"));
			return { contents: `frappe.templates[${name}] = ${JSON.stringify(lean)};\n`, loader: "js" };
		});
	},
};

/** Sass files, as entry points or imported from JavaScript. `inputs_of` learns what each one read. */
function sass_plugin(pool, inputs_of) {
	return {
		name: "frappe-sass",
		setup(build) {
			build.onLoad({ filter: /\.(scss|sass)$/ }, async ({ path: file }) => {
				try {
					const { css, inputs } = await pool.compile(file);
					inputs_of.set(file, inputs);
					return { contents: css, loader: "css", resolveDir: path.dirname(file) };
				} catch (error) {
					return fail(error, file);
				}
			});
		},
	};
}

/** Vue single-file components: script (also `setup` and TypeScript), template and (scoped, Sass) styles. */
function vue_plugin(pool, inputs_of) {
	const sfc = load("@vue/compiler-sfc");
	const parts = new Map();

	async function style(descriptor, block, id) {
		let css = block.content;
		if (block.lang && !["css", "scss", "sass"].includes(block.lang)) {
			throw new Error(`Styles in ${block.lang} are not supported, only CSS and Sass.`);
		}
		if (block.lang === "scss" || block.lang === "sass") {
			const result = await pool.compile(descriptor.filename, css);
			css = result.css;
			inputs_of.set(descriptor.filename, [...(inputs_of.get(descriptor.filename) || []), ...result.inputs]);
		}
		const result = await sfc.compileStyleAsync({
			source: css,
			filename: descriptor.filename,
			id: `data-v-${id}`,
			scoped: block.scoped,
			isProd: true,
		});
		if (result.errors.length) throw result.errors[0];
		return result.code;
	}

	async function component(file) {
		const source = await fs.promises.readFile(file, "utf8");
		const { descriptor, errors } = sfc.parse(source, { filename: file, sourceMap: false });
		if (errors.length) throw errors[0];
		const id = crypto.createHash("sha256").update(path.basename(file) + source).digest("hex").slice(0, 8);
		const scoped = descriptor.styles.some((block) => block.scoped);
		const code = [];
		let lang = "js";
		let bindings;

		for (const [index, block] of descriptor.styles.entries()) {
			parts.set(`${file}?style=${index}`, { contents: await style(descriptor, block, id), loader: "css" });
			code.push(`import ${JSON.stringify(`${file}?style=${index}`)};`);
		}
		if (descriptor.script || descriptor.scriptSetup) {
			const script = sfc.compileScript(descriptor, {
				id,
				isProd: true,
				inlineTemplate: true,
				genDefaultAs: "component__",
				templateOptions: { slotted: descriptor.slotted },
			});
			lang = script.lang === "ts" ? "ts" : "js";
			bindings = script.bindings;
			code.push(script.content);
		} else {
			code.push("const component__ = {};");
		}
		if (descriptor.template && !descriptor.scriptSetup) {
			const template = sfc.compileTemplate({
				source: descriptor.template.content,
				filename: file,
				id,
				scoped,
				slotted: descriptor.slotted,
				isProd: true,
				compilerOptions: { bindingMetadata: bindings },
			});
			if (template.errors.length) throw template.errors[0];
			parts.set(`${file}?template`, { contents: template.code, loader: "js" });
			code.push(`import { render as render__ } from ${JSON.stringify(`${file}?template`)};`);
			code.push("component__.render = render__;");
		}
		if (scoped) code.push(`component__.__scopeId = "data-v-${id}";`);
		code.push("export default component__;");
		return { contents: code.join("\n"), loader: lang, resolveDir: path.dirname(file) };
	}

	return {
		name: "frappe-vue",
		setup(build) {
			build.onResolve({ filter: /\.vue\?(style=\d+|template)$/ }, (args) => ({
				path: args.path,
				namespace: "vue-part",
			}));
			build.onLoad({ filter: /.*/, namespace: "vue-part" }, (args) => ({
				...parts.get(args.path),
				resolveDir: path.dirname(args.path),
			}));
			build.onLoad({ filter: /\.vue$/ }, async ({ path: file }) => {
				try {
					return await component(file);
				} catch (error) {
					return fail(error instanceof Error ? error : new Error(String(error)), file);
				}
			});
		},
	};
}

module.exports = { paths_plugin, html_plugin, sass_plugin, vue_plugin };

"use strict";
/** Where things are in the bench, and how packages of the shared node folder are loaded. */

const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const { pathToFileURL } = require("url");

const here = path.resolve(__dirname, "..");
const home = process.env.DEVBENCH_HOME || path.resolve(here, "..", "..", ".devbench");
const { DEVBENCH_NODE_HOME, NODE_PATH } = process.env;
const node_home = DEVBENCH_NODE_HOME || (NODE_PATH ? path.dirname(NODE_PATH) : path.join(home, "node"));
const node_modules = path.join(node_home, "node_modules");
// This code is run from the repository but its packages live in the ignored build folder.
const load = createRequire(path.join(node_home, "package.json"));

/**
 * Describe the apps of a bench.
 *
 * @param {string} sites the bench's sites folder
 * @returns {{name: string, source: string, pkg: string, public: string, assets: string, dist: string}[]} in the order of
 *   apps.txt; `source` is the folder above the package
 * @throws {Error} when apps.txt is missing or names an app that has no folder
 */
function list_apps(sites) {
	const file = path.join(sites, "apps.txt");
	if (!fs.existsSync(file)) throw new Error(`${file} is missing: is this a bench's sites folder?`);
	const names = fs.readFileSync(file, "utf8").split(/\s+/).filter(Boolean);
	return names.map((name) => {
		const link = path.join(sites, "..", "apps", name);
		if (!fs.existsSync(link)) throw new Error(`The app ${name} of apps.txt has no folder in apps/.`);
		// Without links in it a path means the same to esbuild, Sass and the stamps.
		const source = fs.realpathSync(link);
		const pkg = path.join(source, name);
		return {
			name,
			source,
			pkg,
			public: path.join(pkg, "public"),
			assets: path.join(sites, "assets", name),
			dist: path.join(sites, "assets", name, "dist"),
		};
	});
}

// `~package/file` and `<app>/public/node_modules/package/file` are both ways to name an npm package.
const NPM = /^(?:~|\w+\/public\/node_modules\/)(.+)$/;

/** Return the path of a file of an npm package that a style names in one of these ways, or null. */
function npm_file(url) {
	const match = NPM.exec(url);
	return match ? path.join(node_modules, match[1]) : null;
}

/** Options every Sass compilation shares. `load_paths` are folders in which `<app>/public/…` is looked up. */
function sass_options(load_paths) {
	const { Logger } = load("sass");
	return {
		importers: [{ findFileUrl: (url) => (npm_file(url) ? pathToFileURL(npm_file(url)) : null) }],
		loadPaths: [...load_paths, node_modules],
		// Deprecations of the framework's own styles are not something a user of devbench can mend.
		logger: Logger.silent,
		charset: false,
	};
}

const BUNDLE = /^(.+)\.bundle\.(js|ts|css|scss|sass)$/;

/**
 * Find the bundles of an app: files named `*.bundle.*` anywhere below its public folder.
 *
 * @returns {{file: string, key: string, kind: "js"|"css"}[]} `key` is the name in assets.json
 * @throws {Error} when two files would make the same bundle
 */
function find_bundles(app) {
	const found = new Map();
	if (!fs.existsSync(app.public)) return [];
	(function walk(folder) {
		for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
			const file = path.join(folder, entry.name);
			if (entry.isDirectory()) {
				if (entry.name !== "node_modules" && entry.name !== "dist") walk(file);
				continue;
			}
			const match = BUNDLE.exec(entry.name);
			if (!match) continue;
			const kind = /^(js|ts)$/.test(match[2]) ? "js" : "css";
			const key = `${match[1]}.bundle.${kind}`;
			if (found.has(key)) {
				throw new Error(`${file} and ${found.get(key).file} both make the bundle ${key}: rename one.`);
			}
			found.set(key, { file, key, kind });
		}
	})(app.public);
	return [...found.values()].sort((a, b) => a.key.localeCompare(b.key));
}

module.exports = { here, node_home, node_modules, load, npm_file, sass_options, list_apps, find_bundles };

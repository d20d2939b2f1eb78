"use strict";
/** Compiles Sass in a thread: the synchronous compiler is twice as fast but would hold up esbuild. */

const path = require("path");
const { pathToFileURL, fileURLToPath } = require("url");
const { parentPort, workerData } = require("worker_threads");
const { load, node_modules } = require("./bench");

const sass = load("sass");
const { load_paths } = workerData;

// `~package/file` and `<app>/public/node_modules/package/file` are both ways to name an npm package.
const importer = {
	findFileUrl(url) {
		const match = /^(?:~|\w+\/public\/node_modules\/)(.+)$/.exec(url);
		return match ? pathToFileURL(path.join(node_modules, match[1])) : null;
	},
};

parentPort.on("message", ({ id, file, source }) => {
	const options = {
		importers: [importer],
		loadPaths: [...load_paths, node_modules],
		// Deprecations of the framework's own styles are not something a user of devbench can mend.
		logger: sass.Logger.silent,
		charset: false,
	};
	try {
		const result = source === undefined
			? sass.compile(file, options)
			: sass.compileString(source, { ...options, url: pathToFileURL(file) });
		const inputs = result.loadedUrls.filter((u) => u.protocol === "file:").map((u) => fileURLToPath(u));
		parentPort.postMessage({ id, css: result.css, inputs });
	} catch (error) {
		parentPort.postMessage({ id, error: error.message });
	}
});

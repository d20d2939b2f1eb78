"use strict";
/** Compiles Sass in a thread: the synchronous compiler is twice as fast but would hold up esbuild. */

const { pathToFileURL, fileURLToPath } = require("url");
const { parentPort, workerData } = require("worker_threads");
const { load, sass_options } = require("./bench");

const sass = load("sass");
const options = sass_options(workerData.load_paths);

parentPort.on("message", ({ id, file, source }) => {
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

"use strict";
/** What each bundle was made from, so that a later build can tell which bundles are still good. */

const fs = require("fs");
const path = require("path");
const crypto = require("crypto");
const { here, node_modules } = require("./bench");

const hashes = new Map();

/** Return the hash of a file's content, or null when it does not exist. Read once per run. */
function hash_file(file) {
	if (!hashes.has(file)) {
		let hash = null;
		try {
			hash = crypto.createHash("sha256").update(fs.readFileSync(file)).digest("hex").slice(0, 16);
		} catch (error) {
			if (error.code !== "ENOENT") throw error;
		}
		hashes.set(file, hash);
	}
	return hashes.get(file);
}

/** Return a hash over the build itself: its code, the locked npm packages and the given options. */
function hash_tool(options) {
	const files = ["build.js", "package-lock.json", ...fs.readdirSync(path.join(here, "lib")).map((f) => `lib/${f}`)];
	const hash = crypto.createHash("sha256").update(JSON.stringify(options));
	for (const file of files.sort()) hash.update(fs.readFileSync(path.join(here, file)));
	return hash.digest("hex").slice(0, 16);
}

/** The record of one app, kept outside the folder that is served. */
class Stamp {
	constructor(sites, app, tool) {
		// Benches that share a folder of assets by a link share its record as well.
		const assets = fs.realpathSync(path.join(sites, "assets"));
		this.file = path.join(assets, "..", "..", "stamps", `assets-${app.name}.json`);
		this.app = app;
		this.tool = tool;
		this.bundles = {};
		try {
			const stored = JSON.parse(fs.readFileSync(this.file, "utf8"));
			if (stored.tool === tool && stored.source === app.source) this.bundles = stored.bundles;
		} catch (error) {
			// No record or a damaged one: everything is built anew.
		}
	}

	/** Tell whether the bundle's outputs are there and nothing it was made from has changed. */
	is_fresh(key) {
		const record = this.bundles[key];
		return Boolean(
			record &&
				Object.entries(record.inputs).every(([file, hash]) => hash_file(file) === hash) &&
				record.files.every((file) => fs.existsSync(path.join(this.app.dist, file)))
		);
	}

	/** Remember a bundle: `outputs` are its lines of assets.json, `files` the paths inside dist. */
	set(key, { inputs, outputs, files }) {
		const own = [...new Set(inputs)].filter((file) => !file.startsWith(node_modules + path.sep));
		this.bundles[key] = {
			outputs,
			files,
			inputs: Object.fromEntries(own.sort().map((file) => [file, hash_file(file)])),
		};
	}

	/** Forget bundles whose source is gone. */
	keep_only(keys) {
		for (const key of Object.keys(this.bundles)) if (!keys.has(key)) delete this.bundles[key];
	}

	save() {
		fs.mkdirSync(path.dirname(this.file), { recursive: true });
		const { tool, bundles } = this;
		write_atomically(this.file, JSON.stringify({ tool, source: this.app.source, bundles }));
	}
}

/** Write a file so that a reader sees the old text or the new one, never a part. */
function write_atomically(file, text) {
	const temporary = `${file}.${process.pid}.tmp`;
	fs.writeFileSync(temporary, text);
	fs.renameSync(temporary, file);
}

module.exports = { Stamp, hash_tool, write_atomically };

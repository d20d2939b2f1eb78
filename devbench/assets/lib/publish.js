"use strict";
/** The folder sites/assets: links to what apps serve, the built bundles and the maps of their names. */

const fs = require("fs");
const path = require("path");
const { load, node_modules } = require("./bench");
const { write_atomically } = require("./stamps");

const OWN = new Set(["dist", "node_modules"]);

/**
 * Make sites/assets/<app> a folder of links to the entries of the app's public folder.
 *
 * An official bench links the whole public folder and builds into it; here bundles must not land in a
 * repository, so only the entries are links and `dist` is a folder of the bench.
 */
function link_public(app) {
	// An older bench may have linked the whole folder.
	if (fs.lstatSync(app.assets, { throwIfNoEntry: false })?.isSymbolicLink()) fs.unlinkSync(app.assets);
	fs.mkdirSync(app.assets, { recursive: true });
	const wanted = new Map();
	if (fs.existsSync(app.public)) {
		for (const name of fs.readdirSync(app.public)) {
			if (!OWN.has(name)) wanted.set(name, path.join(app.public, name));
		}
	}
	if (app.name === "frappe") wanted.set("node_modules", node_modules);
	for (const name of fs.readdirSync(app.assets)) {
		const file = path.join(app.assets, name);
		if (!fs.lstatSync(file).isSymbolicLink()) continue;
		if (wanted.get(name) === fs.readlinkSync(file)) wanted.delete(name);
		else fs.unlinkSync(file);
	}
	for (const [name, target] of wanted) fs.symlinkSync(target, path.join(app.assets, name));
}

/** Remove files of dist that no bundle of the stamp names, but keep those of the build before. */
function prune(app, stamp, previous) {
	const keep = new Set([...Object.values(stamp.bundles).flatMap((b) => b.files), ...previous]);
	for (const folder of ["js", "css", "css-rtl", "media"]) {
		const full = path.join(app.dist, folder);
		if (!fs.existsSync(full)) continue;
		for (const name of fs.readdirSync(full)) {
			if (!keep.has(`${folder}/${name}`)) fs.unlinkSync(path.join(full, name));
		}
	}
}

/** Write assets.json and assets-rtl.json out of all stamps; return whether either changed. */
function write_maps(sites, stamps) {
	const maps = { "assets.json": {}, "assets-rtl.json": {} };
	for (const stamp of stamps) {
		for (const { outputs } of Object.values(stamp.bundles)) {
			for (const [key, url] of Object.entries(outputs)) {
				maps[key.startsWith("rtl_") ? "assets-rtl.json" : "assets.json"][key] = url;
			}
		}
	}
	let changed = false;
	for (const [name, map] of Object.entries(maps)) {
		const file = path.join(sites, "assets", name);
		const text = JSON.stringify(Object.fromEntries(Object.entries(map).sort()), null, 4) + "\n";
		if (fs.existsSync(file) && fs.readFileSync(file, "utf8") === text) continue;
		write_atomically(file, text);
		changed = true;
	}
	return changed;
}

/** Make a running bench see the new names. Quietly does nothing when its Redis is not up. */
async function clear_cached_map(sites) {
	let url;
	try {
		url = JSON.parse(fs.readFileSync(path.join(sites, "common_site_config.json"), "utf8")).redis_cache;
	} catch (error) {
		return;
	}
	if (!url) return;
	const { createClient } = load("@redis/client");
	const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 500 } });
	client.on("error", () => {});
	try {
		await client.connect();
		await client.del("assets_json");
		await client.quit();
	} catch (error) {
		// Without a server there is no cached map either.
	}
}

module.exports = { link_public, prune, write_maps, clear_cached_map };

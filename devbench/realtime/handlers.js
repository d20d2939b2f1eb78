"use strict";
/** What a page may ask for, and the rooms it is put into. The names are those of `frappe/realtime.py`. */

const fs = require("fs");
const path = require("path");

const doctype_room = (doctype) => `doctype:${doctype}`;
const doc_room = (doctype, name) => `doc:${doctype}/${name}`;
const open_doc_room = (doctype, name) => `open_doc:${doctype}/${name}`;
const task_room = (task) => `task_progress:${task}`;
const is_text = (...values) => values.every((value) => ["string", "number"].includes(typeof value));

/** Put a new connection into its rooms and listen to what its page asks for. */
function register(socket, { sites, log }) {
	socket.join(`user:${socket.user}`);
	socket.join("website");
	if (socket.user_type === "System User") socket.join("all");

	const opened = new Map();

	/** Run `then` when the user may read the document, or documents of the type at all. */
	function if_allowed(doctype, name, then) {
		if (!is_text(doctype, name)) return;
		socket.call("frappe.realtime.has_permission", { doctype, name }).then(
			() => socket.connected && then(),
			() => log(`${socket.user} may not listen to ${doctype} ${name}`)
		);
	}

	socket.on("ping", () => socket.emit("pong"));

	socket.on("task_subscribe", (task) => is_text(task) && socket.join(task_room(task)));
	socket.on("progress_subscribe", (task) => is_text(task) && socket.join(task_room(task)));
	socket.on("task_unsubscribe", (task) => is_text(task) && socket.leave(task_room(task)));

	socket.on("doctype_subscribe", (doctype) => {
		if_allowed(doctype, "", () => socket.join(doctype_room(doctype)));
	});
	socket.on("doctype_unsubscribe", (doctype) => is_text(doctype) && socket.leave(doctype_room(doctype)));

	socket.on("doc_subscribe", (doctype, name) => {
		if_allowed(doctype, name, () => socket.join(doc_room(doctype, name)));
	});
	socket.on("doc_unsubscribe", (doctype, name) => {
		if (is_text(doctype, name)) socket.leave(doc_room(doctype, name));
	});

	socket.on("doc_open", (doctype, name) => {
		if_allowed(doctype, name, () => {
			const room = open_doc_room(doctype, name);
			socket.join(room);
			opened.set(room, { doctype, name });
			tell_viewers(socket, doctype, name);
		});
	});
	socket.on("doc_close", (doctype, name) => {
		if (!is_text(doctype, name)) return;
		const room = open_doc_room(doctype, name);
		socket.leave(room);
		opened.delete(room);
		tell_viewers(socket, doctype, name);
	});
	// By then the socket has left its rooms, so those who stay see it gone.
	socket.on("disconnect", () => {
		for (const { doctype, name } of opened.values()) tell_viewers(socket, doctype, name);
	});

	register_apps(socket, { sites, log });
}

/** Tell everyone who has the document open who else has. */
function tell_viewers(socket, doctype, name) {
	const room = open_doc_room(doctype, name);
	const ids = socket.nsp.adapter.rooms.get(room) || new Set();
	const users = [...ids].map((id) => socket.nsp.sockets.get(id)?.user).filter(Boolean);
	socket.nsp.to(room).emit("doc_viewers", { doctype, docname: name, users: [...new Set(users)] });
}

/** Apps may bring handlers of their own: `apps/<app>/realtime/handlers.js` exports `function (socket)`. */
function register_apps(socket, { sites, log }) {
	for (const app of socket.installed_apps) {
		const file = path.join(sites, "..", "apps", app, "realtime", "handlers.js");
		if (app === "frappe" || !/^\w+$/.test(app) || !fs.existsSync(file)) continue;
		try {
			require(file)(socket);
		} catch (error) {
			log(`the realtime handlers of ${app} failed: ${error.stack}`);
		}
	}
}

module.exports = { register };

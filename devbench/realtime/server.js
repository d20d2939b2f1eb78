#!/usr/bin/env node
"use strict";
/**
 * The realtime server of the bench: passes on what `frappe.publish_realtime` puts into Redis.
 *
 *   node devbench/realtime/server.js <sites folder>
 *
 * One namespace per site, rooms named as `frappe/realtime.py` names them. `GET /health` tells how it does.
 */

const fs = require("fs");
const http = require("http");
const path = require("path");
const { load } = require("../assets/lib/bench");
const { authenticate } = require("./site_session");
const { register } = require("./handlers");

const { Server } = load("socket.io");
const { createClient } = load("@redis/client");

const CHANNEL = "events";
const SITE = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

const sites = path.resolve(process.argv[2] || process.env.SITES_PATH || ".");
const log = (text) => console.log(`${new Date().toISOString()} ${text}`);

/** Read the bench's configuration; the environment wins, as it does in the framework. */
function read_config() {
	const file = path.join(sites, "common_site_config.json");
	const config = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
	const { FRAPPE_REDIS_QUEUE, FRAPPE_SOCKETIO_PORT, FRAPPE_WEBSERVER_PORT } = process.env;
	return {
		...config,
		redis_queue: FRAPPE_REDIS_QUEUE || config.redis_queue || "redis://127.0.0.1:11311",
		socketio_port: Number(FRAPPE_SOCKETIO_PORT || config.socketio_port || 9000),
		webserver_port: Number(FRAPPE_WEBSERVER_PORT || config.webserver_port || 8000),
	};
}

const is_site = (name) => SITE.test(name) && fs.existsSync(path.join(sites, name, "site_config.json"));

function main() {
	const config = read_config();
	const state = { redis: false, messages: 0, started: Date.now() };

	const server = http.createServer((request, response) => {
		const found = request.method === "GET" && request.url === "/health";
		response.writeHead(found ? 200 : 404, { "Content-Type": "application/json" });
		const seconds = Math.round((Date.now() - state.started) / 1000);
		const { redis, messages } = state;
		response.end(found ? JSON.stringify({ redis, messages, seconds, clients: io.engine.clientsCount }) : "{}");
	});
	// The page is served from another port of the same host: `authenticate` compares the host names.
	const io = new Server(server, { cors: { origin: true, credentials: true }, serveClient: false });

	const namespaces = io.of((name, auth, next) => next(null, is_site(name.slice(1))));
	// The configuration is read again for each client: the web port may change while this runs.
	namespaces.use((socket, next) => authenticate(socket, { ...read_config(), sites }, next));
	namespaces.on("connection", (socket) => register(socket, { sites, log }));

	const redis = createClient({ url: config.redis_queue, socket: { reconnectStrategy: (n) => Math.min(n * 200, 2000) } });
	redis.on("ready", () => {
		state.redis = true;
		log(`listening to the channel ${CHANNEL} of Redis`);
	});
	redis.on("error", (error) => {
		// One line when the connection is lost, not one for every attempt to get it back.
		if (state.redis) log(`lost Redis: ${error.message || error.code}`);
		state.redis = false;
	});
	redis.connect().then(() => redis.subscribe(CHANNEL, (text) => deliver(io, state, text)));

	server.on("error", (error) => {
		const busy = error.code === "EADDRINUSE";
		console.error(busy ? `The port ${config.socketio_port} is already in use.` : error.stack);
		process.exit(1);
	});
	const host = process.env.DEVBENCH_HOST;
	server.listen({ port: config.socketio_port, host }, () => log(`realtime on port ${config.socketio_port}`));

	for (const signal of ["SIGTERM", "SIGINT"]) {
		process.once(signal, () => {
			log(`${signal}: ${io.engine.clientsCount} clients, ${state.messages} messages; stopping`);
			io.close(() => process.exit(0));
			redis.disconnect().catch(() => {});
			// A client that does not let go must not hold up the bench.
			setTimeout(() => process.exit(0), 2000).unref();
		});
	}
}

/** Send one message of the channel to the room it names. */
function deliver(io, state, text) {
	let message;
	try {
		message = JSON.parse(text);
	} catch (error) {
		log(`a message that is not JSON was dropped: ${error.message}`);
		return;
	}
	state.messages += 1;
	const name = `/${message.namespace}`;
	// `io.of` would make a namespace that checks nobody's session; without clients there is none to send to.
	if (!io._nsps.has(name)) return;
	const namespace = io.of(name);
	(message.room ? namespace.to(message.room) : namespace).emit(message.event, message.message);
}

main();

"use strict";
/** Who a socket belongs to, asked from the web server with the visitor's own session. */

const http = require("http");

/** Ask a whitelisted function of the site in the name of the socket's user. */
function call(site, port, headers, method, args = {}) {
	return new Promise((resolve, reject) => {
		const request = http.request(
			{
				// Always this machine's web server: a name such as sales.localhost need not resolve here.
				host: "127.0.0.1",
				port,
				// A connection kept from an earlier question may be closed by the web server at any moment.
				agent: false,
				path: `/api/method/${method}?${new URLSearchParams(args)}`,
				headers: { Accept: "application/json", "X-Frappe-Site-Name": site, ...headers },
				timeout: 15000,
			},
			(response) => {
				const chunks = [];
				response.on("data", (chunk) => chunks.push(chunk));
				response.on("end", () => {
					if (response.statusCode !== 200) return reject(new Error(`${method}: ${response.statusCode}`));
					try {
						resolve(JSON.parse(Buffer.concat(chunks).toString()).message);
					} catch (error) {
						reject(error);
					}
				});
			}
		);
		request.on("timeout", () => request.destroy(new Error(`${method}: no answer`)));
		request.on("error", reject);
		request.end();
	});
}

const host_of = (address) => {
	try {
		return new URL(address).hostname;
	} catch (error) {
		return null;
	}
};

/**
 * Middleware of a site's namespace: fill `socket.user`, `socket.user_type`, `socket.installed_apps` and
 * `socket.call(method, args)`, or refuse the connection.
 */
async function authenticate(socket, config, next) {
	const { headers } = socket.request;
	const site = socket.nsp.name.slice(1);
	// A page of another host must not read along with the cookies of this one.
	if (headers.origin && host_of(headers.origin) !== host_of(`http://${headers.host}`)) {
		return next(new Error("Invalid origin"));
	}
	const session = {};
	if (headers.cookie) session.Cookie = headers.cookie;
	if (headers.authorization) session.Authorization = headers.authorization;
	socket.call = (method, args) => call(site, config.webserver_port, session, method, args);
	try {
		const info = await socket.call("frappe.realtime.get_user_info");
		socket.user = info.user;
		socket.user_type = info.user_type;
		socket.installed_apps = info.installed_apps || ["frappe"];
		next();
	} catch (error) {
		next(new Error(`Unauthorized: ${error.message}`));
	}
}

module.exports = { authenticate };

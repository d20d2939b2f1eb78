"""What the browser asks for: the realtime server's address, images and the build of bundles."""

from devbench.restore.edit import Edit

EDITS = [
	# No proxy stands in front of the bench, so realtime is always on a port of its own, not only for `bench
	# start` with DEV_SERVER (which would also switch off the caching of web pages).
	Edit(
		"frappe/public/js/frappe/socketio_client.js",
		"if (window.dev_server) {",
		'if (window.dev_server || window.location.protocol == "http:") {',
	),
	# frappe-gantt reads the dates of a first task: a view without rows must not make a chart.
	Edit(
		"frappe/public/js/frappe/views/gantt/gantt_view.js",
		"this.load_lib.then(() => {\n\t\t\tthis.render_gantt();",
		"this.load_lib.then(() => {\n\t\t\tif (this.tasks.length) this.render_gantt();",
	),
	# Cards are drawn a moment later, when the person may have moved on to a view that has no board.
	Edit(
		"frappe/public/js/frappe/views/kanban/kanban_board.bundle.js",
		"for (let field_name of cur_list.board.fields) {",
		"for (let field_name of cur_list.board?.fields || []) {",
	),
]

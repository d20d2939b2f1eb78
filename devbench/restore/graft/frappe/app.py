# Requests find their site by host name; assets and files are those of the bench and of the site.

from frappe.utils import resolve_site

#: the one site this process serves, whatever host a request names (development server with --site)
_site = None
_sites_path = os.environ.get("SITES_PATH", ".")


def init_request(request):
	"""Prepare the context of a request: the site, its database, the arguments, the session."""
	frappe.local.request = request
	frappe.local.request.after_response = CallbackManager()

	frappe.local.is_ajax = frappe.get_request_header("X-Requested-With") == "XMLHttpRequest"

	site = _site or resolve_site(request.host, request.headers.get("X-Frappe-Site-Name"), _sites_path)
	try:
		frappe.init(site, sites_path=_sites_path, force=True)
	except frappe.IncorrectSitePath:
		raise NotFound from None

	if not frappe.local.conf.db_name:
		raise NotFound

	frappe.connect(set_admin_as_user=False)
	if frappe.local.conf.maintenance_mode:
		if frappe.local.conf.allow_reads_during_maintenance:
			setup_read_only_mode()
		else:
			raise frappe.SessionStopped("Session Stopped")

	if request.path.startswith("/api/method/upload_file"):
		from frappe.core.api.file import get_max_file_size

		request.max_content_length = get_max_file_size()
	else:
		request.max_content_length = cint(frappe.local.conf.get("max_file_size")) or 25 * 1024 * 1024
	make_form_dict(request)

	if request.method != "OPTIONS":
		frappe.local.http_request = HTTPRequest()

	for before_request_task in frappe.get_hooks("before_request"):
		frappe.call(before_request_task)


def serve(
	host="0.0.0.0",
	port=8000,
	profile=False,
	no_reload=False,
	no_threading=False,
	site=None,
	sites_path=".",
	proxy=False,
):
	"""Run the development server, for one site or for all sites of the bench."""
	global application, _site, _sites_path
	_site = site
	_sites_path = sites_path

	from werkzeug.serving import run_simple

	if profile or os.environ.get("USE_PROFILER"):
		application = ProfilerMiddleware(application, sort_by=("cumtime", "calls"), restrictions=(200,))

	if not os.environ.get("NO_STATICS"):
		application = application_with_statics()

	if proxy or os.environ.get("USE_PROXY"):
		application = ProxyFix(application, x_for=1, x_proto=1, x_host=1, x_port=1, x_prefix=1)

	application.debug = True
	application.config = {"SERVER_NAME": f"127.0.0.1:{port}"}

	log = logging.getLogger("werkzeug")
	log.propagate = False

	in_test_env = os.environ.get("CI")
	if in_test_env:
		log.setLevel(logging.ERROR)

	run_simple(
		host,
		int(port),
		application,
		exclude_patterns=["test_*"],
		use_reloader=False if in_test_env else not no_reload,
		use_debugger=not in_test_env,
		use_evalex=not in_test_env,
		threaded=not no_threading,
	)


def application_with_statics():
	"""Return the application with the assets of the bench and the public files of each site before it."""
	global application, _sites_path

	application = SharedDataMiddleware(application, {"/assets": os.path.join(_sites_path, "assets")})
	application = StaticDataMiddleware(application, {"/files": os.path.abspath(_sites_path)})

	return application

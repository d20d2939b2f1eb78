"""An error must reach the Error Log even when the optional report to Sentry cannot be made."""


def log_error(title=None, message=None, reference_doctype=None, reference_name=None, *, defer_insert=False):
	"""Log error to Error Log"""
	from frappe.monitor import get_trace_id

	# Callers swap title and message: what spans several lines is the traceback.
	traceback = None
	if message:
		if title and "\n" in title:
			traceback, title = title, message
		else:
			traceback = message

	title = title or "Error"
	traceback = frappe.as_unicode(traceback or frappe.get_traceback(with_context=True))

	if not frappe.db:
		print(f"Failed to log error in db: {title}\n{traceback}")
		return

	error_log = frappe.get_doc(
		doctype="Error Log",
		error=traceback,
		method=title,
		reference_doctype=reference_doctype,
		reference_name=reference_name,
		trace_id=get_trace_id(),
		metadata=get_error_metadata(),
	)

	report_to_sentry(f"{title}\n{traceback}")

	if frappe.flags.read_only or defer_insert:
		error_log.deferred_insert()
	else:
		return error_log.insert(ignore_permissions=True)


def report_to_sentry(message: str) -> None:
	"""Send the error to Sentry where it is set up; whatever goes wrong there stays there."""
	try:
		from frappe.utils.sentry import capture_exception

		capture_exception(message=message)
	except Exception as e:
		# The package may be missing or of another major version: note it, and let the real error be logged.
		frappe.logger().warning(f"The error was not reported to Sentry: {e!r}")

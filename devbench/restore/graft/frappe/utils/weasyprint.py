"""The print format builder draws with the same rules for reading files as every other PDF."""

from functools import partial


def import_weasyprint():
	"""Return the classes HTML and CSS; HTML reads the site's files from disk and with the user's rights."""
	try:
		from weasyprint import CSS, HTML
	except OSError as e:
		# It loads libraries of the operating system when it is imported.
		frappe.throw(_("PDFs need the system library Pango, which is missing here: {0}").format(e))

	from frappe.utils.pdf_generator.fetch import SiteFetcher

	return partial(HTML, url_fetcher=SiteFetcher()), CSS

"""The print format builder draws with the same rules for reading files as every other PDF."""


def import_weasyprint():
	"""Return the classes that draw a page and its style sheets."""
	try:
		from weasyprint import CSS

		from frappe.utils.pdf_generator.builder import BuilderPage
	except OSError as e:
		# WeasyPrint loads libraries of the operating system when it is imported.
		frappe.throw(_("PDFs need the system library Pango, which is missing here: {0}").format(e))

	return BuilderPage, CSS

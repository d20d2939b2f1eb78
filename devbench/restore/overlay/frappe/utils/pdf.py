"""PDF from HTML, with the functions and signatures that apps know, drawn by WeasyPrint.

An official site of this version hands the HTML to a separate program. Here everything happens in the
process: no program to install, no HTTP request back to the site, and files are read with the rights of the
user who prints.
"""

import base64
import io
import mimetypes
import os
import re
import sys
from urllib.parse import parse_qs, unquote, urlparse

import frappe
from bs4 import BeautifulSoup
from frappe import _
from frappe.utils import cstr
from frappe.utils.jinja_globals import bundled_asset, is_rtl
from pypdf import PdfReader, PdfWriter

# Part of what apps import; errors of this kind came from the separate program and cannot happen here.
PDF_CONTENT_ERRORS = [
	"ContentNotFoundError",
	"ContentOperationNotPermittedError",
	"UnknownContentError",
	"RemoteHostClosedError",
]

MARGINS = ("margin-top", "margin-bottom", "margin-left", "margin-right")
OPTIONS_IN_CSS = (*MARGINS, "header-spacing", "orientation", "page-width", "page-height")


def get_pdf(html, options=None, output: PdfWriter | None = None):
	"""Return the PDF of an HTML text as bytes, or append its pages to `output` and return that.

	:param html: a whole HTML page or a part of one
	:param options: page-size, page-width, page-height, orientation, margin-top (… -bottom, -left, -right),
	        header-html, footer-html, password; anything else an app may pass is ignored
	:param output: a writer that collects several documents
	"""
	try:
		from frappe.utils.pdf_generator.render import render
	except OSError as e:
		# WeasyPrint loads libraries of the operating system when it is imported.
		frappe.throw(_("PDFs need the system library Pango, which is missing here: {0}").format(e))

	html, options = prepare_options(html, options)
	password = options.get("password")
	pdf = render(html, options)

	if output:
		output.append_pages_from_reader(PdfReader(io.BytesIO(pdf)))
		return output
	if not password:
		return pdf

	writer = PdfWriter()
	writer.append_pages_from_reader(PdfReader(io.BytesIO(pdf)))
	writer.encrypt(cstr(password), algorithm="AES-256")
	return get_file_data_from_writer(writer)


def get_chrome_pdf(print_format=None, html=None, options=None, output=None, pdf_generator=None):
	"""Draw a print format that asks for the generator "chrome"; None leaves it to other generators."""
	if pdf_generator != "chrome":
		return None
	return get_pdf(html, options=options, output=output)


def get_file_data_from_writer(writer_obj: PdfWriter) -> bytes:
	"""Return what a writer has collected as the bytes of a PDF file."""
	stream = io.BytesIO()
	writer_obj.write(stream)
	return stream.getvalue()


def prepare_options(html, options):
	"""Return (html, options) with page size, margins and repeating header and footer filled in."""
	options = dict(options or {})
	html, found_in_html = read_options_from_html(html)
	options = {**found_in_html, **{key: value for key, value in options.items() if value is not None}}
	options.setdefault("margin-left", "15mm")
	options.setdefault("margin-right", "15mm")

	if not options.get("page-size") and not (options.get("page-width") and options.get("page-height")):
		settings = frappe.get_cached_doc("Print Settings")
		size = settings.pdf_page_size or "A4"
		if size == "Custom":
			options["page-height"] = options.get("page-height") or settings.pdf_page_height
			options["page-width"] = options.get("page-width") or settings.pdf_page_width
		else:
			options["page-size"] = size
	return html, options


def read_options_from_html(html):
	"""Take header and footer out of the HTML and read the page options that its CSS gives .print-format."""
	options = {}
	soup = BeautifulSoup(html, "html5lib")
	options.update(prepare_header_footer(soup))
	toggle_visible_pdf(soup)

	text = str(soup)
	for rule in re.findall(r"\.print-format\s*\{([^}]*)\}", text):
		for name in OPTIONS_IN_CSS:
			for value in re.findall(rf"(?:^|[\s;]){name}\s*:\s*([\d.]+\s*(?:mm|cm|in|px|pt)|[a-zA-Z]+)\s*(?:;|$)", rule):
				if value != "auto":
					options[name] = value
	return text, options


def prepare_header_footer(soup: BeautifulSoup):
	"""Take #header-html and #footer-html out of the page; return each as an HTML page of its own."""
	options = {}
	head = soup.find("head").contents if soup.find("head") else []
	styles = soup.find_all("style")
	css = "\n".join(style.get_text() for style in styles)
	sheets = "".join(str(link) for link in soup.find_all("link", rel="stylesheet"))

	for html_id in ("header-html", "footer-html"):
		content = soup.find(id=html_id)
		if not content:
			continue
		# A format with several pages writes them once per page; they repeat by themselves.
		for tag in soup.find_all(id=html_id):
			tag.extract()
		toggle_visible_pdf(content)
		hooks = frappe.get_hooks(f"pdf_{html_id.replace('-', '_')}")
		page = frappe.get_attr(hooks[-1])(
			soup=soup, head=head, content=content, styles=styles, html_id=html_id, css=css
		)
		# The footer's template leaves linked style sheets out, for the sake of the separate program.
		options[html_id] = page if "<link" in page else page.replace("<head>", f"<head>{sheets}", 1)

	for html_id, margin in (("header-html", "margin-top"), ("footer-html", "margin-bottom")):
		if html_id not in options:
			options[margin] = "15mm"
	return options


def toggle_visible_pdf(soup):
	"""Show what is meant for PDF only, drop what must not be in one."""
	for tag in soup.find_all(attrs={"class": "visible-pdf"}):
		tag.attrs["class"].remove("visible-pdf")
	for tag in soup.find_all(attrs={"class": "hidden-pdf"}):
		tag.extract()


def pdf_header_html(soup, head, content, styles, html_id, css):
	"""Return the page that holds the repeating header (or footer, see pdf_footer_html)."""
	return frappe.render_template(
		"templates/print_formats/pdf_header_footer.html",
		{
			# The footer's template puts the styles in by itself, from `css`.
			"head": head,
			"content": content,
			"styles": styles,
			"html_id": html_id,
			"css": css,
			"lang": frappe.local.lang,
			"layout_direction": "rtl" if is_rtl() else "ltr",
		},
	)


def pdf_footer_html(soup, head, content, styles, html_id, css):
	"""Return the page that holds the repeating footer."""
	return pdf_header_html(soup=soup, head=head, content=content, styles=styles, html_id=html_id, css=css)


def pdf_body_html(template, args, **kwargs):
	"""Render the template of a print format; an error in it names the line.

	:param template: a compiled Jinja template
	:param args: doc, meta, layout, letter_head, print_settings and the rest a print format may use
	"""
	try:
		return template.render(args, filters={"len": len})
	except Exception as e:
		frappe.throw(
			_("Error in print format on line {0}: {1}").format(_guess_template_error_line_number(template), e),
			exc=frappe.PrintFormatError,
			title=_("Print Format Error"),
		)


def _guess_template_error_line_number(template) -> int | None:
	"""Return the line of the template in which the present error was raised, if it can be told."""
	line, trace = None, sys.exc_info()[2]
	while trace:
		if trace.tb_frame.f_code.co_filename in (template.filename, "<template>"):
			line = trace.tb_lineno
		trace = trace.tb_next
	return line


def inline_private_images(html) -> str:
	"""Replace the private images of the site that the user may see by their contents."""
	soup = BeautifulSoup(html, "html.parser")
	for image in soup.find_all("img", src=True):
		if data_url := _private_image_as_data(image["src"]):
			image["src"] = data_url
	return str(soup)


def _private_image_as_data(src: str) -> str | None:
	from frappe.core.doctype.file.utils import find_file_by_url

	parts = urlparse(src)
	path = unquote(parts.path)
	mime_type = mimetypes.guess_type(path)[0]
	if not path.startswith("/private/files/") or not (mime_type or "").startswith("image/"):
		return None
	file = find_file_by_url(path, name=parse_qs(parts.query).get("fid", [None])[0])
	if not file or not file.is_private:
		return None
	content = file.get_content()
	content = content.encode() if isinstance(content, str) else content
	return f"data:{mime_type};base64,{base64.b64encode(content).decode()}"


def cleanup(options):
	"""Delete header and footer files that an app has put into the options."""
	for name in ("header-html", "footer-html", "cookie-jar"):
		path = cstr(options.get(name))
		if path and "<" not in path and os.path.exists(path):
			os.remove(path)


def get_print_css() -> str:
	"""Return the address of the style sheet that print formats use."""
	return bundled_asset("print.bundle.css")


@frappe.whitelist()
def is_wkhtmltopdf_valid() -> bool:
	"""Tell the print page that PDFs can be made; here they never need the separate program."""
	return True


def get_wkhtmltopdf_version() -> str | None:
	"""Return None: the separate program is not used."""
	return None


def pdf_contains_js(file_content: bytes) -> bool:
	"""Return True if a PDF carries JavaScript or opens with an action, or cannot be read to find out."""
	try:
		reader = PdfReader(io.BytesIO(file_content))
		root = reader.trailer["/Root"].get_object()
		names = root.get("/Names")
		if names and "/JavaScript" in names.get_object():
			return True
		return any(_is_script(root.get(key)) for key in ("/OpenAction", "/AA")) or any(
			_page_has_script(page) for page in reader.pages
		)
	except Exception:
		# Encrypted or damaged: the raw text is all there is to judge by.
		return b"/JavaScript" in file_content or b"/JS" in file_content


def _page_has_script(page) -> bool:
	if _is_script(page.get("/AA")):
		return True
	for annotation in page.get("/Annots") or []:
		annotation = annotation.get_object()
		if _is_script(annotation.get("/A")) or _is_script(annotation.get("/AA")):
			return True
	return False


def _is_script(entry) -> bool:
	"""Return True for a JavaScript action, or for a dictionary of actions that holds one."""
	entry = entry.get_object() if entry is not None else None
	if not isinstance(entry, dict):
		return False
	if entry.get("/S") == "/JavaScript" or "/JS" in entry:
		return True
	return any(_is_script(value) for value in entry.values() if hasattr(value, "get_object"))

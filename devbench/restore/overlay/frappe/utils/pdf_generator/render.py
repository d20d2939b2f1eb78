"""Draw a page with WeasyPrint, and put its header and footer on every sheet."""

import copy
import io
import logging
import os

import frappe
from bs4 import BeautifulSoup, Tag
from frappe.utils.pdf_generator import sheets  # noqa: F401  (keeps parsed style sheets)
from frappe.utils.pdf_generator.fetch import SiteFetcher
from frappe.utils.pdf_generator.layout import PageLayout, page_layout
from pypdf import PdfReader, PdfWriter, Transformation
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

POINTS_PER_MM = 72 / 25.4
PX_PER_MM = 96 / 25.4
# High enough for any header, so that it is measured on one sheet.
MEASURING_HEIGHT_MM = 1000
# The header's own template pulls the letter head to its upper edge; no printer reaches the paper's.
UPPER_EDGE_MM = 5
# Classes whose elements show a number, filled in for each sheet.
NUMBER_CLASSES = {"page": "page", "frompage": "first", "topage": "last"}

BASE_CSS = """
html { font-family: "Inter", "Helvetica Neue", Arial, sans-serif; }
html, body { margin: 0 !important; padding: 0 !important; min-width: 0 !important; }
body { max-width: none !important; background: none !important; }
.print-format-gutter, .print-format {
	margin: 0 !important; padding: 0 !important; max-width: none !important;
	min-height: 0 !important; box-shadow: none !important; background: none !important;
}
.action-banner, .print-hide { display: none !important; }
.page-break:last-child { page-break-after: auto !important; break-after: auto !important; }
a[href]::after { content: none !important; }
thead { display: table-header-group; }
tr, img { break-inside: avoid; }
"""
# Each copy of a header stands on a sheet of its own, with the body's padding around it.
STRIP_CSS = """
@page { size: %(width).3fmm %(height).3fmm !important; margin: 0 !important; }
html { margin: 0 !important; padding: 0 !important; font-family: "Inter", "Helvetica Neue", Arial, sans-serif; }
body { margin: 0 !important; box-decoration-break: clone; background: none !important; }
.print-format { margin: 0 !important; padding: 0 !important; max-width: none !important; min-height: 0 !important; }
.pdf-strip + .pdf-strip { break-before: page !important; }
.pdf-strip { display: flow-root; }
a[href]::after { content: none !important; }
"""

# What it says about CSS that it does not know would fill the log of every site.
logging.getLogger("weasyprint").setLevel(logging.ERROR)
logging.getLogger("fontTools").setLevel(logging.ERROR)


def render(html: str, options: dict) -> bytes:
	"""Return the PDF of a prepared page (see frappe.utils.pdf.prepare_options)."""
	fetcher = SiteFetcher()
	layout = page_layout(options)
	header = _Strip.of(options.get("header-html"), layout, fetcher)
	footer = _Strip.of(options.get("footer-html"), layout, fetcher)
	if header:
		layout.top = max(layout.top or 0, header.height + UPPER_EDGE_MM)
	if footer:
		layout.bottom = max(layout.bottom or 0, footer.height)

	body = _draw(html, layout.page_css() + BASE_CSS, fetcher).write_pdf()
	if not header and not footer:
		return body

	writer = PdfWriter()
	writer.append_pages_from_reader(PdfReader(io.BytesIO(body)))
	count = len(writer.pages)
	if header:
		_lay_over(writer, header.sheets(count), layout.left, layout.height - header.height - UPPER_EDGE_MM)
	if footer:
		_lay_over(writer, footer.sheets(count), layout.left, 0)
	writer.compress_identical_objects(remove_orphans=True)
	stream = io.BytesIO()
	writer.write(stream)
	return stream.getvalue()


class _Strip:
	"""A header or footer: a page of its own, as wide as the text and as high as it needs to be."""

	def __init__(self, html: str, layout: PageLayout, fetcher: SiteFetcher):
		self.soup = BeautifulSoup(html, "html5lib")
		for script in self.soup.find_all("script"):
			script.extract()
		self._drop_repeated_styles()
		self.width = layout.content_width
		self.fetcher = fetcher
		self.content = [child.extract() for child in list(self.soup.body.contents)]
		self._write_copies(1, 1)
		measured = self._draw(MEASURING_HEIGHT_MM)
		# A hair more, or rounding would push the last line to a sheet of its own.
		self.height = min(_body_height(measured.pages[0]) / PX_PER_MM + 0.1, layout.height / 2)

	@classmethod
	def of(cls, source, layout: PageLayout, fetcher: SiteFetcher) -> "_Strip | None":
		"""Return the strip of an HTML text, or of the file that holds it; None if there is none."""
		if not source:
			return None
		if "<" not in source and os.path.isfile(source):
			with open(source) as file:
				source = file.read()
		return cls(source, layout, fetcher)

	def _drop_repeated_styles(self) -> None:
		# The template is given the page's head and, once more, the styles in it.
		seen = set()
		for style in self.soup.find_all("style"):
			text = style.get_text().strip()
			if text in seen:
				style.extract()
			seen.add(text)

	def sheets(self, count: int) -> list:
		"""Return one PDF page for each of `count` sheets, with the sheet's number filled in."""
		numbered = any(part.find(class_=list(NUMBER_CLASSES)) for part in self.content if isinstance(part, Tag))
		copies = count if numbered else 1
		self._write_copies(copies, count)
		pdf = self._draw(self.height).write_pdf()
		pages = list(PdfReader(io.BytesIO(pdf)).pages)
		return pages[:copies] if numbered else pages[:1] * count

	def _write_copies(self, copies: int, count: int) -> None:
		self.soup.body.clear()
		for number in range(1, copies + 1):
			strip = self.soup.new_tag("div", attrs={"class": "pdf-strip"})
			strip.extend(copy.copy(part) for part in self.content)
			_fill_numbers(strip, {"page": number, "first": 1, "last": count})
			self.soup.body.append(strip)

	def _draw(self, height: float):
		css = STRIP_CSS % {"width": self.width, "height": height}
		return _draw(str(self.soup), css, self.fetcher)


def _draw(html: str, css: str, fetcher: SiteFetcher):
	fonts = FontConfiguration()
	page = HTML(string=html, base_url=frappe.utils.get_url() + "/", url_fetcher=fetcher)
	return page.render(stylesheets=[CSS(string=css, font_config=fonts, url_fetcher=fetcher)], font_config=fonts)


def _body_height(page) -> float:
	"""Return the height of a drawn page's body in pixels; WeasyPrint offers no public way to ask."""
	for box in page._page_box.descendants():
		if box.element_tag == "body":
			return box.margin_height()
	return 0


def _fill_numbers(strip, numbers: dict) -> None:
	for class_name, key in NUMBER_CLASSES.items():
		for tag in strip.find_all(class_=class_name):
			tag.string = str(numbers[key])


def _lay_over(writer: PdfWriter, strips: list, left: float, bottom: float) -> None:
	shift = Transformation().translate(left * POINTS_PER_MM, bottom * POINTS_PER_MM)
	for page, sheet in zip(writer.pages, strips, strict=True):
		page.merge_transformed_page(sheet, shift)

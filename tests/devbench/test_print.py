"""Printing: HTML and PDF that show the record, letter heads on every sheet, files with the user's rights."""

import base64
import io
import json

import frappe
import pytest
from pypdf import PdfReader, PdfWriter

from tests.devbench.conftest import RECORD

PIXEL = base64.b64decode(
	"iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8Dwn4GBgYmBgYGBAQAcCgIBQ0nKhgAAAABJRU5ErkJggg=="
)


def pages(pdf: bytes, password: str | None = None) -> list:
	reader = PdfReader(io.BytesIO(pdf))
	if password:
		assert reader.is_encrypted and reader.decrypt(password)
	return list(reader.pages)


def text_of(pdf: bytes) -> str:
	return "\n".join(page.extract_text() for page in pages(pdf))


@pytest.fixture
def record(make_record):
	items = [{"item": f"Item number {number}", "qty": number} for number in range(1, 46)]
	return make_record(title="Printed record", amount=12.5, due_date="2026-03-01", items=items)


@pytest.fixture
def letter_head(site):
	name = f"Probe {frappe.generate_hash(length=6)}"
	frappe.get_doc(
		doctype="Letter Head",
		letter_head_name=name,
		source="HTML",
		footer_source="HTML",
		content="<div>Letterhead of {{ doc.title }}</div>",
		footer="<div>Footer of the house</div>",
	).insert()
	return name


def test_print_view_is_not_blank(record):
	html = frappe.get_print(RECORD, record.name)
	for expected in ("Printed record", "Item number 45", "12.5", "print-format"):
		assert expected in html


def test_pdf_has_the_record_and_repeats_header_footer_and_table_head(record, letter_head):
	pdf = frappe.get_print(RECORD, record.name, letterhead=letter_head, as_pdf=True)
	assert pdf.startswith(b"%PDF")
	sheets = [page.extract_text() for page in pages(pdf)]
	assert len(sheets) > 1
	for number, sheet in enumerate(sheets, 1):
		assert "Letterhead of Printed record" in sheet
		assert "Footer of the house" in sheet
		assert f"Page {number} of {len(sheets)}" in sheet
		assert "Quantity" in sheet
	whole = "\n".join(sheets)
	assert all(f"Item number {number}" in whole for number in (1, 20, 45))


def test_pdf_without_letter_head_or_repetition(record):
	settings = frappe.get_doc("Print Settings")
	settings.repeat_header_footer = 0
	settings.save()
	text = text_of(frappe.get_print(RECORD, record.name, no_letterhead=1, as_pdf=True))
	assert "Printed record" in text and "Page 1 of" not in text


@pytest.mark.parametrize(
	("options", "size"),
	[
		({"page-size": "A4"}, (210, 297)),
		({"page-size": "A5", "orientation": "Landscape"}, (210, 148)),
		({"page-size": "Letter"}, (216, 279)),
		({"page-width": "100mm", "page-height": "5in"}, (100, 127)),
	],
)
def test_page_size_and_orientation(options, size):
	box = pages(frappe.utils.pdf.get_pdf("<p>x</p>", options))[0].mediabox
	assert (round(float(box.width) * 25.4 / 72), round(float(box.height) * 25.4 / 72)) == size


def test_page_size_comes_from_the_print_settings():
	settings = frappe.get_doc("Print Settings")
	settings.update({"pdf_page_size": "Custom", "pdf_page_width": 90, "pdf_page_height": 60})
	settings.save()
	box = pages(frappe.utils.pdf.get_pdf("<p>x</p>"))[0].mediabox
	assert round(float(box.width) * 25.4 / 72) == 90


def test_margins_written_in_the_print_format_are_used():
	from frappe.utils.pdf import prepare_options

	_html, options = prepare_options("<style>.print-format { margin-top: 42mm; color: red }</style><p>x</p>", {})
	assert options["margin-top"] == "42mm" and options["margin-left"] == "15mm"


def test_pdf_with_password(record):
	pdf = frappe.get_print(RECORD, record.name, as_pdf=True, password="open sesame")
	assert "Printed record" in pages(pdf, "open sesame")[0].extract_text()
	with pytest.raises(Exception, match="decrypt"):
		PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


def test_several_pdfs_are_collected_in_one_writer(record):
	writer = PdfWriter()
	for _copy in range(2):
		assert frappe.get_print(RECORD, record.name, as_pdf=True, output=writer) is writer
	single = len(pages(frappe.get_print(RECORD, record.name, as_pdf=True)))
	assert len(writer.pages) == 2 * single


def test_attached_print(record):
	attachment = frappe.attach_print(RECORD, record.name, file_name="Offer 1/2", print_letterhead=False)
	assert attachment["fname"] == "Offer1-2.pdf"
	assert "Printed record" in text_of(attachment["fcontent"])


def test_jinja_print_format_and_its_error(record):
	print_format = frappe.get_doc(
		doctype="Print Format",
		name=f"Probe {frappe.generate_hash(length=6)}",
		doc_type=RECORD,
		custom_format=1,
		print_format_type="Jinja",
		standard="No",
		html="<h1>{{ doc.title | probe_shout }}</h1><p>{{ doc.get_formatted('due_date') }}</p>",
		css="h1 { color: red }",
	).insert()
	assert "PRINTED RECORD" in frappe.get_print(RECORD, record.name, print_format.name)
	assert "PRINTED RECORD" in text_of(frappe.get_print(RECORD, record.name, print_format.name, as_pdf=True))
	print_format.db_set("html", "line one\n{{ doc.no_such_method() }}")
	frappe.clear_document_cache("Print Format", print_format.name)
	with pytest.raises(frappe.PrintFormatError, match="line 2"):
		frappe.get_print(RECORD, record.name, print_format.name)


def test_print_format_of_the_builder(record, letter_head):
	from frappe.utils.weasyprint import PrintFormatGenerator

	columns = [{"label": "Item", "fieldname": "item", "fieldtype": "Data", "width": 60}]
	fields = [
		{"label": "Title", "fieldname": "title", "fieldtype": "Data"},
		{"label": "Items", "fieldname": "items", "fieldtype": "Table", "table_columns": columns},
	]
	layout = {
		"header": "<h3>Builder {{ doc.title }}</h3>",
		"footer": "<p>Builder footer</p>",
		"sections": [{"label": "", "columns": [{"label": "", "fields": fields}]}],
	}
	print_format = frappe.get_doc(
		doctype="Print Format",
		name=f"Probe {frappe.generate_hash(length=6)}",
		doc_type=RECORD,
		print_format_builder_beta=1,
		format_data=json.dumps(layout),
		standard="No",
		margin_top=15,
		margin_bottom=15,
		margin_left=15,
		margin_right=15,
		font_size=14,
		page_number="Bottom Right",
	).insert()
	assert "Item number 45" in frappe.get_print(RECORD, record.name, print_format.name)
	pdf = PrintFormatGenerator(print_format.name, record, letter_head).render_pdf()
	sheets = [page.extract_text() for page in pages(pdf)]
	assert all("Builder Printed record" in sheet and "Builder footer" in sheet for sheet in sheets)
	assert f"2 of {len(sheets)}" in sheets[1]


@pytest.fixture
def picture(people, committed):
	"""A private picture of Ann's."""
	file = frappe.get_doc(doctype="File", file_name="probe-pixel.png", content=PIXEL, is_private=1)
	committed.insert(file)
	file.db_set("owner", people["ann"])
	committed.commit()
	return file.file_url


def images_in(html: str) -> int:
	return sum(len(page.images) for page in pages(frappe.utils.pdf.get_pdf(html)))


def test_private_pictures_are_read_with_the_users_rights(picture, people, as_user):
	html = f"<img src='{picture}' width='50' height='50'>"
	with as_user(people["ann"]):
		assert images_in(html) == 1
		assert "data:image/png;base64" in frappe.utils.pdf.inline_private_images(html)
	with as_user(people["bob"]):
		assert images_in(html) == 0
		assert "data:image" not in frappe.utils.pdf.inline_private_images(html)


@pytest.mark.parametrize(
	"source",
	[
		"file:///etc/passwd",
		"/private/files/../../site_config.json",
		"/files/../../site_config.json",
		"/assets/../common_site_config.json",
		"/api/method/ping",
		"http://127.0.0.1:1/x.png",
	],
)
def test_pages_cannot_read_what_is_not_theirs(source, bench):
	from frappe.utils.pdf_generator.fetch import SiteFetcher

	address = source if "://" in source else f"http://{bench.site}{source}"
	with pytest.raises((ValueError, OSError)):
		SiteFetcher().fetch(address)


def test_assets_are_read_from_disk_without_a_request(bench):
	from frappe.utils.pdf_generator.fetch import SiteFetcher

	answer = SiteFetcher().fetch(f"http://{bench.site}/assets/frappe/images/frappe-framework-logo.svg")
	assert b"<svg" in answer.read()


def test_print_permission_is_checked(record, people, as_user):
	with as_user(people["outsider"]), pytest.raises(frappe.PermissionError):
		frappe.get_print(RECORD, record.name)


def test_pdf_and_print_view_over_http(http, people, committed):
	record = committed.insert(RECORD, title="Printed over HTTP")
	client = http(people["manager"], csrf=True)
	view = client.request("GET", "/printview", params={"doctype": RECORD, "name": record.name}, status=200)
	assert "Printed over HTTP" in view.text
	query = {"doctype": RECORD, "name": record.name, "format": "Standard"}
	answer = client.request("GET", "/api/method/frappe.utils.print_format.download_pdf", params=query, status=200)
	assert answer.headers["Content-Type"] == "application/pdf"
	assert "Printed over HTTP" in text_of(answer.content)
	several = {"doctype": RECORD, "name": json.dumps([record.name, record.name]), "format": "Standard"}
	answer = client.request(
		"GET", "/api/method/frappe.utils.print_format.download_multi_pdf", params=several, status=200
	)
	assert text_of(answer.content).count("Printed over HTTP") >= 2
	report = client.request(
		"POST",
		"/api/method/frappe.utils.print_format.report_to_pdf",
		data={"html": "<h1>A report</h1>", "orientation": "Landscape"},
		status=200,
	)
	box = pages(report.content)[0].mediabox
	assert float(box.width) > float(box.height)
	refused = http(people["outsider"]).request(
		"GET", "/api/method/frappe.utils.print_format.download_pdf", params=query
	)
	assert refused.status_code == 403


def test_pdf_with_scripts_is_found():
	from frappe.utils.pdf import get_pdf, pdf_contains_js

	harmless = get_pdf("<p>x</p>")
	assert not pdf_contains_js(harmless)
	writer = PdfWriter()
	writer.append_pages_from_reader(PdfReader(io.BytesIO(harmless)))
	writer.add_js("app.alert('x')")
	stream = io.BytesIO()
	writer.write(stream)
	assert pdf_contains_js(stream.getvalue())

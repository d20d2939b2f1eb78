"""Turns the bytes of a CSV or XLSX file into one table of cells with the row numbers people see.

Nothing here touches the database, so the guessing about encodings and delimiters is testable alone.
"""

import csv
import io
import zipfile
from collections import Counter
from dataclasses import dataclass, field

import chardet

MAX_ROWS = 200_000
MAX_COLUMNS = 300
# A small archive can unfold to many gigabytes; a worker must refuse it instead of dying.
MAX_UNPACKED_BYTES = 400 * 1024 * 1024
DELIMITERS = (",", ";", "\t", "|")
SAMPLE_BYTES = 200_000

# csv refuses cells over 128 KiB by default; long notes pasted from mails are legitimate.
csv.field_size_limit(10_000_000)


class UnreadableFile(ValueError):
	"""The file cannot be read. `reason` is a stable key, `detail` fills the sentence shown to people."""

	def __init__(self, reason: str, detail: str = ""):
		super().__init__(f"{reason}: {detail}" if detail else reason)
		self.reason = reason
		self.detail = detail


@dataclass
class Table:
	"""One table of a file.

	`rows[i]` has exactly one cell per column (None when empty) and stands in row `row_numbers[i]` of the
	file as a spreadsheet counts them, so that messages lead to the right place.
	"""

	columns: list[str]
	rows: list[list]
	row_numbers: list[int]
	encoding: str = ""
	delimiter: str = ""
	sheet: str = ""
	sheets: list[str] = field(default_factory=list)

	def column(self, index: int) -> list:
		"""All cells of one column, top to bottom."""
		return [row[index] for row in self.rows]


def read_table(content: bytes, filename: str = "", sheet: str | None = None) -> Table:
	"""Read a CSV, TSV or XLSX file.

	:param content: the file's bytes
	:param filename: only used to tell old Excel files from text
	:param sheet: name of the worksheet; the first one with data when omitted
	:raises UnreadableFile: empty, too large, or not a table
	"""
	if not content.strip():
		raise UnreadableFile("empty")
	if content[:4] == b"PK\x03\x04":
		return _read_xlsx(content, sheet)
	if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" or filename.lower().endswith(".xls"):
		raise UnreadableFile("old_excel")
	return _read_csv(content)


def detect_encoding(content: bytes) -> str:
	"""Name the encoding of text bytes: a BOM decides, then valid UTF-8, then Chinese, then a guess.

	Latin letters with accents and GB18030 use the same bytes. What tells them apart is that Chinese bytes
	come in pairs of high bytes while an accented letter stands between plain ones.
	"""
	for bom, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
		if content.startswith(bom):
			return name
	try:
		content.decode("utf-8")
		return "utf-8"
	except UnicodeDecodeError:
		pass
	# The plain lines say nothing about the encoding; they only make the guess slow and vague.
	telling = b"\n".join(line for line in content.splitlines() if not line.isascii())[:SAMPLE_BYTES]
	if _decodes(content, "gb18030") and _share_of_paired_high_bytes(telling) > 0.8:
		guess = (chardet.detect(telling[:20_000]).get("encoding") or "").lower()
		if guess in ("big5", "shift_jis", "euc-jp", "euc-kr", "cp949") and _decodes(content, guess):
			return guess
		return "gb18030"
	found = chardet.detect(telling[:20_000])
	guess = (found.get("encoding") or "cp1252").lower()
	if found.get("confidence", 0) < 0.85 or guess in ("ascii", "iso-8859-1", "gb2312"):
		guess = "cp1252"
	return guess if _decodes(content, guess) else "latin-1"


def _decodes(content: bytes, encoding: str) -> bool:
	try:
		content.decode(encoding)
	except (UnicodeDecodeError, LookupError):
		return False
	return True


def _share_of_paired_high_bytes(sample: bytes) -> float:
	paired = total = 0
	position = 0
	while position < len(sample):
		if sample[position] < 0x80:
			position += 1
			continue
		run = position
		while run < len(sample) and sample[run] >= 0x80:
			run += 1
		length = run - position
		total += length
		if length >= 2:
			paired += length
		position = run
	return paired / total if total else 0.0


def detect_delimiter(text: str) -> str:
	"""The delimiter that splits the first lines into the most, and most equal, cells."""
	sample = "\n".join(text.splitlines()[:40])
	best, best_score = ",", 0.0
	for delimiter in DELIMITERS:
		widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if any(row)]
		if not widths:
			continue
		width, hits = Counter(widths).most_common(1)[0]
		score = (width - 1) * hits / len(widths)
		if score > best_score:
			best, best_score = delimiter, score
	return best


def _read_csv(content: bytes) -> Table:
	encoding = detect_encoding(content)
	text = content.decode(encoding)
	if "\x00" in text:
		raise UnreadableFile("binary")
	delimiter = detect_delimiter(text)
	records = []
	# Counting records, not lines: a note with line breaks is one row in every spreadsheet program.
	for number, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1):
		records.append((number, [cell.strip() or None for cell in record]))
		if len(records) > MAX_ROWS + 50:
			raise UnreadableFile("too_many_rows", str(MAX_ROWS))
	table = _to_table(records)
	table.encoding = "utf-8" if encoding == "utf-8-sig" else encoding
	table.delimiter = delimiter
	return table


def _read_xlsx(content: bytes, sheet: str | None) -> Table:
	import openpyxl  # only needed for workbooks, and slow to load

	try:
		with zipfile.ZipFile(io.BytesIO(content)) as archive:
			if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED_BYTES:
				raise UnreadableFile("too_large")
		book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
	except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
		if isinstance(error, UnreadableFile):
			raise
		raise UnreadableFile("damaged") from error
	try:
		names = book.sheetnames
		if sheet and sheet not in names:
			raise UnreadableFile("no_sheet", sheet)
		for name in [sheet] if sheet else names:
			records = []
			for number, cells in enumerate(book[name].iter_rows(values_only=True), 1):
				records.append((number, [_clean_cell(cell) for cell in cells]))
				if len(records) > MAX_ROWS + 50:
					raise UnreadableFile("too_many_rows", str(MAX_ROWS))
			if any(any(cell is not None for cell in cells) for _, cells in records):
				table = _to_table(records)
				table.sheet, table.sheets = name, names
				return table
	finally:
		book.close()
	raise UnreadableFile("empty")


def _clean_cell(cell):
	if isinstance(cell, str):
		return cell.strip() or None
	return cell


def _to_table(records: list[tuple[int, list]]) -> Table:
	"""Find the header, name its columns and square the rows; blank rows vanish, their numbers stay."""
	filled = [(number, cells) for number, cells in records if any(cell is not None for cell in cells)]
	if not filled:
		raise UnreadableFile("empty")
	width = Counter(_used_width(cells) for _, cells in filled[:200]).most_common(1)[0][0]
	# A title line above the table has one cell where the table has many.
	needed = max(min(width, 2), width / 2)
	head = next((i for i, (_, cells) in enumerate(filled) if sum(c is not None for c in cells) >= needed), 0)
	header = filled[head][1]
	width = max(_used_width(cells) for _, cells in filled[head:])
	if width > MAX_COLUMNS:
		raise UnreadableFile("too_many_columns", str(MAX_COLUMNS))
	columns = _name_columns([header[i] if i < len(header) else None for i in range(width)])
	body = filled[head + 1 :]
	if len(body) > MAX_ROWS:
		raise UnreadableFile("too_many_rows", str(MAX_ROWS))
	if not body:
		raise UnreadableFile("no_rows")
	rows = [list(cells[:width]) + [None] * (width - len(cells)) for _, cells in body]
	return Table(columns, rows, [number for number, _ in body])


def _used_width(cells: list) -> int:
	return next((i for i in range(len(cells), 0, -1) if cells[i - 1] is not None), 0)


def _name_columns(header: list) -> list[str]:
	"""Every column gets a name of its own, because mappings are kept by name."""
	names, seen = [], Counter()
	for index, cell in enumerate(header):
		name = " ".join(str(cell).split()) if cell is not None else f"Column {column_letter(index)}"
		seen[name] += 1
		names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
	return names


def column_letter(index: int) -> str:
	"""0 → A, 25 → Z, 26 → AA, as spreadsheets name their columns."""
	letters = ""
	index += 1
	while index:
		index, rest = divmod(index - 1, 26)
		letters = chr(65 + rest) + letters
	return letters
